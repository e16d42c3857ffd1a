"""Every relative link in the documentation leads to a file, every anchor to a heading."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
NAVIGATION = re.findall(r"[\w./-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
"""Pages of the site. Those that are not on disk are made with it; ``test_site.py`` follows the links to them."""

CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)")


def links(page: Path) -> list[str]:
    return [link for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))) if "://" not in link]


def anchors(page: Path) -> set[str]:
    """Of the headings, as on GitHub: lower case, no punctuation, spaces to hyphens, -1 and so on if repeated."""
    found: dict[str, int] = {}
    made = set()
    for heading in re.findall(r"^#+ +(.+?)\s*$", page.read_text(encoding="utf-8"), re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        number = found.get(anchor, 0)
        found[anchor] = number + 1
        made.add(f"{anchor}-{number}" if number else anchor)
    return made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_anchors(page: Path) -> None:
    dead = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() and any(target == ROOT / "docs" / made for made in NAVIGATION):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_links_are_found_and_anchors_are_those_of_github(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `b`, c!\n## Same\n## Same\n[x](other.md#same-1) `[no](a.md)`\n```\n[no](b.md)\n```\n![y](p.png)\n"
    )
    assert links(page) == ["other.md#same-1", "p.png"]
    assert anchors(page) == {"a-b-c", "same", "same-1"}


def test_every_page_and_picture_is_linked() -> None:
    linked = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in links(page)}
    linked |= {ROOT / "docs" / name for name in NAVIGATION}
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "docs"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    seen = [ROOT / name for name in listed.stdout.split() if Path(name).parts[1] not in ("_hooks", "assets")]
    assert [path for path in seen if path.exists() and path not in linked] == []


def test_scripts_that_the_documentation_names_exist() -> None:
    script = re.compile(r"\b(?:benchmarks|experiments|examples|tests)/[\w/]+\.py\b")
    named = {name for page in PAGES for name in script.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 5 and [name for name in sorted(named) if not (ROOT / name).exists()] == []

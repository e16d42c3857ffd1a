"""The documentation site: built with --strict, without a dead link, complete, and quiet in a browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from report.chromium import Browser

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ("train", "sweep", "predict", "visualize", "prepare", "fetch", "pretrain", "study", "report", "dashboard")


class Targets(HTMLParser):
    """What a page links to or loads, and the anchors in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attributes if value}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if "src" in given or tag == "link":
            self.loaded.append(given.get("src") or given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as ``make docs`` builds it, but for the results in the tutorials."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, env={**os.environ, "DOCS_EXECUTE": "no"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


def test_no_link_is_dead_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = {page: Targets(page) for page in site.rglob("*.html")}
    assert len(pages) > 30
    del pages[site / "404.html"]  # It cannot know where it is.
    dead, elsewhere = [], []
    for page, targets in pages.items():
        elsewhere += [(page.name, name) for name in targets.loaded if urlsplit(name).scheme not in ("", "data")]
        for link in targets.links + targets.loaded:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            anchored = not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].anchors
            if not target.is_file() or not anchored:
                dead.append((str(page.relative_to(site)), link))
    assert dead == [] and elsewhere == []


def settings(node: object, prefix: str) -> Iterator[str]:
    """The names under a mapping of a file in ``conf/``, as they are typed."""
    if not isinstance(node, dict) or not node or "_target_" in node:
        yield prefix
        return
    for name, value in node.items():
        yield from settings(value, f"{prefix}.{name}".lstrip("."))


def test_every_setting_is_explained(site: Path) -> None:
    page = (site / "reference" / "settings.html").read_text(encoding="utf-8")
    rows = re.findall(r"<tr>\s*<td><code>([\w.]+)</code></td>\s*<td>.*?</td>\s*<td>(.*?)</td>", page)
    explained = {name for name, meaning in rows if meaning}
    missing = []
    for path in (ROOT / "conf").rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        group = path.parent.relative_to(ROOT / "conf").as_posix().replace("/", ".").lstrip(".")
        not_ours = ("defaults", "hydra", "_target_")
        values = {name: value for name, value in (yaml.safe_load(text) or {}).items() if name not in not_ours}
        names = settings(values, "" if "@package _global_" in text else group) if values else ()
        missing += [(path.name, name) for name in names if name not in explained]
    assert missing == []


def test_every_command_is_there_as_it_explains_itself(site: Path) -> None:
    page = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f'id="{command}"' not in page] == []
    assert "Train a Deep Motif classifier for one transcription factor" in page


def test_every_page_opens_without_complaint(site: Path, browser: Browser) -> None:
    wrong = {}
    # The page for a wrong address loads what a server would give it.
    for page in sorted(set(site.rglob("*.html")) - {site / "404.html"}):
        for width in (1280, 390):
            browser.size(width, 900)
            browser.open(page.as_uri())
            too_wide = browser.evaluate("document.documentElement.scrollWidth") > width
            if browser.complaints or too_wide:
                wrong[str(page.relative_to(site)), width] = [*browser.complaints, *(["too wide"] * too_wide)]
    assert wrong == {}

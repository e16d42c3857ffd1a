"""Files of the repository that are pages of the site too, and links as GitHub follows them."""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]

PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "CITATION.cff": "CITATION.cff",
    "LICENSE": "LICENSE.txt",
}
"""Outside ``docs/``, and where they are in the site."""

_LINK = re.compile(r"^```.*?^```|`[^`\n]+`|\]\((?P<target>[^)\s:]+)\)", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages."""
    for source, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links between files of the repository become links between pages."""
    here = page.file.src_uri
    source = next((name for name, there in PAGES.items() if there == here), f"docs/{here}")

    def relinked(found: re.Match[str]) -> str:
        if found["target"] is None or found["target"].startswith("#"):
            return found[0]
        name, hash_, anchor = found["target"].partition("#")
        target = normpath(PurePosixPath(source).parent / name)
        there = PAGES.get(target, target.removeprefix("docs/"))
        # Their pages are made by notebooks.py.
        there = re.sub(r"^examples/(\w+)\.py$", r"tutorials/\1.md", there)
        return f"]({relpath(there, PurePosixPath(here).parent)}{hash_}{anchor})"

    return _LINK.sub(relinked, markdown)

"""The report of ``runs``, and a browser to look at it with."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hydra import initialize_config_dir

from demo.report.write import write_report
from demo.study.study import study_of
from demo.utils.config import composed
from report.chromium import Browser

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def report(runs: Path) -> Path:
    """The folder of the report of ``runs``."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        defaults = partial(composed, "train")
        return write_report(study_of(runs), runs / "study" / "report", defaults=defaults).parent


@pytest.fixture(scope="session")
def page(report: Path) -> Callable[[str], str]:
    """The page of a data set, found by the beginning of its file's name."""

    def read(start: str) -> str:
        (path,) = (report / "sets").glob(f"{start}*.html")
        return path.read_text(encoding="utf-8")

    return read


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium; where none is installed the test is skipped."""
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()

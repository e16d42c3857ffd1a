"""A folder of runs with everything a report has to stand: real, simulated, hostile, incomplete, failed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hydra import initialize_config_dir

from demo.report.write import write_report
from demo.study import study_of
from demo.utils.config import composed
from demo.utils.files import write_json
from report.chromium import Browser
from report.report_runs import HOSTILE, SCRIPT, SETS, copied, make_hostile, of_catalogue

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def trained(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of a tiny training, with everything that a run has."""
    runs = tmp_path_factory.mktemp("trained")
    done = subprocess.run(
        [sys.executable, "train.py", "tf=TOY", f"data.dir={tiny_data}", f"paths.runs={runs}", "trainer.epochs=2",
         "model.channels=8", "motif.extraction.window.steps=16", "logger=csv", "callbacks.progress_bar=null"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (result,) = runs.rglob("result.json")
    return result.parent


@pytest.fixture(scope="session")
def runs(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three published sets (the last with nothing but its result), a hostile and a simulated one, one that failed."""
    runs = tmp_path_factory.mktemp("runs of ü")
    for number in (0, 1, 2):
        copied(trained, runs, SETS[number].name, **of_catalogue(number))
    bare = runs / SETS[2].name / "conv3_hw5" / "seed0"
    for path in [p for p in bare.iterdir() if p.name != "result.json"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    hostile = copied(
        trained, runs, "hostile", tf=SCRIPT, dataset=HOSTILE, cell_line=HOSTILE, model_name=HOSTILE, git_commit=HOSTILE,
        versions={HOSTILE: HOSTILE}, machine={"host": HOSTILE, "platform": HOSTILE, "command": HOSTILE},
    )  # fmt: skip
    make_hostile(hostile)
    copied(trained, runs, "MAX_simulated", dataset="MAX_simulated", tf="MAX", data_source="simulated", cell_line=None)
    write_json(runs / "failed/conv3_hw5/seed0/result.json", {"status": "failed", "error": HOSTILE})
    return runs


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

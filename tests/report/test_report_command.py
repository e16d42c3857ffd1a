"""``python -m demo report`` as a user types it."""

import subprocess
import sys
from pathlib import Path

import pytest

from warm import python

pytestmark = pytest.mark.slow


def test_it_writes_where_it_says(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "a folder of ü"
    done = python("-m", "demo", "report", str(runs), "--out", str(out), "--colours", "colour-blind")
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith(str(out / "index.html"))
    assert "Partial study" in done.stdout and len(list((out / "sets").glob("*.html"))) == 5
    assert '<body data-colours="colour-blind">' in (out / "index.html").read_text(encoding="utf-8")


def test_bad_input_is_one_message(runs: Path, tmp_path: Path) -> None:
    for words, text in (
        ([str(tmp_path / "nowhere")], "no such folder of runs"),
        ([str(runs), "--out", str(tmp_path), "--colours", "pink"], "classic, colour-blind"),
        ([str(runs), "--out", "/proc/report"], "Cannot write here"),
    ):
        done = python("-m", "demo", "report", *words)
        assert done.returncode == 2 and text in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_help_imports_nothing_slow() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "demo", "report", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "--colours" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not imported & {"torch", "numpy", "pandas", "jinja2", "matplotlib", "sklearn"}

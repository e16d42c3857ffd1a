"""The README says nothing that does not work."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.split("  #")[0].strip()
    for language, block in BLOCKS
    if language == "bash"
    for line in block.splitlines()
    if line
]
QUICK = ["trainer.epochs=1", "logger=csv", "model.channels=8", "motif.extraction.window.steps=16"]


@pytest.fixture(scope="module")
def ctcf_data(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy set under the name of CTCF."""
    folder = tmp_path_factory.mktemp("ctcf")
    for path in tiny_data.iterdir():
        shutil.copy(path, folder / path.name.replace("TOY_K562_toy", "CTCF_K562_toy"))
    return folder


def test_there_are_commands() -> None:
    assert {"make demo", "make test", "python train.py tf=CTCF"} <= set(COMMANDS)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make")])
def test_make_targets(command: str) -> None:
    done = subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def demo_runs(ctcf_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one where ``make demo`` leaves its own."""
    runs = tmp_path_factory.mktemp("demo")
    done = execute(["train.py", "tf=CTCF", *QUICK, f"paths.runs={runs}"], ctcf_data)
    assert done.returncode == 0, done.stderr
    (result,) = runs.rglob("result.json")
    run = runs / "CTCF_simulated" / "conv4_hw7,steps=2000" / "seed0"
    run.parent.mkdir(parents=True)
    result.parent.rename(run)
    return runs


def execute(words: list[str], data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "DEMO_DATA": str(data), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def of_a_run(command: str) -> bool:
    return " run=" in command or "demo.report" in command


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("python") and not of_a_run(c)])
def test_python_commands(command: str, ctcf_data: Path, tmp_path: Path) -> None:
    words = shlex.split(command)
    training = "--help" not in words and "tf=?" not in words
    quick = [*QUICK, f"paths.runs={tmp_path}"] if training else []
    done = execute([*words[1:], *quick], ctcf_data)
    assert done.returncode == 0, done.stderr
    if "sweep.py" in words:
        assert (tmp_path / "study" / "study.csv").exists()
    elif training:
        (result,) = tmp_path.rglob("result.json")
        for name in re.findall(r"^\| `([\w./]+)`", README, re.MULTILINE)[:6]:
            assert (result.parent / name).exists(), f"the README promises {name}"


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("python") and of_a_run(c)])
def test_python_commands_on_a_finished_run(command: str, ctcf_data: Path, demo_runs: Path) -> None:
    words = shlex.split(re.sub(r"(?<=[ =])runs\b", str(demo_runs), command))
    done = execute(words[1:], ctcf_data)
    assert done.returncode == 0, done.stderr
    if "visualize.py" in words:
        (folder,) = demo_runs.rglob("attributions/test_positives")
        assert len(list(folder.glob("*.png"))) == 20 and f"{folder}" in done.stdout
    if "demo.report" in words:
        index = demo_runs / "study" / "report" / "index.html"
        assert "CTCF" in index.read_text() and str(index) in done.stdout


def test_the_notebook_example(demo_runs: Path) -> None:
    (example,) = [block for language, block in BLOCKS if language == "python"]
    # The toy set's sequences have 60 letters, those of make demo 101.
    example = example.replace('"ACGT" * 25 + "A"', '"ACGT" * 15').replace('"runs/', f'"{demo_runs}/')
    shown = subprocess.run(
        [sys.executable, "-c", example],
        cwd=demo_runs, capture_output=True, text=True,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert "CTCF_full_optimum" in shown.stdout


def test_links_and_pictures_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target

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


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("python")])
def test_python_commands(command: str, ctcf_data: Path, tmp_path: Path) -> None:
    words = shlex.split(command)
    if "hydra/launcher=slurm" in words and (shutil.which("sinfo") is None or subprocess.run(["sinfo"]).returncode):
        pytest.skip("Slurm is not installed, or not running, here")
    # Declared to Ray, which the machine need not have.
    words += ["hydra.launcher.ray.init.num_gpus=1"] if "gpus_per_trial=0.25" in words else []
    training = "--help" not in words and "tf=?" not in words
    quick = [*QUICK, f"paths.runs={tmp_path}"] if training else []
    done = subprocess.run(
        [sys.executable, *words[1:], *quick], cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "DEMO_DATA": str(ctcf_data), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if "sweep.py" in words:
        assert (tmp_path / "study" / "study.csv").exists()
    elif training:
        (result,) = tmp_path.rglob("result.json")
        for name in re.findall(r"^\| `([\w./]+)`", README, re.MULTILINE)[:6]:
            assert (result.parent / name).exists(), f"the README promises {name}"


def test_the_notebook_example(ctcf_data: Path, tmp_path: Path) -> None:
    (example,) = [block for language, block in BLOCKS if language == "python"]
    run = tmp_path / "CTCF_simulated" / "conv4_hw7,steps=2000" / "seed0"
    done = subprocess.run(
        [sys.executable, "train.py", "tf=CTCF", *QUICK, f"paths.runs={tmp_path}"], cwd=ROOT, capture_output=True,
        text=True, timeout=300, env={**os.environ, "DEMO_DATA": str(ctcf_data), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (result,) = tmp_path.rglob("result.json")
    run.parent.mkdir(parents=True)
    result.parent.rename(run)
    shown = subprocess.run(
        [sys.executable, "-c", example.replace('"runs/', f'"{tmp_path}/')], cwd=tmp_path, capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stderr
    assert "CTCF_full_optimum" in shown.stdout


def test_links_and_pictures_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target

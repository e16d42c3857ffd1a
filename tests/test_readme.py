"""The README says nothing that does not work."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from planted_genome import plant

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def commands_of(block: str) -> list[str]:
    return [line.split("  #")[0].strip() for line in block.splitlines() if line]


COMMANDS = [command for language, block in BLOCKS if language == "bash" for command in commands_of(block)]
# Run in their order, on a small genome.
(FROM_PEAKS,) = (commands_of(block) for _, block in BLOCKS if "prepare.py" in block)
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


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.startswith("python") and c not in FROM_PEAKS and "fetch.py" not in c]
)
def test_python_commands(command: str, ctcf_data: Path, tmp_path: Path) -> None:
    words = shlex.split(command)
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


def test_from_peaks_to_a_model(tmp_path: Path) -> None:
    plant(tmp_path, "hg38")
    for command in FROM_PEAKS:
        script, *words = shlex.split(command)[1:]
        small = ["genomic_per_peak=1"] if "negatives=genomic" in words else QUICK if script == "train.py" else []
        done = subprocess.run(
            [sys.executable, str(ROOT / script), *words, *small], cwd=tmp_path, capture_output=True, text=True,
            timeout=300, env={k: v for k, v in os.environ.items() if k != "DEMO_DATA"} | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    (result,) = (tmp_path / "runs").rglob("result.json")
    assert json.loads(result.read_text())["data_source"] == "user"
    notes = sorted(path.name for path in (tmp_path / "data").glob("*.json"))
    assert notes == ["MYTF_by-chromosome.json", "MYTF_user.json"]


@pytest.mark.parametrize("command", [c for c in COMMANDS if "fetch.py" in c])
def test_fetch(command: str, ctcf_data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "deepbind.zip", "w") as archive:
        for path in ctcf_data.iterdir():
            archive.write(path, f"data/encode/{path.name}")
    words = [*shlex.split(command)[2:], f"url={tmp_path}/deepbind.zip", f"out={tmp_path}/data"]
    done = subprocess.run([sys.executable, "fetch.py", *words], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "data").iterdir()} == {path.name for path in ctcf_data.iterdir()}


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

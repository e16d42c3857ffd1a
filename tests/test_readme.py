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

import numpy as np
import pytest

from demo.sequences import SequenceSet, encode, write_seq_gz
from planted_genome import plant
from trained import write_checkpoint

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def commands_of(block: str) -> list[str]:
    return [line.split("  #")[0].strip() for line in block.splitlines() if line]


COMMANDS = [command for language, block in BLOCKS if language == "bash" for command in commands_of(block)]
# Run in their order, on a small genome.
(FROM_PEAKS,) = (commands_of(block) for _, block in BLOCKS if "prepare.py" in block)
QUICK = ["trainer.epochs=1", "logger=csv", "model.channels=8", "motif.extraction.window.steps=16"]
QUICK_OTHERWISE = {
    "model=deepbind": [
        "trainer.epochs=1",
        "logger=csv",
        "motif=none",
        "search.samples=1",
        "search.sample_steps=10",
    ],
    "model=kmer": ["logger=csv"],
    "model=pwm": ["logger=csv"],
    "search_steps=1500": [
        "search_steps=4",
        "trainer.steps=40",
        "logger=csv",
        "model.channels=8",
        "motif.extraction.window.steps=16",
    ],
}
"""By the word of a command that ``QUICK`` does not fit."""


def commands_with(*scripts: str) -> list[str]:
    """Those that run one of these scripts and are not tested together with ``prepare.py``."""
    return [c for c in COMMANDS if c not in FROM_PEAKS and any(c.startswith(f"python {name}") for name in scripts)]


def execute(words: list[str], cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of this repository; without ``DEMO_DATA`` in ``environment`` there is none."""
    inherited = {name: value for name, value in os.environ.items() if name != "DEMO_DATA"}
    script = [words[0]] if words[0] == "-m" else [str(ROOT / words[0])]
    done = subprocess.run(
        [sys.executable, *script, *words[1:]], cwd=cwd, capture_output=True, text=True, timeout=300,
        env={**inherited, "OMP_NUM_THREADS": "1", **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def ctcf_data(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy set under the name of CTCF."""
    folder = tmp_path_factory.mktemp("ctcf")
    for path in tiny_data.iterdir():
        shutil.copy(path, folder / path.name.replace("TOY_K562_toy", "CTCF_K562_toy"))
    return folder


@pytest.fixture(scope="module")
def demo_runs(ctcf_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one where ``make demo`` leaves its own."""
    runs = tmp_path_factory.mktemp("demo")
    execute(["train.py", "tf=CTCF", *QUICK, f"paths.runs={runs}"], DEMO_DATA=str(ctcf_data))
    (result,) = runs.rglob("result.json")
    run = runs / "CTCF_simulated" / "conv4_hw7,steps=2000" / "seed0"
    run.parent.mkdir(parents=True)
    result.parent.rename(run)
    return runs


def test_there_are_commands() -> None:
    assert {"make demo", "make test", "python train.py tf=CTCF"} <= set(COMMANDS)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make")])
def test_make_targets(command: str) -> None:
    done = subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", commands_with("train.py", "sweep.py"))
def test_training_commands(command: str, ctcf_data: Path, tmp_path: Path) -> None:
    words = shlex.split(command)[1:]
    if "hydra/launcher=slurm" in words and (shutil.which("sinfo") is None or subprocess.run(["sinfo"]).returncode):
        pytest.skip("Slurm is not installed, or not running, here")
    # Declared to Ray, which the machine need not have.
    words += ["hydra.launcher.ray.init.num_gpus=1"] if "gpus_per_trial=0.25" in words else []
    training = "--help" not in words and "tf=?" not in words
    special = next((word for word in words if word in QUICK_OTHERWISE), None)
    quick = [*(QUICK_OTHERWISE[special] if special else QUICK), f"paths.runs={tmp_path}"] if training else []
    execute([*words, *quick], DEMO_DATA=str(ctcf_data))
    if "sweep.py" in words:
        assert (tmp_path / "study" / "study.csv").exists()
    elif training:
        (result,) = tmp_path.rglob("result.json")
        promised = re.findall(r"^\| `([\w./]+)`", README, re.MULTILINE)[:6]
        of_training = {"metrics.csv", "motifs/"} if special else set()
        for name in set(promised) - of_training:
            assert (result.parent / name).exists(), f"the README promises {name}"


@pytest.mark.parametrize("command", commands_with("visualize.py"))
def test_visualize_commands(command: str, ctcf_data: Path, demo_runs: Path) -> None:
    words = shlex.split(command.replace(" run=runs/", f" run={demo_runs}/"))[1:]
    done = execute(words, DEMO_DATA=str(ctcf_data))
    (folder,) = demo_runs.rglob("attributions/test_positives")
    assert len(list(folder.glob("*.png"))) == 20 and f"{folder}" in done.stdout


@pytest.mark.parametrize("command", commands_with("-m demo report"))
def test_report_commands(command: str, ctcf_data: Path, demo_runs: Path) -> None:
    words = shlex.split(re.sub(r"(?<=[ =])runs\b", str(demo_runs), command))[1:]
    done = execute(words, DEMO_DATA=str(ctcf_data))
    index = demo_runs / "study" / "report" / "index.html"
    assert "CTCF" in index.read_text() and str(index) in done.stdout


@pytest.mark.parametrize("command", commands_with("predict.py"))
def test_predict_commands(command: str, tmp_path: Path) -> None:
    """Where the run and the files that the command names are."""
    for seed in (0, 1):
        checkpoints = tmp_path / "runs" / "CTCF_K562" / "conv3_hw5" / f"seed{seed}" / "checkpoints"
        checkpoints.mkdir(parents=True)
        write_checkpoint(checkpoints / "best.ckpt", seed, tf="CTCF")
    sequence = "ACGTTGCAAC" * 4
    (tmp_path / "peaks.fa").write_text(f">peak\n{sequence}\n")
    (tmp_path / "hg38.fa").write_text(f">chr1\n{sequence * 5}\n")
    (tmp_path / "peaks.bed").write_text("chr1\t50\t150\n")
    (tmp_path / "variants.vcf").write_text("chr1\t101\t.\tA\tG\t.\n")
    write_seq_gz(tmp_path / "test.seq.gz", SequenceSet(["peak"], encode([sequence]), np.ones(1, np.uint8)))
    done = execute(shlex.split(command)[1:], cwd=tmp_path)
    assert len(done.stdout.splitlines()) >= 2 or list(tmp_path.glob("scores.*"))


def test_from_peaks_to_a_model(tmp_path: Path) -> None:
    plant(tmp_path, "hg38")
    for command in FROM_PEAKS:
        script, *words = shlex.split(command)[1:]
        small = ["genomic_per_peak=1"] if "negatives=genomic" in words else QUICK if script == "train.py" else []
        execute([script, *words, *small], cwd=tmp_path)
    assert "MYTF" in (tmp_path / "runs" / "study" / "report" / "index.html").read_text()
    (result,) = (tmp_path / "runs").rglob("result.json")
    assert json.loads(result.read_text())["data_source"] == "user"
    notes = sorted(path.name for path in (tmp_path / "data").glob("*.json"))
    assert notes == ["MYTF_by-chromosome.json", "MYTF_user.json"]


@pytest.mark.parametrize("command", commands_with("fetch.py"))
def test_fetch_commands(command: str, ctcf_data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "deepbind.zip", "w") as archive:
        for path in ctcf_data.iterdir():
            archive.write(path, f"data/encode/{path.name}")
    execute([*shlex.split(command)[1:], f"url={tmp_path}/deepbind.zip", f"out={tmp_path}/data"])
    fetched = {path.name for path in (tmp_path / "data").iterdir()}
    assert fetched == {path.name for path in ctcf_data.iterdir()} | {"fetched.json"}


def test_every_command_is_tested() -> None:
    scripts = ("train.py", "sweep.py", "visualize.py", "predict.py", "fetch.py", "-m demo report")
    tested = commands_with(*scripts)
    assert [c for c in COMMANDS if c.startswith("python") and c not in tested and c not in FROM_PEAKS] == []


def test_the_notebook_example(demo_runs: Path) -> None:
    (example,) = [block for language, block in BLOCKS if language == "python"]
    # The toy set's sequences have 60 letters, those of make demo 101.
    example = example.replace('"ACGT" * 25 + "A"', '"ACGT" * 15').replace('"runs/', f'"{demo_runs}/')
    shown = subprocess.run([sys.executable, "-c", example], cwd=demo_runs, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert "CTCF_full_optimum" in shown.stdout

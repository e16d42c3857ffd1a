"""The README, the how-to pages and the written tutorials say nothing that does not work."""

import json
import re
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from demo.sequences import SequenceSet, encode, write_seq_gz
from planted_genome import plant
from trained import write_checkpoint
from warm import python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *sorted((ROOT / "docs" / "tutorials").glob("*.md")),
]
BLOCKS = [
    block
    for page in PAGES
    for block in re.findall(r"^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
]


def commands_of(block: str) -> list[str]:
    return [line.split("  #")[0].strip() for line in block.splitlines() if line]


# Each once, though several pages may have it.
COMMANDS = list(
    dict.fromkeys(command for language, block in BLOCKS if language == "bash" for command in commands_of(block))
)
# Run in their order, on a small genome; what installs is tested with the wheel.
FROM_PEAKS = [
    [command for command in commands_of(block) if not command.startswith("pip ")]
    for _, block in BLOCKS
    if "deep-motif prepare" in block and "data=labelled" not in block
]
# On small files of their names.
LABELLED = [command for command in COMMANDS if "data=labelled" in command]
# Likewise, with the trunk that the first one makes.
FROM_TRUNK = [commands_of(block) for _, block in BLOCKS if "deep-motif pretrain" in block]
# Of the README, with the model that they made.
FROM_MYTF = [command for command in COMMANDS if "run=runs/MYTF_user/" in command]
QUICK = ["trainer.epochs=1", "logger=csv", "model.channels=8", "motif=none"]
QUICK_MOTIF = [*QUICK[:-1], "motif.extraction.window.steps=16", "motif.extraction.sketch.steps=20"]
QUICK_OTHERWISE = {
    "model=deepbind": ["trainer.epochs=1", "logger=csv", "motif=none", "search.samples=1", "search.sample_steps=10"],
    "model=kmer": ["logger=csv"],
    "model=pwm": ["logger=csv"],
    "search_steps=1500": ["search_steps=4", "trainer.steps=40", *QUICK[1:]],
    # Two at once are tested with the launchers.
    "hydra/launcher=local": ["jobs=1", *QUICK],
    # Declared to Ray, which the machine need not have.
    "hydra/launcher=ray": ["jobs=1", "hydra.launcher.ray.init.num_gpus=1", *QUICK],
}
"""By the word of a command that ``QUICK`` does not fit."""
WITH_MOTIFS = "deep-motif train tf=CTCF"
"""The one training of a published set that extracts them, and leaves all that the README promises."""


def commands_with(*commands: str) -> list[str]:
    """Those that run one of these commands and are not tested together with ``prepare`` or ``pretrain``."""
    together = {command for block in [*FROM_PEAKS, *FROM_TRUNK] for command in block} | set(FROM_MYTF) | set(LABELLED)
    return [c for c in COMMANDS if c not in together and any(c.startswith(f"deep-motif {name} ") for name in commands)]


def execute(words: list[str], cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``deep-motif`` with these arguments; without ``DEMO_DATA`` in ``environment`` there is none."""
    done = python("-m", "demo", *words, cwd=cwd, **environment)
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
    execute([*shlex.split(WITH_MOTIFS)[1:], *QUICK_MOTIF, f"paths.runs={runs}"], DEMO_DATA=str(ctcf_data))
    (result,) = runs.rglob("result.json")
    run = runs / "CTCF_simulated" / "conv3_hw5,pretrained=base" / "seed0"
    run.parent.mkdir(parents=True)
    result.parent.rename(run)
    return runs


EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
"""Of Python, in the README."""


def test_there_are_commands() -> None:
    assert {"make demo", "make test", "deep-motif train tf=CTCF"} <= set(COMMANDS)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make")])
def test_make_targets(command: str) -> None:
    done = subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [c for c in commands_with("train", "sweep") if c != WITH_MOTIFS])
def test_training_commands(command: str, ctcf_data: Path, tmp_path: Path) -> None:
    words = shlex.split(command)[1:]
    if "hydra/launcher=slurm" in words and (shutil.which("sinfo") is None or subprocess.run(["sinfo"]).returncode):
        pytest.skip("Slurm is not installed, or not running, here")
    training = "--help" not in words and "tf=?" not in words
    special = next((word for word in words if word in QUICK_OTHERWISE), None)
    quick = [*(QUICK_OTHERWISE[special] if special else QUICK), f"paths.runs={tmp_path}"] if training else []
    execute([*words, *quick], DEMO_DATA=str(ctcf_data))
    if "sweep" in words:
        assert (tmp_path / "study" / "study.csv").exists()
    elif training:
        (result,) = tmp_path.rglob("result.json")
        assert (result.parent / "predictions.tsv").exists()


def test_a_run_has_what_the_readme_promises(demo_runs: Path) -> None:
    (result,) = demo_runs.rglob("result.json")
    promised = re.findall(r"^\| `([\w./]+)`", README, re.MULTILINE)[:6]
    assert "motifs/" in promised and [name for name in promised if not (result.parent / name).exists()] == []


@pytest.mark.parametrize("command", LABELLED)
def test_labelled_commands(command: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for name, letters, length in (("splice", "ACGT", 60), ("octamers", "ACDEFGHIKLMNPQRSTVWY", 8)):
        rows = ["".join(random.choice(list(letters), length)) + f"\t{'EIN'[i % 3]}\n" for i in range(90)]
        (tmp_path / f"{name}.tsv").write_text("sequence\tlabel\n" + "".join(rows))
    for part in ("train", "test"):
        records = [f">{i} class:{i % 2}\n{''.join(random.choice(list('ACGU'), 40))}\n" for i in range(60)]
        (tmp_path / f"clip_{part}.fa").write_text("".join(records))
    words = shlex.split(command)[1:]
    if words[0] == "prepare":
        assert "Next: deep-motif train data=labelled" in execute(words, cwd=tmp_path).stdout.replace(
            "python -m demo", "deep-motif"
        )
        return
    done = execute([*words, "trainer.fast_dev_run=true", "model.channels=8"], cwd=tmp_path)
    assert "training and validation work" in done.stdout


@pytest.mark.parametrize("command", commands_with("visualize"))
def test_visualize_commands(command: str, ctcf_data: Path, demo_runs: Path) -> None:
    words = shlex.split(command.replace(" run=runs/", f" run={demo_runs}/"))[1:]
    done = execute([*words, "top=2"], DEMO_DATA=str(ctcf_data))
    (folder,) = demo_runs.rglob("attributions/test_positives")
    assert len(list(folder.glob("*.png"))) == 4 and f"{folder}" in done.stdout


@pytest.mark.parametrize("command", commands_with("predict"))
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


@pytest.mark.parametrize("block", FROM_PEAKS, ids=lambda block: block[0][-30:])
def test_from_peaks_to_a_model(block: list[str], tmp_path: Path) -> None:
    plant(tmp_path, "hg38")
    (tmp_path / "variants.vcf").write_text("chr1\t5001\t.\tA\tG\t.\n")
    for command in [*block, *(FROM_MYTF if block == FROM_PEAKS[0] else [])]:
        name, *words = shlex.split(command)[1:]
        small = {"train": QUICK_MOTIF if block == FROM_PEAKS[0] else QUICK, "visualize": ["top=1"]}.get(name, [])
        execute([name, *words, *small, *(["genomic_per_peak=1"] if "negatives=genomic" in words else [])], cwd=tmp_path)
        # Where a training with the default settings, as the page has it, leaves its run.
        for run in (tmp_path / "runs").glob("*/conv3_hw5,*"):
            run.rename(run.with_name("conv3_hw5,pretrained=base"))
    assert "MYTF" in (tmp_path / "runs" / "study" / "report" / "index.html").read_text()
    (result,) = (tmp_path / "runs").rglob("result.json")
    assert json.loads(result.read_text())["data_source"] == "user"


@pytest.mark.parametrize("block", FROM_TRUNK, ids=lambda block: block[0][-30:])
def test_from_a_trunk_to_a_model(block: list[str], tiny_data: Path, tmp_path: Path) -> None:
    for path in tiny_data.iterdir():
        for tf in ("CTCF", "MYC"):
            shutil.copy(path, tmp_path / path.name.replace("TOY_K562_toy", f"{tf}_K562_toy"))
    for command in block:
        words = shlex.split(command)[1:]
        # The network of a fine-tuning is the trunk's.
        other = "motif" if words[0] == "pretrain" else "model"
        small = [setting for setting in QUICK if not setting.startswith(other)]
        execute([*words, *small], cwd=tmp_path, DEMO_DATA=str(tmp_path))
    assert "no_myc" in (tmp_path / "runs" / "study" / "study.csv").read_text()


@pytest.mark.parametrize("command", commands_with("fetch"))
def test_fetch_commands(command: str, ctcf_data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "deepbind.zip", "w") as archive:
        for path in ctcf_data.iterdir():
            archive.write(path, f"data/encode/{path.name}")
    execute([*shlex.split(command)[1:], f"url={tmp_path}/deepbind.zip", f"out={tmp_path}/data"])
    fetched = {path.name for path in (tmp_path / "data").iterdir()}
    assert fetched == {path.name for path in ctcf_data.iterdir()} | {"fetched.json"}


def test_every_command_is_tested() -> None:
    tested = {*commands_with("train", "sweep", "visualize", "predict", "fetch"), *FROM_MYTF, *LABELLED}
    tested |= {command for block in [*FROM_PEAKS, *FROM_TRUNK] for command in block}
    assert [c for c in COMMANDS if c not in tested and not c.startswith(("make ", "pip "))] == []


def test_the_notebook_example(demo_runs: Path) -> None:
    example, _ = EXAMPLES
    run = demo_runs / "CTCF_simulated" / "conv3_hw5,pretrained=base" / "seed0"
    # The toy set's sequences have 60 letters, those of peaks 101.
    example = example.replace('"ACGT" * 25 + "A"', '"ACGT" * 15')
    example = example.replace("runs/MYTF_user/conv3_hw5,pretrained=base/seed0", str(run))
    (demo_runs / "example.py").write_text(example)
    shown = python("example.py", cwd=demo_runs)
    assert shown.returncode == 0, shown.stderr
    assert "CTCF_full_optimum" in shown.stdout


def test_the_lightning_example(ctcf_data: Path, tmp_path: Path) -> None:
    _, example = EXAMPLES
    for part in ("AC", "B"):
        (path,) = ctcf_data.glob(f"*_{part}.seq.gz")
        example = example.replace(f"data/MYTF_user_{part}.seq.gz", str(path))
    example = example.replace("max_steps=3000", 'max_steps=3, accelerator="cpu"')
    (tmp_path / "example.py").write_text(example)
    shown = python("example.py", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "test/auroc" in shown.stdout

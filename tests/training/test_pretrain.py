"""Pretraining and fine-tuning, as a user types them."""

import csv
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from demo.networks.checkpoint import read_checkpoint
from demo.networks.inference import predict_logits
from demo.runs.trained_model import load
from demo.sequences import SequenceSet, encode, read_seq_gz, reverse_complement, write_seq_gz
from demo.study.runs import collect
from demo.utils.files import read_json
from warm import python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
QUICK = ["logger=csv", "callbacks.progress_bar=null"]
PRETRAIN = [
    "pretrain.py",
    "name=base",
    "model.channels=8",
    "positives_per_epoch=200",
    "trainer.epochs=12",
    "data.batch_size=16",
    *QUICK,
]


def command(*arguments: str, code: int = 0) -> str:
    done = python(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TOY, and TWO with another site, in which parts of TOY's sequences stand backwards."""
    folder = tmp_path_factory.mktemp("two") / "data"
    shutil.copytree(tiny_data, folder)
    random = np.random.default_rng(5)
    codes = random.integers(0, 4, (340, 60)).astype(np.uint8)
    for i, start in enumerate(random.integers(5, 45, len(codes))):
        codes[i, start : start + 10] = encode(["GGCCATATTA"])[0]
    toy = read_seq_gz(folder / "TOY_K562_toy_Stanford_AC.seq.gz").codes
    codes[3:103, :30] = reverse_complement(toy[:100, 30:])
    for suffix, part in (("AC", codes[:300]), ("B", codes[300:])):
        names = [f"s{i}" for i in range(len(part))]
        labels = np.ones(len(part), np.uint8)
        if suffix == "B":
            part, names = np.concatenate([part, part[:, ::-1]]), [*names, *(f"{name}n" for name in names)]
            labels = np.repeat(np.array([1, 0], np.uint8), 40)
        write_seq_gz(folder / f"TWO_K562_two_Stanford_{suffix}.seq.gz", SequenceSet(names, part, labels))
    return folder


@pytest.fixture(scope="module")
def runs(folder: Path) -> Path:
    """A folder of runs in which the trunk ``base`` has been pretrained without interruption."""
    runs = folder.parent / "runs"
    output = command(*PRETRAIN, f"data.dir={folder}", f"paths.runs={runs}")
    assert "pretrained=base" in output and "2 data sets" in output
    return runs


def test_a_trunk_says_what_it_is_made_of(runs: Path, folder: Path) -> None:
    trunk = runs / "pretrained" / "base"
    about = read_json(trunk / "pretraining.json")
    sets = {each["name"]: each for each in about["sets"]}
    assert sorted(sets) == ["TOY_K562_toy_Stanford", "TWO_K562_two_Stanford"]
    assert sets["TOY_K562_toy_Stanford"]["training_positives"] + sets["TOY_K562_toy_Stanford"]["left_out"] == 360
    assert all(each["validation"]["auroc"] > 0.5 and each["left_out"] for each in sets.values())
    kept = sum(each["training_positives"] for each in sets.values())
    assert len(read_seq_gz(trunk / "pretrained_on.seq.gz")) == kept
    with open(trunk / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    best = max(rows, key=lambda row: float(row["val/auroc"]))
    assert about["best_epoch"] == int(best["epoch"]) and about["steps"] == int(rows[-1]["step"])
    for measure in ("auroc", "average_precision"):
        mean = np.mean([each["validation"][measure] for each in sets.values()])
        assert mean == pytest.approx(float(best[f"val/{measure}"]), abs=1e-5)
    assert not collect(runs).finished and not collect(runs).failed
    assert "is finished" in command(*PRETRAIN, f"data.dir={folder}", f"paths.runs={runs}")
    other = command(*PRETRAIN, f"data.dir={folder}", f"paths.runs={runs}", "without=TWO", code=2)
    assert "another configuration" in other and "pretraining.sets" in other


def test_a_resumed_pretraining_is_an_undisturbed_one(runs: Path, folder: Path) -> None:
    trunk = folder.parent / "again" / "pretrained" / "base"
    arguments = [*PRETRAIN, f"data.dir={folder}", f"paths.runs={trunk.parents[1]}"]
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, text=True, stderr=subprocess.PIPE)
    for _ in range(1200):
        if (trunk / "checkpoints" / "last.ckpt").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    message = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + signal.SIGTERM and "Run the same command to resume" in message
    assert not (trunk / "pretraining.json").exists()
    assert "Resuming" in command(*arguments)
    whole = runs / "pretrained" / "base"
    assert read_json(trunk / "pretraining.json")["resumed_after_epochs"] in range(1, 12)
    assert (trunk / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()
    ours, theirs = (read_checkpoint(each / "checkpoints" / "best.ckpt")["state_dict"] for each in (trunk, whole))
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_fine_tuning_is_a_run_like_any_other_and_says_so(runs: Path, folder: Path) -> None:
    tune = ["train.py", "tf=TOY", "pretrained=base", f"data.dir={folder}", f"paths.runs={runs}", "motif=none", *QUICK]
    output = command(*tune, "trainer.epochs=2")
    assert "Pretrained: base" in output and "on no sequence that shares a 20-mer" in output
    (result,) = (runs / "TOY_K562_toy_Stanford").rglob("result.json")
    assert result.parent.parent.name == "conv3_hw5,pretrained=base,epochs=2"
    facts = read_json(result)["pretrained"]
    assert facts["name"] == "base" and facts["test"]["overlapping"] == facts["validation"]["overlapping"] == 0
    (run,) = collect(runs).finished
    assert run.pretrained == "base" and run.model["channels"] == 8
    model = load(result.parent)
    assert predict_logits(model.network, read_seq_gz(folder / "TOY_K562_toy_Stanford_B.seq.gz").codes).shape == (120,)
    assert "is finished" in command(*tune, "trainer.epochs=2")
    for wrong, message in (
        (["model=conv4_hw5"], "conv_layers: 3 there, 4 asked for"),
        (["model=deepbind"], "searches its settings"),
        (["model=kmer"], "fitted at once"),
        (["pretrained=bose"], "no pretrained trunk 'bose'"),
    ):
        kept = [each for each in tune if each.partition("=")[0] not in {new.partition("=")[0] for new in wrong}]
        assert message in command(*kept, *wrong, code=2)


def test_overlap_is_counted_and_measured_without(runs: Path, folder: Path) -> None:
    """With another seed, the trunk was trained on part of the validation sequences."""
    output = command(
        "train.py", "tf=TOY", "pretrained=base", "seed=1", "trainer.epochs=1", f"data.dir={folder}",
        f"paths.runs={runs}", "motif=none", *QUICK,
    )  # fmt: skip
    (result,) = (runs / "TOY_K562_toy_Stanford").rglob("seed1/result.json")
    facts = read_json(result)["pretrained"]["validation"]
    assert 20 < facts["overlapping"] <= 40 and facts["without_overlapping"]["negatives"] >= 39
    assert f"without {facts['overlapping']} of 80 sequences" in output
    # A trunk that has changed since is another run.
    best = runs / "pretrained" / "base" / "checkpoints" / "best.ckpt"
    content = best.read_bytes()
    try:
        best.write_bytes(content + b" ")
        again = ["train.py", "tf=TOY", "pretrained=base", "seed=1", "trainer.epochs=1", "motif=none", *QUICK]
        error = command(*again, f"data.dir={folder}", f"paths.runs={runs}", code=2)
        assert "base/best.ckpt" in error and "another configuration" in error
    finally:
        best.write_bytes(content)


def test_a_sweep_fine_tunes_an_ensemble(runs: Path, folder: Path) -> None:
    command(
        "sweep.py", "tf=TOY,TWO", "pretrained=base", "ensemble=2", "trainer.epochs=1", f"data.dir={folder}",
        f"paths.runs={runs}", f"study={folder.parent}/study", "motif=none", "report=true", *QUICK,
    )  # fmt: skip
    with open(folder.parent / "study" / "study.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["pretrained"] for row in rows] == ["base", "base"] and rows[0]["ensemble_seeds"] == "2"
    page = next((folder.parent / "study" / "report").rglob("TWO*.html")).read_text(encoding="utf-8")
    assert "pretrained=" in page and "base (600 steps; shares 20-mers with 0 of 80 test sequences)" in page

"""``python train.py`` as a user types it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import demo
from demo.motifs import read_meme
from demo.sequences import read_seq_gz
from warm import python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["model.channels=32", "data.batch_size=32", "optimizer.learning_rate=0.01"]


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DEMO_DATA", "WANDB_API_KEY", "WANDB_MODE")}
    return {**kept, "OMP_NUM_THREADS": "1", **more}


def command(*overrides: str) -> list[str]:
    return [sys.executable, str(ROOT / "train.py"), *overrides]


def train(*overrides: str, **more: str) -> subprocess.CompletedProcess[str]:
    return python("train.py", *overrides, **{"WANDB_API_KEY": None, "WANDB_MODE": None, **more})


def toy(tiny_data: Path, runs: Path, *overrides: str) -> list[str]:
    return ["tf=TOY", f"data.dir={tiny_data}", f"paths.runs={runs}", *SMALL, *overrides]


def only_run(runs: Path) -> Path:
    (config,) = runs.rglob("config.yaml")
    return config.parent


@pytest.fixture(scope="module")
def finished(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], str]:
    """A run with all its parts, the overrides that made it, and what it printed."""
    runs = tmp_path_factory.mktemp("runs")
    overrides = toy(tiny_data, runs, "trainer.epochs=8", "motif.extraction.window.steps=60")
    done = train(*overrides)
    assert done.returncode == 0, done.stderr
    # The bar: epoch, loss, validation AUROC, time so far and time left.
    assert re.search(r"training: 100%.*<00:00,.*epoch=8/8, loss=[\d.]+, validation AUROC=[\d.]+", done.stderr)
    return only_run(runs), overrides, done.stdout


def test_a_run_learns_and_leaves_what_the_design_says(finished: tuple[Path, list[str], str], tiny_data: Path) -> None:
    run, _, output = finished
    result = json.loads((run / "result.json").read_text())
    assert result["status"] == "finished" and result["dataset"] == "TOY_K562_toy_Stanford"
    assert (result["tf"], result["cell_line"], result["data_source"]) == ("TOY", "K562", "user")
    assert result["model"]["channels"] == 32 and result["parameters"] > 1000
    assert result["test"]["auroc"] > 0.9 and result["validation"]["auroc"] > 0.85
    low, high = result["test"]["auroc_ci"]
    assert low <= result["test"]["auroc"] <= high and low < high
    assert result["published"] == {} and result["seconds"] > 0 and "torch" in result["versions"]
    assert result["resumed_after_epochs"] is None and result["epochs"] == 8
    assert f"test AUROC               {result['test']['auroc']:.4f}" in output and str(run / "result.json") in output

    fitted = result["calibration"]
    assert demo.load(run / "checkpoints" / "best.ckpt").temperature == fitted["temperature"]
    likelihoods = [fitted["validation"][when]["negative_log_likelihood"] for when in ("before", "after")]
    assert likelihoods[1] <= likelihoods[0] and set(fitted["test"]) == {"before", "after"}

    predictions = pd.read_csv(run / "predictions.tsv", sep="\t")
    assert list(predictions.columns) == ["sequence_id", "label", "score"] and len(predictions) == 120
    assert predictions.score.between(0, 1).all()
    assert roc_auc_score(predictions.label, predictions.score) == pytest.approx(result["test"]["auroc"])
    metrics = pd.read_csv(run / "metrics.csv")
    assert metrics.epoch.tolist() == list(range(1, 9)) and metrics.notna().all().all()
    assert metrics["val/auroc"].max() == pytest.approx(result["validation"]["auroc"], abs=1e-5)
    assert (run / "wandb").is_dir()


def test_the_motif_that_was_planted_comes_out(finished: tuple[Path, list[str], str]) -> None:
    run, _, _ = finished
    motifs = {m.name: m for m in read_meme(run / "motifs" / "motifs.meme")}
    others = set(motifs) - {"TOY_full_optimum", "TOY_best_window", "TOY_class_motif", "TOY_headline_motif"}
    assert len(motifs) == 4 + len(others) and all(name.startswith("TOY_class_motif_") for name in others)
    headline = motifs["TOY_headline_motif"]
    strands = headline.consensus + " " + headline.reverse_complement().consensus
    assert "GACTCATTG" in strands or "TGACTCATT" in strands
    for name in ("full_optimum", "best_window", "class_motif", "headline_motif"):
        assert (run / "motifs" / f"{name}.png").stat().st_size > 1000
        assert (run / "motifs" / f"{name}.svg").read_text().rstrip().endswith("</svg>")
    for ending in ("jaspar", "transfac", "json"):
        assert (run / "motifs" / f"motifs.{ending}").exists()


def test_motifs_are_compared_with_two_releases_of_jaspar(finished: tuple[Path, list[str], str]) -> None:
    run, _, output = finished
    comparison = json.loads((run / "result.json").read_text())["motif"]["comparison"]
    assert comparison == json.loads((run / "motifs" / "comparison.json").read_text())
    assert (comparison["positives"], comparison["negatives"]) == (60, 60)
    paper, newest = comparison["releases"]
    assert paper["release"] == "2016" and paper["matrices"] == 519 and newest["release"] > "2016"
    for part in (paper, newest):
        assert part["own_matrices"] == [] and set(part["motifs"]) == {"best_window", "class_motif", "headline_motif"}
        # TGACTCATTG is the site of AP-1: JDP2, FOS and their like.
        assert part["motifs"]["headline_motif"]["best"]["q"] < 0.5
        assert f"JASPAR {part['release']}" in output and "JASPAR has no matrix of TOY: " in output
        assert (run / "motifs" / f"tomtom_{part['release']}.tsv").read_text().startswith("Query_ID\tTarget_ID\t")


def test_the_same_command_answers_at_once(finished: tuple[Path, list[str], str]) -> None:
    run, overrides, _ = finished
    before = (run / "result.json").read_bytes()
    again = train(*overrides)
    assert again.returncode == 0 and "This run is finished" in again.stdout
    assert (run / "result.json").read_bytes() == before


def test_load_predicts_what_the_run_predicted(finished: tuple[Path, list[str], str], tiny_data: Path) -> None:
    run, _, _ = finished
    model = demo.load(run)
    assert (model.tf, model.length, model.data_source) == ("TOY", 60, "user")
    test = read_seq_gz(tiny_data / "TOY_K562_toy_Stanford_B.seq.gz")
    scores = pd.read_csv(run / "predictions.tsv", sep="\t").score
    assert np.allclose(model.predict(test.codes), scores, atol=1e-5)
    with pytest.raises(demo.DemoError, match="not a nucleotide"):
        model.predict(["ACGTX" * 12])
    with pytest.raises(demo.DemoError, match="no such run"):
        demo.load(run / "nowhere")
    (run.parent / "other.ckpt").write_bytes(b"no checkpoint")
    with pytest.raises(demo.DemoError, match="cannot be read as a checkpoint"):
        demo.load(run.parent / "other.ckpt")


def test_another_motif_setting_extracts_again_without_training(finished: tuple[Path, list[str], str]) -> None:
    run, overrides, _ = finished
    weights = (run / "checkpoints" / "best.ckpt").read_bytes()
    # Which knows no windows.
    general = [word for word in overrides if not word.startswith("motif.")]
    done = train(*general, "motif=paper", "motif.extraction.paper.l2=0.05")
    assert done.returncode == 0, done.stderr
    result = json.loads((run / "result.json").read_text())
    assert set(result["motif"]["motifs"]) == {"full_optimum", "best_window"}
    assert result["resumed_after_epochs"] == 8
    assert (run / "checkpoints" / "best.ckpt").read_bytes() == weights


def test_killed_and_started_again_gives_the_numbers_of_an_undisturbed_run(tiny_data: Path, tmp_path: Path) -> None:
    settings = ["trainer.epochs=12", "motif=none", "logger=csv"]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert train(*toy(tiny_data, whole, *settings)).returncode == 0
    process = subprocess.Popen(
        command(*toy(tiny_data, cut, *settings)), env=environment(), cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not list(cut.rglob("last.ckpt")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not list(cut.rglob("result.json"))
    resumed = train(*toy(tiny_data, cut, *settings))
    assert resumed.returncode == 0 and "Resuming" in resumed.stdout
    first, second = (json.loads((only_run(runs) / "result.json").read_text()) for runs in (whole, cut))
    assert first["resumed_after_epochs"] is None and 1 <= second["resumed_after_epochs"] < 12
    assert first["epochs"] == second["epochs"] == 12
    assert first["test"] == second["test"] and first["validation"] == second["validation"]
    assert (only_run(whole) / "metrics.csv").read_text() == (only_run(cut) / "metrics.csv").read_text()


def test_force_starts_over_and_another_configuration_in_the_way_is_an_error(tiny_data: Path, tmp_path: Path) -> None:
    settings = toy(tiny_data, tmp_path, "trainer.epochs=1", "motif=none", "logger=csv")
    assert train(*settings).returncode == 0
    run = only_run(tmp_path)
    config = run / "config.yaml"
    config.write_text(config.read_text().replace("validation_fraction: 0.1", "validation_fraction: 0.2"))
    refused = train(*settings)
    assert refused.returncode == 2 and "another configuration" in refused.stderr
    assert "data.validation_fraction: 0.2 there, 0.1 now" in refused.stderr and "force=true" in refused.stderr
    assert train(*settings, "force=true").returncode == 0
    assert "validation_fraction: 0.1" in config.read_text()


def test_a_server_that_does_not_answer_does_not_hold_a_run_up(tiny_data: Path, tmp_path: Path) -> None:
    settings = toy(tiny_data, tmp_path, "trainer.epochs=1", "motif=none")
    done = train(*settings, WANDB_API_KEY="0" * 40, WANDB_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 0, done.stderr
    assert "logging offline" in done.stdout
    assert list(tmp_path.rglob("offline-run-*"))

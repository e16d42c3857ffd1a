"""``model=deepbind``, ``model=pwm`` and ``model=kmer`` as a user types them."""

import json
import shutil
import subprocess
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

FEW = ["search.samples=2", "search.sample_steps=60", "trainer.steps=60", "model.width=12"]


def script(name: str, *overrides: str) -> subprocess.CompletedProcess[str]:
    return python(name, *overrides, "logger=csv", "callbacks.progress_bar=null")


@pytest.fixture(scope="module")
def jun(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy set, whose site is much like JUN's, under the name of JUN."""
    folder = tmp_path_factory.mktemp("jun")
    for path in tiny_data.iterdir():
        shutil.copy(path, folder / path.name.replace("TOY", "JUN"))
    return folder


@pytest.fixture(scope="module")
def runs(jun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of each."""
    folder = tmp_path_factory.mktemp("runs")
    for model in (["model=pwm"], ["model=kmer"], ["model=deepbind", "motif=none", *FEW]):
        done = script("train.py", "tf=JUN", f"data.dir={jun}", f"paths.runs={folder}", *model)
        assert done.returncode == 0, done.stderr
    return folder


def run_of(runs: Path, model: str) -> Path:
    (result,) = runs.glob(f"*/{model}*/seed0/result.json")
    return result.parent


@pytest.mark.parametrize("model, least", [("pwm", 0.85), ("kmer", 0.85), ("deepbind", 0.4)])
def test_a_run_leaves_what_any_run_leaves_and_loads(runs: Path, jun: Path, model: str, least: float) -> None:
    run = run_of(runs, model)
    result = json.loads((run / "result.json").read_text())
    assert result["status"] == "finished" and result["tf"] == "JUN" and result["test"]["auroc"] > least
    low, high = result["test"]["auroc_ci"]
    assert low <= result["test"]["auroc"] <= high
    predictions = pd.read_csv(run / "predictions.tsv", sep="\t")
    assert predictions.score.between(0, 1).all() and len(predictions) == 120
    assert roc_auc_score(predictions.label, predictions.score) == pytest.approx(result["test"]["auroc"], abs=1e-6)
    assert (run / "config.yaml").exists()
    loaded = demo.load(run)
    test = read_seq_gz(jun / "JUN_K562_toy_Stanford_B.seq.gz")
    assert np.allclose(loaded.predict(test.codes), predictions.score, atol=1e-5)
    assert loaded.tf == "JUN" and loaded.data_source == "user"


def test_the_matrix_of_pwm_is_its_motif_and_is_said_not_to_be_learned(runs: Path) -> None:
    run = run_of(runs, "pwm")
    (motif,) = read_meme(run / "motifs" / "motifs.meme")
    result = json.loads((run / "result.json").read_text())
    assert result["model"]["matrix"] == motif.name == result["motif"]["motifs"]["jaspar_matrix"]["name"]
    assert "not learned" in motif.alt_name and (run / "motifs" / "jaspar_matrix.png").stat().st_size > 1000
    assert result["validation"]["epoch"] is None and result["epochs"] == 0 and result["hyperparameter_samples"] is None


def test_the_hyperparameters_of_deepbind_were_chosen_by_validation(runs: Path) -> None:
    run = run_of(runs, "deepbind")
    assert run.parent.name == "deepbind,width=12,sample_steps=60,samples=2,steps=60"
    result = json.loads((run / "result.json").read_text())
    trials = result["hyperparameter_samples"]["trials"]
    chosen = max(trials, key=lambda trial: max(trial["validation_aurocs"]))
    assert len(trials) == 2 and len(chosen["validation_aurocs"]) == 4
    for name, value in chosen["settings"]["model"].items():
        assert result["model"][name] == result["hyperparameter_samples"]["chosen"][f"model.{name}"] == value
    assert json.loads((run / "search.json").read_text())["trials"] == trials
    assert result["model"]["width"] == 12 and result["steps"] >= 60


def test_the_same_command_answers_at_once(runs: Path, jun: Path) -> None:
    before = (run_of(runs, "kmer") / "result.json").read_bytes()
    # Steps and optimiser are nothing to it: this is the same run.
    again = script("train.py", "tf=JUN", "model=kmer", "trainer.steps=7", f"data.dir={jun}", f"paths.runs={runs}")
    assert again.returncode == 0 and "This run is finished" in again.stdout
    assert (run_of(runs, "kmer") / "result.json").read_bytes() == before


def test_a_factor_without_a_matrix_has_no_pwm(tiny_data: Path, tmp_path: Path) -> None:
    done = script("train.py", "tf=TOY", "model=pwm", f"data.dir={tiny_data}", f"paths.runs={tmp_path}")
    assert done.returncode == 2 and "no matrix of TOY" in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_sweep_over_baselines_selects_one_and_reports_all(runs: Path, jun: Path) -> None:
    done = script("sweep.py", "model=pwm,kmer", f"data.dir={jun}", f"paths.runs={runs}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 runs already have a result" in done.stdout
    (row,) = pd.read_csv(runs / "study" / "study.csv").to_dict("records")
    assert row["model"] in ("pwm", "kmer") and row["candidates"] == 2
    assert row["pwm_here_auroc"] > 0.85 and row["kmer_here_auroc"] > 0.85

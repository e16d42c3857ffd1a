import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, wilcoxon
from sklearn.metrics import roc_auc_score

from demo.data.catalogue import published
from demo.sequences import Task, alphabet_of
from demo.study.statistics import compare
from demo.study.study import study_of
from demo.study.table import summary_text, write_study
from demo.utils.errors import DemoError
from demo.utils.files import write_json

K562 = [s for s in published() if s.cell_line == "K562"]


def measures(auroc: float) -> dict[str, Any]:
    """Of a part of the data, as ``result.json`` has them."""
    low, high = max(auroc - 0.02, 0.0), min(auroc + 0.02, 1.0)
    return {"auroc": auroc, "auroc_ci": [low, high], "average_precision": auroc, "positives": 500, "negatives": 500}


def add_run(
    runs: Path, dataset: str, model: str = "conv3_hw5", *, validation: float, test: float, seed: int = 0,
    parameters: int = 1000, source: str = "encode", deepbind: float | None = 0.9, network: str = "DeMoNet",
    **changes: Any,
) -> Path:  # fmt: skip
    folder = runs / dataset / model / f"seed{seed}"
    facts = {"train": "a", "test": "b", "length": 101, "train_positives": 9, "validation_positives": 1}
    result = {
        "status": "finished", "dataset": dataset, "tf": dataset.split("_")[0], "cell_line": "K562", "lab": None,
        "data_source": source, "data": {**facts, "negatives": "shuffles"}, "model_name": model,
        "model": {"_target_": f"demo.networks.{network}", "conv_layers": 3, "pool": 2, "highway_layers": 5},
        "seed": seed, "validation": measures(validation), "test": measures(test),
        "published": {} if deepbind is None else {
            "deepbind_auc": deepbind, "deepbind_top500_auc": 0.8, "meme_sum_auc": 0.7, "meme_m1_auc": 0.6,
        },
        "parameters": parameters, "epochs": 1, "steps": 12000, "precision": "fp32", "device": "cpu", "threads": 1,
        "versions": {}, "git_commit": None, "machine": {}, "hyperparameter_samples": None, "calibration": {},
        "motif": {"settings": {}, "motifs": {}, "comparison": None}, "resumed_after_epochs": None,
        "seconds": 10.0, "seconds_training": 10.0, "seconds_motif": 0.0, "ended": "2026-11-26T00:00:00Z", **changes,
    }  # fmt: skip
    write_json(folder / "result.json", result)
    return folder


def test_selection_is_by_validation_and_never_by_test(tmp_path: Path) -> None:
    add_run(tmp_path, K562[0].name, "conv3_hw5", validation=0.95, test=0.90)
    add_run(tmp_path, K562[0].name, "conv4_hw5", validation=0.94, test=0.99)
    (row,) = study_of(tmp_path).real
    assert row.run.model_name == "conv3_hw5" and row.candidates == 2 and row.run.auroc == 0.90


def test_trial_runs_are_shown_and_not_counted(tmp_path: Path) -> None:
    add_run(tmp_path, K562[0].name, validation=0.95, test=0.95)
    add_run(tmp_path, K562[1].name, "conv3_hw5,steps=200", validation=0.95, test=0.99, steps=200)
    # A trial run is selected only where there is no other network, whatever its validation AUROC.
    add_run(tmp_path, K562[0].name, "conv4_hw5,steps=200", validation=0.99, test=0.99, steps=200)
    study = study_of(tmp_path)
    assert len(study.real) == 2 and [row.run.model_name for row in study.counted] == ["conv3_hw5"]
    assert study.compared == study.counted and study.comparison is not None and study.comparison.count == 1
    assert "Not counted: 1 of 2 data sets, whose networks are all trial runs" in summary_text(study)
    write_study(study, tmp_path / "study")
    assert f"{K562[1].name} (trial)" in (tmp_path / "study" / "study.md").read_text()


def test_few_steps_are_no_trial_of_labelled_sequences(tmp_path: Path) -> None:
    task = Task(alphabet_of("rna"), ("0", "1"), 1).plain()
    data = {"train": "a", "test": "b", "length": 8, "train_positives": 9, "validation_positives": 1, "negatives": "x"}
    add_run(
        tmp_path,
        "octamers",
        validation=0.9,
        test=0.9,
        steps=300,
        deepbind=None,
        data=data | {"task": task},
        source="user",
    )
    assert [row.run.dataset for row in study_of(tmp_path).counted] == ["octamers"]


def test_without_a_published_auc_nothing_is_compared_with_deepbind(tmp_path: Path) -> None:
    add_run(tmp_path, "FOOX1_user", validation=0.9, test=0.95, deepbind=None, source="user")
    study = study_of(tmp_path)
    write_study(study, tmp_path / "study")
    assert "DeepBind" not in summary_text(study)
    assert (tmp_path / "study" / "study.md").read_text().startswith("# Deep Motif\n")


def test_a_longer_run_of_the_selected_model_stands_in_its_place(tmp_path: Path) -> None:
    chosen = add_run(tmp_path, K562[0].name, "conv3_hw5,steps=9", validation=0.92, test=0.90)
    add_run(tmp_path, K562[0].name, "conv4_hw5,steps=9", validation=0.91, test=0.99)
    models = frozenset({"conv3_hw5,steps=9", "conv4_hw5,steps=9"})
    trained_on = {f"{K562[0].name}/conv{n}_hw5,steps=9/seed0": f"{K562[0].name}/conv{n}_hw5/seed0" for n in (3, 4)}
    # Another one with all steps, better on validation data, was not selected.
    add_run(tmp_path, K562[0].name, "conv4_hw5", validation=0.99, test=0.99)
    (row,) = study_of(tmp_path, models=models, trained_on=trained_on).real
    assert row.run.model_name == "conv3_hw5,steps=9" and row.run.directory == chosen
    add_run(tmp_path, K562[0].name, "conv3_hw5", validation=0.93, test=0.95)
    study = study_of(tmp_path, models=models, trained_on=trained_on)
    (row,) = study.real
    assert row.run.model_name == "conv3_hw5" and row.run.auroc == 0.95 and row.candidates == 2
    write_study(study, tmp_path / "study")
    with open(tmp_path / "study" / "study.csv", newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["selected_by"] == str(chosen) and line["validation_auroc"] == "0.93"


def test_ties_go_to_the_smaller_model(tmp_path: Path) -> None:
    add_run(tmp_path, K562[0].name, "conv4_hw7", validation=0.950001, test=0.9, parameters=2000)
    add_run(tmp_path, K562[0].name, "conv3_hw5", validation=0.95, test=0.9, parameters=1000)
    (row,) = study_of(tmp_path).real
    assert row.run.model_name == "conv3_hw5"


def test_counts_medians_and_tests(tmp_path: Path) -> None:
    ours, theirs = [0.95, 0.97, 0.91, 0.85, 0.90], [0.90, 0.96, 0.80, 0.90, 0.90]
    intervals = [(value - 0.02, value + 0.02) for value in ours]
    numbers = compare(ours, intervals, theirs)
    assert numbers is not None
    assert (numbers.count, numbers.wins, numbers.losses, numbers.ties) == (5, 3, 1, 1)
    assert (numbers.wins_inside, numbers.losses_inside) == (1, 0)
    assert (numbers.median, numbers.published_median) == (0.91, 0.90)
    assert numbers.mean_difference == pytest.approx(np.mean(np.subtract(ours, theirs)))
    assert numbers.sign_p == pytest.approx(binomtest(3, 4).pvalue)
    assert numbers.wilcoxon_p == pytest.approx(wilcoxon(np.subtract(ours, theirs)).pvalue)
    assert compare([], [], []) is None


def test_a_partial_study_says_so_and_simulated_sets_are_in_no_count(tmp_path: Path) -> None:
    add_run(tmp_path, K562[0].name, validation=0.95, test=0.95)
    add_run(tmp_path, K562[1].name, validation=0.95, test=0.85)
    add_run(tmp_path, "CTCF_simulated", validation=0.99, test=0.99, source="simulated", deepbind=None)
    study = study_of(tmp_path)
    assert study.comparison is not None and (study.comparison.wins, study.comparison.losses) == (1, 1)
    assert study.coverage == "Partial study: 2 of the paper's 108 K562 sets, 2 of the 505 that DeepBind published"
    assert "1 simulated set listed separately" in summary_text(study)
    written = write_study(study, tmp_path / "study")
    assert {path.name for path in written} == {"study.csv", "study.md", "figure_2a.png", "figure_2a.pdf"}
    with open(tmp_path / "study" / "study.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["data_source"] for row in rows] == ["encode", "encode", "simulated"]
    assert float(rows[0]["difference"]) == pytest.approx(0.05) and rows[2]["difference"] == ""
    text = (tmp_path / "study" / "study.md").read_text()
    assert "## Simulated data (simulated, says nothing about real binding)" in text


def test_a_whole_study_is_not_called_partial(tmp_path: Path) -> None:
    for dataset in K562:
        add_run(tmp_path, dataset.name, validation=0.95, test=0.95)
    study = study_of(tmp_path)
    assert len(K562) == 108 and study.coverage.startswith("108 of the paper's 108")
    write_study(study, tmp_path / "study")
    assert (tmp_path / "study" / "figure_2a.png").stat().st_size > 10_000


def test_failed_and_unfinished_runs_are_named(tmp_path: Path) -> None:
    add_run(tmp_path, K562[0].name, validation=0.95, test=0.95)
    add_run(tmp_path, K562[1].name, validation=0, test=0, status="failed", error="Training diverged")
    begun = tmp_path / K562[2].name / "conv3_hw5" / "seed0"
    begun.mkdir(parents=True)
    (begun / "config.yaml").write_text("tf: X\n")
    study = study_of(tmp_path)
    assert list(study.failed.values()) == ["Training diverged"] and len(study.unfinished) == 1
    assert len(study.real) == 1
    assert "Training diverged" in summary_text(study)


def test_an_ensemble_is_the_mean_probability_of_its_seeds(tmp_path: Path) -> None:
    labels = np.repeat([1, 0], 20)
    scores = [np.clip(np.random.default_rng(s).normal(0.4 + 0.2 * labels, 0.3), 0, 1) for s in range(3)]
    for seed, values in enumerate(scores):
        folder = add_run(tmp_path, K562[0].name, validation=0.9, test=0.8, seed=seed)
        lines = [f"s{i}\t{label}\t{score:.9g}" for i, (label, score) in enumerate(zip(labels, values, strict=True))]
        (folder / "predictions.tsv").write_text("\n".join(["sequence_id\tlabel\tscore", *lines]) + "\n")
    (row,) = study_of(tmp_path).real
    assert row.run.seed == 0 and row.ensemble is not None and row.ensemble.seeds == (0, 1, 2)
    assert row.ensemble.auroc == pytest.approx(roc_auc_score(labels, np.mean(scores, axis=0)))
    (row,) = study_of(tmp_path, ensemble=2).real
    assert row.ensemble is not None and row.ensemble.seeds == (0, 1)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no such folder"):
        study_of(tmp_path / "nowhere")
    assert json.dumps(study_of(tmp_path).failed) == "{}"


def test_baselines_stand_beside_the_selected_model_and_are_not_selected(tmp_path: Path) -> None:
    add_run(tmp_path, K562[0].name, validation=0.93, test=0.94)
    add_run(tmp_path, K562[0].name, "kmer", network="KmerNet", validation=0.95, test=0.91)
    add_run(tmp_path, K562[0].name, "pwm", network="PwmNet", validation=0.80, test=0.81)
    add_run(tmp_path, K562[0].name, "deepbind,samples=3", network="DeepBindNet", validation=0.99, test=0.99)
    for models in (None, frozenset({"conv3_hw5"})):
        study = study_of(tmp_path, models=models)
        (row,) = study.real
        assert row.run.model_name == "conv3_hw5" and row.candidates == 1
        assert row.baselines == {"kmer": 0.91, "pwm": 0.81}
    assert "model=kmer trained here: median AUROC 0.9100, selected models' 0.9400, which are higher on 1 of 1" in (
        summary_text(study)
    )
    write_study(study, tmp_path / "study")
    with open(tmp_path / "study" / "study.csv", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["kmer_here_auroc"], line["pwm_here_auroc"], line["deepbind_here_auroc"]) == ("0.91", "0.81", "")
    assert "### Baselines trained here" in (tmp_path / "study" / "study.md").read_text()


def test_a_study_of_baselines_alone_reports_them(tmp_path: Path) -> None:
    for name, network, validation in (("kmer", "KmerNet", 0.95), ("pwm", "PwmNet", 0.80)):
        add_run(tmp_path, K562[0].name, name, validation=validation, test=0.9, network=network)
    (row,) = study_of(tmp_path).real
    assert row.run.model_name == "kmer" and row.candidates == 2
    assert "On 1 of 1 sets only baselines were trained" in summary_text(study_of(tmp_path))
    (row,) = study_of(tmp_path, models=frozenset({"pwm"})).real
    assert row.run.model_name == "pwm" and row.candidates == 1 and row.baselines["kmer"] == 0.9

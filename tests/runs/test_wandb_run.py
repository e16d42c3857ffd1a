"""What W&B is told of a run, decoded from its file, is what docs/wandb.md says."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from demo.data.catalogue import PublishedAuc
from demo.runs.directory import RunDirectory
from demo.runs.settings import LoggerSettings
from demo.runs.wandb_run import MOTIF_COLUMNS, final_numbers, logged_run
from demo.utils.files import read_json
from made_result import made_result
from wandb_log import documented, read_log
from warm import python


def test_deepbind_is_compared_with_on_real_data_only() -> None:
    published = PublishedAuc(deepbind=0.89, deepbind_top500=None, meme_sum=None, meme_m1=None)
    numbers = final_numbers(made_result(published=published))
    assert numbers["deepbind/auc"] == 0.89 and numbers["deepbind/inside_interval"] is True
    assert numbers["deepbind/difference"] == pytest.approx(0.02)
    assert "deepbind/auc" not in final_numbers(made_result(published=published, data_source="simulated"))
    assert "deepbind/auc" not in final_numbers(made_result())


def test_a_run_that_raises_has_failed_and_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    folders = [RunDirectory(tmp_path / name / "conv3_hw5" / "seed0") for name in "ab"]
    for folder in folders:
        folder.path.mkdir(parents=True)
    with logged_run(folders[0], "a", LoggerSettings(group="mine"), {"seed": 1}, ["A"]) as outer:
        with (
            pytest.raises(ZeroDivisionError),
            logged_run(folders[1], "b", LoggerSettings(), {}, []) as inner,
        ):
            assert inner and outer and inner.experiment.id != outer.experiment.id
            1 / 0  # noqa: B018
        outer.experiment.log({"after": 1})
    first, second = (read_log(folder.path / "wandb") for folder in folders)
    assert (first.exit_code, first.run.run_group, first.config["seed"], first.logged("after")) == (0, "mine", 1, [1])
    assert (second.exit_code, second.run.run_group, second.run.display_name) == (1, "b", "b/conv3_hw5/seed0")
    with logged_run(folders[0], "a", LoggerSettings(wandb=False), {}, []) as logger:
        assert logger is None


@pytest.mark.slow
def test_what_a_training_logs_is_what_is_documented(tiny_data: Path, tmp_path: Path) -> None:
    done = python(
        "train.py", "tf=TOY", f"data.dir={tiny_data}", f"paths.runs={tmp_path}", "trainer.epochs=4",
        "data.batch_size=16", "model.channels=8", "motif.extraction.window.steps=16",
        "motif.extraction.sketch.steps=20", "logger.artifacts=true", "callbacks.progress_bar=null",
        WANDB_MODE="offline",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.rglob("result.json")
    run, result = path.parent, read_json(path)
    log = read_log(run / "wandb")

    patterns = documented("What a run logs")
    missing = [name for name in patterns if not any(re.fullmatch(name, key) for key in log.names)]
    # TOY is in no release of JASPAR, and DeepBind was not measured on it.
    assert all(name.startswith("deepbind/") or "own" in name or "ama" in name for name in missing), missing
    axes = {"trainer/global_step", "epoch"}
    assert [key for key in log.names - axes if not any(re.fullmatch(name, key) for name in patterns)] == []

    about = log.run
    assert (about.job_type, about.run_group, about.project) == ("train", "TOY_K562_toy_Stanford", "deep-motif")
    assert list(about.tags) == ["TOY", "user"] and log.exit_code == 0
    assert log.config["model"]["channels"] == 8 and log.config["dataset"] == "TOY_K562_toy_Stanford"

    rows = list(csv.DictReader((run / "metrics.csv").open()))
    for name in ("train/loss", "val/loss", "val/auroc", "val/average_precision"):
        assert log.logged(name) == [pytest.approx(float(row[name])) for row in rows], name
        assert log.metrics[name].step_metric == "epoch"
    assert [row["epoch"] for row in log.history if "val/auroc" in row] == [1, 2, 3, 4]
    steps = [row["trainer/global_step"] for row in log.history if "train/loss_step" in row]
    assert steps == list(range(20, 1 + int(rows[-1]["step"]), 20)) and len(steps) > 2
    rates = log.logged("train/learning_rate")
    assert len(rates) == len(steps) and rates[-1] == min(rates) and np.isfinite(log.logged("train/loss_step")).all()
    assert log.metrics["train/learning_rate"].step_metric == "trainer/global_step"

    best = max(float(row["val/auroc"]) for row in rows)
    assert [log.summary["val/auroc"]["max"], *log.logged("best/val_auroc")] == pytest.approx([best, best])
    assert log.logged("best/epoch") == [result["validation"]["epoch"]]
    assert log.summary["test/auroc"] == result["test"]["auroc"]
    assert [log.summary["test/auroc_low"], log.summary["test/auroc_high"]] == result["test"]["auroc_ci"]
    assert log.summary["parameters"] == result["parameters"]

    motifs = result["motif"]["motifs"]
    pictures = {f"motif/{picture.stem}" for picture in (run / "motifs").glob("*.png")}
    assert {name for name in log.names if name.startswith("motif/")} == pictures != set()
    for kind, facts in motifs.items():
        (picture,) = log.logged(f"motif/{kind}")
        assert picture["caption"].startswith(facts["consensus"])
        assert kind == "full_optimum" or " q = " in picture["caption"] or "flat" in picture["caption"]
    written = log.table("motifs")
    assert tuple(written["columns"]) == MOTIF_COLUMNS
    assert {line[0] for line in written["data"]} == motifs.keys()
    assert all(line[1]["_type"] == "image-file" for line in written["data"])

    kept = {kind: (name, set(files)) for name, (kind, files) in log.artifacts.items() if kind != "run_table"}
    assert {kind: files for kind, (_, files) in kept.items()} == {
        "model": {"best.ckpt"},
        "predictions": {"predictions.tsv"},
        "motifs": {path.name for path in (run / "motifs").iterdir()},
    }
    assert re.fullmatch(r"TOY_K562_toy_Stanford-[\w.-]+-seed0-model", kept["model"][0])

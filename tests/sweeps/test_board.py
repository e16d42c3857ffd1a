"""A sweep in W&B, decoded from its file: it logs what docs/wandb.md says, and its trainings have their own runs."""

import re
from pathlib import Path

import pytest

from demo.study.study import study_of
from demo.study.table import write_study
from demo.sweeps.board import DONE, Board
from demo.sweeps.jobs import Outcome
from demo.sweeps.progress import Progress
from demo.utils.files import read_json
from made_job import made_job
from made_result import made_result
from report.report_runs import SETS, copied, of_catalogue
from wandb_log import WandbLog, documented, read_log
from warm import python


def table(folder: Path, value: dict[str, str]) -> dict[str, list]:
    (path,) = (folder / "wandb").glob(f"offline-run-*/files/{value['path']}")
    return read_json(path)


def undocumented(log: WandbLog) -> list[str]:
    return sorted(log.names - set(documented("What a sweep logs")))


def test_the_table_of_runs_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    jobs = [made_job(tmp_path, "A", "quick"), made_job(tmp_path, "B", "quick")]
    view = Progress({"training": 2}, at_once=1, bar=False)
    view.add(jobs)
    board = Board(tmp_path / "study", "sweep x", "deep-motif", "sweep x")
    for job, auroc in zip(jobs, (0.9, 0.8), strict=True):
        made_result(auroc=auroc).write(job.folder.result)
        view.begin(job)
        view.end(job, Outcome(None))
        board.show(view)
    board.close()
    log = read_log(tmp_path / "study" / "wandb")
    assert (log.run.job_type, log.run.run_group, log.exit_code) == ("sweep", "sweep x", 0)
    runs = [table(tmp_path / "study", value) for value in log.logged("sweep/runs")]
    assert [len(each["data"]) for each in runs] == [1, 2]
    assert dict(zip(runs[1]["columns"], runs[1]["data"][1], strict=True)) == {
        "dataset": "B", "model": "conv3_hw5", "conv_layers": 3, "pool": 2, "highway_layers": 5, "parameters": 1000,
        "seed": 0, "validation_auroc": 0.8, "seconds_training": 2.0,
    }  # fmt: skip
    (best,) = {tuple(table(tmp_path / "study", log.logged("sweep/best")[1])["data"][0])}
    assert best == ("A", 0.9, "quick/seed0", 1)
    assert log.logged(DONE) == [1, 2] and log.logged("sweep/left") == [1, 0]
    assert log.logged("sweep/mean_best_val_auroc") == pytest.approx([0.9, 0.85])
    assert log.metrics["sweep/left"].step_metric == DONE
    assert undocumented(log) == []


@pytest.mark.slow
def test_the_study_with_its_figure(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    copied(trained, tmp_path, SETS[0].name, **of_catalogue(0))
    study = study_of(tmp_path)
    write_study(study, tmp_path / "study")
    board = Board(tmp_path / "study", "sweep x", "deep-motif", "sweep x")
    board.show(Progress({}, at_once=1, bar=False))
    board.show_study(study)
    board.close()
    log = read_log(tmp_path / "study" / "wandb")
    (figure,), (rows,) = log.logged("figure_2a"), log.logged("study")
    assert "of the paper's 108" in figure["caption"]
    assert table(tmp_path / "study", rows)["data"][0][0] == SETS[0].name
    assert log.summary["wins"] + log.summary["losses"] + log.summary["ties"] == 1
    assert undocumented(log) == []
    # Without a finished training there is no mean.
    assert set(documented("What a sweep logs")) - log.names == {"sweep/mean_best_val_auroc"}


@pytest.mark.slow
def test_a_sweep_in_one_process_has_a_run_for_each_training(tiny_data: Path, tmp_path: Path) -> None:
    done = python(
        "sweep.py", "tf=TOY", "model.pool=1,2", f"data.dir={tiny_data}", f"paths.runs={tmp_path}", "trainer.epochs=1",
        "model.channels=8", "motif=none", "report=false", "callbacks.progress_bar=null", WANDB_MODE="offline",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    log = read_log(tmp_path / "study" / "wandb")
    group = log.run.run_group
    assert group.startswith("sweep model.pool=1,2") and undocumented(log) == []
    assert len(table(tmp_path / "study", log.logged("sweep/runs")[-1])["data"]) == 2
    trainings = [read_log(path) for path in tmp_path.glob("TOY*/*/seed0/wandb")]
    assert sorted(each.config["model"]["pool"] for each in trainings) == [1, 2]
    for each in trainings:
        assert (each.run.job_type, each.run.run_group, each.exit_code) == ("train", group, 0)
        assert {kind for kind, _ in each.artifacts.values()} == {"run_table"}, "others are kept of online runs only"
        assert each.logged("val/auroc") and re.match(r"TOY_K562_toy_Stanford/conv3_hw5", each.run.display_name)

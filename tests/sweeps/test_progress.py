"""One view of a sweep: counts that add up, time left, and the best model of each set."""

import logging
from pathlib import Path

import pytest

from demo.runs.result import MotifResult
from demo.runs.settings import MotifSettings
from demo.sweeps import progress
from demo.sweeps.jobs import Job, Outcome
from demo.sweeps.progress import Best, Progress
from made_job import made_job
from made_result import made_result


def job(folder: Path, dataset: str, model: str, auroc: float | None = None, motif: bool = False) -> Job:
    settings = MotifSettings(extraction={"method": "paper"} if motif else None)
    made = made_job(folder, dataset, model, motif=settings)
    if auroc is not None:
        made_result(auroc=auroc, motif=MotifResult(settings.plain())).write(made.folder.result)
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_sweep_from_its_begin_to_its_end(
    tmp_path: Path, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    done = job(tmp_path, "A", "slow", 0.7)
    jobs = [job(tmp_path, "A", "quick", 0.9), job(tmp_path, "B", "slow", 0.6), job(tmp_path, "B", "quick", 0.8)]
    view = Progress({"training": 5}, at_once=1, bar=True)
    view.skip(done)
    view.add(jobs)
    view.drop({"training": 1})
    assert (view.done, view.running, view.failed, view.left, view.seconds_left) == (1, 0, 0, 3, None)
    assert view.best == {"A": Best(0.7, "slow/seed0", 1)}

    view.begin(jobs[0])
    assert (view.running, view.left) == (1, 2)
    clock[0] = 10
    view.end(jobs[0], Outcome(None))
    assert view.best["A"] == Best(0.9, "quick/seed0", 2)
    assert [(each.dataset, each.conv_layers, each.validation_auroc) for each in view.models] == [
        ("A", 3, 0.7), ("A", 3, 0.9),
    ]  # fmt: skip
    assert view.seconds_left == 20, "two more, a slow one taken to be as a quick one"

    view.begin(jobs[1])
    clock[0] = 50
    view.end(jobs[1], Outcome(None))
    assert view.seconds_left == 10, "a quick one"

    view.begin(jobs[2])
    view.put_off(jobs[2])
    assert (view.running, view.left) == (0, 1)
    view.begin(jobs[2])
    clock[0] = 54
    assert view.seconds_left == 6
    view.end(jobs[2], Outcome("NaN"))
    assert (view.done, view.running, view.failed, view.left) == (3, 0, 1, 0)
    view.close()
    assert [record.message for record in caplog.records] == [
        "[1/4, 1 running, 2 left] A/quick/seed0: training ...",
        "[2/4, 0 running, 2 left, 20 s to go] A/quick/seed0: validation AUROC 0.9000; best of A 0.9000, quick",
        "[3/4, 0 running, 1 left, 10 s to go] B/slow/seed0: validation AUROC 0.6000; best of B 0.6000, slow",
        "[4/4, 1 failed, 0 running, 0 left] FAILED B/quick/seed0: NaN",
    ]


def test_a_job_that_another_sweep_finished_counts_without_having_run(tmp_path: Path) -> None:
    one = job(tmp_path, "A", "quick", 0.9)
    view = Progress({"training": 1}, at_once=2, bar=False)
    view.add([one])
    view.end(one, Outcome(None))
    assert (view.done, view.running, view.left, view.seconds_left) == (1, 0, 0, None)


def test_a_motif_is_no_model_more_and_what_is_not_known_yet_takes_as_long_as_the_others(
    tmp_path: Path, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    training, motif = job(tmp_path, "A", "quick", 0.9), job(tmp_path, "A", "quick", 0.9, motif=True)
    view = Progress({"training": 2, "motif": 1}, at_once=1, bar=False)
    view.add([training])
    view.begin(training)
    clock[0] = 10
    view.end(training, Outcome(None))
    assert view.seconds_left == 10, "the training that follows; of a motif nothing is known"
    view.drop({"training": 1})
    view.add([motif])
    view.begin(motif)
    clock[0] = 12
    view.end(motif, Outcome(None))
    assert view.best["A"].finished == 1 and (view.done, view.left, view.seconds_left) == (2, 0, 0)
    assert caplog.records[-1].message == "[2/2, 0 running, 0 left] A/quick/seed0: motif"

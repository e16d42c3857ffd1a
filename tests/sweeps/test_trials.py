"""Hyperparameter search by Optuna: what is searched, what a trial is, and the commands."""

import csv
import subprocess
from pathlib import Path

import pytest

from demo.sweeps.settings import TrialSettings
from demo.sweeps.trials import Space, Trials
from demo.utils.errors import DemoError
from warm import python

ROOT = Path(__file__).resolve().parents[2]
PARAMS = {"optimizer.learning_rate": "tag(log, interval(0.001, 0.1))", "model.channels": "choice(8, 16)"}


def settings(**changed: object) -> TrialSettings:
    values = {"n_trials": 4, "n_jobs": 1, "sampler": "tpe", "pruner": "median", "startup_trials": 1, "warmup_epochs": 0}
    return TrialSettings(PARAMS, **{**values, **changed})  # type: ignore[arg-type]


def trials(folder: Path, space: Space | None = None, **changed: object) -> Trials:
    return Trials(folder, "SET", "conv3_hw5/seed0", space or Space.of(PARAMS, []), settings(**changed), 0)


def table(folder: Path) -> list[dict[str, str]]:
    with open(folder / "search.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_line_adds_replaces_and_fixes() -> None:
    arguments = ["tf=A,B", "model.channels=32", "model.pool=range(1,3)", "model.dropout=interval(0,0.5)", "seed=1"]
    space = Space.of(PARAMS, arguments)
    assert list(space.distributions) == ["optimizer.learning_rate", "model.pool", "model.dropout"]
    assert space.fixed == ("tf=A,B", "model.channels=32", "seed=1")
    assert space.distributions["optimizer.learning_rate"].log  # type: ignore[attr-defined]
    pool = space.distributions["model.pool"]
    assert (pool.low, pool.high) == (1, 2)  # type: ignore[attr-defined]
    whole = Space.of({}, ["model.kernel_size=tag(int,interval(3,9))"]).distributions["model.kernel_size"]
    assert (whole.low, whole.high) == (3, 9) and type(whole).__name__ == "IntDistribution"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "params, arguments, words",
    [
        ({}, ["model.channels=32"], "nothing to search"),
        ({"model.channels": "32"}, [], "single value"),
        ({}, ["model.dropout=interval(0.5,0)"], "not a range"),
    ],
)
def test_no_space(params: dict[str, str], arguments: list[str], words: str) -> None:
    with pytest.raises(DemoError, match=words):
        Space.of(params, arguments)


def test_trials_end_and_an_interrupted_search_continues(tmp_path: Path) -> None:
    search = trials(tmp_path)
    asked = [search.ask(1)[0] for _ in range(3)]
    for trial in asked:
        search.begin(trial.number, Path(f"run{trial.number}"))
    search.tell(0, 0.9)
    search.tell(1, None)
    search.tell(2, None, "Training diverged.\nand more")
    interrupted = search.ask(1)[0]
    assert interrupted.number == 3 and len(search.ended) == 3
    with pytest.raises(DemoError, match="Another process"):
        trials(tmp_path)
    search.close()

    again = trials(tmp_path, n_trials=5)
    (repeated, new) = again.ask(5)
    assert repeated.overrides == interrupted.overrides and new.overrides != repeated.overrides
    again.tell(repeated.number, 0.95)
    again.tell(new.number, 0.5)
    assert again.ask(1) == [] and [trial.number for trial in again.finished()] == [0, repeated.number, new.number]
    assert "Best of 5 trials (1 pruned, 1 failed): validation AUROC 0.9500" in again.summary()
    again.close()
    rows = table(tmp_path)
    assert [row["state"] for row in rows] == ["complete", "pruned", "fail", "fail", "complete", "complete"]
    assert rows[2]["error"] == "Training diverged." and rows[0]["run"] == "run0"
    assert rows[0]["model.channels"] in ("8", "16") and rows[1]["validation_auroc"] == ""

    other = trials(tmp_path, Space.of({}, ["model.pool=1,2"]))
    assert other.ask(1)[0].number == 0, "another space is another search"


def test_a_pruned_run_is_that_of_a_trial(tmp_path: Path) -> None:
    pruning = trials(tmp_path).ask(1)[0].pruning
    assert pruning is not None and pruning["trial"] == 0 and Path(pruning["journal"]).is_file()
    assert trials(tmp_path / "other", pruner="none").ask(1)[0].pruning is None


QUICK = [
    "logger=csv", "motif=none", "trainer.epochs=3", "data.batch_size=64", "callbacks.progress_bar=null",
    "model.channels=8",
    "hydra.sweeper.n_trials=4", "hydra.sweeper.startup_trials=1", "hydra.sweeper.warmup_epochs=0",
    "optimizer.learning_rate=0.03,1e-8", "model.dropout=0.0",
]  # fmt: skip


def run(script: str, data: Path, folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    return python(ROOT / script, *overrides, f"data.dir={data}", f"paths.runs={folder / 'runs'}", cwd=folder)


@pytest.mark.slow
def test_train_searches_prunes_and_answers_at_once(tiny_data: Path, tmp_path: Path) -> None:
    command = ["-m", "hydra/sweeper=optuna", "tf=TOY", *QUICK]
    done = run("train.py", tiny_data, tmp_path, *command)
    assert done.returncode == 0, done.stderr
    assert "Best of 4 trials" in done.stdout and "optimizer.learning_rate=0.03" in done.stdout
    rows = table(tmp_path / "runs" / "search")
    assert len(rows) == 4 and {row["state"] for row in rows} <= {"complete", "pruned"}
    # Nothing is left in the folder of the user.
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    again = run("train.py", tiny_data, tmp_path, *command)
    assert again.returncode == 0 and "Best of 4 trials" in again.stdout and "New run" not in again.stdout
    refused = run("train.py", tiny_data, tmp_path, *command[:2], "tf=TOY,TOYS", *QUICK)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr


@pytest.mark.slow
def test_joblib_runs_a_multirun_of_train(tiny_data: Path, tmp_path: Path) -> None:
    quick = [word for word in QUICK if "sweeper" not in word and "learning_rate" not in word]
    options = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "seed=0,1"]
    done = run("train.py", tiny_data, tmp_path, "-m", "tf=TOY", *quick, *options)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "runs").glob("TOY*/*/seed*/result.json"))) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    refused = run("sweep.py", tiny_data, tmp_path, "tf=TOY", "hydra/launcher=joblib")
    assert refused.returncode == 2 and "hydra/launcher=local" in refused.stderr


@pytest.mark.slow
def test_a_sweep_searches_selects_and_reports(tiny_data: Path, tmp_path: Path) -> None:
    command = ["hydra/sweeper=optuna", "tf=TOY", "report=false", *QUICK]
    done = run("sweep.py", tiny_data, tmp_path, *command)
    assert done.returncode == 0, done.stderr
    assert "Best of 4 trials" in done.stdout and "4 models on 1 data set" in done.stdout
    with open(tmp_path / "runs" / "study" / "study.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert "learning_rate=0.03" in row["model"]
    best = max(
        (r for r in table(tmp_path / "runs" / "search") if r["validation_auroc"]),
        key=lambda r: float(r["validation_auroc"]),
    )
    assert float(row["validation_auroc"]) == pytest.approx(float(best["validation_auroc"]), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides, words",
    [
        (["model.channels=8,bogus"], "model.channels is 'bogus'"),
        (["motif.extraction.window.steps=bogus"], "motif.extraction.window.steps is 'bogus'"),
        (["trainer.devices=2"], "side by side"),
        (["+hydra.sweeper.params.model.poool=2"], "model.poool"),
        (["+hydra.sweeper.parms=2"], "hydra.sweeper.parms"),
        (["hydra/sweeper=optuna", "hydra.sweeper.sampler=grid"], "hydra.sweeper.sampler is 'grid'"),
    ],
)
def test_a_sweep_that_cannot_work_is_refused_before_its_first_run(
    tiny_data: Path, tmp_path: Path, overrides: list[str], words: str
) -> None:
    done = run("sweep.py", tiny_data, tmp_path, "tf=TOY", "logger=csv", *overrides)
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert not list(tmp_path.rglob("study.csv")) and not list(tmp_path.rglob("result.json"))


@pytest.mark.slow
def test_cfg_shows_the_configuration_in_a_multirun_too(tiny_data: Path, tmp_path: Path) -> None:
    done = run("train.py", tiny_data, tmp_path, "--cfg", "job", "-m", "tf=TOY")
    assert done.returncode == 0 and "conv_layers: 3" in done.stdout

"""Jobs go through a launcher some at once, and what becomes of one is its own affair."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import pytest
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig, OmegaConf

from demo.runs.directory import RunDirectory
from demo.sweeps import launching
from demo.sweeps.jobs import Job, Outcome
from demo.sweeps.launching import check_installed, jobs_at_once, run_jobs
from demo.utils.errors import DemoError
from made_job import made_job, plain_of
from made_result import made_result

LAUNCHERS = {
    "basic": "hydra._internal.core_plugins.basic_launcher.BasicLauncher",
    "local": "hydra_plugins.deep_motif.LocalLauncher",
    "ray": "hydra_plugins.deep_motif_ray.RayActors",
    "slurm": "hydra_plugins.hydra_submitit_launcher.submitit_launcher.SlurmLauncher",
}


def config(launcher: str, jobs: int | None = None, gpus: float | None = None, threads: int = 1) -> DictConfig:
    return OmegaConf.create(
        {
            "jobs": jobs,
            "gpus_per_trial": gpus,
            "trainer": {"threads": threads},
            "hydra": {"launcher": {"_target_": LAUNCHERS[launcher]}},
        }
    )


def job(folder: Path, number: int, force: bool = False) -> Job:
    return made_job(folder, "SET", "conv3_hw5", seed=number, force=force)


def finish(run: RunDirectory) -> None:
    made_result().write(run.result)


class Launcher:
    """Finishes jobs; those named in ``bad`` end otherwise."""

    def __init__(self, folder: Path, **bad: object) -> None:
        self.folder, self.bad = folder, bad
        self.launched: list[str] = []
        self.most, self._now = 0, 0
        self._lock = threading.Lock()

    def __call__(self, overrides: Sequence[str]) -> JobReturn:
        (override,) = overrides
        seed = str(plain_of(override)["run"]["settings"]["seed"])
        with self._lock:
            self.launched.append(seed)
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.05)
        with self._lock:
            self._now -= 1
        end = self.bad.get(f"s{seed}", {"error": None})
        if isinstance(end, Exception):
            raise end
        if end == {"error": None}:
            finish(RunDirectory(self.folder / f"SET/conv3_hw5/seed{seed}"))
        return JobReturn(status=JobStatus.COMPLETED, _return_value=end)


def outcomes(jobs: Sequence[Job], launcher: Launcher, at_once: int) -> dict[str, Outcome]:
    ended = [(j.name, outcome) for j, outcome in run_jobs(deque(jobs), launcher, at_once) if outcome is not None]
    return dict(ended)


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_bad_job_fails_alone_and_no_more_than_asked_run_at_once(tmp_path: Path, at_once: int) -> None:
    launcher = Launcher(tmp_path, s1={"error": "NaN"}, s2=MemoryError("all gone"))
    jobs = [job(tmp_path, number) for number in range(6)]
    ended = outcomes(jobs, launcher, at_once)
    errors = {name[-1]: outcome.error for name, outcome in ended.items()}
    assert errors == {"0": None, "1": "NaN", "2": "MemoryError: all gone", "3": None, "4": None, "5": None}
    assert launcher.most == at_once and sorted(launcher.launched) == list("012345")


def test_what_has_a_result_by_now_is_not_run_unless_forced(tmp_path: Path) -> None:
    jobs = [job(tmp_path, number) for number in range(2)]
    finish(jobs[1].folder)
    launcher = Launcher(tmp_path)
    assert outcomes(jobs, launcher, 1) == {jobs[0].name: Outcome(None), jobs[1].name: Outcome(None)}
    assert launcher.launched == ["0"]
    outcomes([job(tmp_path, number, force=True) for number in range(2)], launcher, 1)
    assert launcher.launched == ["0", "0", "1"]


@pytest.mark.parametrize("finishes", [True, False])
def test_a_job_of_another_sweep_is_put_off_then_taken_or_run(
    tmp_path: Path, finishes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "_LOOK_EVERY", 0.05)
    jobs = [job(tmp_path, number) for number in range(3)]
    launcher = Launcher(tmp_path)
    release = threading.Event()

    def other_sweep() -> None:
        with jobs[0].folder.claim():
            claimed.set()
            release.wait(30)
            if finishes:
                finish(jobs[0].folder)

    claimed = threading.Event()
    other = threading.Thread(target=other_sweep)
    other.start()
    claimed.wait(30)
    ended = []
    for one, outcome in run_jobs(deque(jobs), launcher, 1):
        if outcome is not None:
            assert outcome == Outcome(None)
            ended.append(one.name[-1])
        if len(ended) == 2:
            release.set()
    other.join()
    assert ended == ["1", "2", "0"]
    assert launcher.launched == (["1", "2"] if finishes else ["1", "2", "0"])


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_follows_from_an_outcome_is_run_too(tmp_path: Path, at_once: int) -> None:
    launcher = Launcher(tmp_path)
    waiting = deque([job(tmp_path, 0), job(tmp_path, 1)])
    ended = []
    for one, outcome in run_jobs(waiting, launcher, at_once):
        if outcome is not None:
            ended.append(one.name[-1])
            if len(ended) == 2:
                waiting.append(job(tmp_path, 2))
    assert sorted(ended) == ["0", "1", "2"] and ended[-1] == "2"


def test_a_job_claimed_just_before_it_began_is_tried_again(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, s0={"error": "Another process", "claimed": True})
    seen = []
    for _, outcome in run_jobs(deque([job(tmp_path, 0)]), launcher, 1):
        seen.append(outcome)
        if outcome and outcome.claimed:
            launcher.bad.clear()
    assert seen == [None, Outcome("Another process", True), None, Outcome(None)]


def test_how_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)))
    assert jobs_at_once(config("basic")) == 1
    assert jobs_at_once(config("local")) == 16
    assert jobs_at_once(config("local", threads=4)) == 4
    assert jobs_at_once(config("local", jobs=3)) == 3
    assert jobs_at_once(config("slurm", gpus=1)) == 100


@pytest.mark.parametrize(
    "asked, words",
    [
        (config("basic", jobs=2), "hydra/launcher=local"),
        (config("local", gpus=0.5), "hydra/launcher=ray"),
        (config("slurm", gpus=0.5), "whole GPUs"),
        (config("local", jobs=0), "jobs is 0"),
        (config("ray", gpus=-1), "gpus_per_trial"),
    ],
)
def test_what_a_launcher_cannot_do_is_said(asked: DictConfig, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        jobs_at_once(asked)


@pytest.mark.parametrize("name", ["ray", "slurm"])
def test_a_launcher_that_is_not_installed_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed(config("local"))
    monkeypatch.setattr(launching, "find_spec", lambda module: None)
    check_installed(config("local"))
    with pytest.raises(DemoError, match="not installed") as error:
        check_installed(config(name))
    assert f"deep-motif[{name}]" in str(error.value)

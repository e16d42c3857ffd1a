"""Runs jobs in parallel through one of Hydra's launchers; a failing job does not affect the others."""

import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from threading import Thread

from hydra.core.utils import JobReturn
from omegaconf import DictConfig, OmegaConf

from demo.sweeps.jobs import Job, Outcome, override_of
from demo.utils.checks import real, whole
from demo.utils.errors import DemoError

Launch = Callable[[Sequence[str]], JobReturn]
"""Runs one job, given by its overrides, through the configured launcher; returns when it has ended."""

_SLURM_JOBS = 100
"""Default number of jobs in Slurm's queue at once."""

_LOOK_EVERY = 1.0
"""Seconds between checks of jobs that another sweep has claimed."""

_log = logging.getLogger(__name__)


_EXTRAS = {
    "ray": ("hydra_plugins.hydra_ray_launcher", "ray"),
    "slurm": ("hydra_plugins.hydra_submitit_launcher", "submitit"),
}
"""Packages of each launcher, installed by the extra of the same name."""


def check_installed(config: DictConfig) -> None:
    """Check that the packages of the launcher are installed.

    Raises:
        DemoError: they are not; says what to install.
    """
    name = launcher_name(config)
    if name == "JoblibLauncher" and "job" in config:
        raise DemoError(
            "hydra/launcher=joblib is for train.py -m: it starts jobs together and waits for all of them.",
            fix="hydra/launcher=local, which gives a process its next job at once",
        )
    lacking = [module for module in _EXTRAS.get(name, ()) if not _is_there(module)]
    if lacking:
        raise DemoError(
            f"hydra/launcher={name} needs packages that are not installed.",
            where=", ".join(lacking),
            fix=f"pip install 'deep-motif[{name}]', or in a checkout pip install -e '.[{name}]'",
        )


def check_optuna() -> None:
    """Check that the package of ``hydra/sweeper=optuna`` is installed.

    Raises:
        DemoError: it is not; says what to install.
    """
    if not _is_there("optuna"):
        raise DemoError(
            "hydra/sweeper=optuna needs a package that is not installed.",
            where="optuna",
            fix="pip install 'deep-motif[optuna]', or in a checkout pip install -e '.[optuna]'",
        )


def launcher_name(config: DictConfig) -> str:
    """``basic``, ``local``, ``ray``, ``slurm``, or the class of another launcher."""
    target = str(config.hydra.launcher._target_).rpartition(".")[2]
    return {"BasicLauncher": "basic", "LocalLauncher": "local", "RayActors": "ray", "SlurmLauncher": "slurm"}.get(
        target, target
    )


def jobs_at_once(config: DictConfig) -> int:
    """Number of jobs to run in parallel: ``jobs``, or as many as the launcher has room for.

    Raises:
        DemoError: this launcher does not support ``jobs`` or ``gpus_per_trial``.
    """
    name = launcher_name(config)
    gpus = 0.0 if config.gpus_per_trial is None else real("gpus_per_trial", config.gpus_per_trial, 0, 1024)
    threads = whole("trainer.threads", config.trainer.threads, 1, 1024)
    if gpus and name in ("basic", "local"):
        raise DemoError(
            f"gpus_per_trial is {gpus:g}, but hydra/launcher={name} does not assign GPUs.",
            fix="hydra/launcher=ray, or leave gpus_per_trial out",
        )
    if name == "slurm" and gpus != int(gpus):
        raise DemoError(f"gpus_per_trial is {gpus:g}, but Slurm assigns whole GPUs only.", fix="gpus_per_trial=1")
    jobs = None if config.jobs is None else whole("jobs", config.jobs, 1, 100_000)
    if name == "ray":
        room = _room_on_ray(config, gpus)
        return room if jobs is None else jobs
    if jobs is not None:
        if name == "basic" and jobs > 1:
            raise DemoError(
                f"jobs is {jobs}, but without a launcher only one job runs at a time.", fix="hydra/launcher=local"
            )
        return jobs
    return {"local": max(1, len(os.sched_getaffinity(0)) // threads), "slurm": _SLURM_JOBS}.get(name, 1)


def run_jobs(waiting: deque[Job], launch: Launch, at_once: int) -> Iterator[tuple[Job, Outcome | None]]:
    """Run jobs, up to ``at_once`` at a time.

    A job that another process is working on is postponed: its result is used, or it is run if there is none.

    Args:
        waiting: jobs, removed in order as they begin; more may be added at any time.
        launch: called in a separate thread for each job if several run at once.
        at_once: 1 or more.

    Yields:
        A job with ``None`` when it begins, and with its outcome when it ends.
    """
    running = 0
    ended: SimpleQueue[tuple[Job, Outcome]] = SimpleQueue()

    def run(job: Job) -> None:
        ended.put((job, _outcome(launch, job)))

    told: set[str] = set()

    def begin() -> Iterator[tuple[Job, Outcome | None]]:
        """Start jobs in the free slots."""
        nonlocal running
        for _ in range(len(waiting)):
            if running == at_once:
                break
            job = waiting.popleft()
            if job.folder.is_claimed:
                waiting.append(job)
                if job.name not in told:
                    _log.info("Another process is working on %s; postponed.", job.name)
                    told.add(job.name)
            elif not job.force and _has_result(job):
                yield job, Outcome(None)
            else:
                yield job, None
                running += 1
                if at_once == 1:
                    run(job)
                else:
                    Thread(target=run, args=(job,), daemon=True).start()

    while waiting or running:
        yield from begin()
        try:
            job, outcome = ended.get(timeout=_LOOK_EVERY)
        except Empty:
            continue
        running -= 1
        if at_once > 1:
            # First, so that no worker waits while the outcome is processed, for the study for instance.
            yield from begin()
        yield job, outcome
        if outcome.claimed:
            waiting.append(job)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _has_result(job: Job) -> bool:
    try:
        return job.result() is not None
    except (DemoError, OSError):
        # The process that runs it reports why.
        return False


def _outcome(launch: Launch, job: Job) -> Outcome:
    """Run a job; whatever happens to it or its worker is its outcome."""
    try:
        return Outcome(**launch([override_of(job)]).return_value)
    except Exception as error:
        return Outcome(f"{type(error).__name__}: {error}")


def _room_on_ray(config: DictConfig, gpus: float) -> int:
    """Number of jobs for which Ray has CPUs and GPUs; starts Ray, or joins it if an address is given."""
    import ray

    if not ray.is_initialized():
        on_sigterm = signal.getsignal(signal.SIGTERM)
        ray.init(**OmegaConf.to_container(config.hydra.launcher.ray.init, resolve=True))  # type: ignore[arg-type]
        # Ray has installed its own handler, which would end the sweep silently.
        signal.signal(signal.SIGTERM, on_sigterm)
    there = ray.cluster_resources()
    needed = {"CPU": float(config.trainer.threads), "GPU": gpus}
    rooms = {name: int(there.get(name, 0) / amount + 1e-6) for name, amount in needed.items() if amount}
    lacking = [name for name, room in rooms.items() if not room]
    if lacking:
        raise DemoError(
            f"Ray has no room for a run: {lacking[0]} needed {needed[lacking[0]]:g}, available "
            f"{there.get(lacking[0], 0):g}.",
            fix="lower gpus_per_trial= or trainer.threads=, or hydra.launcher.ray.init.num_gpus= to declare GPUs",
        )
    return min(rooms.values())

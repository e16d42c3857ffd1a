"""Jobs on their way through one of Hydra's launchers, some at once; none of them takes another down with it."""

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

from demo.sweep.jobs import Job, Outcome, override_of
from demo.utils.checks import real, whole
from demo.utils.errors import DemoError

Launch = Callable[[Sequence[str]], JobReturn]
"""Runs one job, given by its overrides, through the configured launcher; returns when it has ended."""

_SLURM_JOBS = 100
"""In Slurm's queue at once, unless ``jobs=`` says otherwise."""

_LOOK_EVERY = 1.0
"""Seconds between two looks at jobs that another sweep has claimed."""

_log = logging.getLogger(__name__)


_EXTRAS = {
    "ray": ("hydra_plugins.hydra_ray_launcher", "ray"),
    "slurm": ("hydra_plugins.hydra_submitit_launcher", "submitit"),
}
"""What a launcher is made of, which the extra of its name installs."""


def check_installed(config: DictConfig) -> None:
    """See that the packages of the launcher are here.

    Raises:
        DemoError: they are not; it says what to install.
    """
    name = launcher_name(config)
    lacking = [module for module in _EXTRAS.get(name, ()) if not _is_there(module)]
    if lacking:
        raise DemoError(
            f"hydra/launcher={name} needs packages that are not installed.",
            where=", ".join(lacking),
            fix=f"pip install 'deep-motif[{name}]', or in a checkout pip install -e '.[{name}]'",
        )


def launcher_name(config: DictConfig) -> str:
    """``basic``, ``local``, ``ray``, ``slurm``, or the class of another launcher."""
    target = str(config.hydra.launcher._target_).rpartition(".")[2]
    return {"BasicLauncher": "basic", "LocalLauncher": "local", "RayActors": "ray", "SlurmLauncher": "slurm"}.get(
        target, target
    )


def jobs_at_once(config: DictConfig) -> int:
    """How many jobs are given to the launcher at once: ``jobs``, else as many as it has room for.

    Raises:
        DemoError: ``jobs`` or ``gpus_per_trial`` cannot be had from this launcher.
    """
    name = launcher_name(config)
    gpus = 0.0 if config.gpus_per_trial is None else real("gpus_per_trial", config.gpus_per_trial, 0, 1024)
    threads = whole("trainer.threads", config.trainer.threads, 1, 1024)
    if gpus and name in ("basic", "local"):
        raise DemoError(
            f"gpus_per_trial is {gpus:g}, and hydra/launcher={name} does not share out GPUs.",
            fix="hydra/launcher=ray, or leave gpus_per_trial out",
        )
    if name == "slurm" and gpus != int(gpus):
        raise DemoError(f"gpus_per_trial is {gpus:g}, and Slurm gives whole GPUs only.", fix="gpus_per_trial=1")
    jobs = None if config.jobs is None else whole("jobs", config.jobs, 1, 100_000)
    if name == "ray":
        room = _room_on_ray(config, gpus)
        return room if jobs is None else jobs
    if jobs is not None:
        if name == "basic" and jobs > 1:
            raise DemoError(f"jobs is {jobs}, and without a launcher one runs at a time.", fix="hydra/launcher=local")
        return jobs
    return {"local": max(1, len(os.sched_getaffinity(0)) // threads), "slurm": _SLURM_JOBS}.get(name, 1)


def run_jobs(waiting: deque[Job], launch: Launch, at_once: int) -> Iterator[tuple[Job, Outcome | None]]:
    """Run jobs, up to ``at_once`` at a time.

    A job that another process is at is put off; what that one makes of it is taken, or it is run when it is free.

    Args:
        waiting: jobs in the order in which they are begun, and taken out as they are; more may be put in at any time.
        launch: called in a thread of its own for each job where several run at once.
        at_once: 1 or more.

    Yields:
        A job with ``None`` when it begins, and with its outcome when it has ended.
    """
    running = 0
    ended: SimpleQueue[tuple[Job, Outcome]] = SimpleQueue()

    def run(job: Job) -> None:
        ended.put((job, _outcome(launch, job)))

    told: set[str] = set()

    def begin() -> Iterator[tuple[Job, Outcome | None]]:
        """Give away the places that are free."""
        nonlocal running
        for _ in range(len(waiting)):
            if running == at_once:
                break
            job = waiting.popleft()
            if job.folder.is_claimed:
                waiting.append(job)
                if job.name not in told:
                    _log.info("Another process is at %s; it is put off.", job.name)
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
            # First, so that no worker waits for what is made of the outcome, such as the study.
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
        # Whoever runs it says why.
        return False


def _outcome(launch: Launch, job: Job) -> Outcome:
    """Run a job; whatever happens to it or to its worker is its own outcome."""
    try:
        return Outcome(**launch([override_of(job)]).return_value)
    except Exception as error:
        return Outcome(f"{type(error).__name__}: {error}")


def _room_on_ray(config: DictConfig, gpus: float) -> int:
    """Jobs for which Ray has processors and GPUs; Ray is started, or joined where an address is given."""
    import ray

    if not ray.is_initialized():
        on_sigterm = signal.getsignal(signal.SIGTERM)
        ray.init(**OmegaConf.to_container(config.hydra.launcher.ray.init, resolve=True))  # type: ignore[arg-type]
        # Ray has put in one of its own, which would end the sweep without a word.
        signal.signal(signal.SIGTERM, on_sigterm)
    there = ray.cluster_resources()
    needed = {"CPU": float(config.trainer.threads), "GPU": gpus}
    rooms = {name: int(there.get(name, 0) / amount + 1e-6) for name, amount in needed.items() if amount}
    lacking = [name for name, room in rooms.items() if not room]
    if lacking:
        raise DemoError(
            f"Ray has no room for a trial: {lacking[0]} needed {needed[lacking[0]]:g}, there are "
            f"{there.get(lacking[0], 0):g}.",
            fix="less gpus_per_trial= or trainer.threads=, or hydra.launcher.ray.init.num_gpus= to declare GPUs",
        )
    return min(rooms.values())

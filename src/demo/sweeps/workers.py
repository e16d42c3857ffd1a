"""Processes that run one job after another: modules are imported once, and a crash only affects one job."""

import copy
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, run_job, setup_globals
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict

from demo.utils.files import use_own_scratch


class WorkerDied(RuntimeError):
    """The process ended during a job."""


class WorkerGone(WorkerDied):
    """The process had ended before it received the job."""


class HydraJob:
    """Runs a Hydra job in a process that the launcher has started.

    Args:
        context: of Hydra.
        task: the function of the script.
        config: without the job's overrides.
    """

    def __init__(self, context: HydraContext, task: TaskFunction, config: DictConfig) -> None:
        self.context, self.task, self.config = context, task, config
        self.singletons = Singleton.get_state()

    def __call__(self, overrides: Sequence[str], number: int) -> JobReturn:
        """The result, without the configurations, which nobody reads."""
        try:
            returned = self._run(overrides, number)
            return JobReturn(overrides, status=JobStatus.COMPLETED, _return_value=returned.return_value)
        except Exception as error:
            # As text: not every exception can be pickled.
            traceback.print_exc()
            failure = RuntimeError(f"{type(error).__name__}: {error}")
            return JobReturn(overrides, status=JobStatus.FAILED, _return_value=failure)

    def _run(self, overrides: Sequence[str], number: int) -> JobReturn:
        setup_globals()
        Singleton.set_state(self.singletons)
        config = self._compose(overrides)
        with open_dict(config.hydra.job):
            config.hydra.job.id = config.hydra.job.num = number
        return run_job(self.task, config, "hydra.sweep.dir", "hydra.sweep.subdir", self.context)

    def _compose(self, overrides: Sequence[str]) -> DictConfig:
        """The configuration of a job, which differs from the others only in ``job``."""
        config = copy.deepcopy(self.config)
        with open_dict(config.hydra.overrides):
            config.hydra.overrides.task = list(overrides)
        for override in OverridesParser.create().parse_overrides(list(overrides)):
            OmegaConf.update(config, override.key_or_group, override.value())
        return config


class Worker(Protocol):
    """A process that runs jobs."""

    def run(self, overrides: Sequence[str], number: int) -> JobReturn:
        """Run a job.

        Raises:
            WorkerDied: the process ended; it can run no more jobs.
        """
        ...


class Workers:
    """As many workers as parallel jobs; they are reused, and dead ones are replaced.

    Args:
        start: creates a worker from the pickled ``HydraJob`` and a number.
    """

    def __init__(self, start: Callable[[bytes, int], Worker]) -> None:
        self._start = start
        self._idle: list[Worker] = []
        self._numbers = count(1)

    def run(self, work: HydraJob, overrides: Sequence[str], number: int) -> JobReturn:
        """Run a job. Thread-safe.

        Raises:
            WorkerDied: its worker died.
        """
        import cloudpickle

        while True:
            worker = self._pop()
            fresh = worker is None
            worker = worker or self._start(cloudpickle.dumps(work), next(self._numbers))
            try:
                returned = worker.run(overrides, number)
            except WorkerGone:
                if fresh:
                    raise
                continue
            self._idle.append(worker)
            return returned

    def _pop(self) -> Worker | None:
        # Other threads may take workers meanwhile.
        try:
            return self._idle.pop()
        except IndexError:
            return None


class LocalWorker:
    """A process on this machine.

    Args:
        logs: folder of log files; output is appended.
        threads: of libraries that would take all cores; ``OMP_NUM_THREADS`` takes precedence.
        work: pickled ``HydraJob``.
        number: of the worker.
    """

    def __init__(self, logs: Path, threads: int, work: bytes, number: int) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        log = str(logs / f"worker{number}.log")
        self.process = context.Process(target=_serve, args=(theirs, work, log, threads), daemon=True)
        self.process.start()
        # Our copy would keep the connection open when the process dies.
        theirs.close()

    def run(self, overrides: Sequence[str], number: int) -> JobReturn:
        death: type[WorkerDied] = WorkerGone
        try:
            self._connection.send((list(overrides), number))
            # The worker acknowledges the job: sending to a dying process succeeds, too.
            self._connection.recv()
            death = WorkerDied
            returned: JobReturn = self._connection.recv()
        except (EOFError, OSError) as error:
            self.process.join()
            raise death(_how_it_ended(self.process.exitcode)) from error
        return returned


class RayWorker:
    """A Ray actor. It keeps its GPU as long as it lives.

    Args:
        options: its resources, as for ``ray.remote``.
        work: pickled ``HydraJob``.
        number: of the worker.
    """

    def __init__(self, options: dict[str, Any], work: bytes, number: int) -> None:
        import ray

        actor: Any = ray.remote(**options)(_Actor)
        self._run = actor.remote(work).run.remote

    def run(self, overrides: Sequence[str], number: int) -> JobReturn:
        import ray
        from ray.exceptions import RayError

        try:
            returned: JobReturn = ray.get(self._run(list(overrides), number))
        except RayError as error:
            # The first line says only that it died; the reason comes last.
            raise WorkerDied(" ".join(str(error).split())) from error
        return returned


class _Actor:
    def __init__(self, work: bytes) -> None:
        self._work: HydraJob = pickle.loads(work)

    def run(self, overrides: Sequence[str], number: int) -> JobReturn:
        return self._work(overrides, number)


def _serve(connection: Connection, work: bytes, log: str, threads: int) -> None:
    """Main function of the process, which ends when the launcher closes the connection or dies."""
    from tqdm import tqdm

    # Before numpy and torch read it on import.
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    # Ctrl-C reaches the whole process group; the launcher decides what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A handler of our own, because Lightning replaces the default one and continues.
    signal.signal(signal.SIGTERM, _die)
    threading.Thread(target=_die_with_launcher, daemon=True).start()
    with open(log, "ab") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(file.fileno(), stream.fileno())
            if isinstance(stream, TextIOWrapper):
                # Python buffers output to files in blocks, and a killed worker would lose the last.
                stream.reconfigure(line_buffering=True)
    # The default lock is a semaphore, which a killed process would leave behind.
    tqdm.set_lock(threading.RLock())
    use_own_scratch()
    run: HydraJob = pickle.loads(work)
    while True:
        try:
            overrides, number = connection.recv()
        except EOFError:
            return
        connection.send(None)
        connection.send(run(overrides, number))


def _die(number: int, frame: FrameType | None) -> None:
    """End as if the signal had not been caught; checkpoints are complete at any time."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _die_with_launcher() -> None:
    """End a job whose sweep is gone; the next sweep resumes from its checkpoint."""
    launcher = multiprocessing.parent_process()
    assert launcher is not None
    launcher.join()
    os._exit(1)


def _how_it_ended(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"the worker process ended with exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    memory = "; the machine may have run out of memory" if name == "SIGKILL" else ""
    return f"the worker process was killed by {name}{memory}"

"""A process that runs one job after the other: imports are paid once, and its death is that of its job only."""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Work = Callable[[Sequence[str], int], Any]
"""What is done with the overrides and the number of a job."""


class WorkerDied(RuntimeError):
    """The process ended while it had a job."""


class Worker:
    """A process that runs jobs.

    Args:
        work: pickled ``Work``.
        log: what the process prints is appended to this file.
        threads: of libraries that would take all cores.
    """

    def __init__(self, work: bytes, log: Path, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work, str(log), threads), daemon=True)
        self.process.start()
        # Ours would keep the connection open when the process dies.
        theirs.close()

    def run(self, overrides: Sequence[str], number: int) -> Any:
        """What ``work`` returns for a job.

        Raises:
            WorkerDied: the process ended; no more jobs can be run with it.
        """
        try:
            self._connection.send((list(overrides), number))
            return pickle.loads(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            self.process.join()
            raise WorkerDied(_how_it_ended(self.process.exitcode)) from error

    def close(self) -> None:
        """End the process, and the job that it has."""
        self._connection.close()
        self.process.kill()
        self.process.join()


def _serve(connection: Connection, work: bytes, log: str, threads: int) -> None:
    """The life of the process: it ends when the launcher closes the connection, or dies."""
    # Before numpy and torch are imported, which read it then.
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    import cloudpickle

    # Ctrl-C reaches the whole process group; what happens then is the launcher's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_launcher, daemon=True).start()
    with open(log, "a", buffering=1, encoding="utf-8") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(file.fileno(), stream.fileno())
    run: Work = cloudpickle.loads(work)
    while True:
        try:
            overrides, number = connection.recv()
        except EOFError:
            return
        connection.send_bytes(cloudpickle.dumps(run(overrides, number)))


def _die_with_launcher() -> None:
    """A job whose sweep is gone ends too: the next sweep goes on from its checkpoint."""
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

"""How commands end: bad input gives one clear message and exit code 2, never a traceback; a signal (Ctrl-C, ``kill``, a
batch system, a closed terminal) stops them in order."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from demo.utils.errors import DemoError


@contextmanager
def bad_input_ends() -> Iterator[None]:
    """Around a command: a ``DemoError`` is printed, and the exit code is 2.

    The same goes for file errors of the system (no permission, a path that is too long). Other errors are bugs and
    keep their traceback.
    """
    try:
        yield
    except DemoError as error:
        _end(error)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; Python would complain again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.filename is None:
            raise
        _end(DemoError(f"{error.strerror}.", where=os.fsdecode(error.filename)))


def _end(error: DemoError) -> NoReturn:
    print(f"\nError: {error}", file=sys.stderr)
    sys.exit(2)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_GRACE = 20.0
"""Seconds for cleaning up. Nothing depends on it: every file is complete at any time."""


class Stopped(BaseException):
    """A signal asks the command to stop.

    Not an ``Exception``, which would be taken for a failure, nor a ``KeyboardInterrupt``, which Lightning turns into
    exit code 1.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number
        """Exit code by the shells' convention: 130 for SIGINT, 143 for SIGTERM."""


@contextmanager
def stoppable(message: str) -> Iterator[None]:
    """Around a whole command: a signal ends it with ``message`` and the signal's exit code.

    A second signal, or cleaning up for too long, ends it at once. Ignored signals, as under ``nohup``, stay ignored.
    """
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopped = Stopped(number)
        if stopping:
            _end_at_once(message, stopped.code)
        stopping = True
        timer = threading.Timer(_GRACE, _end_at_once, (message, stopped.code))
        timer.daemon = True
        timer.start()
        raise stopped

    def lost(unraisable: Any) -> None:
        """The exception was raised in code that cannot propagate it, such as a destructor."""
        if isinstance(unraisable.exc_value, Stopped):
            _end_at_once(message, unraisable.exc_value.code)
        sys.__unraisablehook__(unraisable)

    sys.unraisablehook = lost
    handled = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    except Stopped as stopped:
        print(f"\n{message}", file=sys.stderr)
        sys.exit(stopped.code)
    finally:
        # The interpreter is exiting, and nothing is left to catch it.
        for number in handled:
            signal.signal(number, signal.SIG_DFL)


def _end_at_once(message: str, code: int) -> None:
    os.write(2, f"\n{message}\n".encode())
    os._exit(code)

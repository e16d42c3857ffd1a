"""Machine code made by numba, kept on disk between processes where there is a place for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba

from demo.utils.errors import DemoError


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile without the GIL, and keep the machine code on disk where there is a place for it."""
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        # Neither the installed package nor the user's cache folder can be written: compile in each process.
        return numba.njit(nogil=True)(function)


@contextmanager
def code_is_kept() -> Iterator[None]:
    """Around the first calls of compiled functions, which write their machine code to the disk.

    Raises:
        DemoError: the disk refuses it.
    """
    try:
        yield
    except OSError as error:
        raise DemoError(
            f"Cannot keep compiled code on disk: {error.strerror or error}.",
            where=error.filename,
            fix="make room there, or set NUMBA_CACHE_DIR to a folder that has room",
        ) from error

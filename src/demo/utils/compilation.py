"""Compilation by numba, with machine code cached on disk if possible."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from demo.utils.errors import DemoError


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile without the GIL, and cache the machine code on disk if possible."""
    # Here, because who runs compiled code need not wait for it before.
    import numba

    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        # Neither the installed package nor the user's cache folder is writable: compile in each process.
        return numba.njit(nogil=True)(function)


@contextmanager
def code_is_kept() -> Iterator[None]:
    """Around the first calls of compiled functions, which cache their machine code on disk.

    Raises:
        DemoError: it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise DemoError(
            f"Cannot cache compiled code on disk: {error.strerror or error}.",
            where=error.filename,
            fix="free some space there, or set NUMBA_CACHE_DIR to another folder",
        ) from error

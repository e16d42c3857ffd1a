"""Compilation by numba, with machine code cached on disk if possible."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, update_wrapper
from typing import Any

from demo.utils.errors import DemoError


class compiled:
    """Compile a function at its first call, without the GIL; numba, whose import takes long, is imported then.

    Args:
        function: may call others of its module that are compiled likewise.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        return self._machine_code(*arguments)

    @cached_property
    def _machine_code(self) -> Callable[..., Any]:
        import numba

        # numba reads the names that a function uses, and has to find what it compiled itself.
        names = self._function.__globals__
        for name in self._function.__code__.co_names:
            if isinstance(other := names.get(name), compiled):
                names[name] = other._machine_code
        try:
            return numba.njit(nogil=True, cache=True)(self._function)
        except RuntimeError:
            # Neither the installed package nor the user's cache folder is writable: compile in each process.
            return numba.njit(nogil=True)(self._function)


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

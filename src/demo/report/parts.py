"""Parts of a page that may be missing: a run directory need not hold every file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from demo.utils.errors import DemoError

T = TypeVar("T")


@dataclass(frozen=True)
class Part(Generic[T]):
    """What a page shows, or why it does not.

    Attributes:
        value: ``None`` where it is missing.
        missing: why; ``None`` where it is there.
    """

    value: T | None
    missing: str | None


def part(make: Callable[[], T]) -> Part[T]:
    """Make a part; a ``DemoError`` is why it is missing."""
    try:
        return Part(make(), None)
    except DemoError as error:
        where = f" ({error.where})" if error.where else ""
        return Part(None, f"{error.what}{where}")

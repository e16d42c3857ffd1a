"""Registries of extensible things: networks, optimisers, attribution methods, motif formats, negatives.

Names in run directories and checkpoints are looked up in a registry: they are never module paths, and an unregistered
name is an error, not an import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from demo.utils.errors import DemoError, nearest

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Named things of one kind, in the order in which they were registered.

    Args:
        kind: for messages: ``"network"``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._named: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that registers a class or function under ``name``.

        Raises:
            DemoError: the name is taken.
        """

        def keep(thing: T) -> T:
            there = self._named.get(name)
            # A module that is imported again (a notebook, a reload) registers the same thing again.
            if there is not None and _path(there) != _path(thing):
                raise DemoError(f"There is already a {self.kind} named {name!r}: {_path(there)}.", fix="another name")
            self._named[name] = thing
            return thing

        return keep

    def named(self, name: object) -> T:
        """What is registered under ``name``.

        Raises:
            DemoError: nothing is.
        """
        if not isinstance(name, str) or name not in self._named:
            raise DemoError(
                f"There is no {self.kind} named {name!r}.",
                exists=nearest(str(name), self._named) or self._named,
                fix="if it is your own, plugins=<module> imports the module that registers it",
            )
        return self._named[name]

    def name_of(self, thing: Any) -> str | None:
        """The name of a registered class or function, otherwise ``None``."""
        return next((name for name, there in self._named.items() if there is thing), None)

    def __getitem__(self, name: str) -> T:
        return self._named[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)


def _path(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', thing)}"

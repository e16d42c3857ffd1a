"""Kinds of things that can be added to: networks, optimisers, attribution methods, motif formats, negatives.

What a run directory or a checkpoint names is looked up in a registry: names are stored, never module paths, and a name
that nobody has registered is an error, not an import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from demo.utils.errors import DemoError, nearest

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Named things of one kind, in the order in which they were registered.

    Args:
        kind: what they are, for messages: ``"network"``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._named: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that registers a class or function under ``name``.

        Raises:
            DemoError: the name is taken by something else.
        """

        def keep(thing: T) -> T:
            there = self._named.get(name)
            # A module that is imported again (a notebook, a reload) registers the same once more.
            if there is not None and _path(there) != _path(thing):
                raise DemoError(f"There is a {self.kind} named {name!r} already: {_path(there)}.", fix="another name")
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
                fix="plugins=<module> imports the module that registers it, where it is your own",
            )
        return self._named[name]

    def name_of(self, thing: Any) -> str | None:
        """The name of a class or function that is registered, else ``None``."""
        return next((name for name, there in self._named.items() if there is thing), None)

    def __getitem__(self, name: str) -> T:
        return self._named[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)


def _path(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', thing)}"

"""Settings as frozen dataclasses, built from plain values; and registries of extensible things: networks, optimisers,
attribution methods, motif formats, negatives.

Names in run directories and checkpoints are looked up in a registry: they are never module paths, and an unregistered
name is an error, not an import. Nothing named in a file is imported or called.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, get_type_hints

from demo.utils.checks import check_types
from demo.utils.errors import DemoError, SettingError, nearest

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


def build(kind: type[T], values: Mapping[str, Any], name: str) -> T:
    """Build a settings dataclass, whose fields may be such dataclasses themselves.

    Ranges are checked by the class itself, in ``__post_init__``. A ``_target_`` that names the class, as in files of
    earlier versions, is ignored.

    Args:
        kind: the dataclass.
        values: field to value; missing fields have their defaults.
        name: of these settings, as the user types it (``"motif.extraction"``).

    Raises:
        DemoError: there is no such setting, one without a default is missing, or a value is out of range.
    """
    if not isinstance(values, Mapping):
        raise DemoError(f"{name} is {values!r}, but it should be a section of settings.", exists=_names(kind))
    types = get_type_hints(kind)
    arguments: dict[str, Any] = {}
    for key, value in values.items():
        if key == "_target_" and str(value).rpartition(".")[2] == kind.__name__:
            continue
        if key not in _names(kind):
            raise DemoError(
                f"There is no setting {name}.{key}.", exists=nearest(str(key), _names(kind)) or _names(kind)
            )
        nested = types[key]
        if nested is str and type(value) in (int, float):
            # YAML reads a number where a name was typed, and whoever looks the name up knows the names there are.
            value = str(value)
        is_nested = isinstance(nested, type) and dataclasses.is_dataclass(nested)
        arguments[key] = build(nested, value, f"{name}.{key}") if is_nested else value
    missing = [f.name for f in dataclasses.fields(kind) if _is_required(f) and f.name not in arguments]  # type: ignore[arg-type]
    if missing:
        raise DemoError(f"{name}.{missing[0]} is not given.", fix=f"{name}.{missing[0]}=...")
    with under(name):
        made = kind(**arguments)
    try:
        check_types(made)
    except TypeError as error:
        raise DemoError(f"{name}.{error}.") from error
    return made


def build_registered(
    registry: Registry[type[T]], names: Sequence[str], values: Mapping[str, Any], prefix: str
) -> tuple[dict[str, T], dict[str, Any]]:
    """Build registered settings dataclasses, whose settings are all in one section.

    Args:
        registry: of dataclasses.
        names: of the dataclasses to build.
        values: setting to value. Settings of other registered dataclasses are ignored.
        prefix: of these settings, as the user types it.

    Returns:
        The dataclasses by name, and the values that are settings of no registered one.

    Raises:
        DemoError: a name is not registered, or as ``build``.
    """
    wanted = {name: registry.named(name) for name in names}
    built = {
        name: build(kind, {key: values[key] for key in _names(kind) if key in values}, prefix)
        for name, kind in wanted.items()
    }
    known = {key for kind in registry.values() for key in _names(kind)}
    return built, {key: value for key, value in values.items() if key not in known}


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` as ``{"a.b": 1}``."""
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


@contextmanager
def under(section: str) -> Iterator[None]:
    """Around checks by classes that do not know the section of the configuration of their settings.

    Raises:
        SettingError: with the name on the command line, ``model.pool`` for ``pool``.
    """
    try:
        yield
    except SettingError as error:
        raise error.under(section) from None


def _names(kind: type) -> list[str]:
    return [field.name for field in dataclasses.fields(kind) if field.init]


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.init and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING

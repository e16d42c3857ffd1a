"""Settings as frozen dataclasses, built from plain values: nothing named in a file is imported or called."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, get_type_hints

from demo.utils.checks import check_types
from demo.utils.errors import DemoError, SettingError, nearest
from demo.utils.registry import Registry

T = TypeVar("T")


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

"""Checks of values: settings against their ranges, and data from files against their types."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from demo.utils.errors import SettingError


def whole(name: str, value: object, low: int, high: int | None = None) -> int:
    """``value``, which must be an integer in [low, high]; ``name`` is the name of the argument.

    Raises:
        SettingError: it is not.
    """
    allowed = f"{low} or more" if high is None else f"{low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int) or value < low or (high is not None and value > high):
        raise SettingError(name, f"is {value!r}.", f"it may be a whole number, {allowed}", low)
    return value


def real(
    name: str, value: object, low: float, high: float, *, open_low: bool = False, open_high: bool = False
) -> float:
    """``value`` as a float, which must be in [low, high], without ends that are ``open``.

    Raises:
        SettingError: it is not.
    """
    valid = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not valid or (open_low and value == low) or (open_high and value == high):
        ends = f"{'above' if open_low else 'from'} {low:g} {'and below' if open_high else 'to'} {high:g}"
        raise SettingError(name, f"is {value!r}.", f"it may be a number {ends}", f"{(low + high) / 2:g}")
    return float(value)  # type: ignore[arg-type]


def flag(name: str, value: object) -> bool:
    """``value``, which must be true or false.

    Raises:
        SettingError: it is not.
    """
    if not isinstance(value, bool):
        raise SettingError(name, f"is {value!r}.", "it may be true or false", "true")
    return value


def choice(name: str, value: object, options: Sequence[str]) -> str:
    """``value``, which must be one of ``options``.

    Raises:
        SettingError: it is not.
    """
    if value not in options:
        raise SettingError(name, f"is {value!r}.", options, options[0])
    return str(value)


T = TypeVar("T")


def from_plain(kind: type[T], values: Mapping[str, Any]) -> T:
    """A dataclass or named tuple from plain values, which may come from a file that somebody else wrote.

    Args:
        kind: the class.
        values: of its fields; others are ignored.

    Raises:
        KeyError: a field is missing.
        TypeError: as ``check_types``, or ``values`` is not a mapping.
    """
    made = kind(**{name: values[name] for name in get_type_hints(kind)})
    check_types(made)
    return made


def check_types(stored: Any) -> None:
    """Check that a dataclass or named tuple made from a file has values of its declared types, at every depth.

    Integers have at most 64 bits, and numbers are finite.

    Raises:
        TypeError: a value has another type; names it.
    """
    for name, hint in get_type_hints(type(stored)).items():
        value = getattr(stored, name)
        if not _fits(value, hint):
            raise TypeError(f"{name} is {value!r:.200}")


def _fits(value: Any, hint: Any) -> bool:
    kind, parts = get_origin(hint) or hint, get_args(hint)
    # Values with a protocol as type were created by a registry, not read.
    if kind is Any or getattr(kind, "_is_protocol", False):
        return True
    if kind in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if kind is Literal:
        return value in parts
    if kind is int or kind is float:
        is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        return is_whole or (kind is float and isinstance(value, float) and math.isfinite(value))
    if not isinstance(value, kind):
        return False
    if is_dataclass(value):
        check_types(value)
    if isinstance(value, Mapping):
        return all(_fits(item, part) for pair in value.items() for item, part in zip(pair, parts, strict=True))
    return all(_fits(item, parts[0]) for item in value) if isinstance(value, tuple) else True

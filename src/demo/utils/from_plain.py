"""Dataclasses from plain values, which may come from a file that somebody else wrote."""

import math
from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


def from_plain(kind: type[T], values: Mapping[str, Any]) -> T:
    """A dataclass or named tuple with fields of text and numbers.

    Args:
        kind: the class.
        values: of its fields; others are ignored.

    Raises:
        KeyError: a field is missing.
        TypeError: ``values`` is not a mapping, or a value has the wrong type.
        ValueError: a number is not finite.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"{values!r} is not a mapping")
    fields = {}
    for name, wanted in get_type_hints(kind).items():
        value = values[name]
        accepted = (int, float) if wanted is float else wanted
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise TypeError(f"{name} is {value!r}")
        if wanted is float and not math.isfinite(value):
            raise ValueError(f"{name} is {value!r}")
        fields[name] = wanted(value)
    return kind(**fields)

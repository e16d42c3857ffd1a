"""Settings, checked: numbers in a range, flags, choices."""

from collections.abc import Sequence

from demo.utils.errors import SettingError


def whole(name: str, value: object, low: int, high: int | None = None) -> int:
    """``value``, which must be an integer in [low, high]; ``name`` is that of the argument.

    Raises:
        SettingError: it is something else.
    """
    allowed = f"{low} or more" if high is None else f"{low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int) or value < low or (high is not None and value > high):
        raise SettingError(name, f"is {value!r}.", f"it may be a whole number, {allowed}", low)
    return value


def real(
    name: str, value: object, low: float, high: float, *, open_low: bool = False, open_high: bool = False
) -> float:
    """``value`` as a float, which must lie in [low, high], or without the end that is ``open``.

    Raises:
        SettingError: it is something else.
    """
    valid = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not valid or (open_low and value == low) or (open_high and value == high):
        ends = f"{'above' if open_low else 'from'} {low:g} {'and below' if open_high else 'to'} {high:g}"
        raise SettingError(name, f"is {value!r}.", f"it may be a number {ends}", f"{(low + high) / 2:g}")
    return float(value)  # type: ignore[arg-type]


def flag(name: str, value: object) -> bool:
    """``value``, which must be true or false.

    Raises:
        SettingError: it is something else.
    """
    if not isinstance(value, bool):
        raise SettingError(name, f"is {value!r}.", "it may be true or false", "true")
    return value


def choice(name: str, value: object, options: Sequence[str]) -> str:
    """``value``, which must be one of ``options``.

    Raises:
        SettingError: it is something else.
    """
    if value not in options:
        raise SettingError(name, f"is {value!r}.", options, options[0])
    return str(value)

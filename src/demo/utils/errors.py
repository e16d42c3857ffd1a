"""The one exception that users see, and its variant for settings."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class DemoError(Exception):
    """Bad input, explained so that the user can fix it.

    Args:
        what: what is wrong, one sentence.
        where: file, and line or record where known (``"peaks.bed, line 12"``).
        exists: what exists instead (names, files, values); listed after "There is".
        fix: what to type or do.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        exists: str | Iterable[str] | None = None,
        fix: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.exists = exists if isinstance(exists, str) or exists is None else ", ".join(map(str, exists))
        self.fix = fix
        lines = [what]
        if where:
            lines.append(f"  Where:    {where}")
        if self.exists:
            lines.append(f"  There is: {self.exists}")
        if fix:
            lines.append(f"  Try:      {fix}")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors of runs in other processes come back whole."""
        return _again, (type(self), str(self), self.__dict__)


def _again(kind: type[DemoError], text: str, state: dict[str, Any]) -> DemoError:
    error = kind.__new__(kind, text)
    error.__dict__.update(state)
    return error


class PrunedError(Exception):
    """A hyperparameter search has given up on this run, which did nothing wrong."""


class SettingError(DemoError):
    """A setting has an invalid value.

    Args:
        name: of the setting in the code that checks it: an argument (``"pool"``).
        what: what is wrong with it, following the name: ``"is 3."``.
        exists: the valid values.
        value: a valid value, for the fix.
    """

    def __init__(self, name: str, what: str, exists: str | Iterable[str] | None = None, value: object = None) -> None:
        self.name, self.value = name, value
        self.problem = what
        super().__init__(f"{name} {what}", exists=exists, fix=None if value is None else f"{name}={value}")

    def under(self, section: str) -> "SettingError":
        """The same error with the name on the command line: ``model.pool`` for ``pool`` under ``model``."""
        return SettingError(f"{section}.{self.name}", self.problem, self.exists, self.value)


def nearest(name: str, names: Iterable[str], count: int = 5) -> list[str]:
    """Up to ``count`` of ``names`` most similar to ``name`` (ignoring case), best first."""
    by_lower = {n.lower(): n for n in names}
    return [by_lower[m] for m in get_close_matches(name.lower(), by_lower, n=count, cutoff=0.5)]


def counted(count: int, noun: str) -> str:
    """``1 run``, ``2 runs``, ``1,000 runs``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"

from dataclasses import dataclass
from typing import NamedTuple

import pytest

from demo.utils.from_plain import from_plain


@dataclass(frozen=True)
class Found:
    name: str
    rank: int
    q: float


class Laid(NamedTuple):
    offset: int
    orientation: str


def test_fields_are_read_and_others_passed_over():
    assert from_plain(Found, {"name": "x", "rank": 1, "q": 1, "later": None}) == Found("x", 1, 1.0)
    assert isinstance(from_plain(Found, {"name": "x", "rank": 1, "q": 1}).q, float)
    assert from_plain(Laid, {"offset": -2, "orientation": "+"}) == (-2, "+")


@pytest.mark.parametrize(
    "values",
    [
        {"rank": 1, "q": 0.5},
        {"name": "x", "rank": "1", "q": 0.5},
        {"name": "x", "rank": 1.5, "q": 0.5},
        {"name": "x", "rank": True, "q": 0.5},
        {"name": ["x"], "rank": 1, "q": 0.5},
        {"name": "x", "rank": 1, "q": float("nan")},
        {"name": "x", "rank": 1, "q": None},
        ["name"],
        None,
    ],
)
def test_other_kinds_of_value_are_refused(values):
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_plain(Found, values)

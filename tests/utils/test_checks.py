from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import pytest

from demo.utils.checks import check_types, choice, flag, from_plain, real, whole
from demo.utils.errors import DemoError, nearest


def test_values_in_range_come_back() -> None:
    assert whole("a", 3, 1) == 3 and whole("a", 3, 1, 3) == 3
    assert real("a", 1, 0, 1) == 1.0 and real("a", 0.5, 0, 1, open_low=True) == 0.5
    assert flag("a", False) is False
    assert choice("a", "x", ("x", "y")) == "x"


@pytest.mark.parametrize("value", [0, 4, 1.0, True, "2", None])
def test_whole_refuses(value: object) -> None:
    with pytest.raises(DemoError, match=r"model\.pool is .*"):
        whole("model.pool", value, 1, 3)


@pytest.mark.parametrize("value", [0, 1, -1, 2, float("nan"), True, "x", None])
def test_real_refuses(value: object) -> None:
    with pytest.raises(DemoError):
        real("a", value, 0, 1, open_low=True, open_high=True)


def test_flag_and_choice_refuse() -> None:
    with pytest.raises(DemoError, match="true or false"):
        flag("force", "yes")
    with pytest.raises(DemoError, match="x, y"):
        choice("a", "z", ("x", "y"))


def test_an_error_says_what_where_what_exists_and_what_to_type() -> None:
    error = DemoError("It is wrong.", where="a.txt, line 3", exists=["b", "c"], fix="type d")
    assert str(error).splitlines() == [
        "It is wrong.", "  Where:    a.txt, line 3", "  There is: b, c", "  Try:      type d",
    ]  # fmt: skip
    assert nearest("ctfc", ["CTCF", "CTCFL", "MAX"]) == ["CTCF", "CTCFL"]


@dataclass(frozen=True)
class Inner:
    number: float = 1.0


@dataclass(frozen=True)
class Stored:
    name: str = "a"
    count: int = 1
    share: float | None = None
    kind: Literal["a", "b"] = "a"
    pair: tuple[float, float] = (0.0, 1.0)
    facts: Mapping[str, str | None] = field(default_factory=dict)
    anything: Mapping[str, Any] = field(default_factory=dict)
    inner: Inner | None = None
    each: Mapping[str, Inner] = field(default_factory=dict)


def test_what_a_file_says_is_checked_against_the_declared_types() -> None:
    check_types(Stored())
    check_types(Stored("b", 2, 1, "b", (1, 2.0), {"x": None}, {"x": [1]}, Inner(2), {"y": Inner(3)}))


@pytest.mark.parametrize(
    "changes",
    [{"name": 1}, {"name": None}, {"count": True}, {"count": 1.0}, {"count": 2**63}, {"share": "1"},
     {"share": float("nan")}, {"share": 10**400}, {"kind": "c"}, {"pair": [0.0, 1.0]}, {"pair": (0.0, "1")},
     {"facts": {"x": 1}}, {"facts": {1: "x"}}, {"facts": []}, {"anything": None}, {"inner": {"number": 1.0}},
     {"inner": Inner("1")}, {"each": {"y": Inner(float("inf"))}}, {"each": {"y": None}}],
)  # fmt: skip
def test_another_type_is_named_at_any_depth(changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"^({next(iter(changes))}|number) is "):
        check_types(Stored(**changes))


@dataclass(frozen=True)
class Plain:
    name: str
    rank: int
    q: float


class Laid(NamedTuple):
    offset: int
    orientation: str


def test_fields_are_read_and_others_passed_over():
    assert from_plain(Plain, {"name": "x", "rank": 1, "q": 1, "later": None}) == Plain("x", 1, 1.0)
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
        from_plain(Plain, values)

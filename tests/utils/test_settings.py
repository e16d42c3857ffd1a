from dataclasses import dataclass, field

import pytest

from demo.utils.checks import whole
from demo.utils.errors import DemoError
from demo.utils.settings import build


@dataclass(frozen=True)
class Inner:
    steps: int = 3

    def __post_init__(self) -> None:
        whole("steps", self.steps, 1)


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = field(default_factory=Inner)


def test_nested_settings_are_built():
    assert build(Outer, {"name": "x", "inner": {"steps": 7}}, "outer") == Outer("x", Inner(7))
    assert build(Outer, {"name": "x"}, "outer") == Outer("x")


def test_a_target_is_passed_over_where_it_names_the_class_and_refused_elsewhere():
    assert build(Inner, {"_target_": "somewhere.Inner", "steps": 2}, "inner") == Inner(2)
    with pytest.raises(DemoError, match=r"no setting outer\.inner\._target_"):
        build(Outer, {"name": "x", "inner": {"_target_": "os.system"}}, "outer")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "x", "evil": {"_target_": "os.system"}}, r"no setting outer\.evil"),
        ({"inner": {}}, r"outer\.name is not given"),
        ({"name": "x", "inner": {"steps": 0}}, r"outer\.inner\.steps is 0"),
        ({"name": "x", "inner": 3}, r"outer\.inner is 3"),
        ([1], r"outer is \[1\]"),
    ],
)
def test_what_cannot_be_built_is_named(values, message):
    with pytest.raises(DemoError, match=message):
        build(Outer, values, "outer")

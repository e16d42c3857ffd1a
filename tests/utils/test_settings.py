from dataclasses import dataclass, field

import pytest

from demo.runs.settings import TrainerSettings
from demo.utils.checks import whole
from demo.utils.errors import DemoError
from demo.utils.settings import Registry, build


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


def test_what_is_registered_is_found_by_name_and_in_order():
    networks: Registry[type] = Registry("network")
    for name in ("b", "a"):
        networks.register(name)(type(name, (), {}))
    assert list(networks) == ["b", "a"]
    assert networks.named("a").__name__ == "a"
    assert networks.name_of(networks["b"]) == "b"
    assert networks.name_of(int) is None


def test_an_unknown_name_names_the_nearest():
    networks: Registry[type] = Registry("network")
    networks.register("demonet")(int)
    with pytest.raises(DemoError, match="no network named 'demonett'") as caught:
        networks.named("demonett")
    assert caught.value.exists == "demonet"
    with pytest.raises(DemoError):
        networks.named(["demonet"])


def test_a_name_is_taken_once_but_the_same_thing_may_come_again():
    networks: Registry[type] = Registry("network")
    networks.register("x")(int)
    networks.register("x")(int)
    with pytest.raises(DemoError, match="already"):
        networks.register("x")(float)


def test_a_number_where_a_name_belongs_is_looked_up_as_a_name() -> None:
    """``trainer.precision=8`` is an integer to YAML; the message then lists the names that there are."""
    assert build(TrainerSettings, {"precision": 16}, "trainer").precision == "16"

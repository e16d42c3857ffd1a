import pytest

from demo.utils.errors import DemoError
from demo.utils.registry import Registry


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

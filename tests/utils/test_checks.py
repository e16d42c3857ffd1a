import pytest

from demo.utils.checks import choice, flag, real, whole
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

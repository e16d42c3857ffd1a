import pytest

from demo.utils.duration import duration


@pytest.mark.parametrize("seconds, text", [(5.4, "5 s"), (90, "2 min"), (3600, "1 h 00 min"), (7500, "2 h 05 min")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text

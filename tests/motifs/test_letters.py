import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.path import Path

from demo.motifs.letters import draw_letters
from demo.motifs.logo import PALETTES


def drawn(heights: list[list[float]]) -> dict[tuple[int, str], tuple[float, float]]:
    """Bottom and top of each letter drawn, by position and base."""
    ax = Figure().subplots()
    draw_letters(ax, np.array(heights), PALETTES["classic"], start=5)
    found = {}
    for patch in ax.patches:
        path = patch.get_path()
        corners = path.vertices[path.codes != Path.CLOSEPOLY]
        for x in {*np.rint(corners[:, 0])}:
            y = corners[np.rint(corners[:, 0]) == x, 1]
            found[int(x), patch.get_label()] = (y.min(), y.max())
    return found


def test_the_highest_letter_is_outside_on_either_side_of_zero() -> None:
    boxes = drawn([[1, 3, 0, 2], [-1, 0.5, -2, 0]])
    assert boxes == {
        (5, "A"): pytest.approx((0, 1)),
        (5, "T"): pytest.approx((1, 3)),
        (5, "C"): pytest.approx((3, 6)),
        (6, "C"): pytest.approx((0, 0.5)),
        (6, "A"): pytest.approx((-1, 0)),
        (6, "G"): pytest.approx((-3, -1)),
    }


def test_nothing_is_drawn_of_nothing() -> None:
    assert drawn([[0, 0, 0, 0]]) == {}

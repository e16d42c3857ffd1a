"""Letters A C G T of given heights, stacked: what logos of motifs and of attributions are drawn with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BASES = "ACGT"
_WIDTH = 0.94
"""Of a letter; a position is 1 wide."""


def draw_letters(ax: Axes, heights: NDArray[np.floating], colours: Mapping[str, str], start: int = 1) -> None:
    """Draw a stack of letters at each position, the higher ones outside.

    Outlines of letters are laid out once per process and only stretched here, all places of a base in one patch.

    Args:
        ax: where to draw; its limits are left alone.
        heights: (W, 4) in units of the y axis. Positive ones are stacked above 0; negative ones hang below it, upside
            down, as is the custom.
        colours: of A, C, G, T.
        start: number of the first position on the x axis.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    bottoms = _bottoms(heights)
    for base, letter in enumerate(_BASES):
        (positions,) = np.nonzero(heights[:, base])
        if not len(positions):
            continue
        outline, codes = letter_outline(letter)
        corners = np.empty((len(positions), len(outline), 2))
        corners[..., 0] = (start + positions - _WIDTH / 2)[:, None] + _WIDTH * outline[:, 0]
        corners[..., 1] = bottoms[positions, base][:, None] + heights[positions, base][:, None] * outline[:, 1]
        letters = Path(corners.reshape(-1, 2), np.tile(codes, len(positions)))
        ax.add_patch(PathPatch(letters, facecolor=colours[letter], linewidth=0, label=letter))


def _bottoms(heights: NDArray[np.floating]) -> NDArray[np.floating]:
    """Where each letter begins, (W, 4): at the sum of the smaller ones on its side of 0."""
    order = np.argsort(np.abs(heights), axis=1)
    ordered = np.take_along_axis(heights, order, axis=1)
    begins = np.where(
        ordered > 0,
        np.cumsum(ordered.clip(min=0), axis=1) - ordered.clip(min=0),
        np.cumsum(ordered.clip(max=0), axis=1) - ordered.clip(max=0),
    )
    bottoms = np.empty_like(begins)
    np.put_along_axis(bottoms, order, begins, axis=1)
    return bottoms


@cache
def letter_outline(letter: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Corners (P, 2) of a bold letter that fills the unit square, and what each is to matplotlib (P,)."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    path = TextPath((0, 0), letter, size=100, prop=FontProperties(family="DejaVu Sans", weight="bold"))
    box = path.get_extents().get_points()
    return (np.asarray(path.vertices) - box[0]) / (box[1] - box[0]), np.asarray(path.codes, np.uint8)

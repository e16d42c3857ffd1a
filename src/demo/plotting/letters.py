"""Letters A C G T of given heights, stacked: what logos of motifs and of attributions are drawn with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_letters(ax: Axes, heights: NDArray[np.floating], colours: Mapping[str, str], start: int = 1) -> None:
    """Draw a stack of letters at each position, the higher ones outside.

    Args:
        ax: where to draw.
        heights: (W, 4) in units of the y axis. Positive ones are stacked above 0; negative ones hang below it, upside
            down, as is the custom.
        colours: of A, C, G, T.
        start: number of the first position on the x axis.
    """
    import logomaker
    import pandas as pd

    logomaker.Logo(
        pd.DataFrame(heights, index=range(start, start + len(heights)), columns=list("ACGT")),
        ax=ax,
        color_scheme=dict(colours),
        font_weight="bold",
        vpad=0.01,
        width=0.94,
        baseline_width=0,
        flip_below=True,
    )

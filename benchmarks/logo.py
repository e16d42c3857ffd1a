"""How fast logos are drawn, beside logomaker, on one core: the letters alone, and a figure with its PNG file.

python benchmarks/logo.py [--repeats 5]
"""

import argparse
import io
import time
from collections.abc import Callable

import logomaker
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from demo.motifs.letters import draw_letters
from demo.motifs.logo import PALETTES
from demo.motifs.panels import make_panels, style_positions

COLOURS = PALETTES["classic"]


def with_logomaker(ax: Axes, heights: NDArray[np.floating]) -> None:
    table = pd.DataFrame(heights, index=range(1, len(heights) + 1), columns=list("ACGT"))
    logomaker.Logo(table, ax=ax, color_scheme=COLOURS, font_weight="bold", width=0.94, baseline_width=0)


def ours(ax: Axes, heights: NDArray[np.floating]) -> None:
    draw_letters(ax, heights, COLOURS)


def seconds(draw: Callable[[Axes, NDArray[np.floating]], None], heights: NDArray[np.floating], file: bool) -> float:
    begin = time.process_time()
    figure, (ax,) = make_panels(len(heights), [None])
    draw(ax, heights)
    if file:
        style_positions(ax, 1, len(heights))
        figure.savefig(io.BytesIO(), format="png", dpi=200)
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="the best of so many is shown")
    repeats = parser.parse_args().repeats
    random = np.random.default_rng(0)
    motif = random.dirichlet([0.3] * 4, 15) * random.uniform(0, 2, (15, 1))
    optimum = random.dirichlet([0.3] * 4, 101) * random.uniform(0, 2, (101, 1))
    track = np.eye(4)[random.integers(0, 4, 101)] * random.normal(size=(101, 1))
    cases = {"motif, 15 positions": motif, "optimum, 101 positions": optimum, "attributions, 101 letters": track}
    print(f"{'seconds':<28}{'ours':>8}{'logomaker':>12}{'ratio':>8}")
    for name, heights in cases.items():
        for file in (False, True):
            mine, theirs = (
                min(seconds(draw, heights, file) for _ in range(repeats)) for draw in (ours, with_logomaker)
            )
            print(f"{name + (' + PNG' if file else ''):<34}{mine:>6.3f}{theirs:>9.3f}{theirs / mine:>8.1f}")


if __name__ == "__main__":
    main()

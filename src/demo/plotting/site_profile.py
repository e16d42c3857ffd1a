"""Where the sites of a motif lie along sequences, as a picture: how central they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from demo.plotting.logo import save_figure

_BOUND, _UNBOUND = "#255C99", "#999999"


def save_site_profile(
    path: str | os.PathLike[str],
    length: int,
    bound: Sequence[int],
    unbound: Sequence[int],
    title: str,
    *,
    names: tuple[str, str] = ("peaks", "their shuffles"),
    middle: str = "bp from the middle of the peak",
) -> tuple[Path, Path]:
    """Draw the number of sites against the distance from the middle of the sequences, as ``<path>.png`` and ``.svg``.

    Args:
        path: without extension.
        length: of the sequences.
        bound: number of sites in each of the equal parts of the sequence, in peaks or others of a class.
        unbound: likewise, in what they are told from.
        title: above the picture.
        names: of both, for the legend.
        middle: unit and origin of the distance.

    Raises:
        DemoError: a file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 2.4))
    FigureCanvasAgg(figure)
    # Fixed margins: a layout engine takes longer than the drawing.
    figure.subplots_adjust(left=0.12, right=0.97, bottom=0.19, top=0.88)
    ax = figure.subplots()
    edges = np.linspace(-length / 2, length / 2, len(bound) + 1)
    ax.stairs(bound, edges, color=_BOUND, fill=True, alpha=0.35)
    ax.stairs(bound, edges, color=_BOUND, linewidth=1.2, label=names[0])
    ax.stairs(unbound, edges, color=_UNBOUND, linewidth=1.2, label=names[1])
    ax.axvline(0, color="black", linewidth=0.6, linestyle=":")
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, max(*bound, *unbound, 1) * 1.15)
    ax.set_xlabel(f"{middle} to the middle of the site", fontsize=8)
    ax.set_ylabel("sites", fontsize=8)
    ax.set_title(title, fontsize=8, loc="left")
    ax.tick_params(labelsize=7)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=7, loc="upper right")
    return save_figure(figure, path)

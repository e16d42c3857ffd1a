"""Sequence logos (Schneider & Stephens, Nucleic Acids Res 18:6097, 1990): letters with heights in bits."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from demo.plotting.panels import draw_letters, make_panels, save_figure, style_positions
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Palette = Literal["classic", "colour-blind"]

PALETTES: dict[str, dict[str, str]] = {
    "classic": {"A": "#109648", "C": "#255C99", "G": "#F7B32B", "T": "#D62839"},
    # Any two differ by 39 CIELAB units or more, also for people without red, green or blue cones (simulated as in
    # Machado, Oliveira & Fernandes 2009); classic green and red differ by 14.
    "colour-blind": {"A": "#20B080", "C": "#003F87", "G": "#F0B000", "T": "#B02010"},
}
"""Colour of each base, by palette."""


def draw_logo(
    heights: NDArray[np.floating],
    ax: Axes | None = None,
    title: str | None = None,
    palette: Palette = "classic",
    start: int = 1,
) -> Axes:
    """Draw a logo in bits, on an axis from 0 to 2.

    Args:
        heights: (W, 4) bits of A, C, G, T at each position (``Motif.logo_heights``).
        ax: to draw on; None creates a figure with the width of the logo (``ax.figure``, not registered in pyplot).
        title: above the logo, on the left; None for none.
        palette: ``"classic"`` or ``"colour-blind"``.
        start: number of the first position on the x axis.

    Returns:
        The axes drawn on.

    Raises:
        DemoError: there is no such palette.
    """
    if palette not in PALETTES:
        raise DemoError(f"There is no palette {palette!r}.", exists=PALETTES)
    if ax is None:
        _, (ax,) = make_panels(len(heights), [title])
    draw_letters(ax, heights, PALETTES[palette], start)
    _style(ax, start, start + len(heights) - 1)
    if title:
        ax.set_title(title, loc="left", fontsize=9)
    return ax


def logo_svg(heights: NDArray[np.floating], title: str | None = None, palette: Palette = "classic") -> str:
    """The logo of (W, 4) bits as SVG text."""
    figure, (ax,) = make_panels(len(heights), [title])
    draw_logo(heights, ax, title, palette)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def save_logo(
    heights: NDArray[np.floating],
    path: str | os.PathLike[str],
    title: str | None = None,
    palette: Palette = "classic",
) -> tuple[Path, Path]:
    """Write the logo of (W, 4) bits as ``<path>.png`` and ``<path>.svg``, each whole or not at all.

    Args:
        path: file name without extension.

    Returns:
        The two files.

    Raises:
        DemoError: a file cannot be written.
    """
    figure, (ax,) = make_panels(len(heights), [title])
    draw_logo(heights, ax, title, palette)
    return save_figure(figure, path)


def save_logo_pair(
    upper: NDArray[np.floating],
    lower: NDArray[np.floating],
    offset: int,
    path: str | os.PathLike[str],
    titles: Sequence[str],
    palette: Palette = "classic",
) -> tuple[Path, Path]:
    """Write two logos on one axis, their overlap shaded: PNG and SVG.

    Args:
        upper: (W, 4) bits.
        lower: (V, 4) bits.
        offset: start of ``upper`` minus start of ``lower``, in bp; they must overlap.
        path: file name without extension.
        titles: of both.

    Returns:
        The two files.

    Raises:
        DemoError: a file cannot be written.
    """
    upper_start, lower_start = max(offset, 0) + 1, max(-offset, 0) + 1
    upper_end, lower_end = upper_start + len(upper), lower_start + len(lower)
    width = max(upper_end, lower_end) - 1
    first, end = max(upper_start, lower_start), min(upper_end, lower_end)
    figure, (top, bottom) = make_panels(width, titles)
    draw_logo(upper, top, titles[0], palette, upper_start)
    draw_logo(lower, bottom, titles[1], palette, lower_start)
    for ax in (top, bottom):
        _style(ax, 1, width, label=ax is bottom)
        ax.axvspan(first - 0.5, end - 0.5, color="#F2F2F2", zorder=-10, linewidth=0)
    return save_figure(figure, path)


def _style(ax: Axes, first: int, last: int, label: bool = True) -> None:
    style_positions(ax, first, last, label)
    ax.set_ylim(0, 2)
    ax.set_yticks([0, 1, 2], ["0", "1", "2"])
    ax.set_ylabel("bits", fontsize=9)

"""Sequence logos (Schneider & Stephens, Nucleic Acids Res 18:6097, 1990): letters with heights in bits."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from demo.utils.errors import DemoError
from demo.utils.files import atomic_write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 200

# Inches. Fixed margins: matplotlib's layout engines take as long as the drawing itself.
_LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 0.6, 0.1, 0.3, 0.45, 0.35
_PANEL_HEIGHT = 1.2
_HEADING, _LINE = 0.25, 0.17
_LABEL = 0.46  # from a panel to the name of its y axis
_CHARACTER = 0.077  # of a title, on average

_LETTER_WIDTH, _LETTER_HEIGHT = 0.94, 0.99  # of its position and its height


def make_panels(
    width: int, titles: Sequence[str | None], heading: str | None = None, caption: Sequence[str] = (), scale: float = 1
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel per title, one above the other: legible for 8 bp, printable for 101.

    Args:
        width: of the widest logo in bp.
        titles: of the panels; only used for spacing, not drawn.
        heading: drawn above all panels; None for none.
        caption: lines drawn below them.
        scale: of the panels; text keeps its size.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    logo = scale * (0.27 * min(width, 30) + 0.11 * max(width - 30, 0))
    inside = max(logo, 2.2, _CHARACTER * max(len(text or "") for text in (*titles, heading, *caption)))
    panels = len(titles)
    top, bottom = _TOP + (_HEADING if heading else 0), _BOTTOM + _LINE * len(caption)
    height = top + bottom + panels * scale * _PANEL_HEIGHT + (panels - 1) * _BETWEEN
    total = _LEFT + inside + _RIGHT
    figure = Figure(figsize=(total, height))
    FigureCanvasAgg(figure)
    axes = figure.subplots(panels, 1, sharex=True, squeeze=False)[:, 0]
    figure.subplots_adjust(
        left=_LEFT / total,
        right=1 - _RIGHT / total,
        bottom=bottom / height,
        top=1 - top / height,
        hspace=_BETWEEN / (scale * _PANEL_HEIGHT),
    )
    for ax in axes:
        ax.yaxis.set_label_coords(-_LABEL / inside, 0.5)
    if caption:
        figure.text(_LEFT / total, 0.06 / height, "\n".join(caption), fontsize=9, va="bottom")
    if heading:
        figure.text(_LEFT / total, 1 - 0.08 / height, heading, fontsize=10, fontweight="bold", va="top")
    return figure, list(axes)


@dataclass(frozen=True)
class LogoLetters:
    """The letters of a logo.

    Attributes:
        letters: of the columns of its heights.
        colours: of these; letters without one are grey.
        bits: the height of the axis.
    """

    letters: str = "ACGT"
    colours: Mapping[str, str] = field(default_factory=dict)
    bits: float = 2.0

    def in_palette(self, palette: Mapping[str, str]) -> dict[str, str]:
        """Colour of each letter: the palette's, where it has one, as T's for U; otherwise its own."""
        of = {**self.colours, **palette, **({"U": palette["T"]} if "T" in palette else {})}
        nucleotides = set(self.letters) <= set("ACGTU")
        return {letter: (of if nucleotides else self.colours).get(letter, "#666666") for letter in self.letters}

    def top(self, *heights: NDArray[np.floating]) -> float:
        """Upper end of the axis, in bits: 2 for nucleotides; of larger alphabets what the highest stack needs, for
        they rarely come near the most."""
        highest = max(float(each.sum(1).max()) for each in heights)
        return self.bits if self.bits <= 2 else min(self.bits, max(1.0, float(np.ceil(highest))))


DNA_LETTERS = LogoLetters()


def draw_letters(
    ax: Axes,
    heights: NDArray[np.floating],
    colours: Mapping[str, str],
    start: int = 1,
    letters: LogoLetters = DNA_LETTERS,
) -> None:
    """Draw a stack of the letters A C G T at each position, the higher ones on the outside. The limits of the axes are
    the caller's.

    Args:
        ax: to draw on.
        heights: (W, 4) in units of the y axis, or (W, A) of A letters. Positive ones are stacked above 0; negative ones
            hang below it, upside down, as is usual.
        colours: of A, C, G, T.
        start: number of the first position on the x axis.
        letters: of the columns.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    order = np.argsort(heights, axis=1, kind="stable")
    tall = np.take_along_axis(np.asarray(heights, float), order, axis=1)
    floors = np.cumsum(np.abs(tall), axis=1) - np.abs(tall) + np.minimum(tall, 0).sum(axis=1, keepdims=True)
    of = letters.in_palette(colours)
    for index, letter in enumerate(letters.letters):
        rows, places = np.nonzero((order == index) & (tall != 0))
        if not len(rows):
            continue
        points, codes = letter_outline(letter)
        height, floor = tall[rows, places, None], floors[rows, places, None]
        x = start + rows[:, None] + _LETTER_WIDTH * (points[:, 0] - 0.5)
        y = floor + np.abs(height) * (0.5 + _LETTER_HEIGHT * np.sign(height) * (points[:, 1] - 0.5))
        # One path for all of a letter, and no limits from its curves: a fifth of the time.
        path = Outline(np.stack([x, y], axis=2).reshape(-1, 2), np.tile(codes, len(rows)))
        ax.add_artist(PathPatch(path, facecolor=of[letter], linewidth=0))


@cache
def letter_outline(letter: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Points (P, 2) of a bold letter that fills the unit square, and their matplotlib codes (P,); one that is narrower
    than an E is not stretched more than that."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    # I, l and 1 with serifs: without, they would be bars.
    font = FontProperties(family="DejaVu Sans Mono" if letter in "Il1" else "DejaVu Sans", weight="bold")
    path, widest = (TextPath((0, 0), text, size=100, prop=font) for text in (letter, "E"))
    (left, bottom), (right, top) = path.get_extents().get_points()
    width = max(right - left, widest.get_extents().width)
    points = (np.asarray(path.vertices) - ((left + right) / 2, bottom)) / (width, top - bottom) + (0.5, 0)
    return points, np.asarray(path.codes, np.uint8)


def style_positions(ax: Axes, first: int, last: int, label: bool = True) -> None:
    """Draw the x axis of a logo from ``first`` to ``last``, with numbers if ``label``."""
    step = 1 if last - first < 30 else 5
    ticks = [x for x in range(first, last + 1) if x % step == 0]
    # The first position is numbered if the next number leaves room for it.
    if not ticks or ticks[0] - first > step // 2:
        ticks.insert(0, first)
    ax.set_xlim(first - 0.5, last + 0.5)
    ax.set_xticks(ticks, [str(x) for x in ticks])
    ax.tick_params(labelsize=8, length=2.5, width=0.8, labelbottom=label)
    ax.set_xlabel("position" if label else "", fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_linewidth(0.8)


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write ``<path>.png`` and ``<path>.svg``, each whole or not at all.

    Raises:
        DemoError: a file cannot be written.
    """
    # with_suffix would take the ".1" of MA0139.1 for an extension.
    png, svg = (Path(f"{os.fspath(path)}.{ending}") for ending in ("png", "svg"))
    with atomic_write(png) as temporary:
        figure.savefig(temporary, format="png", dpi=_DPI)
    with atomic_write(svg) as temporary:
        figure.savefig(temporary, format="svg", metadata={"Date": None})
    return png, svg


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
    letters: LogoLetters = DNA_LETTERS,
) -> Axes:
    """Draw a logo in bits, on an axis from 0 to 2.

    Args:
        heights: (W, 4) bits of A, C, G, T at each position (``Motif.logo_heights``).
        ax: to draw on; None creates a figure with the width of the logo (``ax.figure``, not registered in pyplot).
        title: above the logo, on the left; None for none.
        palette: ``"classic"`` or ``"colour-blind"``.
        start: number of the first position on the x axis.
        letters: of the columns.

    Returns:
        The axes drawn on.

    Raises:
        DemoError: there is no such palette.
    """
    if palette not in PALETTES:
        raise DemoError(f"There is no palette {palette!r}.", exists=PALETTES)
    if ax is None:
        _, (ax,) = make_panels(len(heights), [title])
    draw_letters(ax, heights, PALETTES[palette], start, letters)
    _style(ax, start, start + len(heights) - 1, bits=letters.top(heights))
    if title:
        ax.set_title(title, loc="left", fontsize=9)
    return ax


def logo_svg(
    heights: NDArray[np.floating],
    title: str | None = None,
    palette: Palette = "classic",
    letters: LogoLetters = DNA_LETTERS,
) -> str:
    """The logo of (W, 4) bits as SVG text."""
    figure, (ax,) = make_panels(len(heights), [title])
    draw_logo(heights, ax, title, palette, letters=letters)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def save_logo(
    heights: NDArray[np.floating],
    path: str | os.PathLike[str],
    title: str | None = None,
    palette: Palette = "classic",
    letters: LogoLetters = DNA_LETTERS,
    junction: int | None = None,
    caption: Sequence[str] = (),
    scale: float = 1,
) -> tuple[Path, Path]:
    """Write the logo of (W, 4) bits as ``<path>.png`` and ``<path>.svg``, each whole or not at all.

    Args:
        path: file name without extension.
        letters: of the columns.
        junction: position, from 1, after which a line is drawn.
        caption: lines below the logo.
        scale: of the logo; text keeps its size.

    Returns:
        The two files.

    Raises:
        DemoError: a file cannot be written.
    """
    figure, (ax,) = make_panels(len(heights), [title], caption=caption, scale=scale)
    draw_logo(heights, ax, title, palette, letters=letters)
    if junction is not None:
        ax.axvline(junction + 0.5, color="black", linewidth=1, linestyle="--")
    return save_figure(figure, path)


def save_logo_pair(
    upper: NDArray[np.floating],
    lower: NDArray[np.floating],
    offset: int,
    path: str | os.PathLike[str],
    titles: Sequence[str],
    palette: Palette = "classic",
    letters: LogoLetters = DNA_LETTERS,
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
    draw_logo(upper, top, titles[0], palette, upper_start, letters)
    draw_logo(lower, bottom, titles[1], palette, lower_start, letters)
    for ax in (top, bottom):
        _style(ax, 1, width, label=ax is bottom, bits=letters.top(upper, lower))
        ax.axvspan(first - 0.5, end - 0.5, color="#F2F2F2", zorder=-10, linewidth=0)
    return save_figure(figure, path)


def _style(ax: Axes, first: int, last: int, label: bool = True, bits: float = 2.0) -> None:
    style_positions(ax, first, last, label)
    ax.set_ylim(0, bits)
    ticks = range(int(bits) + 1)
    ax.set_yticks(list(ticks), [str(tick) for tick in ticks])
    ax.set_ylabel("bits", fontsize=9)

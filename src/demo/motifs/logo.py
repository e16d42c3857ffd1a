"""Sequence logos (Schneider & Stephens, Nucleic Acids Res 18:6097, 1990): letters as high as the bits they carry.

Figures are made without pyplot, so drawing in several threads at once is safe.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from demo.errors import DemoError
from demo.files import atomic_write
from demo.motifs.motif import Motif

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Palette = Literal["classic", "colour-blind"]

PALETTES: dict[str, dict[str, str]] = {
    "classic": {"A": "#109648", "C": "#255C99", "G": "#F7B32B", "T": "#D62839"},
    # Okabe & Ito's set, told apart under every common colour deficiency.
    "colour-blind": {"A": "#009E73", "C": "#0072B2", "G": "#E69F00", "T": "#CC3311"},
}
_DPI = 200

# Inches. Fixed margins, since matplotlib's layout engines take as long as the drawing itself.
_LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 0.5, 0.1, 0.3, 0.45, 0.35
_PANEL_HEIGHT = 1.2
_CHARACTER = 0.077  # of a title, on average


def draw_logo(
    motif: Motif,
    ax: Axes | None = None,
    title: str | None = None,
    palette: Palette = "classic",
    start: int = 1,
) -> Axes:
    """Draw ``motif`` in bits (relative to uniform bases, 0 to 2).

    Args:
        ax: where to draw; None makes a new figure as wide as the motif needs (``ax.figure``, not known to pyplot).
        title: a line above the logo, left.
        palette: ``"classic"`` or ``"colour-blind"``.
        start: number of the first position on the x axis.

    Returns:
        The axes drawn on.

    Raises:
        DemoError: for a palette that does not exist.
    """
    import logomaker
    import pandas as pd

    if palette not in PALETTES:
        raise DemoError(f"There is no palette {palette!r}.", exists=PALETTES)
    if ax is None:
        _, (ax,) = _panels(motif.width, [title])
    heights = motif.ppm * motif.information_content[:, None]
    positions = range(start, start + motif.width)
    logomaker.Logo(
        pd.DataFrame(heights, index=positions, columns=list("ACGT")),
        ax=ax,
        color_scheme=PALETTES[palette],
        font_weight="bold",
        vpad=0.01,
        width=0.94,
        baseline_width=0,
    )
    _style(ax, start, start + motif.width - 1)
    if title:
        ax.set_title(title, loc="left", fontsize=9)
    return ax


def logo_svg(motif: Motif, title: str | None = None, palette: Palette = "classic") -> str:
    """The logo as SVG text."""
    figure, (ax,) = _panels(motif.width, [title])
    draw_logo(motif, ax, title, palette)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def save_logo(
    motif: Motif, path: str | os.PathLike[str], title: str | None = None, palette: Palette = "classic"
) -> tuple[Path, Path]:
    """Write the logo as ``<path>.png`` and ``<path>.svg``, each whole or not at all.

    Args:
        path: file name without its ending.

    Returns:
        The two files.

    Raises:
        DemoError: if a file cannot be written.
    """
    figure, (ax,) = _panels(motif.width, [title])
    draw_logo(motif, ax, title, palette)
    return _save(figure, path)


def save_aligned_pair(
    ours: Motif,
    theirs: Motif,
    offset: int,
    orientation: str,
    path: str | os.PathLike[str],
    title: str | None = None,
    score: str | None = None,
    palette: Palette = "classic",
) -> tuple[Path, Path]:
    """Write two aligned logos, ours over theirs, as in Fig. 2b of Lanchantin et al. (2016): PNG and SVG.

    Args:
        ours: the upper motif, drawn as it is.
        theirs: the lower motif, drawn as its reverse complement where ``orientation`` is ``"-"``.
        offset: start of ``ours`` less start of ``theirs`` (as oriented), in positions: Tomtom's ``Optimal_offset``.
        orientation: ``"+"`` or ``"-"``: Tomtom's ``Orientation``.
        path: file name without its ending.
        title: what stands above the upper logo; its names by default.
        score: how well they match, as text (``"q = 2e-7"``); goes to the lower title.

    Returns:
        The two files.

    Raises:
        DemoError: for an orientation that is neither, motifs that do not overlap, or files that cannot be written.
    """
    if orientation not in ("+", "-"):
        raise DemoError(f"An orientation is '+' or '-', not {orientation!r}.")
    shown = theirs if orientation == "+" else theirs.reverse_complement()
    our_start, their_start = max(offset, 0) + 1, max(-offset, 0) + 1
    our_end, their_end = our_start + ours.width, their_start + shown.width
    overlap = min(our_end, their_end) - max(our_start, their_start)
    if overlap < 1:
        raise DemoError(f"Motifs {ours.name} and {theirs.name} do not overlap at offset {offset}.")

    strand = "+ strand" if orientation == "+" else "− strand"
    facts = [_names(theirs), strand, f"offset {offset}".replace("-", "−"), *([score] if score else [])]
    titles = [title or _names(ours), "   ".join(facts)]
    width = max(our_end, their_end) - 1
    figure, (upper, lower) = _panels(width, titles)
    draw_logo(ours, upper, titles[0], palette, our_start)
    draw_logo(shown, lower, titles[1], palette, their_start)
    first = max(our_start, their_start)
    for ax in (upper, lower):
        _style(ax, 1, width)
        ax.axvspan(first - 0.5, first + overlap - 0.5, color="#F2F2F2", zorder=-10, linewidth=0)
    upper.set_xlabel("")
    upper.tick_params(labelbottom=False)
    return _save(figure, path)


def _names(motif: Motif) -> str:
    return f"{motif.alt_name} ({motif.name})" if motif.alt_name else motif.name


def _panels(width: int, titles: Sequence[str | None]) -> tuple[Figure, list[Axes]]:
    """A figure with a panel per title, one above the other: readable for 8 positions, printable for 101."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    letters = 0.27 * min(width, 30) + 0.11 * max(width - 30, 0)
    inside = max(letters, 2.2, _CHARACTER * max(len(title or "") for title in titles))
    panels = len(titles)
    height = _TOP + _BOTTOM + panels * _PANEL_HEIGHT + (panels - 1) * _BETWEEN
    figure = Figure(figsize=(_LEFT + inside + _RIGHT, height))
    FigureCanvasAgg(figure)
    axes = figure.subplots(panels, 1, sharex=True, squeeze=False)[:, 0]
    figure.subplots_adjust(
        left=_LEFT / (_LEFT + inside + _RIGHT),
        right=1 - _RIGHT / (_LEFT + inside + _RIGHT),
        bottom=_BOTTOM / height,
        top=1 - _TOP / height,
        hspace=_BETWEEN / _PANEL_HEIGHT,
    )
    return figure, list(axes)


def _style(ax: Axes, first: int, last: int) -> None:
    width = last - first + 1
    step = 1 if width <= 30 else 5
    ticks = [x for x in range(first, last + 1) if x == first or x % step == 0]
    ax.set_xlim(first - 0.5, last + 0.5)
    ax.set_xticks(ticks, [str(x) for x in ticks])
    ax.set_ylim(0, 2)
    ax.set_yticks([0, 1, 2], ["0", "1", "2"])
    ax.set_ylabel("bits", fontsize=9)
    ax.set_xlabel("position", fontsize=9)
    ax.tick_params(labelsize=8, length=2.5, width=0.8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_linewidth(0.8)


def _save(figure: Figure, path: str | os.PathLike[str]) -> tuple[Path, Path]:
    # Not with_suffix, which would take the ".1" of MA0139.1 for an ending.
    png, svg = (Path(f"{os.fspath(path)}.{ending}") for ending in ("png", "svg"))
    with atomic_write(png) as temporary:
        figure.savefig(temporary, format="png", dpi=_DPI)
    with atomic_write(svg) as temporary:
        figure.savefig(temporary, format="svg", metadata={"Date": None})
    return png, svg

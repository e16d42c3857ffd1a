"""Sequence logos (Schneider & Stephens, Nucleic Acids Res 18:6097, 1990): letters as high as the bits they carry."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from demo.errors import DemoError
from demo.motifs.letters import draw_letters
from demo.motifs.motif import Motif
from demo.motifs.panels import make_panels, save_figure, style_positions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Palette = Literal["classic", "colour-blind"]

PALETTES: dict[str, dict[str, str]] = {
    "classic": {"A": "#109648", "C": "#255C99", "G": "#F7B32B", "T": "#D62839"},
    # Any two are 39 units of CIELAB apart or more for people without red, green or blue cones, too (simulated as
    # Machado, Oliveira & Fernandes 2009); of the classic ones, green and red are 14 apart.
    "colour-blind": {"A": "#20B080", "C": "#003F87", "G": "#F0B000", "T": "#B02010"},
}
"""Colour of each base, by palette."""


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
    if palette not in PALETTES:
        raise DemoError(f"There is no palette {palette!r}.", exists=PALETTES)
    if ax is None:
        _, (ax,) = make_panels(motif.width, [title])
    heights = motif.ppm * motif.information_content[:, None]
    draw_letters(ax, heights, PALETTES[palette], start)
    _style(ax, start, start + motif.width - 1)
    if title:
        ax.set_title(title, loc="left", fontsize=9)
    return ax


def logo_svg(motif: Motif, title: str | None = None, palette: Palette = "classic") -> str:
    """The logo as SVG text."""
    figure, (ax,) = make_panels(motif.width, [title])
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
    figure, (ax,) = make_panels(motif.width, [title])
    draw_logo(motif, ax, title, palette)
    return save_figure(figure, path)


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
    figure, (upper, lower) = make_panels(width, titles)
    draw_logo(ours, upper, titles[0], palette, our_start)
    draw_logo(shown, lower, titles[1], palette, their_start)
    first = max(our_start, their_start)
    for ax in (upper, lower):
        _style(ax, 1, width, label=ax is lower)
        ax.axvspan(first - 0.5, first + overlap - 0.5, color="#F2F2F2", zorder=-10, linewidth=0)
    return save_figure(figure, path)


def _names(motif: Motif) -> str:
    return f"{motif.alt_name} ({motif.name})" if motif.alt_name else motif.name


def _style(ax: Axes, first: int, last: int, label: bool = True) -> None:
    style_positions(ax, first, last, label)
    ax.set_ylim(0, 2)
    ax.set_yticks([0, 1, 2], ["0", "1", "2"])
    ax.set_ylabel("bits", fontsize=9)

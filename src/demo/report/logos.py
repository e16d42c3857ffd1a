"""Sequence logos and attribution tracks as inline SVG, coloured by the page's style sheet in light and dark mode.

``demo.plotting.logo`` draws for print; these need a twentieth of the bytes and follow the page's colours.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from demo.motifs.alignment import Alignment
from demo.motifs.motif import Motif
from demo.plotting.logo import letter_outline
from demo.report.elements import svg
from demo.sequences.alphabet import DNA, Alphabet

# Pixels of the drawing; pages scale it.
_WIDTH, _BITS, _OTHERS = 15, 32, 100
_LEFT, _BOTTOM, _TOP, _BETWEEN = 34, 17, 18, 18
_TRACK_WIDTH, _TRACK_HEIGHT = 9, 34

_ROW = 64
"""Positions in a row of a logo, at most: half of 101 bp, and all of what surrounds a splice site."""

_LONG = 51
"""Positions from which on a drawing is as wide as the page."""

_IN_TABLE = 24
"""Positions of a logo in a table, at most: of a longer one, the most informative window."""

_LEAST = 0.004
"""Fraction of the drawing's height below which letters are invisible and left out."""


@cache
def sprite(letters: str = DNA.letters) -> Markup:
    """The letters of all motifs of a page, each filling a unit square; must precede its drawings."""
    paths = []
    for letter in letters:
        points, codes = letter_outline(letter)
        # The y axis of SVG points down.
        paths.append(f'<path id="base-{letter}" d="{_path(points * (1, -1) + (0, 1), codes)}"/>')
    return Markup(f'<svg width="0" height="0" class="sprite" aria-hidden="true"><defs>{"".join(paths)}</defs></svg>')


def logo(motif: Motif) -> Markup:
    """A motif's logo without axes, scaled to 2 bits, or as many as its alphabet has, for a table."""
    if motif.width > _IN_TABLE:
        sums = np.convolve(motif.information_content, np.ones(_IN_TABLE), "valid")
        motif = motif.window(int(sums.argmax()), _IN_TABLE)
    scale = _Scale.of(motif)
    width, height = motif.width * _WIDTH, scale.height
    label = f"Logo of {motif.name}: {motif.consensus}"
    return svg(
        width, height, label, "logo", f'<path class="axis" d="M0 {height}H{width}"/>' + _stacks(motif, 0, height, scale)
    )


def logo_with_axes(motif: Motif, title: str, junction: int | None = None) -> Markup:
    """A motif's logo with positions and bits (0 to 2, relative to uniform bases), in rows that fit a page.

    Args:
        motif: as drawn.
        title: above it.
        junction: position, from 1, after which a line is drawn.
    """
    rows = math.ceil(motif.width / _ROW)
    columns = math.ceil(motif.width / rows)
    scale = _Scale.of(motif)
    height = _TOP + scale.height + _BOTTOM
    inside = ""
    for row in range(rows):
        first, last = row * columns, min((row + 1) * columns, motif.width)
        part = motif.window(first, last - first)
        inside += _panel(part, scale, _LEFT, row * height + _TOP, "" if row else title, 1)
        inside += _positions(first + 1, last, row * height + _TOP + scale.height)
        if junction is not None and first < junction <= last:
            at = _LEFT + (junction - first) * _WIDTH
            inside += f'<path class="mark" d="M{at} {row * height + _TOP}v{scale.height:g}"/>'
    width = max(_LEFT + columns * _WIDTH + 4, _text_width(title))
    return svg(
        width, rows * height, f"{title}: {motif.consensus}", "logo axes" + " long" * (motif.width > _LONG), inside
    )


def aligned_logos(ours: Motif, theirs: Motif, alignment: Alignment, titles: tuple[str, str]) -> Markup:
    """Two logos aligned, ours over theirs, as in Fig. 2b of Lanchantin et al. (2016); their overlap is shaded.

    Args:
        ours: the upper motif, drawn as it is.
        theirs: the lower one, drawn as its reverse complement if the orientation is ``"-"``.
        alignment: of the two, from ``demo.motifs.alignment.align``.
        titles: above the upper and the lower logo.
    """
    shown = theirs if alignment.orientation == "+" else theirs.reverse_complement()
    first, second = max(alignment.offset, 0), max(-alignment.offset, 0)
    columns = max(first + ours.width, second + shown.width)
    left, right = max(first, second), min(first + ours.width, second + shown.width)
    scale = _Scale.of(ours, theirs)
    tall = scale.height
    lower = _TOP + tall + _BETWEEN + 4
    bottom = lower + tall
    shade = "".join(
        f'<rect class="overlap" x="{_LEFT + left * _WIDTH}" y="{top}" width="{(right - left) * _WIDTH}" '
        f'height="{tall:g}"/>'
        for top in (_TOP, lower)
    )
    inside = (
        shade
        + _panel(ours, scale, _LEFT + first * _WIDTH, _TOP, titles[0], columns / ours.width)
        + _panel(shown, scale, _LEFT + second * _WIDTH, lower, titles[1], columns / shown.width)
        + _positions(1, columns, bottom)
    )
    width = max(_LEFT + columns * _WIDTH + 4, *map(_text_width, titles))
    label = f"{titles[0]}: {ours.consensus}, over {titles[1]}: {shown.consensus}"
    return svg(width, bottom + _BOTTOM, label, "logo axes", inside)


def track(sequence: str, values: NDArray[np.floating], label: str, alphabet: Alphabet = DNA) -> Markup:
    """The letters of one sequence with heights by value; negative ones hang below the line.

    Args:
        sequence: of L bp.
        values: (L,) any scale: the largest magnitude fills the drawing.
        label: description for screen readers.
        alphabet: of the sequence.
    """
    scale = float(np.abs(values).max()) or 1.0
    above = _TRACK_HEIGHT * max(float(values.max()) / scale, 0.15)
    below = _TRACK_HEIGHT * max(-float(values.min()) / scale, 0.15)
    parts = [f'<path class="axis" d="M0 {above:.1f}H{len(sequence) * _TRACK_WIDTH}"/>']
    for i, (base, value) in enumerate(zip(sequence, values, strict=True)):
        height = abs(float(value)) / scale * _TRACK_HEIGHT
        if base in alphabet.letters and height > _LEAST * _TRACK_HEIGHT:
            top, down = (above - height, height) if value > 0 else (above + height, -height)
            parts.append(_letter(alphabet, base, i * _TRACK_WIDTH, top, _TRACK_WIDTH - 0.6, down))
    step = 10 if len(sequence) > 30 else 1
    numbers = [n for n in range(1, len(sequence) + 1) if n == 1 or n % step == 0]
    foot = above + below + 11
    for n in numbers:
        # The last number may be wider than what is left for it.
        at, anchor = ((n - 0.5) * _TRACK_WIDTH, "middle") if n < len(sequence) else (n * _TRACK_WIDTH, "end")
        parts.append(f'<text class="tick" text-anchor="{anchor}" x="{at:.1f}" y="{foot:.1f}">{n}</text>')
    kind = "track" + " long" * (len(sequence) > _LONG)
    return svg(len(sequence) * _TRACK_WIDTH, foot + 3, label, kind, "".join(parts))


def _panel(motif: Motif, scale: _Scale, left: float, top: float, title: str, columns: float) -> str:
    tall = scale.height
    bottom = top + tall
    ticks = "".join(
        f'<text class="tick" text-anchor="end" x="{_LEFT - 5}" y="{bottom - bits * scale.pixels + 3.5}">{bits}</text>'
        f'<path class="axis" d="M{_LEFT - 3} {bottom - bits * scale.pixels:g}H{_LEFT}"/>'
        for bits in range(int(scale.bits) + 1)
    )
    span = motif.width * columns * _WIDTH
    return (
        f'<text class="title" x="{_LEFT}" y="{top - 5}">{escape(title)}</text>'
        f'<text class="tick" text-anchor="middle" transform="translate(10 {top + tall / 2:g}) rotate(-90)">bits</text>'
        f'{ticks}<path class="axis" d="M{_LEFT} {top}V{bottom}H{_LEFT + span:g}"/>{_stacks(motif, left, bottom, scale)}'
    )


def _positions(first: int, last: int, bottom: float) -> str:
    step = 1 if last - first < 30 else 5
    return "".join(
        f'<text class="tick" text-anchor="middle" x="{_LEFT + (n - first + 0.5) * _WIDTH:g}" y="{bottom + 12:g}">'
        f"{n}</text>"
        for n in range(first, last + 1)
        if n == first or n % step == 0
    )


def _stacks(motif: Motif, left: float, bottom: float, scale: _Scale) -> str:
    """Letters with heights in bits, the most frequent on top (Schneider & Stephens 1990)."""
    parts = []
    for i, heights in enumerate(motif.ppm * motif.information_content[:, None] * scale.pixels):
        floor = bottom
        for base in np.argsort(heights, kind="stable"):
            height = float(heights[base])
            if height > _LEAST * scale.height:
                letter = motif.alphabet.letters[base]
                parts.append(
                    _letter(motif.alphabet, letter, left + i * _WIDTH + 0.4, floor - height, _WIDTH - 0.8, height)
                )
                floor -= height
    return "".join(parts)


class _Scale(NamedTuple):
    """Of a logo: bits at the upper end of its axis, and the pixels of one."""

    bits: float
    pixels: float

    @classmethod
    def of(cls, *motifs: Motif) -> _Scale:
        """One for all of these. That of nucleotides is always the same."""
        bits = motifs[0].letters.top(*(motif.logo_heights for motif in motifs))
        return cls(bits, _BITS if motifs[0].alphabet.bits <= 2 else _OTHERS / bits)

    @property
    def height(self) -> float:
        """Of the axis, in pixels."""
        return self.bits * self.pixels


def _letter(alphabet: Alphabet, base: str, x: float, y: float, width: float, height: float) -> str:
    """A negative height turns the letter upside down, hanging from ``y + height``."""
    # The colours of bases are the style sheet's; U has that of T.
    nucleotide = {"U": "T"}.get(base, base) if alphabet.name in ("dna", "rna") else None
    colour = f'class="{nucleotide}"' if nucleotide else f'fill="{alphabet.colours.get(base, "#666666")}"'
    return f'<use href="#base-{base}" {colour} transform="matrix({width:.4g} 0 0 {height:.4g} {x:.5g} {y:.4g})"/>'


def _text_width(text: str) -> float:
    # Wide enough for the widest of the usual bold fonts.
    return _LEFT + 7.2 * len(text)


def _path(points: NDArray[np.floating], codes: NDArray[np.integer]) -> str:
    """SVG's path of matplotlib's: 1 move, 2 line, 3 quadratic (two points), 79 close."""
    parts: list[str] = []
    names: dict[int, str] = {1: "M", 2: "L", 3: "Q"}
    previous = 0
    for (x, y), code in zip(points, codes.tolist(), strict=True):
        if code == 79:
            parts.append("Z")
            previous = 0
            continue
        # The second point of a quadratic curve follows the first without a command.
        second = code == 3 and previous == 3
        parts.append(f"{' ' if second else names[code]}{x:.3g} {y:.3g}")
        previous = 0 if second else code
    return "".join(parts)

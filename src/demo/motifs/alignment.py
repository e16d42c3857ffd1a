"""The best alignment of two motifs, and a picture of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.motifs.motif import Motif
from demo.plotting.logo import Palette, save_logo_pair
from demo.utils.errors import DemoError


class Alignment(NamedTuple):
    """The best alignment of two motifs.

    Attributes:
        offset: start of the first minus start of the second as oriented, in positions.
        orientation: ``"+"``, or ``"-"`` for the reverse complement of the second.
        similarity: cosine of the two matrices, centred on 0.25 and padded with 0: at most 1, for equal motifs. Columns
            are weighted by their information, and overhanging ones lower it.
    """

    offset: int
    orientation: str
    similarity: float


def align(first: Motif, second: Motif) -> Alignment:
    """Align ``second`` with ``first`` where they are most similar, in either orientation; the first of ties.

    Sequences of one strand have motifs of one orientation.

    For drawing and sorting; Tomtom's p-value says whether the similarity is significant.
    """
    if first.alphabet.letters != second.alphabet.letters:
        raise DemoError(f"Motifs of {first.alphabet.title} and {second.alphabet.title} cannot be aligned.")
    a, b = first.ppm - 1 / first.alphabet.size, second.ppm - 1 / first.alphabet.size
    strands = [b]
    if first.alphabet.complement is not None and second.alphabet.complement is not None:
        strands.append(b[::-1, first.alphabet.complement_codes[:-1]])
    # Flat motifs are similar to nothing.
    scale = np.sqrt(np.square(a).sum() * np.square(b).sum()) or 1.0
    similarities = np.stack([_sums_of_diagonals(a @ strand.T) for strand in strands]) / scale
    strand, diagonal = divmod(int((similarities >= similarities.max() - 1e-12).argmax()), similarities.shape[1])
    # Column i of the first is aligned with column i + offset of the second.
    return Alignment(diagonal + 1 - len(a), "+-"[strand], float(similarities[strand, diagonal]))


def _sums_of_diagonals(products: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M + N - 1,) sums of all diagonals of (M, N), from the one in the lower left corner."""
    rows, columns = products.shape
    # Rows filled up with zeros and read as if they were shorter by one: each is shifted by one against the one before.
    # Not by ``np.pad``, which takes longer than all the rest.
    padded = np.zeros((rows, columns + rows))
    padded[:, :columns] = products[::-1]
    return padded.ravel()[:-rows].reshape(rows, rows + columns - 1).sum(axis=0)


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
        theirs: the lower motif, drawn as its reverse complement if ``orientation`` is ``"-"``.
        offset: start of ``ours`` minus start of ``theirs`` (as oriented), in positions: Tomtom's ``Optimal_offset``.
        orientation: ``"+"`` or ``"-"``: Tomtom's ``Orientation``.
        path: file name without extension.
        title: of the upper logo; its names by default.
        score: of the match, as text (``"q = 2e-7"``), for the lower title.

    Returns:
        The two files.

    Raises:
        DemoError: for an unknown orientation, motifs that do not overlap, or files that cannot be written.
    """
    if orientation not in ("+", "-"):
        raise DemoError(f"An orientation is '+' or '-', not {orientation!r}.")
    if not -ours.width < offset < theirs.width:
        raise DemoError(f"Motifs {ours.name} and {theirs.name} do not overlap at offset {offset}.")
    shown = theirs if orientation == "+" else theirs.reverse_complement()
    strand = "+ strand" if orientation == "+" else "− strand"
    facts = [_names(theirs), strand, f"offset {offset}".replace("-", "−"), *([score] if score else [])]
    titles = [title or _names(ours), "   ".join(facts)]
    return save_logo_pair(ours.logo_heights, shown.logo_heights, offset, path, titles, palette, ours.letters)


def _names(motif: Motif) -> str:
    return f"{motif.alt_name} ({motif.name})" if motif.alt_name else motif.name

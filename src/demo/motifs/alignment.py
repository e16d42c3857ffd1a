"""How two motifs lie on one another best."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from demo.motifs.motif import Motif


class Alignment(NamedTuple):
    """The best way to lay one motif on another.

    Attributes:
        offset: start of the first less start of the second as oriented, in positions.
        orientation: ``"+"``, or ``"-"`` where the second is to be read as its reverse complement.
        similarity: cosine of the two matrices, centred on 0.25 and padded with 0: at most 1, for equal motifs. Columns
            weigh by their information, and those that hang over count against it.
    """

    offset: int
    orientation: str
    similarity: float


def align(first: Motif, second: Motif) -> Alignment:
    """Lay ``second`` on ``first`` where they are most alike, in either orientation; the first of equals.

    For drawing and sorting; whether the likeness means anything is what Tomtom's p-value says.
    """
    best = Alignment(0, "+", -np.inf)
    for orientation, oriented in (("+", second), ("-", second.reverse_complement())):
        a, b = first.ppm - 0.25, oriented.ppm - 0.25
        # Flat motifs are alike to nothing.
        scale = np.sqrt(np.square(a).sum() * np.square(b).sum()) or 1.0
        products = a @ b.T
        for offset in range(1 - len(a), len(b)):
            # Column i of the first lies on column i + offset of the second.
            similarity = float(np.trace(products, offset) / scale)
            if similarity > best.similarity + 1e-12:
                best = Alignment(offset, orientation, similarity)
    return best

import numpy as np
import pytest

from demo.motifs import Motif
from demo.motifs.alignment import align


def test_an_alignment_has_offset_and_strand() -> None:
    ppm = np.full((9, 4), 0.1 / 3)
    ppm[np.arange(9), [3, 2, 0, 1, 3, 1, 0, 3, 3]] = 0.9
    motif = Motif("TGACTCATT", ppm)
    longer = Motif("longer", np.vstack([np.full((3, 4), 0.25), motif.ppm, np.full((2, 4), 0.25)]))
    assert align(motif, longer)[:2] == (3, "+") and align(longer, motif)[:2] == (-3, "+")
    assert align(motif, longer.reverse_complement())[:2] == (3, "-")
    assert align(motif, motif).similarity == pytest.approx(1)

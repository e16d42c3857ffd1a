"""Which mean of a cluster becomes the motif; how sharp it is, is tested in test_distinct_motifs.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from demo.interpret.extraction.clustering import Cluster
from demo.interpret.extraction.evidence import Evidence
from demo.interpret.extraction.sharpness import motif_of_cluster
from demo.motifs import Motif
from demo.motifs.alignment import align
from demo.sequences import encode
from interpret.extraction.test_distinct_motifs import OWN, candidate, window

MIDDLE = len(OWN) // 2


class BitsOfTheMiddle(Evidence):
    """All that counts is the middle position of OWN, and that by ``noise`` from pair to pair, with a mean of 1."""

    def __init__(self, noise: float) -> None:
        self.pairs = 1 + noise * np.tile([-1.0, 1.0], 50)

    def gains(self, motif: Motif) -> tuple[NDArray[np.float64], float]:
        return self.pairs * motif.information_content[MIDDLE], 0.5


# 100 pairs: one standard error is a tenth of the noise.
@pytest.mark.parametrize("noise, probability", [(20.0, (0.97 + 0.55 + 0.55) / 3), (9.0, 0.97)])
def test_the_best_member_stands_alone_only_where_it_tells_more_by_over_a_standard_error(
    noise: float, probability: float
) -> None:
    blurred = window(OWN)
    blurred[4 + MIDDLE] = 0.15
    blurred[4 + MIDDLE, encode([OWN])[0, MIDDLE]] = 0.55
    members = [candidate(window(OWN, sharpness=0.97), 0), candidate(blurred, 1), candidate(blurred, 2)]
    alignments = [align(members[0].motif, member.motif) for member in members]
    found = motif_of_cluster(members, Cluster([0, 1, 2], alignments), 0, BitsOfTheMiddle(noise), 0.25, "x")
    sharpened = np.array([probability] + 3 * [(1 - probability) / 3]) ** 1.5  # the sharpest has most bits
    assert found.ppm[MIDDLE].max() == pytest.approx(sharpened[0] / sharpened.sum())

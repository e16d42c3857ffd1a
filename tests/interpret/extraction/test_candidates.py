"""How optima are clustered, and which mean of a cluster becomes the motif; its sharpness: test_class_motifs.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from demo.interpret.extraction.candidates import Cluster, average_ppm, cluster_motifs, motif_of_cluster
from demo.interpret.extraction.evidence import Evidence
from demo.motifs import Motif
from demo.motifs.alignment import align
from demo.sequences import encode
from interpret.extraction.test_class_motifs import OWN, candidate, window

MIDDLE = len(OWN) // 2


def of_site(site: str, sharpness: float = 0.9) -> Motif:
    ppm = np.full((len(site), 4), (1 - sharpness) / 3)
    ppm[np.arange(len(site)), encode([site])[0]] = sharpness
    return Motif(site, ppm)


def test_motifs_that_are_alike_on_either_strand_are_one_cluster_led_by_the_first() -> None:
    site, other = of_site("TGACTCATT"), of_site("GGCCAAGGC")
    shifted = of_site("GTGACTCATT").reverse_complement()
    clusters = cluster_motifs([site, other, shifted, of_site("TGACTCATT", 0.6)], 0.75)
    assert [cluster.members for cluster in clusters] == [[0, 2, 3], [1]]
    assert [cluster.leader for cluster in clusters] == [0, 1]
    assert clusters[0].alignments[1][:2] == (1, "-") or clusters[0].alignments[1].orientation == "-"
    assert clusters[0].alignments[2].similarity == pytest.approx(1)


def test_a_half_site_is_a_motif_of_its_own() -> None:
    assert len(cluster_motifs([of_site("GGATCCTTAACC"), of_site("TTAACC")], 0.75)) == 2


def test_no_motifs_no_clusters() -> None:
    assert cluster_motifs([], 0.75) == []


class BitsOfTheMiddle(Evidence):
    """All that counts is the middle position of OWN, and that by ``noise`` from pair to pair, with a mean of 1."""

    def __init__(self, noise: float) -> None:
        self.pairs = 1 + noise * np.tile([-1.0, 1.0], 50)

    def gains(self, motif: Motif) -> tuple[NDArray[np.float64], float]:
        return self.pairs * motif.information_content[MIDDLE], 0.5


# 100 pairs: one standard error is a tenth of the noise.
@pytest.mark.parametrize("noise, probability", [(20.0, (0.97 + 0.55 + 0.55) / 3), (9.0, 0.97)])
def test_the_best_member_stands_alone_only_where_it_gains_more_by_over_a_standard_error(
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


def test_the_mean_of_windows_aligns_them_with_the_leader() -> None:
    leader = candidate(window(OWN), 0)
    others = [candidate(window(OWN, 2), 1), candidate(window(OWN, 5)[::-1, ::-1].copy(), 2)]
    alignments = [align(leader.motif, other.motif) for other in [leader, *others]]
    mean = Motif("x", average_ppm([leader, *others], alignments)).trim(0.25)
    assert np.allclose(mean.ppm, leader.motif.ppm)

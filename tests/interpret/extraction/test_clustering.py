import numpy as np
import pytest

from demo.interpret.extraction.clustering import cluster_motifs
from demo.motifs import Motif
from demo.sequences import encode


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

import numpy as np
import pytest
from numpy.typing import NDArray

from demo.interpret.extraction.class_motif import RankedCandidate
from demo.interpret.extraction.distinct_motifs import Distinction, distinct_motifs
from demo.interpret.extraction.separation import validation_separation
from demo.interpret.extraction.sharpness import average_ppm
from demo.interpret.extraction.window_optimisation import WindowCandidate
from demo.motifs import Motif
from demo.motifs.alignment import align
from demo.sequences import encode
from demo.utils.errors import DemoError

OWN, PARTNER = "TGACTCATT", "GGCCAAGGC"


def bound(count: int, seed: int = 1) -> NDArray[np.uint8]:
    """(count, 60) random sequences, of ten: six with OWN, one with OWN and PARTNER, two with PARTNER, one with none."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (count, 60)).astype(np.uint8)
    for i, row in enumerate(codes):
        if i % 10 < 7:
            row[5:14] = encode([OWN])[0]
        if i % 10 in (6, 7, 8):
            row[30:39] = encode([PARTNER])[0]
    return codes


def window(site: str, before: int = 4, sharpness: float = 0.95, width: int = 16) -> NDArray[np.float64]:
    ppm = np.full((width, 4), 0.25)
    ppm[before : before + len(site)] = (1 - sharpness) / 3
    ppm[np.arange(before, before + len(site)), encode([site])[0]] = sharpness
    return ppm


def candidate(ppm: NDArray[np.float64], start: int, network: int = 0) -> RankedCandidate:
    motif = Motif("x", ppm)
    cut = int(np.flatnonzero(motif.information_content >= 0.25)[0])
    motif = motif.trim(0.25)
    separation = validation_separation(motif, bound(400))
    return RankedCandidate(motif, separation, WindowCandidate(ppm, start, 1.0, 5.0), cut, network)


def ranked(*candidates: RankedCandidate) -> list[RankedCandidate]:
    return sorted(candidates, key=lambda one: -one.separation.information)


def candidates() -> list[RankedCandidate]:
    return ranked(
        candidate(window(OWN), 0),
        candidate(window(OWN, 2, 0.8), 1),
        candidate(window(OWN)[::-1, ::-1].copy(), 0, network=1),
        candidate(window(OWN[:5]), 2),
        candidate(window(PARTNER), 3),
        candidate(window("ACGTTTACG"), 4),
    )


def test_own_and_partner_are_found_and_neither_half_site_nor_what_is_not_there() -> None:
    own, partner = distinct_motifs(candidates(), 10, bound(400), "TOY_class_motif")
    assert (own.motif.name, partner.motif.name) == ("TOY_class_motif", "TOY_class_motif_2")
    assert OWN in (own.motif.consensus, own.motif.reverse_complement().consensus)
    assert PARTNER in (partner.motif.consensus, partner.motif.reverse_complement().consensus)
    assert own.support.gain > partner.support.gain > 3 * partner.support.gain_error > 0
    assert own.support.gain == pytest.approx(own.separation.information)


def test_support_counts_starts_networks_and_sites() -> None:
    own, partner = distinct_motifs(candidates(), 10, bound(400), "TOY")
    assert (own.support.starts, own.support.all_starts, own.support.networks) == (3, 10, 2)
    assert (partner.support.starts, partner.support.networks) == (1, 1)
    assert own.support.positives_with_site == pytest.approx(0.7, abs=0.03)
    assert own.support.shuffles_with_site < 0.05
    # OWN begins at 5 of 52 places, PARTNER at 30.
    assert own.support.centrality.sites == round(400 * own.support.positives_with_site)
    assert own.support.centrality.p_value > 0.1 > 1e-20 > partner.support.centrality.p_value
    # Three starts of ten are all left out of few resamples, one start of ten of every third.
    assert own.support.stability > 0.9 and 0.4 < partner.support.stability < 0.85


def test_the_sharpness_is_what_validation_data_want() -> None:
    """Sites here have no variation: a flat optimum of them is to come out sharper, and a sharp one is not."""
    (flat,) = distinct_motifs([candidate(window(OWN, sharpness=0.6), 0)], 1, bound(400), "x")
    assert flat.motif.ppm.max() > 0.7
    random = np.random.default_rng(0)
    blurred = bound(400)
    blurred[random.random(blurred.shape) < 0.25] = 0
    (honest,) = distinct_motifs([candidate(window(OWN, sharpness=0.999), 0)], 1, blurred, "x")
    assert honest.motif.ppm.max() < 0.995


def test_a_site_in_every_positive_is_a_motif() -> None:
    everywhere = bound(400)
    everywhere[:, 5:14] = encode([OWN])[0]
    (own,) = distinct_motifs([candidate(window(OWN), 0)], 1, everywhere, "x")
    assert own.separation.occurrence == 1 and own.support.positives_with_site == 1
    assert own.support.shuffles_with_site < 0.05


def test_nothing_is_chosen_where_nothing_separates() -> None:
    random = np.random.default_rng(3).integers(0, 4, (400, 60)).astype(np.uint8)
    assert distinct_motifs(candidates(), 10, random, "x") == []
    assert distinct_motifs([], 10, random, "x") == []


def test_the_most_that_are_wanted() -> None:
    assert len(distinct_motifs(candidates(), 10, bound(400), "x", Distinction(most=1))) == 1


def test_the_mean_of_windows_turns_and_shifts_them_onto_the_leader() -> None:
    leader = candidate(window(OWN), 0)
    others = [candidate(window(OWN, 2), 1), candidate(window(OWN, 5)[::-1, ::-1].copy(), 2)]
    alignments = [align(leader.motif, other.motif) for other in [leader, *others]]
    mean = Motif("x", average_ppm([leader, *others], alignments)).trim(0.25)
    assert np.allclose(mean.ppm, leader.motif.ppm)


@pytest.mark.parametrize("setting, value", [("similarity", 2), ("most", 0), ("least_gain", 3), ("resamples", 0)])
def test_settings_out_of_range(setting: str, value: object) -> None:
    with pytest.raises(DemoError, match=rf"\.{setting} is "):
        Distinction(**{setting: value})  # type: ignore[arg-type]

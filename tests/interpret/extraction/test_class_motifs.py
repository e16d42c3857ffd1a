import numpy as np
import pytest
from numpy.typing import NDArray
from torch import nn

from demo.interpret.extraction.candidates import RankedCandidate, cluster_motifs
from demo.interpret.extraction.class_motifs import Distinction, distinct_motifs
from demo.interpret.extraction.evidence import Support, validation_separation
from demo.interpret.extraction.windows import WindowCandidate
from demo.motifs import Motif
from demo.sequences import encode
from demo.utils.errors import DemoError
from interpret.extraction.known_network import given

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


def chosen(
    optima: list[RankedCandidate],
    validation: NDArray[np.uint8] | None = None,
    all_starts: int = 10,
    settings: Distinction | None = None,
) -> list[tuple[Motif, Support]]:
    source = given(nn.Identity(), bound(1), bound(400) if validation is None else validation)
    settings = settings or Distinction()
    clusters = cluster_motifs([optimum.motif for optimum in optima], settings.similarity)
    return distinct_motifs(optima, clusters, all_starts, source, settings, seed=0)


def test_own_and_partner_are_found_and_neither_half_site_nor_what_is_not_there() -> None:
    (own, of_own), (partner, of_partner) = chosen(candidates())
    assert (own.name, partner.name) == ("TOY_class_motif", "TOY_class_motif_2")
    assert OWN in (own.consensus, own.reverse_complement().consensus)
    assert PARTNER in (partner.consensus, partner.reverse_complement().consensus)
    assert of_own.gain > of_partner.gain > 3 * of_partner.gain_error > 0
    assert of_own.gain == pytest.approx(validation_separation(own, bound(400)).information)


def test_support_counts_starts_networks_and_sites() -> None:
    (_, own), (_, partner) = chosen(candidates())
    assert (own.starts, own.all_starts, own.networks) == (3, 10, 2)
    assert (partner.starts, partner.networks) == (1, 1)
    assert own.positives_with_site == pytest.approx(0.7, abs=0.03)
    assert own.shuffles_with_site < 0.05
    # OWN begins at 5 of 52 possible starts, PARTNER at 30.
    assert own.centrality.sites == round(400 * own.positives_with_site)
    assert own.centrality.p_value > 0.1 > 1e-20 > partner.centrality.p_value
    for support in (own, partner):
        assert sum(support.profile.positives) == support.centrality.sites > sum(support.profile.shuffles)
    middle = sum(partner.profile.positives[7:14])
    assert middle > 2 * (sum(partner.profile.positives) - middle)
    # Three starts of ten are all left out of few resamples, one start of ten of every third.
    assert own.stability > 0.9 and 0.4 < partner.stability < 0.85


def test_the_sharpness_is_what_validation_data_prefer() -> None:
    """Sites here have no variation: a flat optimum of them is to come out sharper, and a sharp one is not."""
    ((flat, _),) = chosen([candidate(window(OWN, sharpness=0.6), 0)], all_starts=1)
    assert flat.ppm.max() > 0.7
    random = np.random.default_rng(0)
    blurred = bound(400)
    blurred[random.random(blurred.shape) < 0.25] = 0
    ((honest, _),) = chosen([candidate(window(OWN, sharpness=0.999), 0)], blurred, 1)
    assert honest.ppm.max() < 0.995


def test_a_site_in_every_positive_is_a_motif() -> None:
    everywhere = bound(400)
    everywhere[:, 5:14] = encode([OWN])[0]
    ((own, support),) = chosen([candidate(window(OWN), 0)], everywhere, 1)
    assert validation_separation(own, everywhere).occurrence == 1 and support.positives_with_site == 1
    assert support.shuffles_with_site < 0.05


def test_nothing_is_chosen_where_nothing_separates() -> None:
    random = np.random.default_rng(3).integers(0, 4, (400, 60)).astype(np.uint8)
    assert chosen(candidates(), random) == []
    assert chosen([], random) == []


def test_no_more_motifs_than_wanted() -> None:
    assert len(chosen(candidates(), settings=Distinction(max_motifs=1))) == 1


@pytest.mark.parametrize("setting, value", [("similarity", 2), ("max_motifs", 0), ("min_gain", 3), ("resamples", 0)])
def test_settings_out_of_range(setting: str, value: object) -> None:
    with pytest.raises(DemoError, match=rf"{setting} is "):
        Distinction(**{setting: value})  # type: ignore[arg-type]

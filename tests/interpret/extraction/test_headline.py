from dataclasses import replace

import numpy as np
import pytest
import torch

from demo.interpret.extraction.headline import Headline, Ruler, headline_motif
from demo.interpret.extraction.methods import ExtractionInput
from demo.sequences import encode
from demo.sequences.shuffle import dinucleotide_shuffle
from interpret.extraction.known_network import SITE, SiteDetector, given, holds_site, of_site, positives


class Ignorant(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0 * x.sum((1, 2)) + 0.3


@pytest.fixture(scope="module")
def of_detector() -> ExtractionInput:
    return given(SiteDetector(), positives(400), positives(200, seed=1))


@pytest.mark.parametrize("settings", [Headline(), Headline(words=0), Headline(optima=False)])
def test_the_site_is_found_from_words_as_from_optima(of_detector: ExtractionInput, settings: Headline) -> None:
    found = headline_motif(of_detector, [of_site(0.7, SITE[:6])], settings)
    assert found is not None
    motif, support = found
    assert motif.name == "TOY_headline_motif" and 300 < motif.nsites < 400
    # Its core is nearly a palindrome, whose sites can be read on either strand.
    assert holds_site(motif.consensus, motif.reverse_complement().consensus) or motif.consensus == "TGASTCA"
    assert support.starts >= 1 and support.positives_with_site > 0.8 > 0.1 > support.shuffles_with_site
    assert support.stability > 0.9 and support.gain > 0.5


def test_a_network_that_knows_nothing_has_none_although_the_labels_do(of_detector: ExtractionInput) -> None:
    ignorant = replace(of_detector, networks=[Ignorant()])
    assert headline_motif(ignorant, [of_site(0.7)], Headline()) is None
    assert headline_motif(ignorant, [of_site(0.7)], Headline(called_by="labels")) is not None


def test_negatives_of_the_run_take_the_place_of_shuffles(of_detector: ExtractionInput) -> None:
    """What negatives hold, too, tells nothing."""
    same = replace(of_detector, training_negatives=positives(400, seed=2), validation_negatives=positives(200, seed=3))
    assert headline_motif(same, [of_site(0.7)], Headline(called_by="labels")) is None


def test_strong_peaks_weigh_more() -> None:
    site, none = positives(300, seed=4), np.random.default_rng(0).integers(0, 4, (300, 60)).astype(np.uint8)
    negatives = dinucleotide_shuffle(none, 0)
    strong, weak = Ruler(np.concatenate([site, none]), negatives), Ruler(np.concatenate([none, site]), negatives)
    assert strong.weights.sum() == pytest.approx(1)
    assert strong.auroc(of_site(0.9)) > 0.8 > weak.auroc(of_site(0.9)) > 0.5
    assert strong.information(of_site(0.9)) > weak.information(of_site(0.9))


def test_a_palindrome_is_made_symmetric() -> None:
    codes = np.random.default_rng(1).integers(0, 4, (700, 60)).astype(np.uint8)
    codes[::2, 25:35] = encode(["CACGATCGTG"])[0]
    found = headline_motif(given(Ignorant(), codes[:400], codes[400:]), [], Headline(called_by="labels"))
    assert found is not None and np.allclose(found[0].ppm, found[0].reverse_complement().ppm)

"""How well a motif alone tells bound sequences from their shuffles: what motifs are chosen by.

The score of a sequence is its average odds over all sites of both strands, the AMA score of Buske et al.
(Bioinformatics 26:860, 2010). It is also the likelihood ratio of "one site somewhere" to "no site"; with a part ``q``
of the positives holding a site (ZOOPS, Bailey & Elkan 1995), that ratio is ``1 - q + q * average odds``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.errors import DemoError
from demo.motifs.motif import Motif
from demo.sequences.alphabet import check_codes
from demo.sequences.shuffle import dinucleotide_shuffle

_VALIDATION_SEQUENCES = 600  # enough to tell motifs 0.02 apart in AUROC, and 200 of them still take seconds only
_OCCURRENCES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


LEAST_INFORMATION = 0.01
"""Bits per validation sequence below which a motif does not tell positives from shuffles. Networks that know nothing
have optima too, and some of these are like a matrix of JASPAR (docs/controls.md)."""


class Separation(NamedTuple):
    """How well average odds separate positives from negatives.

    Attributes:
        auroc: area under the ROC curve, 0 to 1; blind to how sharp the motif is.
        information: bits per sequence that the motif tells about the label, ``1 + mean log2 P(label)`` with
            ``P(positive) = r / (1 + r)`` and r the likelihood ratio of the site model. At most 1; below 0 when the
            motif is worse than nothing. A proper score: a motif that is too sharp or too flat loses by it.
        occurrence: the part of the positives with a site that fits best, 0 to 1.
    """

    auroc: float
    information: float
    occurrence: float

    @property
    def tells_apart(self) -> bool:
        """Whether the motif tells anything about the label."""
        return self.information >= LEAST_INFORMATION


def site_odds(motif: Motif, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Odds of the motif against its background at every site.

    Args:
        motif: of width W.
        codes: (N, L) ``uint8``, values 0-4, L at least W.

    Returns:
        (N, 2, L - W + 1): the strand given, and the other one at the same place; 0 where the site holds an N.

    Raises:
        DemoError: sequences shorter than the motif, or no codes.
    """
    check_codes(codes)
    sites = codes.shape[1] - motif.width + 1
    if sites < 1:
        raise DemoError(f"Motif {motif.name} has {motif.width} positions, the sequences {codes.shape[1]}.")
    odds = np.ones((len(codes), 2, sites))
    for strand, oriented in enumerate((motif, motif.reverse_complement())):
        table = np.zeros((motif.width, 5))
        table[:, :4] = 2.0 ** oriented.log_odds()
        for position, row in enumerate(table):
            odds[:, strand] *= row[codes[:, position : position + sites]]
    return odds


def average_odds(motif: Motif, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(N,) mean of :func:`site_odds` over strands and places."""
    return site_odds(motif, codes).mean((1, 2))


def separation(motif: Motif, positives: NDArray[np.uint8], negatives: NDArray[np.uint8]) -> Separation:
    """How well ``motif`` separates (N, L) ``positives`` from (M, L) ``negatives``, both weighing the same.

    Raises:
        DemoError: sequences shorter than the motif, or none.
    """
    from sklearn.metrics import roc_auc_score

    if not (len(positives) and len(negatives)):
        raise DemoError("Separation needs positive and negative sequences.")
    bound, unbound = average_odds(motif, positives), average_odds(motif, negatives)
    labels = np.repeat([1, 0], [len(bound), len(unbound)])
    auroc = float(roc_auc_score(labels, np.concatenate([bound, unbound])))
    information, occurrence = max((_information(bound, unbound, q), q) for q in _OCCURRENCES)
    return Separation(auroc, information, occurrence)


def validation_separation(motif: Motif, positives: NDArray[np.uint8], seed: int = 0) -> Separation:
    """How well ``motif`` separates the first 600 of (N, L) validation ``positives`` from their shuffles.

    The shuffles depend on ``seed`` alone, so that motifs can be compared.

    Raises:
        DemoError: sequences shorter than the motif, or none.
    """
    positives = positives[:_VALIDATION_SEQUENCES]
    return separation(motif, positives, dinucleotide_shuffle(positives, seed))


def _information(bound: NDArray[np.float64], unbound: NDArray[np.float64], occurrence: float) -> float:
    # A sequence full of N has odds 0, of which the logarithm must stay finite.
    ratio = [np.log(np.maximum(1 - occurrence + occurrence * odds, 1e-300)) for odds in (bound, unbound)]
    loss = np.logaddexp(0, -ratio[0]).mean() + np.logaddexp(0, ratio[1]).mean()
    return float(1 - loss / (2 * np.log(2)))

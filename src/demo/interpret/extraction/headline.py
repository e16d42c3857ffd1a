"""The headline motif: the one of a run that is shown first.

Every candidate is counted before anything is chosen: windows that the network scores highest, its optima of equation 1,
and words that bound sequences hold more often than unbound ones all become base counts of sites (``counting.py``). What
is bound is for the network to say: training positives and negatives count by the probability that it gives them. So
weak peaks without a site count little, and a network that knows nothing has nothing to count. Of these motifs, the one
is chosen that tells most validation positives from negatives, with more weight for strong peaks: weak ones hold
more of what all experiments share, such as CTCF's sites and promoters. Its sharpness is that of the counts, so that the
area under the ROC curve can choose: it asks how many peaks hold the motif, where bits also ask how rare it is
elsewhere, by which a few copies of a repeat win. Flanks are cut, and palindromes made symmetric, as far as validation
data do not object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.interpret.extraction.candidates import MIN_BITS, cluster_motifs
from demo.interpret.extraction.counting import Sample, count_sites, enriched_words, ppm_of_word
from demo.interpret.extraction.evidence import (
    MIN_INFORMATION,
    Evidence,
    Support,
    average_odds,
    bits,
    is_above_zero,
    likelihood_ratio,
    share_below,
)
from demo.interpret.extraction.methods import ExtractionInput
from demo.motifs.alignment import align
from demo.motifs.motif import UNIFORM, Motif
from demo.networks.inference import Rounded, frozen, logits_of
from demo.utils.checks import choice, whole

_WORDS = 65_536  # that are counted at most: of up to 8 bp, or 3 amino acids
_WORD_WIDTHS = 3
_QUICK_ROUNDS, _QUICK_SEQUENCES = 4, 2000
_VARIANT = 0.75  # similarity from which two motifs are of one site, as of class motifs
_SAME = 0.9  # similarity from which two counted motifs are one
_FLANKS = (0.6, 0.4, 0.25, 0.1)  # bits below which flanks are cut, shortest motif first
_STRONG = 50  # ranks: peaks of rank r weigh 1 / (r + 50), so that beyond these each doubling of rank weighs the same
_STANDARD_ERRORS = 3.0  # as of class motifs
_NONE = np.zeros(1)


@dataclass(frozen=True)
class Headline:
    """How the headline motif is found.

    Args:
        called_by: what says whether a training sequence is bound: ``network``, its probability, or ``labels``.
        words: enriched words of each of 6, 7 and 8 bp that are candidates (1, 2 and 3 amino acids); 0 for none.
        optima: whether the optima of the network are candidates.
        sequences: training positives in which sites are counted, the strongest, and as many negatives; at least 1.
        rounds: of finding sites and counting them, at least 1.
        width: bp in which sites are counted, at least 4; flanks without information are cut again.
        finalists: candidates that are counted in all sequences; at least 1.
        resamples: bootstrap samples behind the stability, at least 1.
        seed: of the negatives, where a run has shuffles, and of the bootstrap.

    Raises:
        DemoError: a value is out of its range.
    """

    called_by: str = "network"
    words: int = 8
    optima: bool = True
    sequences: int = 3000
    rounds: int = 8
    width: int = 18
    finalists: int = 8
    resamples: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        choice("called_by", self.called_by, ["network", "labels"])
        whole("words", self.words, 0, 1_000)
        whole("sequences", self.sequences, 1, 10_000_000)
        whole("rounds", self.rounds, 1, 1_000)
        whole("width", self.width, 4, 1_000)
        whole("finalists", self.finalists, 1, 1_000)
        whole("resamples", self.resamples, 1, 100_000)
        whole("seed", self.seed, 0)


class Ruler:
    """How well motifs tell validation positives from negatives, with more weight for strong peaks.

    Args:
        positives: (N, L) ``uint8``, values 0-4, the strongest first.
        negatives: (M, L).

    Attributes:
        weights: (N,) of the positives; they sum to 1.
    """

    def __init__(self, positives: NDArray[np.uint8], negatives: NDArray[np.uint8]) -> None:
        self.positives, self.negatives = positives, negatives
        weights = 1 / (np.arange(len(positives)) + _STRONG)
        self.weights = weights / weights.sum()

    def wins(self, motif: Motif) -> NDArray[np.float64]:
        """(N,) fraction of the negatives that each positive is above, by average odds. The weighted mean is an area
        under the ROC curve."""
        return share_below(average_odds(motif, self.positives), average_odds(motif, self.negatives))

    def auroc(self, motif: Motif) -> float:
        """The weighted mean of ``wins``, 0 to 1."""
        return float(self.weights @ self.wins(motif))

    def information(self, motif: Motif) -> float:
        """Bits per sequence about the labels, as of ``Separation``, with these weights of the positives."""
        bound, unbound = self._bits(motif)
        return float(self.weights @ bound + unbound.mean()) / 2

    def tells_more(self, best: Motif, motif: Motif) -> bool:
        """Whether ``best`` tells more bits than ``motif``, by over a standard error of the difference."""
        bound, unbound = (a - b for a, b in zip(self._bits(best), self._bits(motif), strict=True))
        return self.is_above_zero(bound, unbound)

    def is_above_zero(self, of_positives: NDArray[np.float64], of_negatives: NDArray[np.float64] = _NONE) -> bool:
        """Whether the weighted mean of (N,) values, and that of (M,) values of negatives, exceed 0 in sum by over a
        standard error."""
        mean, others = self.weights @ of_positives, of_negatives.mean()
        variance = np.square(self.weights) @ np.square(of_positives - mean) + of_negatives.var() / len(of_negatives)
        return bool(mean + others > np.sqrt(variance))

    def _bits(self, motif: Motif) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(N,) and (M,) bits about the label of each positive and negative, with the occurrence that fits best."""
        ratios = (likelihood_ratio(average_odds(motif, codes)) for codes in (self.positives, self.negatives))
        bound, unbound = bits(*ratios)
        best = int((bound @ self.weights + unbound.mean(axis=1)).argmax())
        return bound[best], unbound[best]


def headline_motif(given: ExtractionInput, optima: Sequence[Motif], settings: Headline) -> tuple[Motif, Support] | None:
    """Count, compare and choose.

    Args:
        given: sites are counted in training positives, the strongest first in their order; validation data choose.
        optima: of the networks.
        settings: how.

    Returns:
        ``<prefix>_headline_motif``, whose ``nsites`` are those it was counted from, and what speaks for it: ``starts``
        are the candidates that led to it. ``None`` if no candidate tells validation positives from negatives.
    """
    sample = _sample(given, settings)
    ruler = Ruler(given.validation_positives, given.negatives_of_validation(settings.seed))
    starts = list(_starts(sample, optima if settings.optima else (), settings))
    name = f"{given.prefix}_headline_motif"

    few = sample.thinned(_QUICK_SEQUENCES)
    quick = [_counted(name, ppm, few, _QUICK_ROUNDS) for ppm in starts]
    ranked = sorted((motif for motif in quick if _has_site(motif)), key=lambda motif: -ruler.auroc(_cut(motif)))
    clusters = cluster_motifs([_cut(motif) for motif in ranked], _SAME)[: settings.finalists]
    counted = [_counted(name, ranked[c.leader].ppm, sample, settings.rounds) for c in clusters]
    finalists = [_finished(motif, ruler, sample, settings.rounds) for motif in counted if _has_site(motif)]
    if not finalists:
        return None
    wins = np.stack([ruler.wins(motif) for motif in finalists])
    most = int((wins @ ruler.weights).argmax())
    # Of variants of one site whose areas hardly differ, some are sharper, or wider: bits can tell.
    as_good = [
        index
        for index, motif in enumerate(finalists)
        if align(finalists[most], motif).similarity >= _VARIANT and not ruler.is_above_zero(wins[most] - wins[index])
    ]
    best = max(as_good, key=lambda index: ruler.information(finalists[index]))
    support = _support(finalists, wins, best, ranked, len(starts), ruler, len(given.networks), settings)
    return (finalists[best], support) if support else None


def _sample(given: ExtractionInput, settings: Headline) -> Sample:
    positives = given.training_positives[: settings.sequences]
    negatives = given.negatives_of_training(positives, settings.seed)[: settings.sequences]
    codes = np.concatenate([positives, negatives])
    if settings.called_by == "labels":
        return Sample(codes, np.repeat([1.0, 0.0], [len(positives), len(negatives)]), given.alphabet)
    network = Rounded(given.network)
    with frozen(network):
        logits = logits_of(network, codes)
    # Short of 0 and 1: of networks that are sure of everything, too, something has to count as unbound.
    return Sample(codes, np.clip(1 / (1 + np.exp(-logits)), 1e-3, 1 - 1e-3), given.alphabet)


def _starts(sample: Sample, optima: Sequence[Motif], settings: Headline) -> Iterator[NDArray[np.float64]]:
    """(W, letters) of each candidate, with flat flanks up to the settings' width."""
    width, size = min(settings.width, sample.codes.shape[1]), sample.alphabet.size
    longest = next(w for w in range(16, 0, -1) if size**w <= _WORDS)
    for word_width in range(max(longest - _WORD_WIDTHS, 0) + 1, longest + 1):
        for word in enriched_words(sample, word_width, settings.words) if width >= word_width else ():
            yield ppm_of_word(word, width, size)
    for motif in optima:
        missing = max(width - motif.width, 0)
        yield np.pad(motif.ppm, ((missing // 2, missing - missing // 2), (0, 0)), constant_values=1 / size)


def _counted(name: str, ppm: NDArray[np.float64], sample: Sample, rounds: int, palindrome: bool = False) -> Motif:
    counted, sites = count_sites(ppm, sample, rounds, palindrome)
    return Motif(name, counted, nsites=max(sites, 1.0), alphabet=sample.alphabet)


def _has_site(motif: Motif) -> bool:
    return motif.information_content.max() >= _FLANKS[0] and _cut(motif).total_information >= MIN_BITS


def _cut(motif: Motif) -> Motif:
    return motif.trim(_FLANKS[2])


def _finished(motif: Motif, ruler: Ruler, sample: Sample, rounds: int) -> Motif:
    """With the flanks that tell most bits about validation labels; symmetric if that tells hardly less."""
    options = [motif.trim(bits) for bits in _FLANKS if motif.information_content.max() >= bits]
    best = max(options, key=ruler.information)
    centred = _palindrome(_cut(motif))
    if centred is None:
        return best
    symmetric = _counted(motif.name, centred.ppm, sample, rounds, palindrome=True)
    return best if not _has_site(symmetric) or ruler.tells_more(best, symmetric) else symmetric


def _palindrome(motif: Motif) -> Motif | None:
    """The widest window of a motif that is its own reverse complement, nearly; ``None`` if that is not most of it."""
    if motif.alphabet.complement is None:
        return None
    for width in range(motif.width, max(motif.width // 2, 4) - 1, -1):
        for start in range(motif.width - width + 1):
            window = motif.window(start, width)
            a, b = window.ppm - UNIFORM, window.reverse_complement().ppm - UNIFORM
            if (a * b).sum() >= _SAME * np.square(a).sum():
                return window if window.total_information >= 0.8 * motif.total_information else None
    return None


def _support(
    finalists: Sequence[Motif],
    wins: NDArray[np.float64],
    best: int,
    ranked: Sequence[Motif],
    candidates: int,
    ruler: Ruler,
    networks: int,
    settings: Headline,
) -> Support | None:
    """What speaks for a motif; ``None`` if it does not tell validation positives from negatives."""
    motif = finalists[best]
    pairs = min(len(ruler.positives), len(ruler.negatives))
    evidence = Evidence(ruler.positives[:pairs], ruler.negatives[:pairs])
    gain, occurrence = evidence.gains(motif)
    sites = evidence.sites(motif, occurrence)
    if gain.mean() < MIN_INFORMATION or not is_above_zero(sites.excess, _STANDARD_ERRORS):
        return None
    likeness = np.array([align(motif, other).similarity for other in finalists])
    random = np.random.default_rng(settings.seed)
    drawn = random.integers(len(ruler.positives), size=(settings.resamples, len(ruler.positives)))
    weights = ruler.weights[drawn]
    chosen = np.stack([(wins[:, rows] * w).sum(axis=1) / w.sum() for rows, w in zip(drawn, weights, strict=True)])
    return Support.of(
        gain,
        sites,
        motif.width,
        ruler.positives.shape[1],
        starts=sum(align(motif, _cut(other)).similarity >= _SAME for other in ranked),
        all_starts=candidates,
        networks=networks,
        stability=float(likeness[chosen.argmax(axis=1)].clip(min=0).mean()),
    )

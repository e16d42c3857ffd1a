"""Motifs from sites: counted in bound sequences, less what the same motif finds by chance in unbound ones.

A motif that is optimised says what its maker wants to see; one that is counted says how often each base occurs at
sites, which sets its sharpness and its flanks. Counts in bound sequences alone drift to what merely abounds there:
GC-rich surroundings, and chance matches. Unbound sequences have those as often, so their counts are taken off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from demo.motifs.motif import UNIFORM
from demo.utils.compilation import compiled

_PSEUDOCOUNT = 0.5  # sites per base: Jeffreys' prior
_FIRST_OCCURRENCE = 0.3
_SHARPNESS = 0.85  # probability of the letters of a word that sites are looked for by at first
_COMPLEMENT = np.array([3, 2, 1, 0, 4], np.uint8)


@dataclass(frozen=True, eq=False)
class Sample:
    """Sequences, and how much each counts as bound.

    Args:
        codes: (N, L) ``uint8``, values 0-4.
        bound: (N,) 1 for a bound sequence, 0 for an unbound one, or in between; neither all 1 nor all 0.

    Attributes:
        size: bound sequences, their sum.
        weights: (N,) ``bound`` as shares of ``size``, less ``1 - bound`` as shares of the rest: what is as frequent in
            bound sequences as in unbound ones adds up to 0.
    """

    codes: NDArray[np.uint8]
    bound: NDArray[np.float64]

    @cached_property
    def size(self) -> float:
        return float(self.bound.sum())

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        unbound = 1 - self.bound
        return self.bound / self.size - unbound / unbound.sum()

    def first(self, count: int) -> Sample:
        """Every n-th sequence, about ``count`` of them."""
        rows = np.linspace(0, len(self.codes) - 1, min(count, len(self.codes))).astype(int)
        return Sample(self.codes[rows], self.bound[rows])


def count_sites(
    ppm: NDArray[np.float64], sample: Sample, rounds: int, palindrome: bool = False
) -> tuple[NDArray[np.float64], float]:
    """Find the best site of each sequence and count its bases, in a few rounds; each looks for what the last counted.

    A site is weighted by the probability that its sequence holds one at all (ZOOPS, Bailey & Elkan 1995): sequences
    without one would otherwise add their best chance match, and blur the motif.

    Args:
        ppm: (W, 4) by which sites are found at first, rows that sum to 1.
        sample: of sequences of at least W bp.
        rounds: at least 1.
        palindrome: whether each site is counted on both strands.

    Returns:
        (W, 4) base frequencies, and the number of sites that they were counted from: in bound sequences, less those
        expected by chance.
    """
    occurrence, sites = _FIRST_OCCURRENCE, 0.0
    for _ in range(rounds):
        windows, present = _best_windows(ppm, sample.codes, occurrence)
        weights = sample.weights * present * sample.size
        counts = np.stack([weights @ (windows == base) for base in range(4)], axis=1).clip(min=0)
        if palindrome:
            counts = (counts + counts[::-1, ::-1]) / 2
        counts += _PSEUDOCOUNT
        ppm, sites = counts / counts.sum(axis=1, keepdims=True), float(weights.sum())
        # Short of 1, where every sequence would keep its chance match forever.
        occurrence = float(np.clip(sample.bound @ present / sample.size, 0.01, 0.95))
    return ppm, max(sites, 0.0)


def _best_windows(
    ppm: NDArray[np.float64], codes: NDArray[np.uint8], occurrence: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """(N, W) best site of each sequence, read on its strand, and the (N,) probability that it holds one."""
    width = len(ppm)
    odds = np.zeros((2, width, 5))
    odds[0, :, :4] = ppm / np.array(UNIFORM)
    odds[1, :, :4] = odds[0, ::-1, 3::-1]
    mean, best = np.empty(len(codes)), np.empty((len(codes), 2), np.int64)
    _best_sites(codes, odds, mean, best)
    windows = codes[np.arange(len(codes))[:, None], best[:, 1:] + np.arange(width)]
    windows = np.where(best[:, :1] == 1, _COMPLEMENT[windows[:, ::-1]], windows)
    return windows, occurrence * mean / (occurrence * mean + 1 - occurrence)


@compiled
def _best_sites(codes, odds, mean, best):  # type: ignore[no-untyped-def]
    """Mean odds (N,) of all sites of ``codes`` (N, L), and strand and start (N, 2) of the best; ``odds`` (2, W, 5)."""
    width = odds.shape[1]
    for row in range(codes.shape[0]):
        total, highest = 0.0, -1.0
        for strand in range(2):
            for start in range(codes.shape[1] - width + 1):
                product = 1.0
                for position in range(width):
                    product *= odds[strand, position, codes[row, start + position]]
                total += product
                if product > highest:
                    highest = product
                    best[row, 0], best[row, 1] = strand, start
        mean[row] = total / (2 * (codes.shape[1] - width + 1))


def enriched_words(sample: Sample, width: int, count: int) -> list[NDArray[np.uint8]]:
    """Words that more bound sequences hold than unbound ones, on either strand, and that do not resemble each other.

    Args:
        sample: of sequences.
        width: of a word in bp, 1 to 10.
        count: at most so many.

    Returns:
        (width,) codes each, the most enriched first; the score is the difference over its standard error.
    """
    there, by_chance = (_share_with(sample.codes, part, width) for part in (sample.weights, -sample.weights))
    score = (there - by_chance) / np.sqrt(there + by_chance + 1 / sample.size)
    powers = 4 ** np.arange(width - 1, -1, -1)
    chosen: list[NDArray[np.uint8]] = []
    for number in np.argsort(-score, kind="stable")[: 100 * count]:
        word = (number // powers % 4).astype(np.uint8)
        if len(chosen) == count or score[number] <= 0:
            break
        if not any(_resemble(word, other) or _resemble(word, 3 - other[::-1]) for other in chosen):
            chosen.append(word)
    return chosen


def _resemble(word: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Whether all but two letters are equal, shifted by up to two."""
    width = len(word)
    shifts = range(-2, 3)
    return any(
        (word[max(s, 0) : width + min(s, 0)] == other[max(-s, 0) : width - max(s, 0)]).sum() >= width - 2
        for s in shifts
    )


def _share_with(codes: NDArray[np.uint8], weights: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """(4 ** width,) weight of the sequences that hold each word on either strand, at its number or its complement's;
    those with weights below 0 do not count."""
    share = np.zeros(4**width)
    _add(codes, weights, width, np.full(4**width, -1), share)
    return share


@compiled
def _add(codes, weights, width, seen, share):  # type: ignore[no-untyped-def]
    for row in range(codes.shape[0]):
        if weights[row] <= 0:
            continue
        for start in range(codes.shape[1] - width + 1):
            forward, reverse, power = 0, 0, 1
            for position in range(width):
                code = codes[row, start + position]
                if code > 3:
                    forward = -1
                    break
                forward = 4 * forward + code
                reverse += (3 - code) * power
                power *= 4
            if forward >= 0:
                word = min(forward, reverse)
                if seen[word] != row:
                    seen[word] = row
                    share[word] += weights[row]


def ppm_of_word(word: NDArray[np.uint8], width: int) -> NDArray[np.float64]:
    """(width, 4) with the word in the middle, and flat around it."""
    ppm = np.full((width, 4), 0.25)
    first = (width - len(word)) // 2
    ppm[first : first + len(word)] = (1 - _SHARPNESS) / 3
    ppm[first + np.arange(len(word)), word] = _SHARPNESS
    return ppm

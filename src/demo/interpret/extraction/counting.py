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

from demo.interpret.extraction.scan import scan
from demo.sequences import DNA, Alphabet, reverse_complement
from demo.utils.compilation import compiled

_PSEUDOCOUNT = 0.5  # sites per base: Jeffreys' prior
_FIRST_OCCURRENCE = 0.3
_SHARPNESS = 0.85  # probability of the letters of a word that sites are looked for by at first


@dataclass(frozen=True, eq=False)
class Sample:
    """Sequences, and how much each counts as bound.

    Args:
        codes: (N, L) ``uint8``.
        alphabet: of these.
        bound: (N,) 1 for a bound sequence, 0 for an unbound one, or in between; neither all 1 nor all 0.

    Attributes:
        size: bound sequences, their sum.
        weights: (N,) ``bound`` as shares of ``size``, less ``1 - bound`` as shares of the rest: what is as frequent in
            bound sequences as in unbound ones adds up to 0.
    """

    codes: NDArray[np.uint8]
    bound: NDArray[np.float64]
    alphabet: Alphabet = DNA

    @cached_property
    def size(self) -> float:
        return float(self.bound.sum())

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        unbound = 1 - self.bound
        return self.bound / self.size - unbound / unbound.sum()

    def thinned(self, count: int) -> Sample:
        """Every n-th sequence, about ``count`` of them."""
        rows = np.linspace(0, len(self.codes) - 1, min(count, len(self.codes))).astype(int)
        return Sample(self.codes[rows], self.bound[rows], self.alphabet)


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
        palindrome: whether each site is counted on both strands; of alphabets with a complement.

    Returns:
        (W, 4) base frequencies, and the number of sites that they were counted from: in bound sequences, less those
        expected by chance.
    """
    occurrence, sites = _FIRST_OCCURRENCE, 0.0
    for _ in range(rounds):
        windows, present = _best_windows(ppm, sample.codes, occurrence, sample.alphabet)
        weights = sample.weights * present * sample.size
        counts = np.stack([weights @ (windows == base) for base in range(sample.alphabet.size)], axis=1).clip(min=0)
        if palindrome:
            counts = (counts + counts[::-1, ::-1]) / 2
        counts += _PSEUDOCOUNT
        ppm, sites = counts / counts.sum(axis=1, keepdims=True), float(weights.sum())
        # Short of 1, where every sequence would keep its chance match forever.
        occurrence = float(np.clip(sample.bound @ present / sample.size, 0.01, 0.95))
    return ppm, max(sites, 0.0)


def _best_windows(
    ppm: NDArray[np.float64], codes: NDArray[np.uint8], occurrence: float, alphabet: Alphabet
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """(N, W) best site of each sequence, read on its strand, and the (N,) probability that it holds one."""
    mean, strand, start = scan(codes, ppm * alphabet.size, alphabet)
    windows = codes[np.arange(len(codes))[:, None], start[:, None] + np.arange(len(ppm))]
    if alphabet.complement is not None:
        windows = np.where(strand[:, None] == 1, reverse_complement(windows, alphabet), windows)
    return windows, occurrence * mean / (occurrence * mean + 1 - occurrence)


def enriched_words(sample: Sample, width: int, count: int) -> list[NDArray[np.uint8]]:
    """Words that more bound sequences hold than unbound ones, on either strand, and that do not resemble each other.

    Args:
        sample: of sequences.
        width: of a word, at least 1; there are ``letters ** width`` words to be counted.
        count: at most so many.

    Returns:
        (width,) codes each, the most enriched first; the score is the difference over its standard error.
    """
    size, two_strands = sample.alphabet.size, sample.alphabet.complement is not None
    there, by_chance = np.zeros((2, size**width))
    for weights, share in ((sample.weights, there), (-sample.weights, by_chance)):
        _add(sample.codes, weights, width, size, two_strands, np.full(size**width, -1), share)
    score = (there - by_chance) / np.sqrt(there + by_chance + 1 / sample.size)
    powers = size ** np.arange(width - 1, -1, -1)
    chosen: list[NDArray[np.uint8]] = []
    for number in np.argsort(-score, kind="stable")[: 100 * count]:
        word = (number // powers % size).astype(np.uint8)
        if len(chosen) == count or score[number] <= 0:
            break
        others = [reverse_complement(word[None], sample.alphabet)[0]] if two_strands else []
        if not any(_resemble(each, other) for other in chosen for each in (word, *others)):
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


@compiled
def _add(codes, weights, width, size, two_strands, seen, share):  # type: ignore[no-untyped-def]
    """Add up the weights, above 0, of the sequences that hold each word, at its number or its complement's: of letters
    that are in order, as ACGT is, ``size - 1 - code`` is the code of the complement."""
    for row in range(codes.shape[0]):
        if weights[row] <= 0:
            continue
        for start in range(codes.shape[1] - width + 1):
            forward, reverse, power = 0, 0, 1
            for position in range(width):
                code = codes[row, start + position]
                if code >= size:
                    forward = -1
                    break
                forward = size * forward + code
                reverse += (size - 1 - code) * power
                power *= size
            if forward >= 0:
                word = min(forward, reverse) if two_strands else forward
                if seen[word] != row:
                    seen[word] = row
                    share[word] += weights[row]


def ppm_of_word(word: NDArray[np.uint8], width: int, size: int = 4) -> NDArray[np.float64]:
    """(width, letters) with the word in the middle, and flat around it; of an alphabet of ``size`` letters."""
    ppm = np.full((width, size), 1 / size)
    first = (width - len(word)) // 2
    ppm[first : first + len(word)] = (1 - _SHARPNESS) / (size - 1)
    ppm[first + np.arange(len(word)), word] = _SHARPNESS
    return ppm

"""The odds of a motif at every site of every sequence: their mean, and the best site."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.sequences import Alphabet
from demo.utils.compilation import compiled

_WORDS = 256  # whose odds are kept in a table: its part for one word of DNA, 3 bp, stays in the first-level cache


class Scan(NamedTuple):
    """Of N sequences.

    Attributes:
        mean: (N,) odds over all sites of both strands, or of the only one; sites with an unknown letter have 0.
        strand: (N,) of the best site, 1 for the reverse complement; the first of ties.
        start: (N,) where it begins, from 0.
    """

    mean: NDArray[np.float64]
    strand: NDArray[np.int64]
    start: NDArray[np.int64]


def scan(codes: NDArray[np.uint8], odds: NDArray[np.float64], alphabet: Alphabet) -> Scan:
    """Read every site.

    Args:
        codes: (N, L) ``uint8``, values 0 to the size of the alphabet.
        odds: (W, A) of each letter at each position, W at most L; products of these are the odds of a site.
        alphabet: of A letters; of two strands if it has a complement.
    """
    known = np.zeros((len(odds), alphabet.size + 1))
    known[:, :-1] = odds
    strands = [known] if alphabet.complement is None else [known, known[::-1, alphabet.complement_codes]]
    letters = next(n for n in (3, 2, 1) if n == 1 or (alphabet.size + 1) ** n <= _WORDS)
    # In one layout, for which the loop is compiled once.
    tables = np.ascontiguousarray(np.stack([_of_words(strand, letters) for strand in strands]))
    mean, best = np.empty(len(codes)), np.empty((2, len(codes)), np.int64)
    _read(np.ascontiguousarray(codes), tables, len(odds), letters, alphabet.size + 1, mean, *best)
    return Scan(mean, *best)


def _of_words(odds: NDArray[np.float64], letters: int) -> NDArray[np.float64]:
    """(W / letters, (A + 1) ** letters) products of the (W, A + 1) odds of every word, one after the other; the last
    word is filled with positions at which any letter will do."""
    filled = np.concatenate([odds, np.ones((-len(odds) % letters, odds.shape[1]))])
    odds = filled.reshape(-1, letters, odds.shape[1])
    words = odds[:, 0]
    for position in range(1, letters):
        words = (words[:, :, None] * odds[:, position, None, :]).reshape(len(odds), -1)
    return words


@compiled
def _read(codes, tables, width, letters, base, mean, strand_of_best, start_of_best):  # type: ignore[no-untyped-def]
    strands, parts = tables.shape[0], tables.shape[1]
    length, sites = codes.shape[1], codes.shape[1] - width + 1
    # Bytes, and one letter after the other: loops over all sites that become vector instructions.
    padded, words = np.zeros((2, length + letters), np.uint8)
    products = np.empty(sites)
    for row in range(codes.shape[0]):
        for start in range(length):
            padded[start] = words[start] = codes[row, start]
        for position in range(1, letters):
            for start in range(length):
                words[start] = words[start] * base + padded[start + position]
        total, highest = 0.0, -1.0
        for strand in range(strands):
            # One part of the motif after the other, at all sites: several times as fast as one site after the other.
            for start in range(sites):
                products[start] = tables[strand, 0, words[start]]
            for part in range(1, parts):
                for start in range(sites):
                    products[start] *= tables[strand, part, words[start + part * letters]]
            for start in range(sites):
                total += products[start]
                if products[start] > highest:
                    highest = products[start]
                    strand_of_best[row], start_of_best[row] = strand, start
        mean[row] = total / (strands * sites)

"""Average motif affinity: how well a motif fits a whole sequence (Buske, Boden, Bauer & Bailey, 2010).

The score is the likelihood ratio of motif and background, averaged over every window of both strands, like
``avg-odds`` of MEME's AMA; written from its description.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.motifs.motif import Motif, checked_background
from demo.sequences.alphabet import encode

_PSEUDOCOUNT = 0.01  # sites
_BACKGROUND_FLOOR = 5e-7
_WORD = 4
_BLOCK = 20_000  # bp at a time, so that the arrays of a block stay in the CPU's cache


def ama(
    motif: Motif, sequences: Sequence[str] | NDArray[np.uint8], background: ArrayLike | None = None
) -> NDArray[np.float64]:
    """The average odds score of each sequence, both strands.

    Args:
        motif: W positions.
        sequences: N strings of any lengths, in any case; or codes or one-hot arrays, as ``demo.encode`` takes them.
            Windows with any other IUPAC letter are skipped.
        background: (4,) base probabilities; the motif's own if None. May differ between complements: the minus strand
            uses the same odds on the reverse complement.

    Returns:
        (N,) scores, 0 or more, over many orders of magnitude; 0 for sequences without a window of A C G T.

    Raises:
        DemoError: for letters outside IUPAC's, invalid codes, or an invalid background.
    """
    codes = _codes(sequences)
    odds = _odds(motif, background)
    rows = max(1, _BLOCK // max(codes.shape[1], 1))
    blocks = [_mean_odds(codes[i : i + rows], odds) for i in range(0, len(codes), rows)]
    return np.concatenate(blocks) if blocks else np.zeros(0)


def _codes(sequences: Sequence[str] | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, L) codes; shorter strings are padded with N, which only adds skipped windows."""
    if isinstance(sequences, np.ndarray):
        return encode(sequences)
    length = max((len(sequence) for sequence in sequences), default=0)
    return encode([sequence.ljust(length, "N") for sequence in sequences])


def _odds(motif: Motif, background: ArrayLike | None) -> NDArray[np.float64]:
    """(W, 5) probability over background; 0 for N."""
    # MEME floors and normalises the background of a motif file twice, and any other once.
    b = _floored(motif.background) if background is None else checked_background(background)
    b = _floored(b)
    smoothed = (motif.ppm * motif.nsites + _PSEUDOCOUNT * b) / (motif.nsites + _PSEUDOCOUNT)
    return np.pad(smoothed / b, ((0, 0), (0, 1)))


def _floored(background: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = background + _BACKGROUND_FLOOR
    return raised / raised.sum()


def _mean_odds(codes: NDArray[np.uint8], odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score (n, L) codes. Odds are multiplied one word of 4 bp at a time, with a lookup table of all words."""
    width = len(odds)
    windows = codes.shape[1] - width + 1
    if windows < 1:
        return np.zeros(len(codes))
    minus = odds[::-1, [3, 2, 1, 0, 4]]
    words = {length: _words(codes, length) for length in {min(_WORD, width), width % _WORD} - {0}}
    totals = np.zeros(len(codes))
    for strand in (odds, minus):
        products = np.ones((len(codes), windows))
        for start in range(0, width, _WORD):
            part = strand[start : start + _WORD]
            products *= _word_odds(part).take(words[len(part)][:, start : start + windows])
        totals += products.sum(axis=1)
    known = (codes < 4).astype(np.int64)
    runs = np.pad(known.cumsum(axis=1), ((0, 0), (1, 0)))
    valid = (runs[:, width:] - runs[:, :-width] == width).sum(axis=1)
    return totals / np.maximum(2 * valid, 1)


def _words(codes: NDArray[np.uint8], length: int) -> NDArray[np.intp]:
    """(n, L - length + 1) number of the word that begins at each position, in base 5."""
    count = codes.shape[1] - length + 1
    words = np.zeros((len(codes), count), dtype=np.intp)
    for i in range(length):
        words = words * 5 + codes[:, i : i + count]
    return words


def _word_odds(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """(5**W,) product of the odds (W, 5) for every word of W letters."""
    table = np.ones(1)
    for row in odds:
        table = np.multiply.outer(table, row).ravel()
    return table

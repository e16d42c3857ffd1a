"""How well a motif fits a whole sequence: on average over its windows, and in the best one.

Average motif affinity (Buske, Boden, Bauer & Bailey, 2010) is the likelihood ratio of motif and background, averaged
over every window of both strands, like ``avg-odds`` of MEME's AMA; written from its description. It rewards sharpness:
a motif with many impossible bases has a high mean wherever it fits at all. The best hit, the highest log odds, is what
scanners such as FIMO report. Sequences are of the motif's alphabet; without a complement they have one strand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.motifs.motif import Motif, checked_background
from demo.sequences.alphabet import Alphabet, encode

_PSEUDOCOUNT = 0.01  # sites
_BACKGROUND_FLOOR = 5e-7
_WORD = 4  # positions, of an alphabet of four letters
_BLOCK = 20_000  # bp at a time, so that the arrays of a block stay in the CPU's cache


def ama(
    motif: Motif, sequences: Sequence[str] | NDArray[np.uint8], background: ArrayLike | None = None
) -> NDArray[np.float64]:
    """The average odds score of each sequence, over both strands if it has two.

    Args:
        motif: W positions.
        sequences: N strings of any lengths, in any case; or codes or one-hot arrays, as ``demo.encode`` takes them.
            Windows with any other IUPAC letter, or an unknown position, are skipped.
        background: (4,) base probabilities, or (A,) of the motif's alphabet; the motif's own if None. May differ
            between complements: the minus strand uses the same odds on the reverse complement.

    Returns:
        (N,) scores, 0 or more, over many orders of magnitude; 0 for sequences without a window of known letters.

    Raises:
        DemoError: for letters outside IUPAC's, invalid codes, or an invalid background.
    """
    odds = _odds(motif, background)
    alphabet = motif.alphabet
    return _by_blocks(_codes(sequences, alphabet), lambda block: _mean_odds(block, odds, alphabet))


def best_hit(motif: Motif, codes: NDArray[np.uint8], background: ArrayLike | None = None) -> NDArray[np.float64]:
    """The log odds of the best window of each sequence, on either strand, as FIMO scores it.

    Args:
        motif: W positions.
        codes: (N, L) ``uint8``, A C G T = 0 1 2 3 and N = 4, or those of the motif's alphabet.
        background: (4,) base probabilities, or (A,); the motif's own if None.

    Returns:
        (N,) bits; minus infinity for sequences without a window of known letters.

    Raises:
        DemoError: for invalid codes or an invalid background.
    """
    odds = np.pad(2.0 ** motif.log_odds(background), ((0, 0), (0, 1)))

    def best(block: NDArray[np.uint8]) -> NDArray[np.float64]:
        strands = _window_odds(block, odds, motif.alphabet)
        return np.max([strand.max(axis=1, initial=0.0) for strand in strands], axis=0)

    with np.errstate(divide="ignore"):
        return np.log2(_by_blocks(_codes(codes, motif.alphabet), best))


def _by_blocks(
    codes: NDArray[np.uint8], score: Callable[[NDArray[np.uint8]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    rows = max(1, _BLOCK // max(codes.shape[1], 1))
    blocks = [score(codes[i : i + rows]) for i in range(0, len(codes), rows)]
    return np.concatenate(blocks) if blocks else np.zeros(0)


def _codes(sequences: Sequence[str] | NDArray[np.uint8], alphabet: Alphabet) -> NDArray[np.uint8]:
    """(N, L) codes; shorter strings are padded with N, which only adds skipped windows."""
    if isinstance(sequences, np.ndarray):
        return encode(sequences, alphabet=alphabet)
    length = max((len(sequence) for sequence in sequences), default=0)
    return encode([sequence.ljust(length, alphabet.unknown) for sequence in sequences], alphabet=alphabet)


def _odds(motif: Motif, background: ArrayLike | None) -> NDArray[np.float64]:
    """(W, 5) probability over background; 0 for N, the last column."""
    # MEME floors and normalises the background of a motif file twice, and any other once.
    b = _floored(motif.background) if background is None else checked_background(background, motif.alphabet)
    b = _floored(b)
    smoothed = (motif.ppm * motif.nsites + _PSEUDOCOUNT * b) / (motif.nsites + _PSEUDOCOUNT)
    return np.pad(smoothed / b, ((0, 0), (0, 1)))


def _floored(background: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = background + _BACKGROUND_FLOOR
    return raised / raised.sum()


def _mean_odds(codes: NDArray[np.uint8], odds: NDArray[np.float64], alphabet: Alphabet) -> NDArray[np.float64]:
    """Score (n, L) codes."""
    width = len(odds)
    if codes.shape[1] < width:
        return np.zeros(len(codes))
    strands = [strand.sum(axis=1) for strand in _window_odds(codes, odds, alphabet)]
    totals = np.sum(strands, axis=0)
    known = (codes < alphabet.size).astype(np.int64)
    runs = np.pad(known.cumsum(axis=1), ((0, 0), (1, 0)))
    valid = (runs[:, width:] - runs[:, :-width] == width).sum(axis=1)
    return totals / np.maximum(len(strands) * valid, 1)


def _window_odds(
    codes: NDArray[np.uint8], odds: NDArray[np.float64], alphabet: Alphabet
) -> Iterator[NDArray[np.float64]]:
    """(n, L - W + 1) odds of every window, of each strand; one word of 4 bp at a time, from a table of all words, or
    of fewer letters where they are many."""
    width = len(odds)
    windows = max(codes.shape[1] - width + 1, 0)
    word = _WORD if alphabet.size <= 4 else 2
    lengths = {min(word, width), width % word} - {0} if windows else set()
    words = {length: _words(codes, length, alphabet.size + 1) for length in lengths}
    for strand in [odds] if alphabet.complement is None else [odds, odds[::-1, alphabet.complement_codes]]:
        products = np.ones((len(codes), windows))
        for start in range(0, width if windows else 0, word):
            part = strand[start : start + word]
            products *= _word_odds(part).take(words[len(part)][:, start : start + windows])
        yield products


def _words(codes: NDArray[np.uint8], length: int, base: int) -> NDArray[np.intp]:
    """(n, L - length + 1) number of the word that begins at each position; in base 5, of DNA."""
    count = codes.shape[1] - length + 1
    words = np.zeros((len(codes), count), dtype=np.intp)
    for i in range(length):
        words = words * base + codes[:, i : i + count]
    return words


def _word_odds(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """(5**W,) product of the odds (W, 5) for every word of W letters."""
    table = np.ones(1)
    for row in odds:
        table = np.multiply.outer(table, row).ravel()
    return table

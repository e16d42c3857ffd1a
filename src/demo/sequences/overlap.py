"""Which sequences share a stretch of DNA, on either strand: exactly, by the k-mers that they have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demo.sequences.alphabet import N_CODE, check_codes
from demo.utils.checks import whole

OVERLAP = 20
"""bp in common from which two sequences overlap: 20-mers of unrelated human sequences rarely coincide."""

_NONE = np.uint64(2**64 - 1)
"""For a k-mer with an unknown base, which equals no other. 32-mers, without this one, fit below it."""


def canonical_kmers(codes: NDArray[np.uint8], k: int = OVERLAP) -> NDArray[np.uint64]:
    """The number of each k-mer, the same for its reverse complement: the smaller of the two, in base 4.

    Args:
        codes: (N, L) ``uint8``, values 0-4.
        k: bp, 1 to 31.

    Returns:
        (N, max(0, L - k + 1)); ``2**64 - 1`` for k-mers with N.

    Raises:
        DemoError: ``codes`` is not such an array, or ``k`` is out of range.
    """
    check_codes(codes)
    whole("k", k, 1, 31)
    count = max(0, codes.shape[1] - k + 1)
    forward, backward = (np.zeros((len(codes), count), np.uint64) for _ in range(2))
    unknown = np.zeros((len(codes), count), bool)
    for i in range(k):
        first, last = codes[:, i : i + count], codes[:, k - 1 - i : k - 1 - i + count]
        forward = forward << np.uint64(2) | (first & 3)
        backward = backward << np.uint64(2) | (3 - (last & 3))
        unknown |= first == N_CODE
    return np.where(unknown, _NONE, np.minimum(forward, backward))


def distinct_kmers(*sets: NDArray[np.uint8], k: int = OVERLAP) -> NDArray[np.uint64]:
    """The sorted k-mers of all (N, L) sets of sequences, each once, without those with N."""
    found = np.unique(np.concatenate([np.empty(0, np.uint64), *(canonical_kmers(codes, k).ravel() for codes in sets)]))
    return found[found != _NONE]


def having_any(codes: NDArray[np.uint8], kmers: NDArray[np.uint64], k: int = OVERLAP) -> NDArray[np.bool_]:
    """(N,) whether each of (N, L) sequences has any of these k-mers, on either strand.

    Args:
        codes: the sequences.
        kmers: sorted, from ``distinct_kmers``.
        k: their length.
    """
    if not len(kmers):
        return np.zeros(len(codes), bool)
    own = canonical_kmers(codes, k)
    nearest = np.searchsorted(kmers, own).clip(max=len(kmers) - 1)
    return (kmers[nearest] == own).any(axis=1)

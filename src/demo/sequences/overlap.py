"""Which sequences share a stretch of DNA, on either strand: exactly, by the k-mers that they have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demo.sequences.alphabet import N_CODE, check_codes
from demo.utils.checks import whole
from demo.utils.compilation import code_is_kept, compiled

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
    kmers = np.full((len(codes), max(0, codes.shape[1] - k + 1)), _NONE)
    with code_is_kept():
        _fill(np.ascontiguousarray(codes), k, kmers)
    return kmers


@compiled
def _fill(codes, k, kmers):  # type: ignore[no-untyped-def]
    """Write the number of each k-mer without N into ``kmers``, from that of its predecessor."""
    mask, top, two = np.uint64(4**k - 1), np.uint64(2 * (k - 1)), np.uint64(2)
    for row in range(len(codes)):
        forward, backward, known = np.uint64(0), np.uint64(0), 0
        for position in range(codes.shape[1]):
            known = known + 1 if codes[row, position] < N_CODE else 0
            base = np.uint64(codes[row, position] & 3)
            forward = (forward << two | base) & mask
            backward = backward >> two | (np.uint64(3) - base) << top
            if known >= k:
                kmers[row, position - k + 1] = min(forward, backward)


def distinct_kmers(*sets: NDArray[np.uint8], k: int = OVERLAP) -> NDArray[np.uint64]:
    """The sorted k-mers of all (N, L) sets of sequences, each once, without those with N."""
    found = np.concatenate([np.empty(0, np.uint64), *(canonical_kmers(codes, k).ravel() for codes in sets)])
    # numpy.unique hashes the numbers first, which takes 17 times as long for millions of them.
    found.sort()
    found = found[: np.searchsorted(found, _NONE)]
    return found[np.diff(found, prepend=_NONE) != 0]


def having_any(codes: NDArray[np.uint8], kmers: NDArray[np.uint64], k: int = OVERLAP) -> NDArray[np.bool_]:
    """(N,) whether each of (N, L) sequences has any of these k-mers, on either strand.

    Args:
        codes: the sequences.
        kmers: sorted, from ``distinct_kmers``.
        k: their length.
    """
    own = canonical_kmers(codes, k)
    # Sorted, they are found seven times as fast among millions, since neighbours lie in the same cache lines.
    in_order = np.sort(own, axis=None)
    shared = in_order[_are_among(in_order, kmers)]
    return np.asarray(_are_among(own, shared).any(axis=1))


def _are_among(some: NDArray[np.uint64], kmers: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each of these numbers is among the sorted ``kmers``; of their shape."""
    if not len(kmers):
        return np.zeros(some.shape, bool)
    nearest = np.searchsorted(kmers, some).clip(max=len(kmers) - 1)
    return kmers[nearest] == some

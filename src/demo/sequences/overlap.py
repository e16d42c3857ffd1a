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

_AT_ONCE = 500
"""Sequences whose k-mers stay in the second-level cache."""


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
    for start in range(0, len(codes) if kmers.size else 0, _AT_ONCE):
        part = codes[start : start + _AT_ONCE]
        bases = (part & 3).astype(np.uint64)
        smaller = np.minimum(_numbers(bases, k), _numbers(3 - bases[:, ::-1], k)[:, ::-1])
        unknown = np.pad(part == N_CODE, ((0, 0), (1, 0))).cumsum(axis=1)
        np.copyto(kmers[start : start + _AT_ONCE], smaller, where=unknown[:, k:] == unknown[:, :-k])
    return kmers


def _numbers(bases: NDArray[np.uint64], k: int) -> NDArray[np.uint64]:
    """(N, L - k + 1) numbers of the k-mers of (N, L) bases: those of both halves, put together."""
    if k == 1:
        return bases
    half = k // 2
    of_half = _numbers(bases, half)
    numbers = of_half[:, :-half] << np.uint64(2 * half) | of_half[:, half:]
    return numbers if k == 2 * half else numbers[:, :-1] << np.uint64(2) | bases[:, 2 * half :]


def distinct_kmers(*sets: NDArray[np.uint8], k: int = OVERLAP) -> NDArray[np.uint64]:
    """The sorted k-mers of all (N, L) sets of sequences, each once, without those with N."""
    return distinct(np.concatenate([np.empty(0, np.uint64), *(canonical_kmers(codes, k).ravel() for codes in sets)]))


def distinct(kmers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """These k-mers of any shape, sorted, each once, without those with N."""
    # numpy.unique hashes the numbers first, which takes 17 times as long for millions of them.
    found = np.sort(kmers, axis=None)
    found = found[: np.searchsorted(found, _NONE)]
    return found[np.diff(found, prepend=_NONE) != 0]


def distinct_near(kmers: NDArray[np.uint64], codes: NDArray[np.uint8], k: int = OVERLAP) -> NDArray[np.uint64]:
    """Those of ``distinct`` that end as any k-mer of a few (N, L) sequences does: no others can be among theirs, and to
    sort all of millions takes ten times as long."""
    own = canonical_kmers(codes, k)
    ends = np.uint64(2 ** (own.size.bit_length() + 4) - 1)
    there = np.zeros(int(ends) + 1, bool)
    there[own & ends] = True
    return distinct(kmers[there[kmers & ends]])


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

"""Dinucleotide shuffle: the same pairs of neighbours in a random order, which is what negatives are made of.

The letters are the vertices of a graph and each pair of neighbours is an edge, so that a sequence is a trail over every
edge once, and a shuffle is another such trail from the same first to the same last letter (Altschul & Erickson 1985).
All trails are equally likely when the edges by which each letter is left for the last time form a uniformly drawn
arborescence toward the last letter, and the other edges of each letter are permuted (Kandel, Matias, Unger & Winkler
1996). Wilson's algorithm (1996) draws that arborescence without rejection.

Every distinct sequence stands for equally many trails (the product of the factorials of its dinucleotide counts), so
uniform over trails is uniform over distinct sequences.
"""

import numpy as np
from numpy.typing import NDArray

from demo.sequences.alphabet import DNA, Alphabet, check_codes
from demo.utils.compilation import code_is_kept, compiled


def dinucleotide_shuffle(codes: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Shuffle each sequence, keeping its dinucleotide counts and its first and last letter exactly.

    Each result is a uniform draw over all distinct sequences with those counts and ends (the sequence itself is one of
    them). N stays in place: every stretch between Ns is shuffled on its own, with its own ends kept, so that where N
    lies never tells a shuffle from its original.

    Row i is drawn from its own stream of random numbers, made of ``seed`` and i: it does not depend on the other rows.
    Equal rows are shuffled differently.

    Args:
        codes: (N, L) ``uint8``, values 0-4; left as it is.
        seed: any integer, of which the lowest 64 bits count.

    Returns:
        (N, L) ``uint8``, a new array. Same ``codes`` and ``seed``, same result, on any machine.

    Raises:
        DemoError: ``codes`` is not such an array, or the disk is full where compiled code is kept.
    """
    check_codes(codes)
    shuffled = np.array(codes, order="C")
    with code_is_kept():
        _shuffle_rows(shuffled, np.uint64(seed & 0xFFFF_FFFF_FFFF_FFFF))
    return shuffled


def shuffled(codes: NDArray[np.uint8], seed: int, alphabet: Alphabet = DNA) -> NDArray[np.uint8]:
    """Shuffle each sequence: its dinucleotides where there are four letters, as in DNA and RNA, otherwise its letters.

    Args:
        codes: (N, L) ``uint8``; left as it is. Unknown positions stay in place.
        seed: as for ``dinucleotide_shuffle``.
        alphabet: of the codes.

    Returns:
        (N, L) ``uint8``, a new array.

    Raises:
        DemoError: ``codes`` is not such an array.
    """
    if alphabet.size == 4:
        return dinucleotide_shuffle(codes, seed)
    check_codes(codes, alphabet)
    known = codes < alphabet.size
    # Unknown positions last, in their order, and back in their places afterwards.
    order = np.where(known, np.random.default_rng(seed).random(codes.shape), 2.0).argsort(axis=1, kind="stable")
    places = np.argsort(~known, axis=1, kind="stable")
    result = np.empty_like(codes)
    np.put_along_axis(result, places, np.take_along_axis(codes, order, axis=1), axis=1)
    return result


# All are uint64, as are the variables below: numba makes a float of uint64 with int64.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_LOW_32 = np.uint64(0xFFFF_FFFF)
_TWO_32 = np.uint64(0x1_0000_0000)
_30, _27, _31, _32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)


@compiled
def _mix(z):  # type: ignore[no-untyped-def]
    """The output function of splitmix64 (Steele, Lea & Flood 2014): a bijection of 64 bits."""
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return z ^ (z >> _31)


@compiled
def _below(state, bound):  # type: ignore[no-untyped-def]
    """A uniform integer in [0, bound), without bias (Lemire 2019); ``state`` (1,) uint64 moves on."""
    bound = np.uint64(bound)
    while True:
        state[0] += _GOLDEN
        product = (_mix(state[0]) >> _32) * bound
        low = product & _LOW_32
        # The division is needed for one draw in 2**32 / bound only.
        if low >= bound or low >= (_TWO_32 - bound) % bound:
            return np.int64(product >> _32)


@compiled
def _shuffle_run(run, state, edges):  # type: ignore[no-untyped-def]
    """Shuffle ``run`` (n,), n > 3 codes 0-3, in place; ``edges`` (4, >= n) is room for the next letters of each."""
    last = run[-1]
    out_degree = np.zeros(4, np.int64)
    for i in range(len(run) - 1):
        letter = run[i]
        edges[letter, out_degree[letter]] = run[i + 1]
        out_degree[letter] += 1

    # Wilson's algorithm: walk from each letter until the tree is met. Overwriting the exit of a letter that is visited
    # again erases the loop.
    in_tree = np.zeros(4, np.bool_)
    in_tree[last] = True
    exit_edge = np.zeros(4, np.int64)
    for start in range(4):
        if out_degree[start] == 0:
            continue
        letter = start
        while not in_tree[letter]:
            exit_edge[letter] = _below(state, out_degree[letter])
            letter = edges[letter, exit_edge[letter]]
        letter = start
        while not in_tree[letter]:
            in_tree[letter] = True
            letter = edges[letter, exit_edge[letter]]

    for letter in range(4):
        free = out_degree[letter]
        if letter != last and free > 0:
            free -= 1
            chosen = exit_edge[letter]
            edges[letter, chosen], edges[letter, free] = edges[letter, free], edges[letter, chosen]
        for i in range(free - 1, 0, -1):
            j = _below(state, i + 1)
            edges[letter, i], edges[letter, j] = edges[letter, j], edges[letter, i]

    used = np.zeros(4, np.int64)
    for i in range(1, len(run)):
        letter = run[i - 1]
        run[i] = edges[letter, used[letter]]
        used[letter] += 1


@compiled
def _shuffle_rows(codes, seed):  # type: ignore[no-untyped-def]
    """Shuffle the stretches without N of each row of ``codes`` (N, L) in place."""
    count, length = codes.shape
    edges = np.empty((4, length), np.uint8)
    state = np.empty(1, np.uint64)
    for row in range(count):
        # Mixed twice, so that rows of one seed and equal rows of neighbouring seeds start far from one another.
        state[0] = _mix(_mix(seed + _GOLDEN) + np.uint64(row))
        start = 0
        while start < length:
            stop = start
            while stop < length and codes[row, stop] < 4:
                stop += 1
            # With both ends kept, three letters have one arrangement.
            if stop - start > 3:
                _shuffle_run(codes[row, start:stop], state, edges)
            start = stop + 1

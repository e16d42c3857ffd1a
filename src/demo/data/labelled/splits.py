"""Splits that keep equal and similar sequences on one side, and give each part its share of each class."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from demo.sequences import Task, reverse_complement


def groups_of(codes: NDArray[np.uint8], task: Task, word: int = 0) -> NDArray[np.intp]:
    """(N,) number of the group of each sequence: equal ones are in one; with ``word``, those that share one so long.

    Args:
        codes: (N, L), as the network reads them.
        task: where both strands are read, a sequence is equal to its reverse complement.
        word: letters in a row, none of which is unknown; 0: only equal sequences are alike.
    """
    first: dict[bytes, int] = {}
    parent = list(range(len(codes)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    unknown, length = bytes([task.alphabet.size]), codes.shape[1]
    strands = [codes] if task.strands == 1 else [codes, reverse_complement(codes, task.alphabet)]
    for i in range(len(codes)):
        read = [strand[i].tobytes() for strand in strands]
        words = set(read)
        if word:
            found = {one[start : start + word] for one in read for start in range(length - word + 1)}
            words |= {each for each in found if unknown not in each}
        for each in words:
            parent[root(i)] = root(first.setdefault(each, i))
    return np.array([root(i) for i in range(len(codes))])


def folds_of(
    groups: NDArray[np.intp], labels: Sequence[object] | NDArray[np.integer], folds: int, seed: int
) -> NDArray[np.intp]:
    """(N,) fold of each sequence, 0 to ``folds`` - 1: groups are kept whole, and each fold has its share of each class.

    Groups are dealt out in random order, within the class that most of their sequences have, each to the fold with the
    fewest sequences of that class.
    """
    random = np.random.default_rng(seed)
    members: dict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(groups.tolist()):
        members[group].append(index)
    by_class: dict[object, list[list[int]]] = defaultdict(list)
    for rows in members.values():
        by_class[Counter(labels[i] for i in rows).most_common(1)[0][0]].append(rows)
    fold = np.zeros(len(groups), np.intp)
    for name in sorted(by_class, key=str):
        # Large groups first, while there is room to balance them.
        order = sorted(random.permutation(len(by_class[name])).tolist(), key=lambda i: -len(by_class[name][i]))
        sizes = np.zeros(folds, np.intp)
        for i in order:
            smallest = int(sizes.argmin())
            fold[by_class[name][i]] = smallest
            sizes[smallest] += len(by_class[name][i])
    return fold

"""Sequences with sites of a known motif, for tests of what finds it."""

import numpy as np

from demo.motifs import Motif
from demo.sequences import SequenceSet


def labelled(motif: Motif, count: int = 60) -> SequenceSet:
    """Random sequences of 50 letters, a site of ``motif`` in the first half of them."""
    random = np.random.default_rng(0)
    codes = random.integers(0, 4, (2 * count, 50)).astype(np.uint8)
    for row in codes[:count]:
        site = [random.choice(4, p=p / p.sum()) for p in motif.ppm]
        row[10 : 10 + motif.width] = site
    labels = np.repeat(np.array([1, 0], np.uint8), count)
    return SequenceSet([f"s{i}" for i in range(len(codes))], codes, labels)

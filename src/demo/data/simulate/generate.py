"""A simulated training and test set for one matrix."""

import zlib

import numpy as np
from numpy.typing import NDArray

from demo.data.simulate.background import background
from demo.data.simulate.elements import GAP, RUN_LENGTH, plant_decoys, plant_sites
from demo.motifs import Motif
from demo.sequences import N_CODE, SequenceSet, dinucleotide_shuffle
from demo.utils.errors import DemoError

POSITIVES = 4000
TEST_POSITIVES = 500
LENGTH = 101
NEGATIVES_PER_POSITIVE = 3


def simulate(
    motif: Motif,
    seed: int,
    positives: int = POSITIVES,
    test: int = TEST_POSITIVES,
    length: int = LENGTH,
    negatives_per_positive: int = NEGATIVES_PER_POSITIVE,
) -> tuple[SequenceSet, SequenceSet]:
    """A training and a test set of sequences with and without sites of ``motif``.

    Unlike DeepBind's, the training set contains negatives: later shuffles would destroy their decoys.

    Args:
        motif: the matrix that sites are drawn from.
        seed: any integer; its lowest 64 bits count. The same arguments give the same sets.
        positives: bound sequences in the training set, at least 1.
        test: bound sequences in the test set, at least 1, with as many negatives.
        length: bp per sequence, at least enough for two elements.
        negatives_per_positive: unbound sequences in the training set for each bound one, at least 1.

    Returns:
        The training set, (positives * (1 + negatives_per_positive), length), and the test set, (2 * test, length),
        both with the positives first. The i in ``simulated_<TF>_pos_<i>`` and ``simulated_<TF>_neg_<i>_<copy>`` is
        the same for a positive and its shuffles, and differs between the sets.

    Raises:
        DemoError: an argument is out of its range.
    """
    _check("positives", positives, positives >= 1, "1 or more")
    _check("test", test, test >= 1, "1 or more")
    _check("negatives_per_positive", negatives_per_positive, negatives_per_positive >= 1, "1 or more")
    least = 2 * (max(motif.width, RUN_LENGTH) + GAP)
    _check("length", length, length >= least, f"{least} or more for {motif.name}")

    # Includes the name, so that two TFs with one seed have different backgrounds.
    rng = np.random.default_rng([seed & 0xFFFF_FFFF_FFFF_FFFF, zlib.crc32(motif.name.encode())])
    count = positives + test
    codes = background(count, length, rng)
    occupied = np.zeros(codes.shape, bool)
    plant_sites(codes, occupied, motif, rng)
    decoys = plant_decoys(codes, occupied, motif, rng)

    shuffle_seeds = rng.integers(2**62, size=2).tolist()
    tf = motif.alt_name or motif.name
    numbers = np.arange(count)
    train = _labelled(tf, numbers[:positives], codes, decoys, negatives_per_positive, shuffle_seeds[0])
    return train, _labelled(tf, numbers[positives:], codes, decoys, 1, shuffle_seeds[1])


def _labelled(
    tf: str,
    numbers: NDArray[np.int_],
    codes: NDArray[np.uint8],
    decoys: NDArray[np.bool_],
    copies: int,
    seed: int,
) -> SequenceSet:
    """The sequences ``numbers`` of ``codes`` as positives, and ``copies`` shuffles of each as negatives."""
    bound = codes[numbers]
    originals = np.tile(bound, (copies, 1))
    kept = np.tile(decoys[numbers], (copies, 1))
    # The shuffle keeps N and its neighbours in place, so the decoys can be put back.
    shuffles = dinucleotide_shuffle(np.where(kept, np.uint8(N_CODE), originals), seed)
    ids = [f"simulated_{tf}_pos_{i:06d}" for i in numbers]
    ids += [f"simulated_{tf}_neg_{i:06d}_{copy}" for copy in range(1, copies + 1) for i in numbers]
    labels = np.repeat(np.array([1, 0], np.uint8), [len(bound), len(originals)])
    return SequenceSet(ids, np.concatenate([bound, np.where(kept, originals, shuffles)]), labels)


def _check(name: str, value: int, valid: bool, allowed: str) -> None:
    if not valid:
        raise DemoError(f"A simulation cannot have {name} = {value}.", exists=f"{name} may be {allowed}")

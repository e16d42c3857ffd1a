"""A simulated training and test set for one matrix: background, sites and decoys, shuffles; and its files on disk.

The background is human-like DNA without sites: a Markov chain with the dinucleotides of ChIP-seq peaks, including CpG
depletion.
"""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.data.catalogue import TEST_SUFFIX, TRAIN_SUFFIX, DataSet
from demo.data.simulate import elements
from demo.data.simulate.elements import GAP, RUN_LENGTH, draw, plant_decoys, plant_sites
from demo.motifs import Motif
from demo.motifs.jaspar import PAPER_RELEASE, matrices_of, releases
from demo.sequences import N_CODE, SequenceSet, write_seq_gz
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.errors import DemoError
from demo.utils.files import checksums, locked, write_json

GENERATOR = 1
"""Increase this whenever the same settings give other sequences, so that sets on disk are simulated again."""

_PAIRS = np.array(
    [
        # AA      AC      AG      AT      CA      CC      CG      GA      GC      TA
        [0.1125, 0.0531, 0.0661, 0.0866, 0.0717, 0.0372, 0.0069, 0.0581, 0.0334, 0.0759],
        [0.0814, 0.0543, 0.0750, 0.0617, 0.0794, 0.0601, 0.0132, 0.0616, 0.0515, 0.0500],
        [0.0554, 0.0519, 0.0783, 0.0388, 0.0774, 0.0866, 0.0334, 0.0624, 0.0747, 0.0292],
        [0.0348, 0.0462, 0.0732, 0.0217, 0.0655, 0.1123, 0.0732, 0.0589, 0.1065, 0.0167],
        [0.0181, 0.0364, 0.0599, 0.0110, 0.0501, 0.1402, 0.1245, 0.0487, 0.1490, 0.0085],
    ]
)
DINUCLEOTIDES = _PAIRS[:, [[0, 1, 2, 3], [4, 5, 6, 2], [7, 8, 5, 1], [9, 7, 4, 0]]]
"""(5, 4, 4) frequency of each base (row) before each (column), on both strands, in human ChIP-seq peaks of five classes
of GC content: below 0.4, to 0.5, to 0.6, to 0.7, above. Counted in 56,000 training positives, the first 4,000 of each
of 14 ENCODE sets from DeepBind (101 bp). CpG has 0.21 to 0.89 of the frequency expected from C and G."""
GC_SHARES = np.array([0.066, 0.194, 0.257, 0.283, 0.200])
"""(5,) share of each class among those peaks."""


def background(count: int, length: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(count, length) codes: a first-order Markov chain for each sequence, with its own class of GC content."""
    gc_class = rng.choice(len(GC_SHARES), count, p=GC_SHARES / GC_SHARES.sum())
    single = DINUCLEOTIDES.sum(axis=2)
    single = single / single.sum(axis=1, keepdims=True)
    following = DINUCLEOTIDES / DINUCLEOTIDES.sum(axis=2, keepdims=True)
    codes = np.empty((count, length), np.uint8)
    codes[:, 0] = draw(single[gc_class], rng)
    for position in range(1, length):
        codes[:, position] = draw(following[gc_class, codes[:, position - 1]], rng)
    return codes


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


def simulated_dataset(tf: str, folder: str | os.PathLike[str], seed: int = 0, release: str | None = None) -> DataSet:
    """The simulated set of a TF, from its JASPAR matrix; made unless it is in ``folder`` already.

    It is called ``<TF>_simulated`` and consists of three files: ``_AC.seq.gz``, ``_B.seq.gz``, and
    ``<TF>_simulated.json`` with its matrix, seed and settings and the SHA-256 of the other two. A set with other
    settings, or one that was changed, is written again. If two processes want the same set, one of them makes it; sets
    with different seeds need different folders.

    Args:
        tf: gene symbol, in any case.
        folder: where the files are written; must not be searched for real data.
        seed: of the simulation; see ``simulate``.
        release: of JASPAR, a year (``"2016"``) or ``"newest"``. ``None``: the paper's, or the newest if that has
            no matrix.

    Returns:
        The set, both of its files on disk; its cell line and lab are ``None``.

    Raises:
        DemoError: JASPAR has no matrix of this TF or no such release, or the files cannot be written.
    """
    motif, year = _matrix_and_release(tf, release)
    name = f"{tf.upper()}_simulated"
    train_path, test_path = (Path(folder) / f"{name}{suffix}" for suffix in (TRAIN_SUFFIX, TEST_SUFFIX))
    note = Path(folder) / f"{name}.json"
    made_of = _made_of(tf.upper(), motif, year, seed)
    dataset = DataSet(name, tf.upper(), None, None, train_path, test_path)
    if _is_there(note, made_of, train_path, test_path):
        return dataset
    with locked(Path(folder) / f".{name}.lock", wait=True):
        # Another process may have made it in the meantime.
        if _is_there(note, made_of, train_path, test_path):
            return dataset
        train, test = simulate(motif, seed)
        write_seq_gz(train_path, train)
        write_seq_gz(test_path, test)
        write_json(note, {**made_of, "sha256": checksums(train_path, test_path)})
    return dataset


def _matrix_and_release(tf: str, release: str | None) -> tuple[Motif, str]:
    newest = releases()[-1]
    tried = [PAPER_RELEASE, newest] if release is None else [newest if release == "newest" else release]
    for year in tried:
        matrices = matrices_of(tf, year)
        if matrices:
            return matrices[0], year
    raise DemoError(
        f"No data set can be simulated for {tf}: JASPAR has no matrix of it.",
        where=f"JASPAR {', '.join(tried)}, vertebrates",
        fix=f"data.dir=<folder> with real data: {tf}_<anything>{TRAIN_SUFFIX} and {tf}_<anything>{TEST_SUFFIX}",
    )


def _made_of(tf: str, motif: Motif, release: str, seed: int) -> dict[str, Any]:
    sizes = {
        "positives": POSITIVES,
        "test_positives": TEST_POSITIVES,
        "length": LENGTH,
        "negatives_per_positive": NEGATIVES_PER_POSITIVE,
    }
    # All constants there, so that none can be forgotten here.
    difficulty = {name.lower(): value for name, value in vars(elements).items() if name.isupper() and name[0] != "_"}
    return {
        "what": "simulated sequences, not ChIP-seq",
        "tf": tf,
        "matrix": motif.name,
        "jaspar_release": release,
        "seed": seed,
        "generator": GENERATOR,
        "settings": sizes | difficulty,
    }


def _is_there(note: Path, made_of: dict[str, Any], *paths: Path) -> bool:
    """Whether ``note`` says that ``paths`` were made from this, and they are unchanged."""
    try:
        written = json.loads(note.read_text(encoding="utf-8"))
        return written == {**made_of, "sha256": checksums(*paths)}
    except (OSError, ValueError):
        return False

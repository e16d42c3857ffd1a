"""Unbound sequences for a data set: each way of making them is a function in ``NEGATIVES``."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from demo.data.prepare.bound import Bound, fetch_all, first_of_each, region_name, sequences_of
from demo.sequences import N_CODE, Genome, Interval, SequenceSet, encode
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.errors import DemoError
from demo.utils.settings import Registry

MOST_TRIES = 60
"""Windows examined for each one wanted, before the nearest GC content is used instead."""
FEWEST = 20
"""Minimal number of negatives in a file."""
LIKE_A_POSITIVE = "same sequence, on either strand, as a positive or an earlier negative"

_SEED_OF_TEST = 1
"""Added to the seed for the test set."""
_BATCH = 20_000


@dataclass(frozen=True)
class Wanted:
    """A request for negatives.

    Attributes:
        bound: the positives, strongest first, without N.
        test: (N,) which of them are test positives.
        genome: that they were cut from; ``None`` for a FASTA file of sequences.
        apart: whether the test has separate chromosomes (``split=chromosome``).
        per_peak: negatives for each training positive, for ways that can make several; the test has one for each.
        seed: of all random choices.
    """

    bound: Bound
    test: NDArray[np.bool_]
    genome: Genome | None
    apart: bool
    per_peak: int
    seed: int

    @property
    def length(self) -> int:
        """Length of the sequences in bp."""
        return self.bound.codes.shape[1]


class Negatives(NamedTuple):
    """Negatives of a data set.

    Attributes:
        training: for the training file; if empty, training shuffles the positives again in every epoch.
        test: for the test file; at least one.
        counts: entry in the data set's note, as JSON.
        report: lines for the terminal.
    """

    training: SequenceSet
    test: SequenceSet
    counts: Mapping[str, Any] = MappingProxyType({})
    report: Sequence[str] = ()


NEGATIVES: Registry[Callable[[Wanted], Negatives]] = Registry("way of making negatives")
"""Values of ``negatives=``, besides a FASTA file."""


@NEGATIVES.register("shuffled")
def shuffled(wanted: Wanted) -> Negatives:
    """A dinucleotide shuffle of each test positive, as in DeepBind; training makes its own."""
    test = wanted.bound.select(wanted.test)
    names = [name.replace("_peak", "_shuf", 1) for name in test.names]
    none = unbound([], np.empty((0, wanted.length), np.uint8))
    return Negatives(none, unbound(names, dinucleotide_shuffle(test.codes, wanted.seed + _SEED_OF_TEST)))


@NEGATIVES.register("genomic")
def genomic(wanted: Wanted) -> Negatives:
    """Windows with the GC content of the peaks, from the chromosomes with peaks.

    Raises:
        DemoError: the positions of the peaks are unknown, or the genome has too few windows.
    """
    bound, test = wanted.bound, wanted.test
    bound.require_regions("negatives=genomic", "negatives=shuffled")
    assert wanted.genome is not None
    windows = GenomicWindows(wanted.genome, bound.peaks, wanted.length, wanted.seed)
    held_out, training = (
        windows.draw(bound.codes[part], count, dict.fromkeys(bound.chroms[part if wanted.apart else ...].tolist()))
        for part, count in ((test, 1), (~test, wanted.per_peak))
    )
    gap = float(np.mean(windows.gc_gaps)) / wanted.length
    report = [f"GC content of negatives: differs from that of the peaks by {gap:.2%} on average"]
    return Negatives(training, held_out, {"mean_gc_difference": round(gap, 5)}, report)


def from_fasta(path: str | os.PathLike[str], wanted: Wanted) -> Negatives:
    """Negatives from a file, cut to the length of the positives and split at random: as many for the test as it has
    positives, at most half of them. None equals a positive.

    Raises:
        DemoError: the file cannot be read, or has too few.
    """
    read = sequences_of(path, wanted.length)
    seen: set[bytes] = set()
    first_of_each(wanted.bound.codes, seen)
    read = read.select(first_of_each(read.codes, seen), LIKE_A_POSITIVE)
    if len(read) < FEWEST:
        raise DemoError(
            f"{len(read)} negatives are too few; at least {FEWEST} are needed.",
            where=str(path),
            exists=f"{read.read:,} records; {_listed(read.dropped) or 'none left out'}",
        )
    test = np.zeros(len(read), bool)
    count = min(int(wanted.test.sum()), len(read) // 2)
    test[np.random.default_rng(wanted.seed).permutation(len(read))[:count]] = True
    training, held_out = (unbound(part.names, part.codes) for part in (read.select(~test), read.select(test)))
    report = [f"{count:>11,}  negatives dropped: {reason}" for reason, count in read.dropped.items()]
    return Negatives(training, held_out, {"dropped_negatives": dict(read.dropped)}, report)


def unbound(names: Sequence[str], codes: NDArray[np.uint8]) -> SequenceSet:
    """(N, L) codes with their names, labelled as unbound."""
    return SequenceSet(list(names), codes, np.zeros(len(codes), np.uint8))


class GenomicWindows:
    """Windows of a genome with the GC content of given sequences, which overlap neither peaks nor one another.

    The genome is cut into tiles from a random offset, and tiles are drawn at random.

    Args:
        genome: the genome.
        peaks: that no window may overlap.
        length: of a window in bp, L.
        seed: of the tiling and the draws.

    Attributes:
        gc_gaps: of each window drawn so far, difference from the desired GC content, in bp.
    """

    def __init__(self, genome: Genome, peaks: Iterable[Interval], length: int, seed: int) -> None:
        self.genome, self.length = genome, length
        self.gc_gaps: list[int] = []
        self._random = np.random.default_rng(seed)
        self._free: dict[str, NDArray[np.int64]] = {}
        by_chrom: dict[str, list[tuple[int, int]]] = {}
        for peak in peaks:
            window = peak.centre - length // 2
            by_chrom.setdefault(peak.chrom, []).append((min(peak.start, window), max(peak.end, window + length)))
        for chrom, bases in genome.lengths.items():
            starts = np.arange(self._random.integers(length), bases - length + 1, length)
            self._free[chrom] = starts[~_overlap(starts, length, by_chrom.get(chrom, []))]

    def draw(self, like: NDArray[np.uint8], per_sequence: int, chroms: Iterable[str]) -> SequenceSet:
        """Windows for each of the sequences ``like`` (N, L), without replacement between calls.

        Windows of exactly the same GC content are used first, then the nearest.

        Args:
            like: bound sequences, without N.
            per_sequence: windows for each of them.
            chroms: chromosomes to use.

        Raises:
            DemoError: there are too few windows on these chromosomes.
        """
        wanted = np.bincount(_gc(like), minlength=self.length + 1) * per_sequence
        total = int(wanted.sum())
        starts = self._candidates(list(chroms), MOST_TRIES * total)
        drawn_codes: list[NDArray[np.uint8]] = []
        drawn: list[tuple[str, int]] = []
        spare: list[tuple[str, int]] = []
        spare_gc: list[int] = []
        with tqdm(total=total, desc="genomic negatives", unit=" windows", leave=False, disable=None) as bar:
            for begin in range(0, len(starts), _BATCH):
                if not wanted.any():
                    break
                batch, codes = self._read(starts[begin : begin + _BATCH])
                for i, gc in enumerate(_gc(codes).tolist()):
                    if wanted[gc]:
                        wanted[gc] -= 1
                        drawn.append(batch[i])
                        drawn_codes.append(codes[i])
                        bar.update()
                    else:
                        spare.append(batch[i])
                        spare_gc.append(gc)
        self.gc_gaps += [0] * len(drawn)
        nearest = self._nearest(wanted, np.array(spare_gc, np.int64))
        more, codes = self._read([spare[i] for i in nearest])
        for chrom in {region[0] for region in drawn + more}:
            used = [start for name, start in drawn + more if name == chrom]
            self._free[chrom] = np.setdiff1d(self._free[chrom], used)
        names = [f"genomic_{region_name(*region, self.length)}" for region in drawn + more]
        return unbound(names, np.concatenate([np.array(drawn_codes, np.uint8).reshape(-1, self.length), codes]))

    def _candidates(self, chroms: list[str], most: int) -> list[tuple[str, int]]:
        """Free windows in random order, at most ``most``."""
        sizes = [len(self._free[chrom]) for chrom in chroms]
        picked = self._random.choice(sum(sizes), min(most, sum(sizes)), replace=False)
        ends = np.cumsum(sizes)
        which = np.searchsorted(ends, picked, side="right")
        within = picked - (ends - sizes)[which]
        return [
            (chroms[c], int(self._free[chroms[c]][i])) for c, i in zip(which.tolist(), within.tolist(), strict=True)
        ]

    def _read(self, starts: Sequence[tuple[str, int]]) -> tuple[list[tuple[str, int]], NDArray[np.uint8]]:
        """The windows at ``starts`` without N, with their codes."""
        letters = fetch_all(self.genome, starts, self.length)
        codes = encode(letters, locate=lambda i: f"{self.genome.path}, {region_name(*starts[i], self.length)}").reshape(
            -1, self.length
        )
        known = (codes != N_CODE).all(axis=1)
        return [start for start, is_known in zip(starts, known.tolist(), strict=True) if is_known], codes[known]

    def _nearest(self, wanted: NDArray[np.int64], spare_gc: NDArray[np.int64]) -> list[int]:
        """The spare windows nearest to the GC contents still wanted, each once."""
        if wanted.sum() > len(spare_gc):
            raise DemoError(
                f"The genome has too few windows of {self.length} bp without N that overlap no peak: "
                f"{int(wanted.sum()) - len(spare_gc):,} more are needed.",
                where=str(self.genome.path),
                fix="genomic_per_peak=1, or negatives=shuffled",
            )
        left = np.ones(len(spare_gc), bool)
        taken: list[int] = []
        for gc in np.flatnonzero(wanted).tolist():
            distance = np.where(left, np.abs(spare_gc - gc), self.length + 1)
            best = np.argsort(distance, kind="stable")[: wanted[gc]]
            left[best] = False
            taken += best.tolist()
            self.gc_gaps += distance[best].tolist()
        return taken


def _listed(counts: Counter[str]) -> str:
    """``3 beyond the end, 1 duplicate``."""
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.items())


def _gc(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(N,) number of C and G in each row."""
    return ((codes == 1) | (codes == 2)).sum(axis=1)


def _overlap(starts: NDArray[np.int64], length: int, peaks: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """(N,) whether [start, start + length) overlaps one of the peaks [start, end)."""
    if not peaks:
        return np.zeros(len(starts), bool)
    begins, ends = np.array(sorted(peaks)).T
    # Of all peaks that begin before the window ends, does the one that extends farthest overlap it?
    before = np.searchsorted(begins, starts + length)
    return (before > 0) & (np.maximum.accumulate(ends)[before - 1] > starts)

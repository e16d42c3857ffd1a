"""Sequences that are not bound: shuffles of the bound ones, windows of the genome with their GC content, or a file."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from demo.data.prepare.bound import fetch_all, first_of_each, place_name, sequences_of
from demo.sequences import N_CODE, Genome, Interval, SequenceSet, dinucleotide_shuffle, encode
from demo.utils.errors import DemoError

MOST_TRIES = 60
"""Windows looked at for each one wanted, before the next best GC content is taken."""
FEWEST = 20
"""Negatives that a file must hold."""
LIKE_A_POSITIVE = "same sequence, on either strand, as a positive or an earlier negative"

_BATCH = 20_000


def shuffles(positives: SequenceSet, seed: int) -> SequenceSet:
    """A dinucleotide shuffle of each positive."""
    return _unbound(
        [name.replace("_peak", "_shuf", 1) for name in positives.ids], dinucleotide_shuffle(positives.codes, seed)
    )


def from_fasta(
    path: str | os.PathLike[str], positives: NDArray[np.uint8], test_positives: int, seed: int
) -> tuple[SequenceSet, SequenceSet, Counter[str]]:
    """Negatives of a file, randomly divided: as many for the test as it has positives, half of them at most.

    Args:
        path: FASTA.
        positives: (N, L) all positives; negatives are cut to L letters, and none is one of these.
        test_positives: how many of them are for the test.
        seed: of the division.

    Returns:
        Those for training, those for the test, and how many were left out, by reason.

    Raises:
        DemoError: the file cannot be read, or holds too few.
    """
    read = sequences_of(path, positives.shape[1])
    seen: set[bytes] = set()
    first_of_each(positives, seen)
    read = read.select(first_of_each(read.codes, seen), LIKE_A_POSITIVE)
    if len(read) < FEWEST:
        raise DemoError(
            f"{len(read)} negatives are too few; at least {FEWEST} are needed.",
            where=str(path),
            exists=f"{read.read:,} records; {tell(read.dropped) or 'none left out'}",
        )
    test = np.zeros(len(read), bool)
    test[np.random.default_rng(seed).permutation(len(read))[: min(test_positives, len(read) // 2)]] = True
    training, held_out = read.select(~test), read.select(test)
    return _unbound(training.names, training.codes), _unbound(held_out.names, held_out.codes), read.dropped


class GenomicWindows:
    """Windows of a genome that overlap no peak, nor one another, with the GC content of given sequences.

    The genome is cut into tiles, from a random place on, and tiles are drawn at random.

    Args:
        genome: the genome.
        peaks: what no window may overlap.
        length: letters per window, L.
        seed: of the tiling and of the draws.

    Attributes:
        gc_gaps: for each window drawn so far, by how many letters its GC content differs from the one wanted.
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
        """Windows for each of the sequences ``like`` (N, L), which no later call draws again.

        Windows of the very GC content are taken first; where these run out, those nearest to it.

        Args:
            like: bound sequences, without N.
            per_sequence: windows for each of them.
            chroms: where to look.

        Raises:
            DemoError: there are too few windows on these chromosomes.
        """
        wanted = np.bincount(_gc(like), minlength=self.length + 1) * per_sequence
        total = int(wanted.sum())
        places = self._candidates(list(chroms), MOST_TRIES * total)
        drawn_codes: list[NDArray[np.uint8]] = []
        drawn: list[tuple[str, int]] = []
        spare: list[tuple[str, int]] = []
        spare_gc: list[int] = []
        with tqdm(total=total, desc="genomic negatives", unit=" windows", leave=False, disable=None) as bar:
            for begin in range(0, len(places), _BATCH):
                if not wanted.any():
                    break
                batch, codes = self._read(places[begin : begin + _BATCH])
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
        for chrom in {place[0] for place in drawn + more}:
            used = [start for name, start in drawn + more if name == chrom]
            self._free[chrom] = np.setdiff1d(self._free[chrom], used)
        names = [f"genomic_{place_name(*place, self.length)}" for place in drawn + more]
        return _unbound(names, np.concatenate([np.array(drawn_codes, np.uint8).reshape(-1, self.length), codes]))

    def _candidates(self, chroms: list[str], most: int) -> list[tuple[str, int]]:
        """Free windows in random order, ``most`` at most."""
        sizes = [len(self._free[chrom]) for chrom in chroms]
        picked = self._random.choice(sum(sizes), min(most, sum(sizes)), replace=False)
        ends = np.cumsum(sizes)
        which = np.searchsorted(ends, picked, side="right")
        within = picked - (ends - sizes)[which]
        return [
            (chroms[c], int(self._free[chroms[c]][i])) for c, i in zip(which.tolist(), within.tolist(), strict=True)
        ]

    def _read(self, places: Sequence[tuple[str, int]]) -> tuple[list[tuple[str, int]], NDArray[np.uint8]]:
        """Those of ``places`` without N, with their codes."""
        letters = fetch_all(self.genome, places, self.length)
        codes = encode(letters, locate=lambda i: f"{self.genome.path}, {place_name(*places[i], self.length)}").reshape(
            -1, self.length
        )
        known = (codes != N_CODE).all(axis=1)
        return [place for place, is_known in zip(places, known.tolist(), strict=True) if is_known], codes[known]

    def _nearest(self, wanted: NDArray[np.int64], spare_gc: NDArray[np.int64]) -> list[int]:
        """Which of the spare windows come nearest to what is still wanted, each once."""
        if wanted.sum() > len(spare_gc):
            raise DemoError(
                f"The genome has too few windows of {self.length} bases without N that overlap no peak: "
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


def tell(counts: Counter[str]) -> str:
    """``3 over the edge, 1 duplicate``."""
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.items())


def _unbound(names: Sequence[str], codes: NDArray[np.uint8]) -> SequenceSet:
    return SequenceSet(list(names), codes, np.zeros(len(codes), np.uint8))


def _gc(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(N,) how many letters of each row are C or G."""
    return ((codes == 1) | (codes == 2)).sum(axis=1)


def _overlap(starts: NDArray[np.int64], length: int, peaks: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """(N,) whether [start, start + length) shares a base with one of the peaks [start, end)."""
    if not peaks:
        return np.zeros(len(starts), bool)
    begins, ends = np.array(sorted(peaks)).T
    # Of all peaks that begin before the window ends, does the one that reaches farthest reach into it?
    before = np.searchsorted(begins, starts + length)
    return (before > 0) & (np.maximum.accumulate(ends)[before - 1] > starts)

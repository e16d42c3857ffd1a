"""Bound sequences: windows of a genome around peaks, or records of a FASTA file, strongest first; and
which of them are held out for the test."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from demo.sequences import (
    N_CODE,
    Genome,
    Interval,
    PeakFormat,
    encode,
    iterate_bed,
    iterate_fasta,
    peak_format,
    reverse_complement,
)
from demo.utils.errors import DemoError
from demo.utils.text_files import iterate_lines

NOT_IN_GENOME = "chromosome not in the genome"
OVER_THE_EDGE = "window beyond the end of the chromosome"
UNKNOWN_BASES = "an N or another ambiguity letter in the window"
DUPLICATE = "same sequence, on either strand, as an earlier (stronger) one"
TOO_SHORT = "shorter than length="


@dataclass(frozen=True, eq=False)
class Bound:
    """N bound sequences of L bp, strongest first.

    Attributes:
        names: ``chr1:100-201`` (0-based, as in BED) or those in the FASTA file.
        codes: (N, L), without N.
        chroms: (N,) chromosome of each; empty for FASTA.
        starts: (N,) 0-based start of each on its chromosome; empty for FASTA.
        read: number of peaks or records in the file.
        dropped: number of dropped ones, by reason.
        ranked_by: what "strongest" means.
        peaks: all intervals of the file, including dropped ones; empty for FASTA.
        form: how the columns of the file were interpreted; ``None`` for FASTA.
    """

    names: list[str]
    codes: NDArray[np.uint8]
    chroms: NDArray[np.str_]
    starts: NDArray[np.int64]
    read: int
    dropped: Counter[str]
    ranked_by: str
    peaks: list[Interval] = field(default_factory=list)
    form: PeakFormat | None = None

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def have_regions(self) -> bool:
        """Whether their positions on the genome are known."""
        return len(self.starts) == len(self)

    def require_regions(self, setting: str, instead: str) -> None:
        """Refuse ``setting``, which needs regions, for sequences from a FASTA file.

        Raises:
            DemoError: the regions are unknown; ``instead`` is what to type.
        """
        if not self.have_regions:
            raise DemoError(
                f"{setting} needs the positions of the peaks on the genome, which FASTA does not give.",
                fix=f"peaks= with a BED file and genome=, or {instead}",
            )

    def select(self, keep: NDArray[np.bool_], reason: str | None = None) -> Bound:
        """Only those in the mask ``keep`` (N,); with a reason, the others count as dropped for it."""
        regions = keep if self.have_regions else slice(0)
        dropped = self.dropped + Counter({reason: int((~keep).sum())} if reason else {})
        return replace(
            self,
            names=[name for name, kept in zip(self.names, keep.tolist(), strict=True) if kept],
            codes=self.codes[keep],
            chroms=self.chroms[regions],
            starts=self.starts[regions],
            dropped=dropped,
        )


def is_fasta(path: str | os.PathLike[str]) -> bool:
    """Whether the first line of a file looks like FASTA.

    Raises:
        DemoError: the file cannot be read.
    """
    _, line = next(iterate_lines(path, "BED, a peak format, or FASTA"))
    return line.startswith((">", ";"))


def bound_windows(path: str | os.PathLike[str], genome: Genome, length: int) -> Bound:
    """Windows of ``length`` bp around the summits of peaks, or their middles if they have none.

    They are ranked by signal if the file has it, otherwise by score; if all are equal, by their order in the file.

    Raises:
        DemoError: a file cannot be read, or none of its chromosomes is in the genome.
    """
    form, peaks = peak_format(path), list(iterate_bed(path))
    if not any(peak.chrom in genome.lengths for peak in peaks):
        raise genome.unknown(peak.chrom for peak in peaks)
    ranked, ranked_by = _ranked(peaks)
    dropped: Counter[str] = Counter()
    kept = []
    for peak in ranked:
        start = peak.centre - length // 2
        if peak.chrom not in genome.lengths:
            dropped[NOT_IN_GENOME] += 1
        elif start < 0 or start + length > genome.lengths[peak.chrom]:
            dropped[OVER_THE_EDGE] += 1
        else:
            kept.append((peak.chrom, start))
    letters = fetch_all(genome, kept, length)
    bound = Bound(
        [region_name(chrom, start, length) for chrom, start in kept],
        encode(letters, locate=lambda i: f"{genome.path}, {region_name(*kept[i], length)}").reshape(len(kept), length),
        np.array([chrom for chrom, _ in kept], np.str_),
        np.array([start for _, start in kept], np.int64),
        len(peaks),
        dropped,
        ranked_by,
        peaks,
        form,
    )
    return _without_useless(bound)


def sequences_of(path: str | os.PathLike[str], length: int) -> Bound:
    """The middle ``length`` bp of the records of a FASTA file, in file order.

    Raises:
        DemoError: the file cannot be read.
    """
    dropped: Counter[str] = Counter()
    names, letters, read = [], [], 0
    for record in iterate_fasta(path):
        read += 1
        start = (len(record.sequence) - length) // 2
        if start < 0:
            dropped[f"{TOO_SHORT}{length}"] += 1
        else:
            names.append(record.name)
            letters.append(record.sequence[start : start + length])
    codes = encode(letters).reshape(len(letters), length)
    nowhere = np.array([], np.str_), np.array([], np.int64)
    return _without_useless(Bound(names, codes, *nowhere, read, dropped, "order of the file"))


def fetch_all(genome: Genome, starts: Sequence[tuple[str, int]], length: int) -> list[str]:
    """``length`` bp from each (chromosome, start), read in file order, returned in the given order."""
    letters = [""] * len(starts)
    for i in sorted(range(len(starts)), key=starts.__getitem__):
        chrom, start = starts[i]
        letters[i] = genome.fetch(chrom, start, start + length)
    return letters


def region_name(chrom: str, start: int, length: int) -> str:
    """``chr1:100-201``, 0-based as in BED."""
    return f"{chrom}:{start}-{start + length}"


def first_of_each(codes: NDArray[np.uint8], seen: set[bytes] | None = None) -> NDArray[np.bool_]:
    """(N,) whether a row equals no earlier row and none in ``seen``, on either strand; ``seen`` grows."""
    seen = set() if seen is None else seen
    first = np.zeros(len(codes), bool)
    for i, (row, other) in enumerate(zip(codes, reverse_complement(codes), strict=True)):
        key = min(row.tobytes(), other.tobytes())
        first[i] = key not in seen
        seen.add(key)
    return first


def _without_useless(bound: Bound) -> Bound:
    known = bound.select((bound.codes != N_CODE).all(axis=1), UNKNOWN_BASES)
    return known.select(first_of_each(known.codes), DUPLICATE)


def _ranked(peaks: list[Interval]) -> tuple[list[Interval], str]:
    """The peaks, strongest first, and what they are ranked by."""
    measures: Iterable[tuple[str, Callable[[Interval], float | None]]] = (
        ("signal", lambda peak: peak.signal),
        ("score", lambda peak: peak.score),
    )
    for name, measure in measures:
        values = [measure(peak) for peak in peaks]
        known = [value for value in values if value is not None]
        if len(known) == len(peaks) and len(set(known)) > 1:
            order = sorted(range(len(peaks)), key=lambda i: -known[i])
            return [peaks[i] for i in order], name
    return peaks, "order of the file"


TOP = 1000
"""DeepBind divides this many of the strongest peaks evenly between training and test."""
FEWEST_PEAKS = 50


def by_rank(count: int) -> NDArray[np.bool_]:
    """(N,) whether a peak is a test peak: those of even rank (2, 4, ...) among the 1,000 strongest.

    With fewer than 1,500 peaks, those of even rank among the strongest two thirds, so that at most a third are test
    peaks, as with 1,500.
    """
    test = np.zeros(count, bool)
    test[1 : min(TOP, 2 * count // 3) : 2] = True
    return test


def by_chromosome(bound: Bound, chromosomes: Sequence[str]) -> NDArray[np.bool_]:
    """(N,) whether a peak is a test peak: those on ``chromosomes``.

    Raises:
        DemoError: no peak is on one of these chromosomes, or none is elsewhere.
    """
    there = list(dict.fromkeys(bound.chroms.tolist()))
    missing = [chrom for chrom in chromosomes if chrom not in there]
    if missing or not chromosomes or set(there) <= set(chromosomes):
        what = f"No peak is on {', '.join(missing)}." if missing else "No peak is left for the test or for training."
        raise DemoError(what, where="test_chromosomes", exists=sorted(there)[:30], fix=f"test_chromosomes=[{there[0]}]")
    return np.isin(bound.chroms, list(chromosomes))


def overlapping(bound: Bound, test: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(N,) whether a training window overlaps a test window."""
    shared = np.zeros(len(bound), bool)
    if not bound.have_regions:
        return shared
    length = bound.codes.shape[1]
    for chrom in np.unique(bound.chroms):
        here = bound.chroms == chrom
        starts = np.sort(bound.starts[here & test])
        if len(starts):
            right = np.searchsorted(starts, bound.starts[here])
            to_right = starts[np.minimum(right, len(starts) - 1)] - bound.starts[here]
            to_left = bound.starts[here] - starts[np.maximum(right - 1, 0)]
            shared[here] = (np.abs(to_right) < length) | (np.abs(to_left) < length)
    return shared & ~test

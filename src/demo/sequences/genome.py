"""A genome and its regions: sequences from an indexed FASTA file; BED and the peak formats built on it, read a line at
a time (https://genome.ucsc.edu/FAQ/FAQformat.html)."""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from demo.sequences.fasta_index import BAD_FASTA, damaged, indexed
from demo.sequences.peak_format import STRANDS, PeakFormat, data_rows, given, number, peak_format, whole
from demo.utils.errors import DemoError


class Interval(NamedTuple):
    """A region of a chromosome, from 0, without its end: [start, end).

    Attributes:
        chrom: name of the chromosome.
        start: first base, counted from 0.
        end: one past the last base.
        name: ``None`` if it has none (``.``).
        score: the fifth column of BED; ``None`` if it has none.
        strand: ``+``, ``-``, or ``.`` if unknown.
        signal: strength of a peak; ``None`` in BED.
        summit: position on the chromosome, counted from 0; ``None`` if the file gives none.
        line: in the file, counted from 1.
    """

    chrom: str
    start: int
    end: int
    name: str | None
    score: float | None
    strand: str
    signal: float | None
    summit: int | None
    line: int

    @property
    def centre(self) -> int:
        """The summit; the middle if there is none."""
        return (self.start + self.end) // 2 if self.summit is None else self.summit


def iterate_bed(path: str | os.PathLike[str]) -> Iterator[Interval]:
    """The intervals of a BED or peak file, plain or gzipped, in file order.

    ``peak_format`` says which columns are read. Columns are separated by tabs or, if the first line of data has no tab,
    by spaces. Lines that begin with ``#``, ``track`` or ``browser`` are ignored.

    Raises:
        DemoError: a start or an end is no whole number, a start is not before its end, a score, signal, strand or
            summit is malformed, lines differ in their number of columns, there is no interval; or as ``iterate_lines``.
            Names the line.
    """
    form = peak_format(path)
    for line, fields in data_rows(path):
        yield _interval(form, fields, line, f"{path}, line {line}")


def _interval(form: PeakFormat, fields: list[str], line: int, where: str) -> Interval:
    chrom = fields[form.chrom - 1]
    start = whole("start", fields[form.start - 1], where) - form.first_base
    end = whole("end", fields[form.start], where)
    if not chrom:
        raise DemoError("The chromosome has no name.", where=where)
    if not 0 <= start < end:
        raise DemoError(f"The start, {start:,}, is not before the end, {end:,}.", where=where)
    strand = fields[form.strand - 1] if form.strand else "."
    if strand not in STRANDS:
        raise DemoError(f"The strand is {strand[:40]!r}; it is + or -, or . if unknown.", where=where)
    name = given(fields[form.name - 1]) if form.name else None
    signal, score = (
        number(f"{what} (column {column})", fields[column - 1], where) if column else None
        for what, column in (("signal", form.signal), ("score", form.score))
    )
    summit = form.summit_of(fields, start, end, where)
    return Interval(chrom, start, end, name, score, STRANDS[strand], signal, summit, line)


class Genome:
    """A genome in FASTA, plain or compressed with ``bgzip``, read by region.

    The index (``.fai``, and ``.gzi`` for a compressed file) beside the file or in the user's cache is used if it fits
    the file, whatever its date; otherwise the file is indexed again, and the index kept beside the file or, where that
    folder is read-only, in the cache.

    Args:
        path: the file.

    Attributes:
        lengths: of the chromosomes in bp, in the order of the file.

    Raises:
        DemoError: the file is not there, not readable, no regular file, no FASTA, or gzipped without blocks.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file = indexed(self.path)
        self.lengths: dict[str, int] = {name: record.rlen for name, record in self._file.index.items()}

    def fetch(self, chrom: str, start: int, end: int) -> str:
        """The sequence of [start, end), from 0, in upper case, with N and other letters as the file has them.

        Raises:
            DemoError: there is no such chromosome, it is shorter, or the file is damaged there.
        """
        if chrom not in self.lengths:
            raise self.unknown([chrom])
        if not 0 <= start < end <= self.lengths[chrom]:
            raise DemoError(
                f"{chrom}:{start:,}-{end:,} is not on the chromosome.",
                where=str(self.path),
                exists=f"{chrom} has {self.lengths[chrom]:,} bases",
            )
        from pyfaidx import FetchError

        try:
            letters = str(self._file.fetch(chrom, start + 1, end))
        except (OSError, FetchError, *BAD_FASTA) as error:
            raise damaged(self.path, f"{chrom}:{start:,}-{end:,}") from error
        if len(letters) != end - start:
            raise damaged(self.path, f"{chrom}:{start:,}-{end:,}")
        return letters

    def unknown(self, chroms: Iterable[str]) -> DemoError:
        """The error for chromosomes that are not in this genome; it shows the names on either side."""
        wanted = list(dict.fromkeys(chroms))
        same = [(name, here) for name in wanted if (here := _other_name(name, self.lengths))]
        return DemoError(
            f"{_few(wanted)} {'is' if len(wanted) == 1 else 'are'} not in this genome.",
            where=str(self.path),
            exists=f"the chromosomes {_few(list(self.lengths))}",
            fix=f"use the same names in both: this genome has {same[0][1]}, the other file {same[0][0]}"
            if same
            else "the assembly that the regions refer to",
        )

    def missing(self, chrom: str) -> str:
        """Why what lies on ``chrom``, which is not in this genome, is skipped; names the chromosome meant if any."""
        here = _other_name(chrom, self.lengths)
        return f"on {chrom[:40]}, which the genome does not have" + (f" (it has {here})" if here else "")

    def close(self) -> None:
        """Close the file; the genome cannot be read any more."""
        self._file.close()

    def __enter__(self) -> "Genome":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _other_name(chrom: str, names: Collection[str]) -> str | None:
    """What a genome with these ``names`` calls ``chrom``: UCSC writes chr1 and chrM, Ensembl 1 and MT."""
    bare = chrom[3:] if chrom.lower().startswith("chr") else chrom
    bare = {"m": "MT", "mt": "MT"}.get(bare.lower(), bare)
    same = {bare, f"chr{bare}", *(("M", "chrM") if bare == "MT" else ())}
    return next((name for name in names if name in same), None)

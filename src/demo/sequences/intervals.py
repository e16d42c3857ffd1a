"""BED and the peak formats built on it, read a line at a time: https://genome.ucsc.edu/FAQ/FAQformat.html"""

import os
from collections.abc import Iterator
from typing import NamedTuple

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

"""BED and its kin (narrowPeak, broadPeak), read a line at a time: https://genome.ucsc.edu/FAQ/FAQformat.html"""

import os
import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from demo.utils.errors import DemoError
from demo.utils.text_files import iterate_lines

_FORMAT = "BED, narrowPeak or broadPeak: chromosome, start, end, then what else there is, with tabs or spaces between"
_HEADER = re.compile(r"#|(track|browser)(\s|$)")
# int() and float() alone would also take "1_000", digits of other scripts, and numbers of any length.
_WHOLE = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?")

_STRANDS = {"+": "+", "-": "-", ".": ".", "*": ".", "": "."}

_BROAD_PEAK, _NARROW_PEAK, _BED12 = 9, 10, 12
"""Numbers of columns; nine may also be BED9."""


class Interval(NamedTuple):
    """A stretch of a chromosome, from 0, without its end: [start, end).

    Attributes:
        chrom: name of the chromosome.
        start: first base, counted from 0.
        end: behind the last base.
        name: ``None`` where there is none (``.``).
        score: the fifth column of BED; ``None`` where there is none.
        strand: ``+``, ``-``, or ``.`` where it is not known.
        signal: ``signalValue`` of narrowPeak and broadPeak; ``None`` in BED.
        summit: position of the summit on the chromosome, counted from 0; ``None`` where the file gives none (-1).
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
        """The summit; the middle where there is none."""
        return (self.start + self.end) // 2 if self.summit is None else self.summit


def iterate_bed(path: str | os.PathLike[str]) -> Iterator[Interval]:
    """The intervals of a BED3 to BED12, narrowPeak or broadPeak file, plain or gzipped, in file order.

    Columns stand between tabs or, where the first line of data has no tab, between spaces. What they are is told from
    their number: 10 (or more, but for BED12) is narrowPeak, 9 is broadPeak or BED9. Lines that begin with ``#``,
    ``track`` or ``browser`` are passed over.

    Raises:
        DemoError: a start or an end is no whole number, a start is not before its end, a score, signal, strand or
            summit cannot be, lines differ in their number of columns, there is no interval; or as ``iterate_lines``.
            Names the line.
    """
    lines = ((number, line) for number, line in iterate_lines(path, _FORMAT) if not _HEADER.match(line))
    first = next(lines, None)
    if first is None:
        raise DemoError("There is no interval in this file.", where=str(path), exists=f"The format is {_FORMAT}.")
    separator = "\t" if "\t" in first[1] else None
    columns = len(first[1].split(separator))
    for number, line in chain([first], lines):
        where = f"{path}, line {number}"
        fields = [field.strip() for field in line.split(separator)]
        if len(fields) < 3 or len(fields) != columns:
            usual = f"those before it have {columns}" if columns >= 3 else "BED has three or more"
            raise DemoError(
                f"This line has {len(fields)} columns; {usual}.", where=where, exists=f"The format is {_FORMAT}."
            )
        yield _interval(fields, number, where)


def _interval(fields: list[str], line: int, where: str) -> Interval:
    chrom, start, end = fields[0], _whole("start", fields[1], where), _whole("end", fields[2], where)
    if not chrom:
        raise DemoError("The chromosome has no name.", where=where)
    if start >= end:
        raise DemoError(f"The start, {start:,}, is not before the end, {end:,}.", where=where)
    name, score, strand = [*fields[3:6], ".", ".", "."][:3]
    if strand not in _STRANDS:
        raise DemoError(f"The strand is {strand[:40]!r}; it is + or -, or . where it is not known.", where=where)
    signal = summit = None
    if len(fields) >= _BROAD_PEAK and not _has_thick_part(fields, start, end):
        signal = _number("signal (column 7)", fields[6], where)
        if len(fields) >= _NARROW_PEAK:
            summit = _summit(fields[9], start, end, where)
    score_number = _number("score (column 5)", score, where)
    return Interval(chrom, start, end, _given(name), score_number, _STRANDS[strand], signal, summit, line)


def _has_thick_part(fields: list[str], start: int, end: int) -> bool:
    """Whether columns 7 and 8 are ``thickStart`` and ``thickEnd`` of BED9 and BED12: places within the interval."""
    if len(fields) not in (_BROAD_PEAK, _BED12) or not (_WHOLE.fullmatch(fields[6]) and _WHOLE.fullmatch(fields[7])):
        return False
    return start <= int(fields[6]) <= int(fields[7]) <= end


def _summit(text: str, start: int, end: int, where: str) -> int | None:
    """The summit on the chromosome, from its distance from the start; -1 stands for none."""
    if text == "-1":
        return None
    summit = start + _whole("summit (column 10)", text, where)
    if summit >= end:
        raise DemoError(
            f"The summit (column 10) is {text} bases from the start; the interval has {end - start:,} only.",
            where=where,
            fix="-1 where there is no summit",
        )
    return summit


def _whole(what: str, text: str, where: str) -> int:
    if _WHOLE.fullmatch(text):
        return int(text)
    if re.fullmatch(r"-[0-9]+", text):
        raise DemoError(f"The {what} is negative: {text[:40]}.", where=where)
    raise DemoError(
        f"The {what} is not a whole number: {text[:40]!r}.", where=where, fix="begin lines that are headers with #"
    )


def _number(what: str, text: str, where: str) -> float | None:
    if _given(text) is None:
        return None
    if not _NUMBER.fullmatch(text) or abs(float(text)) == float("inf"):
        raise DemoError(f"The {what} is not a number: {text[:40]!r}.", where=where)
    return float(text)


def _given(text: str) -> str | None:
    """What stands in a column, ``None`` for nothing (``.``)."""
    return None if text in (".", "") else text

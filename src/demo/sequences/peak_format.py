"""What the columns of a BED or peak file hold, told from what is in them.

The name of a file and its number of columns say little: peak callers write all of these formats to files named
``.bed``, and users append columns of their own. BED12 and narrowPeak both have a tenth column, for instance, the number
of blocks in one and the summit in the other.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from demo.utils.errors import DemoError
from demo.utils.text_files import iterate_lines

_FORMAT = "BED or a peak format: chromosome, start, end and further columns, separated by tabs or spaces"
_HEADER = re.compile(r"#|(track|browser)(\s|$)")
_MACS_HEADER = ["chr", "start", "end", "length"]
# int() and float() alone would also take "1_000", digits of other scripts, and numbers of any length.
_WHOLE = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?")
_WHOLE_NUMBERS = re.compile(r"([0-9]{1,15},)*[0-9]{1,15},?")
_COLOUR = re.compile(r"0|\.|[0-9]{1,3}(,[0-9]{1,3}){2},?")
_REGION = re.compile(r"[^:]+:([0-9]{1,15})-([0-9]{1,15})")

STRANDS = {"+": "+", "-": "-", ".": ".", "*": ".", "": ".", "0": "+", "1": "-"}
"""What may stand for a strand; HOMER writes 0 and 1."""

_SAMPLE = 1000
"""Lines of data by which a format is recognised: at least half of them must fit."""

Summit = Callable[[list[str], int, int, str], int | None]
"""From the fields of a line, its start, its end and where it is: position of the summit, from 0, if it has one."""


def _no_summit(fields: list[str], start: int, end: int, where: str) -> None:
    return None


@dataclass(frozen=True)
class PeakFormat:
    """Which columns, counted from 1, hold what; 0 for what a format does not have.

    Attributes:
        title: of the format: ``narrowPeak``.
        signal: column of the strength of a peak.
        centre: what the centre of a peak is taken from, in words.
        summit_of: finds it.
        chrom: column of the chromosome.
        start: column of the start, left of that of the end.
        name: column of the name.
        score: column of the score.
        strand: column of the strand.
        first_base: number of the first base of a chromosome in the column of the start.
    """

    title: str
    signal: int = 0
    centre: str = "the middle of the region"
    summit_of: Summit = _no_summit
    chrom: int = 1
    start: int = 2
    name: int = 4
    score: int = 5
    strand: int = 6
    first_base: int = 0

    def __str__(self) -> str:
        """``narrowPeak: signal from column 7, centred on the summit (column 10), else the middle of the region``."""
        signal = f"signal from column {self.signal}, " if self.signal else ""
        return f"{self.title}: {signal}centred on {self.centre}"


def peak_format(path: str | os.PathLike[str]) -> PeakFormat:
    """The format of a file: BED3 to BED12, narrowPeak, broadPeak, gappedPeak, bedGraph, HOMER's, SEACR's, MACS's .xls.

    Raises:
        DemoError: a line has fewer than three columns, lines differ in their number, there is none; or as
            ``iterate_lines``.
    """
    rows = [fields for _, fields in islice(data_rows(path), _SAMPLE)]
    header = _macs_header(path)
    if header:
        return _macs(header)
    columns = len(rows[0])

    def most(fits: Callable[[list[str]], bool]) -> bool:
        return 2 * sum(map(fits, rows)) >= len(rows)

    if columns >= 5 and most(_of_homer):
        signal = 6 if columns >= 6 and most(lambda row: _is_number(row[5])) else 0
        return PeakFormat("HOMER peaks", signal, chrom=2, start=3, name=1, score=0, strand=5, first_base=1)
    if columns >= 12 and most(_has_blocks):
        if columns >= 15 and most(lambda row: all(map(_is_number, row[12:15]))):
            return PeakFormat(
                "gappedPeak", 13, "the middle of the thick part (columns 7 and 8), else of the region", _thick_middle
            )
        return PeakFormat("BED12" + f"+{columns - 12}" * (columns > 12))
    if columns >= 8 and most(_has_thick_part):
        used = min(columns, 9)
        return PeakFormat(f"BED{used}" + f"+{columns - used}" * (columns > used))
    declared = _declared(path)
    if columns >= 10 and (declared == "narrowpeak" or most(_has_summit)):
        return PeakFormat("narrowPeak", 7, "the summit (column 10), else the middle of the region", _narrow_summit)
    if columns >= 9 and (declared == "broadpeak" or most(_has_signal)):
        return PeakFormat("broadPeak", 7)
    if columns >= 6 and most(lambda row: _REGION.fullmatch(row[5]) is not None and _is_number(row[3])):
        return PeakFormat(
            "SEACR peaks", 4, "the middle of the strongest part (column 6)", _seacr_middle, name=0, score=0, strand=0
        )
    # Whole numbers may be names as well.
    of_numbers = columns == 4 and all(_is_number(row[3]) for row in rows)
    if of_numbers and (declared in ("bedgraph", "bdg", "bg") or any("." in row[3] for row in rows)):
        return PeakFormat("bedGraph", 4, name=0, score=0, strand=0)
    has_score = columns >= 5 and most(lambda row: given(row[4]) is None or _is_number(row[4]))
    has_strand = has_score and columns >= 6 and most(lambda row: row[5] in STRANDS)
    used = min(columns, 4) + has_score + has_strand
    return PeakFormat(
        f"BED{used}" + f"+{columns - used}" * (columns > used),
        name=4 if columns > 3 else 0,
        score=5 if has_score else 0,
        strand=6 if has_strand else 0,
    )


def data_rows(path: str | os.PathLike[str]) -> Iterator[tuple[int, list[str]]]:
    """The fields of each line of data, with its number from 1; all have the same number of fields, three or more.

    Raises:
        DemoError: as ``peak_format``.
    """
    separator, columns = None, 0
    for line_number, line in iterate_lines(path, _FORMAT):
        if _HEADER.match(line) or line.split("\t", 4)[:4] == _MACS_HEADER:
            continue
        if not columns:
            separator = "\t" if "\t" in line else None
        fields = [field.strip() for field in line.split(separator)]
        if len(fields) < 3 or len(fields) != (columns or len(fields)):
            usual = f"those before it have {columns}" if columns else "BED has three or more"
            raise DemoError(
                f"This line has {len(fields)} columns; {usual}.",
                where=f"{path}, line {line_number}",
                exists=f"The format is {_FORMAT}.",
            )
        columns = len(fields)
        yield line_number, fields
    if not columns:
        raise DemoError("There is no interval in this file.", where=str(path), exists=f"The format is {_FORMAT}.")


def whole(what: str, text: str, where: str) -> int:
    """A field that holds a whole number, 0 or more; a ``DemoError`` otherwise."""
    if _WHOLE.fullmatch(text):
        return int(text)
    if re.fullmatch(r"-[0-9]+", text):
        raise DemoError(f"The {what} is negative: {text[:40]}.", where=where)
    raise DemoError(f"The {what} is not a whole number: {text[:40]!r}.", where=where, fix="begin header lines with #")


def number(what: str, text: str, where: str) -> float | None:
    """A field that holds a finite number, or ``None`` for nothing; a ``DemoError`` otherwise."""
    if given(text) is None:
        return None
    if not _is_number(text):
        raise DemoError(f"The {what} is not a number: {text[:40]!r}.", where=where)
    return float(text)


def given(text: str) -> str | None:
    """What a field holds; ``None`` for nothing (``.``)."""
    return None if text in (".", "") else text


def _declared(path: str | os.PathLike[str]) -> str:
    """What the ``track`` line or, without one, the name of a file calls its format, in lower case."""
    for _, line in iterate_lines(path, _FORMAT):
        if not _HEADER.match(line):
            break
        if track := re.search(r"\btype=[\"']?(\w+)", line):
            return track[1].lower()
    return Path(path).name.lower().removesuffix(".gz").rpartition(".")[2]


def _macs_header(path: str | os.PathLike[str]) -> list[str]:
    """Names of the columns of MACS's ``.xls``; none for other files."""
    lines = (line for _, line in iterate_lines(path, _FORMAT) if not _HEADER.match(line))
    names = next(lines).split("\t")
    return [name.strip() for name in names] if names[:4] == _MACS_HEADER else []


def _macs(header: list[str]) -> PeakFormat:
    columns = {name: number for number, name in enumerate(header, start=1)}
    at = columns.get("abs_summit", 0)

    def summit(fields: list[str], start: int, end: int, where: str) -> int:
        summit = whole(f"summit (column {at})", fields[at - 1], where) - 1
        if not start <= summit < end:
            raise DemoError(f"The summit (column {at}), {summit + 1:,}, is not in its region.", where=where)
        return summit

    return PeakFormat(
        "MACS .xls",
        columns.get("fold_enrichment", 0),
        f"the summit (column {at})" if at else "the middle of the region",
        summit if at else _no_summit,
        name=columns.get("name", 0),
        score=0,
        strand=0,
        first_base=1,
    )


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and abs(float(text)) != float("inf")


def _of_homer(row: list[str]) -> bool:
    """Name, chromosome, start, end, strand."""
    return not _WHOLE.fullmatch(row[1]) and all(map(_WHOLE.fullmatch, row[2:4])) and row[4] in STRANDS


def _has_blocks(row: list[str]) -> bool:
    """Columns 10 to 12 are number, sizes and starts of blocks, the first of which begins with the region."""
    if not (_WHOLE.fullmatch(row[9]) and _WHOLE_NUMBERS.fullmatch(row[10]) and _WHOLE_NUMBERS.fullmatch(row[11])):
        return False
    sizes, starts = (text.rstrip(",").split(",") for text in row[10:12])
    return len(sizes) == len(starts) == int(row[9]) and int(starts[0]) == 0


def _has_thick_part(row: list[str]) -> bool:
    """Columns 7 and 8 are the ends of a thick part, within the region, and column 9, if there is one, is a colour."""
    if not all(map(_WHOLE.fullmatch, [*row[1:3], *row[6:8]])) or not (len(row) == 8 or _COLOUR.fullmatch(row[8])):
        return False
    start, end, thick_start, thick_end = map(int, [*row[1:3], *row[6:8]])
    # Nothing else has a colour of three numbers; some tools write 0 and 0 for no thick part.
    return start <= thick_start <= thick_end <= end or (len(row) > 8 and "," in row[8] and thick_start == thick_end)


def _has_signal(row: list[str]) -> bool:
    """Columns 7 to 9 are signal, p and q value (-1 if unknown)."""
    return all(given(text) is None or (_is_number(text) and float(text) >= -1) for text in row[6:9])


def _has_summit(row: list[str]) -> bool:
    """``_has_signal``, and column 10 is a distance from the start that lies within the region (-1 if unknown)."""
    if not _has_signal(row) or not all(map(_WHOLE.fullmatch, row[1:3])):
        return False
    return row[9] == "-1" or (_WHOLE.fullmatch(row[9]) is not None and int(row[9]) < int(row[2]) - int(row[1]))


def _narrow_summit(fields: list[str], start: int, end: int, where: str) -> int | None:
    text = fields[9]
    if text == "-1":
        return None
    summit = start + whole("summit (column 10)", text, where)
    if summit >= end:
        raise DemoError(
            f"The summit (column 10) is {text} bases from the start; the region has only {end - start:,}.",
            where=where,
            fix="-1 if there is no summit",
        )
    return summit


def _thick_middle(fields: list[str], start: int, end: int, where: str) -> int | None:
    if not all(map(_WHOLE.fullmatch, fields[6:8])):
        return None
    thick_start, thick_end = map(int, fields[6:8])
    return (thick_start + thick_end) // 2 if start <= thick_start < thick_end <= end else None


def _seacr_middle(fields: list[str], start: int, end: int, where: str) -> int | None:
    part = _REGION.fullmatch(fields[5])
    middle = (int(part[1]) + int(part[2])) // 2 if part else -1
    return middle if start <= middle < end else None

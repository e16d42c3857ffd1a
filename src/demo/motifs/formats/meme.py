"""MEME's minimal motif format (https://meme-suite.org/meme/doc/meme-format.html): probabilities."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from demo.motifs.formats.format import (
    FORMATS,
    Lines,
    MotifPath,
    WritableFormat,
    is_row,
    numbers,
    read,
    scaled_to_one,
    split_name,
    write,
)
from demo.motifs.motif import DEFAULT_NSITES, UNIFORM, Motif
from demo.utils.errors import DemoError

_FIRST_LINE = "MEME version"
_MATRIX_LINE = "letter-probability matrix"


@FORMATS.register("meme")
class Meme(WritableFormat):
    """MEME's minimal format, and what MEME, DREME and STREME print, which holds it among much else."""

    title = "MEME"

    @staticmethod
    def recognises(lines: Sequence[str]) -> bool:
        return any(line.startswith(_FIRST_LINE) for line in lines)

    @staticmethod
    def parse(lines: Lines) -> list[Motif]:
        if not any(line.startswith(_FIRST_LINE) for line in lines):
            raise DemoError(
                f"This is not a MEME motif file: no line begins with '{_FIRST_LINE}'.", where=str(lines.path)
            )
        motifs: list[Motif] = []
        background: Sequence[float] = UNIFORM
        unfinished: _Heading | None = None
        for line in lines:
            if line.startswith("ALPHABET"):
                _require_dna(line, lines.where)
            elif line.startswith("Background letter frequencies"):
                background = _read_background(lines)
            elif re.match(r"MOTIF(\s|$)", line):
                _require_matrix(unfinished)
                unfinished = _Heading(line, lines.where)
            elif line.startswith(_MATRIX_LINE):
                if unfinished is None:
                    raise DemoError("A matrix without a MOTIF line before it.", where=lines.where)
                motifs.append(_read_matrix(lines, line, unfinished, background))
                unfinished = None
        _require_matrix(unfinished)
        return motifs

    @staticmethod
    def text(motifs: Sequence[Motif]) -> str:
        background = motifs[0].background
        if any(not np.allclose(motif.background, background, rtol=0, atol=1e-6) for motif in motifs):
            raise DemoError("A MEME file holds one background; these motifs have several.", fix="a file for each")
        frequencies = " ".join(f"{base} {p:.8g}" for base, p in zip("ACGT", background, strict=True))
        text = f"MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\n{frequencies}\n"
        for motif in motifs:
            text += f"\nMOTIF {motif.name} {motif.alt_name}".rstrip() + "\n\n"
            text += f"{_MATRIX_LINE}: alength= 4 w= {motif.width} nsites= {motif.nsites:.10g} E= 0\n"
            text += "".join(" ".join(f"{p:.8f}" for p in row) + "\n" for row in motif.ppm)
        return text


def read_meme(path: MotifPath) -> list[Motif]:
    """The motifs of a MEME text file, in file order; also of the text output of MEME, DREME and STREME.

    A motif runs from its ``MOTIF`` line to its letter-probability matrix. What stands before ``MEME version`` or
    outside the matrices (sites, log odds, ``URL`` lines) is skipped. ``nsites=`` missing or 0 becomes 20, as MEME has
    it. Rows within 1e-5 of 1 are kept as they are, those within 0.02 are scaled to 1.

    Raises:
        DemoError: for a file that is not MEME text, another alphabet than ACGT, a motif without matrix or the other
            way round, rows other than 4 probabilities, and a file without motifs.
    """
    return read(path, "meme")


def write_meme(path: MotifPath, motifs: Sequence[Motif]) -> None:
    """Write minimal MEME text, 8 decimals.

    Raises:
        DemoError: no motifs; motifs with different backgrounds, since a file holds one; the file cannot be written.
    """
    write(path, motifs, Meme)


class _Heading:
    """A ``MOTIF`` line; MEME's own output has ``width = ...`` after the names."""

    def __init__(self, line: str, where: str) -> None:
        self.name, self.alt_name = split_name(re.split(r"\bwidth\s*=", line.removeprefix("MOTIF"))[0])
        self.where = where


def _require_dna(line: str, where: str) -> None:
    alphabet = line.removeprefix("ALPHABET").strip(' =:"')
    if not re.match(r"(ACGT|DNA)\b", alphabet):
        raise DemoError(f"The alphabet of these motifs is not ACGT but {alphabet[:40]!r}.", where=where)


def _require_matrix(unfinished: _Heading | None) -> None:
    if unfinished is not None:
        raise DemoError(f"Motif {unfinished.name} has no letter-probability matrix.", where=unfinished.where)


def _read_background(lines: Lines) -> list[float]:
    """``A 0.25 C 0.25 G 0.25 T 0.25`` over one or more lines, the bases in any order."""
    tokens: list[str] = []
    while len(tokens) < 8 and lines.peek() is not None:
        tokens += lines.take().split()
    if sorted(tokens[::2]) != list("ACGT"):
        raise DemoError("Background frequencies are given as 'A .. C .. G .. T ..'.", where=lines.where)
    of_base = dict(zip(tokens[::2], numbers(tokens[1::2], lines.where, count=4), strict=True))
    values = [of_base[base] for base in "ACGT"]
    if min(values) <= 0:
        raise DemoError(f"Background frequencies must be above 0, not {values}.", where=lines.where)
    return scaled_to_one(values, lines.where)


def _read_matrix(lines: Lines, header: str, heading: _Heading, background: Sequence[float]) -> Motif:
    where = lines.where
    attributes = dict(re.findall(r"(\w+)\s*=\s*(\S+)", header))
    if attributes.get("alength", "4") != "4":
        raise DemoError(f"Motif {heading.name} has an alphabet of {attributes['alength']}; DNA has 4.", where=where)
    width = attributes.get("w")
    if width is not None and not re.fullmatch(r"[1-9]\d{0,5}", width, re.ASCII):
        raise DemoError(f"The width of motif {heading.name} is not a whole number above 0: {width[:40]}.", where=where)
    nsites = numbers([attributes.get("nsites", "0")], where, count=1)[0] or DEFAULT_NSITES
    rows = _read_rows(lines, int(width) if width else None)
    if width is not None and len(rows) != int(width):
        raise DemoError(f"Motif {heading.name} has {len(rows)} rows where w= says {width}.", where=where)
    if is_row(lines.peek() or ""):
        lines.take()
        raise DemoError("A row of numbers outside a matrix: more rows than w= says?", where=lines.where)
    try:
        return Motif(heading.name, np.array(rows), nsites, np.array(background), heading.alt_name)
    except DemoError as error:
        raise DemoError(error.what, where=heading.where) from None


def _read_rows(lines: Lines, width: int | None) -> list[list[float]]:
    """``width`` rows, or as many as there are where the file does not say."""
    rows: list[list[float]] = []
    while len(rows) != width and (line := lines.peek()) is not None:
        if re.match(r"MOTIF(\s|$)|URL\s|---", line) or (width is None and not is_row(line)):
            break
        rows.append(scaled_to_one(numbers(lines.take().split(), lines.where, count=4), lines.where))
    return rows

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
from demo.motifs.motif import DEFAULT_NSITES, Motif
from demo.sequences.alphabet import ALPHABETS, DNA, Alphabet, alphabet_of
from demo.utils.errors import DemoError

_FIRST_LINE = "MEME version"
_MATRIX_LINE = "letter-probability matrix"


@FORMATS.register("meme")
class Meme(WritableFormat):
    """MEME's minimal format, and what MEME, DREME and STREME print, which holds it among much else."""

    title = "MEME"
    any_alphabet = True

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
        background: Sequence[float] = ()
        alphabet = DNA
        unfinished: _Heading | None = None
        for line in lines:
            if line.startswith("ALPHABET"):
                alphabet = _alphabet(line, lines.where)
            elif line.startswith("Background letter frequencies"):
                background = _read_background(lines, alphabet)
            elif re.match(r"MOTIF(\s|$)", line):
                _require_matrix(unfinished)
                unfinished = _Heading(line, lines.where)
            elif line.startswith(_MATRIX_LINE):
                if unfinished is None:
                    raise DemoError("A matrix without a MOTIF line before it.", where=lines.where)
                motifs.append(_read_matrix(lines, line, unfinished, background, alphabet))
                unfinished = None
        _require_matrix(unfinished)
        return motifs

    @staticmethod
    def text(motifs: Sequence[Motif]) -> str:
        background = motifs[0].background
        if any(not np.allclose(motif.background, background, rtol=0, atol=1e-6) for motif in motifs):
            raise DemoError("A MEME file holds one background; these motifs have several.", fix="a file for each")
        alphabet = motifs[0].alphabet
        frequencies = " ".join(f"{base} {p:.8g}" for base, p in zip(alphabet.letters, background, strict=True))
        strands = "strands: + -\n\n" if alphabet.complement else ""
        text = (
            f"MEME version 4\n\nALPHABET= {alphabet.letters}\n\n{strands}Background letter frequencies\n{frequencies}\n"
        )
        for motif in motifs:
            text += f"\nMOTIF {motif.name} {motif.alt_name}".rstrip() + "\n\n"
            text += f"{_MATRIX_LINE}: alength= {alphabet.size} w= {motif.width} nsites= {motif.nsites:.10g} E= 0\n"
            text += "".join(" ".join(f"{p:.8f}" for p in row) + "\n" for row in motif.ppm)
        return text


def read_meme(path: MotifPath) -> list[Motif]:
    """The motifs of a MEME text file, in file order; also of the text output of MEME, DREME and STREME.

    A motif runs from its ``MOTIF`` line to its letter-probability matrix. What stands before ``MEME version`` or
    outside the matrices (sites, log odds, ``URL`` lines) is skipped. ``nsites=`` missing or 0 becomes 20, as MEME has
    it. Rows within 1e-5 of 1 are kept as they are, those within 0.02 are scaled to 1.

    Raises:
        DemoError: for a file that is not MEME text, an alphabet that is no list of letters, a motif without matrix or
            the other way round, rows other than a probability of each letter, and a file without motifs.
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


def _alphabet(line: str, where: str) -> Alphabet:
    named = line.removeprefix("ALPHABET").strip(' =:"')
    if not named.split():
        raise DemoError("This line names no alphabet.", where=where, exists="ALPHABET= ACGT, for instance")
    word = named.split()[0].strip('"')
    for alphabet in ALPHABETS.values():
        if word in (alphabet.letters, alphabet.name.upper()):
            return alphabet
    try:
        return alphabet_of(word)
    except DemoError as error:
        what = f"The alphabet of these motifs is {named[:40]!r}, not a list of letters."
        raise DemoError(what, where=where) from error


def _require_matrix(unfinished: _Heading | None) -> None:
    if unfinished is not None:
        raise DemoError(f"Motif {unfinished.name} has no letter-probability matrix.", where=unfinished.where)


def _read_background(lines: Lines, alphabet: Alphabet) -> list[float]:
    """``A 0.25 C 0.25 G 0.25 T 0.25`` over one or more lines, the bases in any order."""
    tokens: list[str] = []
    while len(tokens) < 2 * alphabet.size and lines.peek() is not None:
        tokens += lines.take().split()
    if sorted(tokens[::2]) != sorted(alphabet.letters):
        form = " ".join(f"{letter} .." for letter in alphabet.letters)
        raise DemoError(f"Background frequencies are given as '{form}'.", where=lines.where)
    of_base = dict(zip(tokens[::2], numbers(tokens[1::2], lines.where, count=alphabet.size), strict=True))
    values = [of_base[base] for base in alphabet.letters]
    if min(values) <= 0:
        raise DemoError(f"Background frequencies must be above 0, not {values}.", where=lines.where)
    return scaled_to_one(values, lines.where)


def _read_matrix(
    lines: Lines, header: str, heading: _Heading, background: Sequence[float], alphabet: Alphabet
) -> Motif:
    where = lines.where
    attributes = dict(re.findall(r"(\w+)\s*=\s*(\S+)", header))
    if attributes.get("alength", str(alphabet.size)) != str(alphabet.size):
        raise DemoError(
            f"Motif {heading.name} has an alphabet of {attributes['alength']}; {alphabet.title} has {alphabet.size}.",
            where=where,
        )
    width = attributes.get("w")
    if width is not None and not re.fullmatch(r"[1-9]\d{0,5}", width, re.ASCII):
        raise DemoError(f"The width of motif {heading.name} is not a whole number above 0: {width[:40]}.", where=where)
    nsites = numbers([attributes.get("nsites", "0")], where, count=1)[0] or DEFAULT_NSITES
    rows = _read_rows(lines, int(width) if width else None, alphabet.size)
    if width is not None and len(rows) != int(width):
        raise DemoError(f"Motif {heading.name} has {len(rows)} rows where w= says {width}.", where=where)
    if is_row(lines.peek() or ""):
        lines.take()
        raise DemoError("A row of numbers outside a matrix: more rows than w= says?", where=lines.where)
    try:
        return Motif(heading.name, np.array(rows), nsites, np.array(background), heading.alt_name, alphabet)
    except DemoError as error:
        raise DemoError(error.what, where=heading.where) from None


def _read_rows(lines: Lines, width: int | None, size: int) -> list[list[float]]:
    """``width`` rows, or as many as there are where the file does not say."""
    rows: list[list[float]] = []
    while len(rows) != width and (line := lines.peek()) is not None:
        if re.match(r"MOTIF(\s|$)|URL\s|---", line) or (width is None and not is_row(line)):
            break
        rows.append(scaled_to_one(numbers(lines.take().split(), lines.where, count=size), lines.where))
    return rows

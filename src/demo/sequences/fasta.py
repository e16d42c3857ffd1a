"""FASTA, read a record at a time."""

import os
from collections.abc import Iterator
from typing import NamedTuple

from demo.sequences.alphabet import AMBIGUOUS
from demo.utils.errors import DemoError
from demo.utils.text_files import iterate_lines

_FORMAT = "FASTA: lines of sequence below a line '>name'"
_LETTERS = frozenset("ACGTN")
_READ = str.maketrans({"U": "T"} | dict.fromkeys(AMBIGUOUS, "N"))
_NUCLEOTIDES = _LETTERS | {"U"} | frozenset(AMBIGUOUS)


class FastaRecord(NamedTuple):
    """A sequence with its name.

    Attributes:
        name: the header up to the first space.
        sequence: bases A C G T N, upper case; U is read as T, the other IUPAC letters as N.
        line: of the header, counted from 1.
        ambiguous: how many ambiguity letters (R Y S W K M B D H V) were read as N.
        header: the whole of it, without ``>``.
        has_u: whether a U was read as T.
    """

    name: str
    sequence: str
    line: int
    ambiguous: int = 0
    header: str = ""
    has_u: bool = False


def iterate_fasta(path: str | os.PathLike[str], *, as_written: bool = False) -> Iterator[FastaRecord]:
    """The records of a FASTA file, plain or gzipped, in file order; one is in memory at a time.

    Sequences may be wrapped, in lower case, and have Windows line ends; blank lines and lines that begin with ``;`` are
    ignored.

    Args:
        path: the file.
        as_written: whether sequences are of any alphabet, and left as they are written.

    Raises:
        DemoError: a letter is no nucleotide (as in a protein), a record has no name or no sequence, something precedes
            the first header; or as ``iterate_lines``. Names the line.
    """
    name, header, header_line, ambiguous, has_u = "", "", 0, 0, False
    parts: list[str] = []
    for number, line in iterate_lines(path, _FORMAT):
        line = line.strip()
        if line.startswith(">"):
            if header_line:
                yield _record(path, name, header_line, parts, ambiguous, header, has_u)
            header, name, header_line, parts, ambiguous, has_u = (
                line.removeprefix(">").strip(), _name(line, f"{path}, line {number}"), number, [], 0, False,
            )  # fmt: skip
        elif line.startswith(";"):
            continue
        elif not header_line:
            raise DemoError(
                "This is not FASTA: no line '>name' precedes this one.",
                where=f"{path}, line {number}",
                exists=repr(line[:40]),
            )
        elif as_written:
            parts.append(line)
        else:
            letters, unsure, u = _letters(line, f"{path}, line {number}")
            parts.append(letters)
            ambiguous += unsure
            has_u |= u
    if not header_line:
        raise DemoError("There is no sequence in this file.", where=str(path), exists=f"The format is {_FORMAT}.")
    yield _record(path, name, header_line, parts, ambiguous, header, has_u)


def _name(header: str, where: str) -> str:
    words = header.removeprefix(">").split(maxsplit=1)
    if not words:
        raise DemoError("This sequence has no name.", where=where, fix="write one right after '>'")
    return words[0]


def _letters(line: str, where: str) -> tuple[str, int, bool]:
    """A line as bases ACGTN, how many of them were ambiguity letters, and whether any was U."""
    line = line.upper()
    used = set(line)
    if used <= _LETTERS:
        return line, 0, False
    if not used <= _NUCLEOTIDES:
        position = next(i for i, letter in enumerate(line) if letter not in _NUCLEOTIDES)
        raise DemoError(
            f"{line[position]!r} at position {position + 1} of this line is not a nucleotide.",
            where=where,
            exists=f"A C G T (U), and {' '.join(AMBIGUOUS)}, which are read as N",
            fix="give DNA (a protein has no binding sites of this kind), and write N for an unknown base",
        )
    unsure = sum(line.count(letter) for letter in used & frozenset(AMBIGUOUS) - {"N"})
    return line.translate(_READ), unsure, "U" in used


def _record(
    path: str | os.PathLike[str], name: str, line: int, parts: list[str], ambiguous: int, header: str, has_u: bool
) -> FastaRecord:
    if not parts:
        raise DemoError(f"The sequence {name[:40]!r} is empty.", where=f"{path}, line {line}")
    return FastaRecord(name, "".join(parts), line, ambiguous, header, has_u)

"""What all motif formats share: the registry, lines that know their number, and numbers that are checked.

A new format is one module: a subclass of :class:`MotifFormat` (or :class:`WritableFormat`), registered in ``FORMATS``.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from demo.motifs.motif import DEFAULT_NSITES, ROW_SUM_TOLERANCE, Motif
from demo.sequences.alphabet import DNA, Alphabet
from demo.utils.errors import DemoError
from demo.utils.files import write_text
from demo.utils.settings import Registry
from demo.utils.text_files import iterate_lines

MotifPath = str | os.PathLike[str]

# float() alone would also take "1_000" and digits of other scripts.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)

# Files with two or three decimals are off by this much; beyond it a row does not hold probabilities.
_ROW_SUM_LIMIT = 0.02


class Lines:
    """The lines of a text file that are not blank, stripped; each can be looked at before it is taken.

    Raises:
        DemoError: the file is missing, unreadable, empty or not text.
    """

    def __init__(self, path: MotifPath) -> None:
        self.path = path
        self._left = deque((number, line.strip()) for number, line in iterate_lines(path, "a motif file: text"))
        self._number = 1

    @property
    def where(self) -> str:
        """``"file, line 12"``: the line taken last."""
        return f"{self.path}, line {self._number}"

    def left(self) -> list[str]:
        """All lines that have not been taken."""
        return [line for _, line in self._left]

    def peek(self) -> str | None:
        """The next line, or None at the end of the file."""
        return self._left[0][1] if self._left else None

    def take(self) -> str:
        """The next line, which is then behind us; an IndexError at the end of the file."""
        self._number, line = self._left.popleft()
        return line

    def __iter__(self) -> Iterator[str]:
        while self._left:
            yield self.take()


class MotifFormat(ABC):
    """A format that motifs are read from; never instantiated.

    Attributes:
        title: what people call it, for messages: ``"MEME"``.
    """

    title: ClassVar[str]

    @staticmethod
    @abstractmethod
    def recognises(lines: Sequence[str]) -> bool:
        """Whether a file with these lines is of this format; no two formats recognise the same file."""

    @staticmethod
    @abstractmethod
    def parse(lines: Lines) -> list[Motif]:
        """The motifs, in file order.

        Raises:
            DemoError: the file is not as the format has it; says in which line.
        """


class WritableFormat(MotifFormat):
    """A format that motifs are also written to: every run writes its motifs in each of these.

    Attributes:
        any_alphabet: whether it holds other motifs than those of DNA and RNA.
    """

    any_alphabet: ClassVar[bool] = False

    @staticmethod
    @abstractmethod
    def text(motifs: Sequence[Motif]) -> str:
        """The content of a file with these motifs.

        Raises:
            DemoError: the format cannot hold them.
        """


FORMATS: Registry[type[MotifFormat]] = Registry("motif format")
"""By name; of a writable format this is also the ending of its files."""


def read(path: MotifPath, only: str | None = None) -> list[Motif]:
    """The motifs of a file, whose format is told by what it holds.

    Args:
        path: plain or gzipped text, with any line ends.
        only: name of the format that it must have; ``None`` for any.

    Raises:
        DemoError: the file is missing, of an unknown or another format, malformed, or holds no motif.
    """
    lines = Lines(path)
    _refuse_other_kinds_of_file(lines)
    name = next((name for name, each in FORMATS.items() if each.recognises(lines.left())), only)
    if name is None:
        raise DemoError(
            "The format of this motif file is not known.",
            where=str(path),
            exists=f"formats that can be read: {', '.join(each.title for each in FORMATS.values())}",
            fix="convert it to MEME's text format",
        )
    if only not in (None, name):
        raise DemoError(
            f"This is not a {FORMATS.named(only).title} motif file: it has the format of {FORMATS[name].title}.",
            where=f"{path}, line 1",
            fix="demo.motifs.read_motifs reads all formats",
        )
    motifs = FORMATS[name].parse(lines)
    if not motifs:
        raise DemoError("There is no motif in this file.", where=str(path))
    return motifs


def write(path: MotifPath, motifs: Sequence[Motif], file_format: type[WritableFormat]) -> None:
    """Write motifs to one file, whole or not at all.

    Raises:
        DemoError: there are no motifs, the format cannot hold them, or the file cannot be written.
    """
    if not motifs:
        raise DemoError("There are no motifs to write.", where=str(path))
    write_text(path, file_format.text(motifs))


def numbers(tokens: Sequence[str], where: str, count: int | None = None) -> list[float]:
    """The tokens as finite numbers of 0 or more, ``count`` of them; DemoError otherwise."""
    for token in tokens:
        if not _NUMBER.fullmatch(token):
            raise DemoError(f"This is not a number: {token[:40]!r}.", where=where)
    if not tokens or count not in (None, len(tokens)):
        raise DemoError(f"A row needs {count or 'some'} numbers; this one has {len(tokens)}.", where=where)
    values = [float(token) for token in tokens]
    for value in values:
        if not 0 <= value < float("inf"):
            raise DemoError(
                f"A matrix holds finite numbers of 0 or more, not {value}.",
                where=where,
                fix="take the file of counts or probabilities, not the one of log odds" if value < 0 else None,
            )
    return values


def is_row(line: str, fewest: int = 2) -> bool:
    """Whether a line holds numbers only, at least ``fewest``."""
    tokens = line.split()
    return len(tokens) >= fewest and all(_NUMBER.fullmatch(token) for token in tokens)


def split_name(text: str) -> tuple[str, str]:
    """``"MA0139.1  CTCF"`` -> ``("MA0139.1", "CTCF")``; the second may be empty or hold spaces."""
    name, _, alt_name = text.strip().replace("\t", " ").partition(" ")
    return name, alt_name.strip()


def motif_from_counts(
    name: str, counts: list[list[float]], alt_name: str, where: str, alphabet: Alphabet = DNA
) -> Motif:
    """``Motif.from_counts``, whose errors say ``where``."""
    try:
        return Motif.from_counts(name, counts, alt_name, alphabet=alphabet)
    except DemoError as error:
        raise DemoError(error.what, where=where) from None


def motif_from_rows(
    name: str, rows: list[list[float]], alt_name: str, where: str, nsites: float = DEFAULT_NSITES
) -> Motif:
    """A motif from (W, 4) probabilities, or from counts where some row does not sum to 1.

    Args:
        nsites: of probabilities; counts have their own.

    Raises:
        DemoError: the matrix or the name is not a motif's; says ``where``.
    """
    if any(abs(sum(row) - 1) > _ROW_SUM_LIMIT for row in rows):
        return motif_from_counts(name, rows, alt_name, where)
    try:
        return Motif(name, np.array([scaled_to_one(row, where) for row in rows]), nsites, alt_name=alt_name)
    except DemoError as error:
        raise DemoError(error.what, where=where) from None


def scaled_to_one(row: list[float], where: str) -> list[float]:
    """Probabilities that sum to 1: kept within 1e-5 of it, scaled within 0.02, a DemoError beyond."""
    total = sum(row)
    if abs(total - 1) > _ROW_SUM_LIMIT:
        raise DemoError(f"Probabilities sum to 1; these to {total:.6g}.", where=where)
    return [p / total for p in row] if abs(total - 1) > ROW_SUM_TOLERANCE else row


def _refuse_other_kinds_of_file(lines: Lines) -> None:
    start = (lines.peek() or "")[:200].lower()
    if start.startswith(("<", "{", "[{")):
        kind = "a web page (HTML)" if "html" in start else "XML" if start.startswith("<") else "JSON"
        raise DemoError(
            f"This file is {kind}, not a motif file.",
            where=f"{lines.path}, line 1",
            fix="take the text output beside it: meme.txt, dreme.txt or streme.txt",
        )

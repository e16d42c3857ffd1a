"""What the three motif formats share: lines with their place, numbers that are checked, files written whole."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence

from demo.motifs.motif import Motif
from demo.utils.errors import DemoError
from demo.utils.files import write_text
from demo.utils.text_files import iterate_lines

MotifPath = str | os.PathLike[str]

_FORMAT = "text: a motif file of MEME, JASPAR or TRANSFAC"

# float() alone would also take "1_000" and digits of other scripts.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)


class Lines:
    """The lines of a text file that are not blank, stripped, each looked at before it is taken.

    Raises:
        DemoError: for a file that is not there, cannot be read, or is not text.
    """

    def __init__(self, path: MotifPath) -> None:
        self.path = path
        self._left = deque((number, line.strip()) for number, line in iterate_lines(path, _FORMAT))
        self._number = 1

    @property
    def where(self) -> str:
        """``"file, line 12"``, the line taken last."""
        return f"{self.path}, line {self._number}"

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
            raise DemoError(f"A matrix holds finite numbers of 0 or more, not {value}.", where=where)
    return values


def is_row(line: str) -> bool:
    """Whether a line holds numbers only, at least two."""
    tokens = line.split()
    return len(tokens) > 1 and all(_NUMBER.fullmatch(token) for token in tokens)


def split_name(text: str) -> tuple[str, str]:
    """``"MA0139.1  CTCF"`` -> ``("MA0139.1", "CTCF")``; the second may be empty or hold spaces."""
    name, _, alt_name = text.strip().replace("\t", " ").partition(" ")
    return name, alt_name.strip()


def motif_from_counts(name: str, counts: list[list[float]], alt_name: str, where: str) -> Motif:
    """``Motif.from_counts``, whose errors say ``where``."""
    try:
        return Motif.from_counts(name, counts, alt_name)
    except DemoError as error:
        raise DemoError(error.what, where=where) from None


def at_least_one(motifs: list[Motif], path: MotifPath) -> list[Motif]:
    """``motifs``, unless there are none: a DemoError."""
    if not motifs:
        raise DemoError("There is no motif in this file.", where=str(path))
    return motifs


def write(path: MotifPath, motifs: Sequence[Motif], text: str) -> None:
    """Write ``text`` to ``path`` atomically; DemoError if it holds no motifs, since no reader would take it."""
    if not motifs:
        raise DemoError("There are no motifs to write.", where=str(path))
    write_text(path, text)

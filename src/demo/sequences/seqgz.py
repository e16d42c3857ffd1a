"""DeepBind's ``.seq.gz``: a gzipped, tab-separated table with the header ``FoldID EventID seq Bound``.

A data set is two such files: ``<name>_AC.seq.gz`` for training (bound sequences only) and ``<name>_B.seq.gz`` for the
test (bound ones and shuffles).
"""

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from demo.errors import DemoError, nearest
from demo.files import atomic_write
from demo.sequences.alphabet import decode, encode
from demo.sequences.sequence_set import SequenceSet

_COLUMNS = ("FoldID", "EventID", "seq", "Bound")
_FORMAT = f"a gzipped table with tabs between its columns: {' '.join(_COLUMNS)}"
_GZIP_MAGIC = b"\x1f\x8b"


def read_seq_gz(path: str | os.PathLike[str]) -> SequenceSet:
    """Read a ``.seq.gz`` file.

    Columns are found by name, in any order; ``FoldID`` and columns unknown to the format are not needed. Blank lines
    are no records; Windows line ends are accepted. Letters are read as ``encode`` reads them.

    Returns:
        The N records in the order of the file: codes (N, L), labels (N,). Nothing is skipped: what cannot be read is
        an error.

    Raises:
        DemoError: the file is not there, not readable, damaged or not of this format; a letter is no nucleotide; a
            label is not 0 or 1; lengths differ; there is no record. Names the line where there is one.
    """
    path = Path(path)
    lines = _numbered_lines(_text(_unzipped(path), path))
    header_line, header = next(lines, (1, ""))
    columns = header.split("\t")
    name_at, sequence_at, label_at = (_column(columns, name, f"{path}, line {header_line}") for name in _COLUMNS[1:])

    names, sequences, labels, line_of = [], [], [], []
    for number, line in lines:
        fields = line.split("\t")
        if len(fields) != len(columns):
            raise DemoError(
                f"This line has {len(fields)} fields, the header has {len(columns)}.", where=f"{path}, line {number}"
            )
        if fields[label_at] not in ("0", "1"):
            raise DemoError(
                f"The label (column Bound) is {fields[label_at]!r}; it is 1 for bound or 0 for not bound.",
                where=f"{path}, line {number}",
            )
        if not fields[sequence_at]:
            raise DemoError("The sequence is empty.", where=f"{path}, line {number}")
        names.append(fields[name_at])
        sequences.append(fields[sequence_at])
        labels.append(fields[label_at] == "1")
        line_of.append(number)
    if not names:
        raise DemoError("This file has a header and no record.", where=str(path), fix="copy the file again")
    codes = encode(sequences, locate=lambda i: f"{path}, line {line_of[i]}")
    return SequenceSet(names, codes, np.array(labels, np.uint8))


def write_seq_gz(path: str | os.PathLike[str], sequences: SequenceSet, *, fold: str = "A") -> None:
    """Write a ``.seq.gz`` file that ``read_seq_gz`` and DeepBind read; it is there whole or not at all.

    The same set gives the same bytes. N is written for every letter that was read as N.

    Args:
        path: the file; its folder is made if need be.
        sequences: (N, L) sequences with names and labels.
        fold: the ``FoldID`` of every record (DeepBind's files have A).

    Raises:
        DemoError: a name holds a tab or a line end, or the file cannot be written.
    """
    for name in (fold, *sequences.ids):
        if any(character in name for character in "\t\r\n"):
            raise DemoError(f"The name {name!r} holds a tab or a line end, which the format cannot hold.")
    rows = zip(sequences.ids, decode(sequences.codes), sequences.labels.tolist(), strict=True)
    lines = ["\t".join(_COLUMNS), *(f"{fold}\t{name}\t{letters}\t{label}" for name, letters, label in rows)]
    with atomic_write(path) as temporary:
        # Level 9, the default, takes five times as long and saves a few per cent.
        temporary.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=6, mtime=0))


def count_records(path: str | os.PathLike[str]) -> int:
    """How many records a ``.seq.gz`` file has, without reading them: its lines that are not blank, less the header.

    Raises:
        DemoError: the file is not there, not readable or damaged.
    """
    lines = _unzipped(Path(path)).split(b"\n")
    return max(0, sum(1 for line in lines if line.strip()) - 1)


def _unzipped(path: Path) -> bytes:
    """The unzipped bytes of ``path``; never empty."""
    try:
        zipped = path.read_bytes()
    except OSError as error:
        raise _cannot_read(path, error) from error
    if not zipped:
        raise DemoError("This file is empty.", where=str(path), fix="copy the file again")
    if not zipped.startswith(_GZIP_MAGIC):
        raise DemoError("This file is not gzipped.", where=str(path), exists=f"The format is {_FORMAT}.", fix="gzip it")
    try:
        data = gzip.decompress(zipped)
    except (EOFError, OSError, zlib.error) as error:
        what = "cut off before its end" if isinstance(error, EOFError) else "damaged"
        raise DemoError(
            f"This gzipped file is {what} ({error}).", where=str(path), fix="copy the file again"
        ) from error
    if not data.strip():
        raise DemoError("This gzipped file holds no lines.", where=str(path), fix="copy the file again")
    return data


def _cannot_read(path: Path, error: OSError) -> DemoError:
    if not isinstance(error, FileNotFoundError):
        return DemoError(f"Cannot read this file: {error.strerror or error}.", where=str(path))
    folder = path.parent
    try:
        there = sorted(entry.name for entry in folder.iterdir())
    except OSError as folder_error:
        return DemoError(
            f"There is no such file, and its folder cannot be looked into: {folder_error.strerror}.",
            where=str(path),
            fix=f"look at the path {folder}",
        )
    close = nearest(path.name, there) or there[:5]
    return DemoError(
        "There is no such file.",
        where=str(path),
        exists=f"{', '.join(close)} ({len(there):,} in that folder)" if there else "nothing in that folder",
        fix="name a file that is there",
    )


def _text(data: bytes, path: Path) -> str:
    try:
        # Windows editors put a mark before the first column's name, which "-sig" takes away.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DemoError(
            f"The byte 0x{data[error.start]:02x} here is not text (UTF-8).",
            where=f"{path}, line {line}",
            exists=f"The format is {_FORMAT}.",
        ) from error


def _numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, without their ends, with their numbers from 1."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.removesuffix("\r")


def _column(columns: list[str], name: str, where: str) -> int:
    if columns.count(name) == 1:
        return columns.index(name)
    raise DemoError(
        f"The header has {'no' if name not in columns else 'more than one'} column {name!r}.",
        where=where,
        exists=f"the columns {', '.join(repr(column[:40]) for column in columns[:10])}",
        fix=f"the format is {_FORMAT}",
    )

"""Labelled sequences of one length, and the files that hold them.

DeepBind's ``.seq.gz`` is a gzipped, tab-separated table with the header ``FoldID EventID seq Bound``. A data set is two
such files: ``<name>_AC.seq.gz`` for training (bound sequences only) and ``<name>_B.seq.gz`` for the test (bound ones
and shuffles).
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.sequences.alphabet import check_codes, decode, encode
from demo.sequences.task import BINDING, Task
from demo.utils.errors import DemoError
from demo.utils.files import atomic_write
from demo.utils.text_files import iterate_lines


@dataclass(frozen=True, eq=False)
class SequenceSet:
    """N sequences of L bp with their names and labels.

    Args:
        ids: N names, in the order of the file.
        codes: (N, L) ``uint8``, A C G T N = 0 1 2 3 4, or the codes of another alphabet.
        labels: (N,) ``uint8``, 1 bound, 0 not bound; of other tasks the number of the class.
        skipped: how many records the reader left out, by reason; empty where it kept all.
        task: what the codes and labels stand for.

    Raises:
        DemoError: the shapes, types or values are not these.
    """

    ids: list[str]
    codes: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    task: Task = BINDING

    def __post_init__(self) -> None:
        check_codes(self.codes, self.task.alphabet)
        count = len(self.codes)
        if len(self.ids) != count or self.labels.shape != (count,):
            raise DemoError(
                f"{count} sequences need {count} names and labels; there are {len(self.ids)} names "
                f"and labels of shape {self.labels.shape}."
            )
        if self.labels.dtype != np.uint8 or (count and self.labels.max() >= len(self.task.classes)):
            raise DemoError("Labels are uint8, 1 for bound and 0 for not bound, or numbers of classes.")

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def length(self) -> int:
        """Length of the sequences in bp, L."""
        return self.codes.shape[1]

    @property
    def positives(self) -> SequenceSet:
        """The bound sequences only, in their order."""
        return self.select(self.labels == 1)

    def select(self, index: slice | Sequence[int] | NDArray[np.integer] | NDArray[np.bool_]) -> SequenceSet:
        """The records of a slice, of positions (in the order given) or of a mask of shape (N,); a copy.

        ``skipped`` is kept: it tells of the file that was read, not of the selection.
        """
        # An empty list would otherwise become an array of floats, which cannot be an index.
        picked = np.arange(len(self))[np.asarray(index, int) if isinstance(index, list) and not index else index]
        return SequenceSet(
            [self.ids[i] for i in picked], self.codes[picked], self.labels[picked], self.skipped, self.task
        )


_COLUMNS = ("FoldID", "EventID", "seq", "Bound")
_FORMAT = f"a gzipped table with tabs between its columns: {' '.join(_COLUMNS)}"


class SeqGzRecord(NamedTuple):
    """A line of a ``.seq.gz`` file.

    Attributes:
        name: its ``EventID``.
        sequence: as it stands there.
        label: 1 bound, 0 not bound.
        line: counted from 1.
    """

    name: str
    sequence: str
    label: int
    line: int


def read_seq_gz(path: str | os.PathLike[str]) -> SequenceSet:
    """Read a ``.seq.gz`` file.

    Letters are read as ``encode`` reads them; the rest as ``iterate_seq_gz`` says.

    Returns:
        The N records in the order of the file: codes (N, L), labels (N,). Nothing is skipped: what cannot be read is
        an error.

    Raises:
        DemoError: a letter is no nucleotide, lengths differ, or as ``iterate_seq_gz``. Names the line where there is
            one.
    """
    records = list(iterate_seq_gz(path))
    codes = encode([record.sequence for record in records], locate=lambda i: f"{path}, line {records[i].line}")
    return SequenceSet([record.name for record in records], codes, np.array([r.label for r in records], np.uint8))


def iterate_seq_gz(path: str | os.PathLike[str]) -> Iterator[SeqGzRecord]:
    """The records of a ``.seq.gz`` file in file order; one is in memory at a time.

    Columns are found by name, in any order; ``FoldID`` and columns unknown to the format are not needed. Blank lines
    are no records; Windows line ends are accepted.

    Raises:
        DemoError: the file is not there, not readable, damaged or not of this format; a label is not 0 or 1; a
            sequence is empty; there is no record. Names the line where there is one.
    """
    lines = iterate_lines(path, _FORMAT, only_gzipped=True)
    header_line, header = next(lines)
    columns = header.split("\t")
    name_at, sequence_at, label_at = (_column(columns, name, f"{path}, line {header_line}") for name in _COLUMNS[1:])
    any_record = False
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
        any_record = True
        yield SeqGzRecord(fields[name_at], fields[sequence_at], int(fields[label_at]), number)
    if not any_record:
        raise DemoError("This file has a header and no record.", where=str(path), fix="copy the file again")


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
    return sum(1 for _ in iterate_lines(path, _FORMAT, only_gzipped=True)) - 1


def _column(columns: list[str], name: str, where: str) -> int:
    if columns.count(name) == 1:
        return columns.index(name)
    raise DemoError(
        f"The header has {'no' if name not in columns else 'more than one'} column {name!r}.",
        where=where,
        exists=f"the columns {', '.join(repr(column[:40]) for column in columns[:10])}",
        fix=f"the format is {_FORMAT}",
    )

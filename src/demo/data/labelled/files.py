"""Files of labelled sequences: a table, or FASTA with the label in the header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from demo.data.labelled.class_files import READ_FROM
from demo.sequences.fasta import iterate_fasta
from demo.utils.errors import DemoError
from demo.utils.text_files import iterate_lines

_NAMED = r"(?:class|label)\s*[:=]\s*([^\s;|,]+)"
LABEL_PATTERN = rf"{_NAMED}|\|\s*([^\s|]+)\s*$"
"""Of a label in the header of FASTA, unless ``data.label`` says otherwise: ``class:1``, ``label=EI``, or ``|EI``."""


class LabelledRecord(NamedTuple):
    """A sequence as it is written, with its label.

    Attributes:
        name: its id, or its number in the file.
        sequence: its letters.
        label: the name of its class.
        split: ``train``, ``validation`` or ``test``, as the file has it; ``None`` if it says nothing.
        where: file and line, for errors.
    """

    name: str
    sequence: str
    label: str
    split: str | None
    where: str


def records_of(path: Path, pattern: str | None) -> Iterator[LabelledRecord]:
    """The sequences of a file, in its order.

    Args:
        path: a table with columns ``sequence`` and ``label``, or FASTA; plain or gzipped.
        pattern: of the label in headers of FASTA; ``None`` for ``LABEL_PATTERN``.

    Raises, when iterated over:
        DemoError: the file cannot be read, or a sequence has no label.
    """
    _, first = next(iterate_lines(path, "a table with columns sequence and label, or FASTA"))
    if first.startswith((">", ";")):
        yield from _fasta_records(path, pattern or LABEL_PATTERN)
    else:
        yield from _table_records(path)


def _fasta_records(path: Path, pattern: str) -> Iterator[LabelledRecord]:
    for record in iterate_fasta(path, as_written=True):
        found = re.search(pattern, record.header)
        if found is None:
            raise DemoError(
                f"There is no label in this header: {record.header[:80]!r}.",
                where=f"{path}, line {record.line}",
                exists="labels are looked for as "
                + ("class:1, label=1 or, at the end, |1" if pattern == LABEL_PATTERN else f"the pattern {pattern}"),
                fix=r"data.label='class:(\w+)', a pattern with one group",
            )
        label = next(group for group in found.groups() if group is not None)
        yield LabelledRecord(record.name.rstrip(";,"), record.sequence, label, None, f"{path}, line {record.line}")


def is_labelled(path: Path) -> bool:
    """Whether a file looks like labelled sequences: a table with these columns, or FASTA with two or more of
    ``class:1`` or ``label=1`` in its first headers. (What follows ``|`` may be anything in other FASTA.)

    Raises:
        DemoError: the file cannot be read.
    """
    _, first = next(iterate_lines(path, "BED, a peak format, or FASTA"))
    if not first.startswith((">", ";")):
        columns = {name.strip().lower() for name in re.split("[\t,;]", first)}
        return {"sequence", "label"} <= columns
    headers = (record.header for record in islice(iterate_fasta(path, as_written=True), 10_000))
    found = (re.search(_NAMED, header) for header in headers)
    return len({match[1] for match in found if match}) > 1


_COLUMNS = ("sequence", "label", "id", "split", READ_FROM)
_SPLITS = {"train": "train", "training": "train", "valid": "validation", "val": "validation", "dev": "validation"}
_SPLITS |= {"validation": "validation", "test": "test"}


def _table_records(path: Path) -> Iterator[LabelledRecord]:
    for number, values in read_table(path, ("sequence", "label")):
        where = values.get(READ_FROM) or f"{path}, line {number}"
        split = values.get("split", "").lower()
        if split and split not in _SPLITS:
            raise DemoError(f"The split is {split!r}.", where=where, exists=["train", "validation", "test"])
        yield LabelledRecord(
            values.get("id") or f"line_{number}", values["sequence"], values["label"], _SPLITS.get(split), where
        )


def read_table(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table with tabs, commas or semicolons: line, from 1, and what is in columns of interest.

    Args:
        path: with a header; plain or gzipped.
        needed: columns that have to be there and filled; of ``sequence``, ``label``, ``id`` and ``split``, the others
            are read if they are there.

    Raises:
        DemoError: the file cannot be read, a column is missing, or a line has another number of fields.
    """
    lines = iterate_lines(path, "a table with columns sequence and label")
    _, header = next(lines)
    delimiter = next((each for each in "\t;" if each in header), ",")
    written = next(csv.reader([header], delimiter=delimiter))
    columns = [name.strip().lower() for name in written]
    for name in needed:
        if columns.count(name) != 1:
            raise DemoError(
                f"The header has {'more than one' if name in columns else 'no'} column {name!r}.",
                where=f"{path}, line 1",
                exists=f"the columns {', '.join(repr(column[:40]) for column in written[:10])}",
                fix="a table (tabs, commas or semicolons) whose first line has the names sequence and label, and "
                "possibly id and split; or FASTA",
            )
    at: dict[str, int] = {name: columns.index(name) for name in _COLUMNS if name in columns}
    for number, line in lines:
        where = f"{path}, line {number}"
        fields = next(csv.reader([line], delimiter=delimiter))
        if len(fields) != len(columns):
            raise DemoError(f"This line has {len(fields)} fields, the header has {len(columns)}.", where=where)
        values = {name: fields[index].strip() for name, index in at.items()}
        for name in needed:
            if not values[name]:
                raise DemoError(f"The {name} is empty.", where=where, fix="fill it in, or remove the line")
        yield number, values

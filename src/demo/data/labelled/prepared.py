"""Labelled sequences checked and split once, as a table that every training reads with the same split."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from demo.data.labelled.read import LabelledData
from demo.sequences import SequenceSet, decode
from demo.utils.errors import DemoError
from demo.utils.files import checksums, others_write_to, write_json, write_text


def files_of(folder: Path, name: str, *, force: bool) -> tuple[Path, Path]:
    """The table of a data set, and the note that records how it was made.

    Raises:
        DemoError: one of them exists, and ``force`` is not set.
    """
    files = folder / f"{name}.tsv", folder / f"{name}.json"
    there = [str(file) for file in files if file.exists()]
    if there and not force:
        raise DemoError(
            f"The data set {name} exists already.", exists=there, fix="force=true to overwrite it, or another tf="
        )
    return files


def write(files: tuple[Path, Path], data: LabelledData, made_of: Mapping[str, Any]) -> None:
    """Write the table, with columns ``id``, ``sequence``, ``label`` and ``split``, and the note.

    Args:
        files: of ``files_of``.
        data: as it was read. Its sequences are written in the letters of their alphabet and have one length, in the
            order in which a training has them: it makes the same validation part of either.
        made_of: what the note says, besides counts and a checksum.

    Raises:
        DemoError: a file cannot be written.
    """
    table, note = files
    with others_write_to(note.parent):
        # An existing note describes the table that is overwritten now.
        note.unlink(missing_ok=True)
    text = io.StringIO()
    rows = csv.writer(text, delimiter="\t", lineterminator="\n")
    rows.writerow(("id", "sequence", "label", "split"))
    for split, part in _parts(data):
        classes = part.task.classes
        sequences = decode(part.codes, part.task.alphabet)
        rows.writerows(
            (name, sequence, classes[label], split)
            for name, sequence, label in zip(part.ids, sequences, part.labels.tolist(), strict=True)
        )
    write_text(table, text.getvalue())
    write_json(note, {**made_of, "counts": counts_of(data), "notes": data.notes, "sha256": checksums(table)})


def counts_of(data: LabelledData) -> dict[str, dict[str, int]]:
    """Sequences of each class, by name, in each part."""
    counts = {name: np.bincount(part.labels, minlength=len(part.task.classes)) for name, part in _parts(data)}
    return {
        label: {name: int(of_part[number]) for name, of_part in counts.items()}
        for number, label in enumerate(data.train.task.classes)
    }


def _parts(data: LabelledData) -> Iterator[tuple[str, SequenceSet]]:
    yield "train", data.train
    if data.validation is not None:
        yield "validation", data.validation
    yield "test", data.test

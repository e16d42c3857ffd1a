"""The two files of a data set, and the note that records how they were made."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from demo.data.catalogue import TEST_SUFFIX, TRAIN_SUFFIX
from demo.sequences import SequenceSet, write_seq_gz
from demo.utils.errors import DemoError
from demo.utils.files import checksums, others_write_to, write_json

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_COMMANDS = ("all", "list")
"""Names with another meaning for ``tf=``."""


def set_name(tf: object, cell: object, name: object) -> str:
    """``<TF>_<cell line>_<name>``, or ``<TF>_<name>``.

    It never equals a name that DeepBind published: those have four parts or more.

    Raises:
        DemoError: a part has characters that files or ``tf=`` cannot have, or is reserved.
    """
    parts = [("tf", tf), *([("cell", cell)] if cell is not None else []), ("name", name)]
    for setting, value in parts:
        if not _PART.fullmatch(str(value)) or len(str(value)) > 60:
            raise DemoError(
                f"{setting} is {str(value)[:80]!r}, which cannot be part of the name of a data set.",
                exists="up to 60 letters (A-Z, a-z), digits, and . + -, beginning with a letter or digit",
                fix=f"{setting}={re.sub(r'[^A-Za-z0-9.+-]+', '', str(value)).lstrip('.+-')[:60] or 'MYTF'}",
            )
    if str(tf).lower() in _COMMANDS:
        raise DemoError(f"tf={tf} has another meaning for train.py and sweep.py.", fix="another name")
    if str(name).lower() == "simulated":
        raise DemoError("Real data must not be called simulated.", fix="name=user")
    return "_".join(str(value) for _, value in parts)


def files_of(folder: Path, name: str, *, force: bool) -> tuple[Path, Path, Path]:
    """The training file, the test file and the note of a data set.

    Raises:
        DemoError: one of them exists, and ``force`` is not set.
    """
    files = folder / f"{name}{TRAIN_SUFFIX}", folder / f"{name}{TEST_SUFFIX}", folder / f"{name}.json"
    there = [str(file) for file in files if file.exists()]
    if there and not force:
        raise DemoError(
            f"The data set {name} exists already.", exists=there, fix="force=true to overwrite it, or another name="
        )
    return files


def write(
    files: tuple[Path, Path, Path],
    training: Sequence[SequenceSet],
    test: Sequence[SequenceSet],
    made_of: Mapping[str, Any],
) -> None:
    """Write both files and the note, which holds ``made_of`` and the checksums of the two.

    Raises:
        DemoError: a file cannot be written.
    """
    train_file, test_file, note = files
    with others_write_to(note.parent):
        # An existing note describes the files that are overwritten now.
        note.unlink(missing_ok=True)
    write_seq_gz(train_file, _joined(training))
    write_seq_gz(test_file, _joined(test))
    write_json(note, {**made_of, "sha256": checksums(train_file, test_file)})


def _joined(parts: Sequence[SequenceSet]) -> SequenceSet:
    return SequenceSet(
        [name for part in parts for name in part.ids],
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.labels for part in parts]),
    )

"""A data set of labelled sequences: read, checked, brought to one length, and split into training and test."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.data.labelled.encoding import Notes, encoded
from demo.data.labelled.files import LabelledRecord, records_of
from demo.data.labelled.settings import LabelledSettings
from demo.data.labelled.splits import folds_of, groups_of
from demo.sequences import SequenceSet, Task
from demo.utils.errors import DemoError

FEWEST = 10
"""Sequences that a class has at least: fewer leave none for validation and the test."""

MOST_CLASSES = 255

_LISTED = 20
"""Classes that a message names."""


@dataclass(frozen=True)
class LabelledData:
    """A data set that was read and split.

    Attributes:
        train: to train on.
        validation: as the file has it; ``None`` if every run is to choose its own.
        test: to be looked at once.
        notes: what was done to the sequences, one sentence each.
    """

    train: SequenceSet
    validation: SequenceSet | None
    test: SequenceSet
    notes: tuple[str, ...]


def read_labelled(path: Path, test_path: Path, settings: LabelledSettings) -> LabelledData:
    """Read a file of labelled sequences, and its test file, or set a part of it aside for the test.

    Args:
        path: a table (tabs, commas or semicolons) with columns ``sequence`` and ``label``, possibly ``id`` and
            ``split``; or FASTA with labels in its headers. Plain or gzipped.
        test_path: likewise; the same as ``path`` if there is no test file.
        settings: how.

    Raises:
        DemoError: a file cannot be read, a letter is not of the alphabet, lengths differ, a class has too few
            sequences or is on one side only.
    """
    records = list(records_of(path, settings.label))
    tests = [] if test_path == path else list(records_of(test_path, settings.label))
    _check_classes(records, tests, path, test_path)
    records += tests
    _check_lengths(records, settings)
    notes = Notes(settings)
    whole = encoded(records, _task(records, settings), settings, notes)
    if tests or any(record.split for record in records):
        part = _named_parts(records, len(tests), path, notes)
        alike = None
    else:
        part, alike = _parts_made(whole, settings, notes)
    _check_parts(part, whole, path, test_path, alike)
    _note_odd(records, notes)
    sets = {name: whole.select(part == name) for name in ("train", "validation", "test") if (part == name).any()}
    task = whole.task
    if alike is None:
        groups = groups_of(whole.codes, task)
        if again := int(np.isin(groups[part == "test"], groups[part == "train"]).sum()):
            notes.add(f"{again:,} test sequences are training sequences, too: the split is the files' own.")
    if task.strands == 2 and settings.strands is None:
        notes.add("DNA is read on both strands; data.strands=1 is for sequences that have a direction.")
    if task.outputs == 1 and settings.positive is None:
        notes.add(f"The positive class is {task.classes[1]!r}; data.positive={task.classes[0]} is the other.")
    counts = Counter(record.label for record in records)
    more = f", ...: {len(counts)} in all" if len(counts) > _LISTED else ""
    notes.add(f"Classes: {', '.join(f'{name} ({counts[name]:,})' for name in task.classes[:_LISTED])}{more}.")
    return LabelledData(sets["train"], sets.get("validation"), sets["test"], notes.sentences)


def _check_classes(
    records: Sequence[LabelledRecord], tests: Sequence[LabelledRecord], path: Path, test_path: Path
) -> None:
    """Raise a ``DemoError`` if these are no classes to train on, however they may be split."""
    counts = Counter(record.label for record in (*records, *tests))
    if len(counts) > MOST_CLASSES:
        raise DemoError(
            f"There are {len(counts):,} classes, more than {MOST_CLASSES}: are these numbers to be predicted?",
            where=str(path),
            exists=f"labels {', '.join(sorted(counts)[:5])}, ...",
        )
    if unknown := sorted(counts.keys() - {record.label for record in records}):
        raise DemoError(
            f"The class {unknown[0]!r} is in no training sequence, only in {counts[unknown[0]]:,} others.",
            where=str(test_path),
            exists=f"classes of training sequences: {', '.join(sorted(counts.keys() - unknown)[:_LISTED])}",
            fix="remove these sequences, or correct their labels",
        )
    if few := sorted(name for name, count in counts.items() if count < FEWEST):
        raise DemoError(
            f"The class {few[0]!r} has {counts[few[0]]} sequence{'s' * (counts[few[0]] > 1)}, too few to train, "
            "validate and test on.",
            where=str(path),
            exists=f"each class needs {FEWEST}; {len(few)} of {len(counts)} have fewer: "
            + ", ".join(f"{name} ({counts[name]})" for name in few[:5])
            + ", ..." * (len(few) > 5),
            fix="add sequences of it, remove these, or merge it with another class",
        )
    if len(counts) < 2:
        raise DemoError(
            f"All sequences have the label {next(iter(counts))!r}; there must be two classes.", where=str(path)
        )


def _named_parts(records: Sequence[LabelledRecord], tests: int, path: Path, notes: Notes) -> NDArray[np.str_]:
    """(N,) ``train``, ``validation`` or ``test``, as the files say; the last ``tests`` records are of a test file."""
    trained = records[: len(records) - tests]
    named = Counter(record.split for record in trained)
    if tests and named["test"]:
        raise DemoError("The column 'split' names test sequences, but there is a test file.", where=str(path))
    if not tests and not named["test"]:
        raise DemoError("The column 'split' names no test sequence.", where=str(path), fix="write test there")
    if named.keys() != {None}:
        notes.count("have nothing in the column 'split' and are trained on", named[None])
    return np.array([*(record.split or "train" for record in trained), *["test"] * tests])


def _parts_made(whole: SequenceSet, settings: LabelledSettings, notes: Notes) -> tuple[NDArray[np.str_], str]:
    """(N,) ``train`` or ``test``, a stratified part that is set aside; and which sequences stay on one side."""
    groups = groups_of(whole.codes, whole.task, settings.together)
    # By their names, so that the split is the same whichever class is positive.
    labels = [whole.task.classes[label] for label in whole.labels]
    folds = folds_of(groups, labels, settings.folds, settings.split_seed)
    part = np.where(folds == settings.fold, "test", "train")
    notes.add(
        f"{(part == 'test').sum():,} of {len(whole):,} sequences are set aside for the test: part {settings.fold} of "
        f"{settings.folds} (data.fold, data.test_fraction)."
    )
    largest = int(np.bincount(groups).max())
    if largest > len(whole) / settings.folds:
        notes.add(f"{largest:,} sequences are alike and stay together: parts are not of one size.")
    return part, f"shares {settings.together} letters in a row with" if settings.together else "is equal to"


def _check_parts(part: NDArray[np.str_], whole: SequenceSet, path: Path, test_path: Path, alike: str | None) -> None:
    """Raise a ``DemoError`` if a class is on one side of the split only; ``alike`` if it was made here."""
    for side, kind, fewest in (("train", "training", 2), ("test", "test", 1)):
        counts = np.bincount(whole.labels[part == side], minlength=len(whole.task.classes))
        if (counts < fewest).any():
            raise DemoError(
                f"{'Only one' if counts.min() else 'No'} {kind} sequence is of the class "
                f"{whole.task.classes[int(counts.argmin())]!r}"
                + (f": one that {alike} another stays on its side of the split." if alike else "."),
                where=str(test_path if side == "test" else path),
                fix="data.test=<a test file>, or a larger data.together=" if alike else "add some, or remove the class",
            )


def _task(records: Sequence[LabelledRecord], settings: LabelledSettings) -> Task:
    """The alphabet, and the classes in their order."""
    counts = Counter(record.label for record in records)
    names = sorted(counts)
    if all(re.fullmatch(r"\d{1,9}", name) for name in names):
        names.sort(key=int)
    if len(names) == 2:
        positive = settings.positive or ("1" if set(names) == {"0", "1"} else min(names, key=lambda n: counts[n]))
        if positive not in names:
            raise DemoError(f"There is no class {positive!r} to be the positive one.", exists=names)
        names.sort(key=lambda name: name == positive)
    elif settings.positive is not None:
        raise DemoError(f"data.positive= is for two classes; there are {len(names)}.", fix="leave it out")
    return Task(settings.letters, tuple(names), settings.strands_read)


def _check_lengths(records: Sequence[LabelledRecord], settings: LabelledSettings) -> None:
    """Raise a ``DemoError`` if lengths differ and no setting says what to do."""
    lengths = Counter(len(record.sequence) for record in records)
    if settings.length is not None or len(lengths) == 1:
        return
    unit, (usual, count) = settings.letters.unit, lengths.most_common(1)[0]
    odd = next(record for record in records if len(record.sequence) != usual)
    middle = int(np.median([len(record.sequence) for record in records]))
    raise DemoError(
        f"The sequences have {len(lengths)} different lengths, from {min(lengths):,} to {max(lengths):,} {unit}.",
        where=odd.where,
        exists=f"{count:,} of {len(records):,} have {usual:,}; the median is {middle:,}",
        fix=f"data.length={usual if 2 * count > len(records) else middle}, with data.crop=centre|start|end for longer "
        "ones and data.pad=both|start|end for shorter ones",
    )


def _note_odd(records: Sequence[LabelledRecord], notes: Notes) -> None:
    """What may be a mistake in the files, and is used as it is."""
    labels: dict[str, set[str]] = defaultdict(set)
    for record in records:
        labels[record.sequence.upper()].add(record.label)
    notes.count("are equal to an earlier one", len(records) - len(labels))
    notes.count("have more than one label, each of which counts", sum(len(found) > 1 for found in labels.values()))
    notes.count("have the id of an earlier one", len(records) - len({record.name for record in records}))
    classes: dict[str, list[str]] = defaultdict(list)
    for name in sorted({record.label for record in records}):
        classes[name.lower()].append(name)
    for alike in classes.values():
        if len(alike) > 1:
            notes.add(f"Labels that differ only in case are classes of their own: {', '.join(alike)}.")

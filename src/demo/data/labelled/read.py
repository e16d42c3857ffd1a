"""A data set of labelled sequences: read, checked, brought to one length, and split into training and test."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

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
    notes = Notes(settings)
    parts = _parts(records, tests, settings, path, notes)
    _check_parts(parts, path, test_path, settings)
    records += tests
    task = _task(records, settings)
    _check_lengths(records, settings)
    sets = {name: encoded(part, task, settings, notes) for name, part in parts.items() if part}
    task = sets["train"].task
    _note_odd(records, notes)
    seen = set(map(bytes, sets["train"].codes))
    again = sum(bytes(row) in seen for row in sets["test"].codes)
    if again:
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


def _parts(
    records: Sequence[LabelledRecord],
    tests: list[LabelledRecord],
    settings: LabelledSettings,
    path: Path,
    notes: Notes,
) -> dict[str, list[LabelledRecord]]:
    """``train``, ``validation`` (empty if every run chooses its own) and ``test``: as the files say, or set aside."""
    parts: dict[str, list[LabelledRecord]] = {"train": [], "validation": [], "test": tests}
    named = Counter(record.split for record in records)
    if named.keys() - {None}:
        if tests and named["test"]:
            raise DemoError("The column 'split' names test sequences, but there is a test file.", where=str(path))
        if not tests and not named["test"]:
            raise DemoError("The column 'split' names no test sequence.", where=str(path), fix="write test there")
        notes.count("have nothing in the column 'split' and are trained on", named[None])
        for record in records:
            parts[record.split or "train"].append(record)
    elif tests:
        parts["train"] = list(records)
    else:
        groups = groups_of([record.sequence.upper() for record in records], settings.together)
        folds = folds_of(groups, [record.label for record in records], settings.folds, settings.split_seed)
        for record, fold in zip(records, folds.tolist(), strict=True):
            parts["test" if fold == settings.fold else "train"].append(record)
        notes.add(
            f"{len(parts['test']):,} of {len(records):,} sequences are set aside for the test: part {settings.fold} of "
            f"{settings.folds} (data.fold, data.test_fraction)."
        )
        largest = int(np.bincount(groups).max())
        if largest > len(records) / settings.folds:
            notes.add(f"{largest:,} sequences are alike and stay together: parts are not of one size.")
    return parts


def _check_parts(
    parts: Mapping[str, Sequence[LabelledRecord]], path: Path, test_path: Path, settings: LabelledSettings
) -> None:
    """Raise a ``DemoError`` if a class is on one side of the split only."""
    set_aside = path == test_path and not any(record.split for part in parts.values() for record in part)
    alike = f"shares {settings.together} letters in a row with another" if settings.together else "is equal to another"
    classes = sorted({record.label for part in parts.values() for record in part})
    for part, kind in (("train", "training"), ("test", "test")):
        counts = Counter(record.label for record in parts[part])
        for name in classes:
            if counts[name] < (2 if part == "train" else 1):
                raise DemoError(
                    f"{'Only one' if counts[name] else 'No'} {kind} sequence is of the class {name!r}"
                    + (f": each sequence that {alike} stays on its side of the split." if set_aside else "."),
                    where=str(test_path if part == "test" else path),
                    fix=("a larger data.together=, or " if settings.together else "") + "a test file: data.test="
                    if set_aside
                    else "add some, or remove the class",
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

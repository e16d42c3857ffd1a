"""Labelled sequences of any alphabet and any number of classes, from a table or FASTA: settings, reader, split."""

from __future__ import annotations

import csv
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.data.class_files import READ_FROM
from demo.sequences import SequenceSet, Task, alphabet_of, encode
from demo.sequences.alphabet import PROTEIN, RNA, Alphabet
from demo.sequences.fasta import iterate_fasta
from demo.utils.checks import choice, flag, real, whole
from demo.utils.errors import DemoError, SettingError
from demo.utils.text_files import iterate_lines

_NAMED = r"(?:class|label)\s*[:=]\s*([^\s;|,]+)"
LABEL_PATTERN = rf"{_NAMED}|\|\s*([^\s|]+)\s*$"
"""Of a label in the header of FASTA, unless ``data.label`` says otherwise: ``class:1``, ``label=EI``, or ``|EI``."""

FEWEST = 10
"""Sequences that a class has at least: fewer leave none for validation and the test."""

MOST_CLASSES = 255

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelledSettings:
    """How labelled sequences are read, split and used.

    Args:
        batch_size: sequences per batch.
        validation_fraction: fraction of the training sequences held out for validation, in (0, 0.5].
        test_fraction: of a file without a test file and without a column ``split``: fraction set aside for the test,
            in (0, 0.5].
        fold: which of the parts of that size is the test, from 0, for cross-validation.
        split_seed: of the split into training and test, the same for every ``seed=``.
        together: letters of a word that sequences on both sides of a split must not share; 0: sequences that are equal
            are kept on one side, others not.
        alphabet: ``dna``, ``rna``, ``protein``, or the letters of another.
        strands: 2 if a sequence and its reverse complement mean the same, 1 if it is read as given; ``None``: 2 for
            DNA, 1 for others.
        reverse_complement: whether training reverse complements each sequence with probability 0.5; ``None`` for only
            if both strands are read.
        shift: training shifts each sequence by up to this many positions.
        fixed_positions: whether a position means the same in each sequence: networks read each by itself, nothing is
            shifted, and the optimum of equation 1 is shown as a whole.
        junction: with it, the position (from 1) after which a line is drawn in logos; ``None`` for none.
        label: pattern (a regular expression with one group) of the label in the header of FASTA; ``None`` for
            ``class:1``, ``label=1`` or ``|1``.
        positive: of two classes, the one whose probability is predicted; ``None``: 1 if they are 0 and 1, otherwise
            the rarer one.
        length: of the sequences that the network reads; ``None``: all must have the same.
        crop: what longer sequences keep: ``centre``, ``start``, ``end``.
        pad: where shorter ones are filled with unknown positions: ``both``, ``start``, ``end``.
        class_weights: ``none``, or ``balanced``: each class has the same weight in the loss, however rare it is.

    Raises:
        SettingError: a setting is out of range.
        DemoError: settings exclude each other.
    """

    batch_size: int = 64
    validation_fraction: float = 0.1
    test_fraction: float = 0.2
    fold: int = 0
    split_seed: int = 0
    together: int = 0
    alphabet: str = "dna"
    strands: int | None = None
    reverse_complement: bool | None = None
    shift: int = 0
    fixed_positions: bool = False
    junction: int | None = None
    label: str | None = None
    positive: str | int | None = None
    length: int | None = None
    crop: str = "centre"
    pad: str = "both"
    class_weights: str = "none"

    def __post_init__(self) -> None:
        whole("batch_size", self.batch_size, 2, 1_000_000)
        real("validation_fraction", self.validation_fraction, 0, 0.5, open_low=True)
        real("test_fraction", self.test_fraction, 0, 0.5, open_low=True)
        whole("fold", self.fold, 0, self.folds - 1)
        whole("split_seed", self.split_seed, 0)
        whole("together", self.together, 0, 1000)
        if self.strands is not None:
            whole("strands", self.strands, 1, 1 if self.letters.complement is None else 2)
        flag("fixed_positions", self.fixed_positions)
        if self.fixed_positions and self.strands_read == 2:
            raise DemoError(
                "data.fixed_positions=true reads sequences as given: on the other strand, positions differ.",
                fix="data.strands=1",
            )
        if (
            self.reverse_complement is not None
            and flag("reverse_complement", self.reverse_complement)
            and self.strands_read == 1
        ):
            raise DemoError("data.reverse_complement=true needs sequences of two strands.", fix="data.strands=2")
        whole("shift", self.shift, 0, 0 if self.fixed_positions else 1_000_000)
        if self.junction is not None:
            whole("junction", self.junction, 1)
            if not self.fixed_positions:
                raise DemoError("data.junction= is of sequences that are aligned.", fix="data.fixed_positions=true")
        if self.label is not None:
            _check_pattern(self.label)
        if self.positive is not None:
            object.__setattr__(self, "positive", str(self.positive))
        if self.length is not None:
            whole("length", self.length, 1, 1_000_000)
        choice("crop", self.crop, ("centre", "start", "end"))
        choice("pad", self.pad, ("both", "start", "end"))
        choice("class_weights", self.class_weights, ("none", "balanced"))

    @property
    def letters(self) -> Alphabet:
        """The alphabet."""
        if not isinstance(self.alphabet, str):
            raise SettingError("alphabet", f"is {self.alphabet!r}.", "dna, rna, protein, or its letters", "rna")
        return alphabet_of(self.alphabet)

    @property
    def strands_read(self) -> int:
        """``strands``, or those that the alphabet has."""
        return self.strands or (1 if self.letters.complement is None else 2)

    @property
    def turns(self) -> bool:
        """Whether training reverse complements half of the sequences."""
        return self.strands_read == 2 if self.reverse_complement is None else self.reverse_complement

    @property
    def folds(self) -> int:
        """Parts of the size of ``test_fraction``."""
        return round(1 / self.test_fraction)


def _check_pattern(pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise SettingError("label", f"is {pattern!r}, no regular expression ({error}).", r"'class:(\w+)'") from error
    if groups != 1:
        raise SettingError("label", f"is {pattern!r}.", "a regular expression with one group", r"'class:(\w+)'")


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
        path: a table (tabs or commas) with columns ``sequence`` and ``label``, possibly ``id`` and ``split``; or FASTA
            with labels in its headers. Plain or gzipped.
        test_path: likewise; the same as ``path`` if there is no test file.
        settings: how.

    Raises:
        DemoError: a file cannot be read, a letter is not of the alphabet, lengths differ, a class has too few
            sequences or is in the test file only.
    """
    records = list(_records(path, settings.label))
    parts: dict[str, list[LabelledRecord]] = {"train": [], "validation": [], "test": []}
    if test_path != path:
        named = {record.split for record in records} & {"test", "validation"}
        for record in records:
            parts["validation" if record.split == "validation" else "train"].append(record)
        if "test" in named:
            raise DemoError("The column 'split' names test sequences, but there is a test file.", where=str(path))
        parts["test"] = list(_records(test_path, settings.label))
    elif any(record.split for record in records):
        for record in records:
            parts[record.split or "train"].append(record)
        if not parts["test"]:
            raise DemoError(
                "No sequence of the column 'split' is for the test.", where=str(path), fix="write test there"
            )
    else:
        held_out = _stratified(
            [record.sequence for record in records], [record.label for record in records], settings, path
        )
        for record, is_test in zip(records, held_out, strict=True):
            parts["test" if is_test else "train"].append(record)
    task, counts = _task(parts, settings, path, test_path)
    notes = Notes(settings)
    sets = {name: _encoded(part, task, settings, notes) for name, part in parts.items() if part}
    task = sets["train"].task
    lengths = {part.length for part in sets.values()}
    if len(lengths) > 1:
        raise DemoError(
            f"Test sequences have {sets['test'].length} {task.alphabet.unit}, but training sequences have "
            f"{sets['train'].length}.",
            where=str(test_path),
            fix=f"data.length={min(lengths)}",
        )
    seen = set(map(bytes, sets["train"].codes))
    again = sum(bytes(row) in seen for row in sets["test"].codes)
    if again:
        notes.add(f"{again:,} test sequences are training sequences, too: the split is the files' own.")
    if task.strands == 2 and settings.strands is None:
        notes.add("DNA is read on both strands; data.strands=1 is for sequences that have a direction.")
    if task.outputs == 1 and settings.positive is None:
        notes.add(f"The positive class is {task.classes[1]!r}; data.positive={task.classes[0]} is the other.")
    notes.add(f"Classes: {', '.join(f'{name} ({counts[name]:,})' for name in task.classes[:20])}.")
    return LabelledData(sets["train"], sets.get("validation"), sets["test"], notes.sentences)


def _records(path: Path, pattern: str | None) -> Iterator[LabelledRecord]:
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
                exists=f"it is looked for by the pattern {pattern}",
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
        columns = {name.strip().lower() for name in re.split("[\t,]", first)}
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
    """The rows of a table with tabs or commas, plain or gzipped: line, from 1, and what is in columns of interest.

    Args:
        path: with a header.
        needed: columns that have to be there and filled; of ``sequence``, ``label``, ``id`` and ``split``, the others
            are read if they are there.

    Raises:
        DemoError: the file cannot be read, a column is missing, or a line has another number of fields.
    """
    lines = iterate_lines(path, "a table with columns sequence and label")
    _, header = next(lines)
    delimiter = "\t" if "\t" in header else ","
    columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter))]
    for name in needed:
        if columns.count(name) != 1:
            raise DemoError(
                f"The header has {'more than one' if name in columns else 'no'} column {name!r}.",
                where=f"{path}, line 1",
                exists=f"the columns {', '.join(repr(column[:40]) for column in columns[:10])}",
                fix="a table with columns sequence and label, and possibly id and split; or FASTA",
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
                raise DemoError(f"The {name} is empty.", where=where)
        yield number, values


def _task(
    parts: Mapping[str, Sequence[LabelledRecord]], settings: LabelledSettings, path: Path, test_path: Path
) -> tuple[Task, Counter[str]]:
    """The classes of a data set in their order, and how many sequences each has in all."""
    counts = Counter(record.label for part in parts.values() for record in part)
    trained = Counter(record.label for record in parts["train"])
    tested = Counter(record.label for record in parts["test"])
    where = str(path)
    for name in sorted(counts):
        if not trained[name]:
            raise DemoError(
                f"The class {name!r} is in no training sequence, only in {counts[name]:,} others.",
                where=str(test_path),
                exists=f"classes of training sequences: {', '.join(sorted(trained)[:20])}",
                fix="remove these sequences, or correct their labels",
            )
        if counts[name] < FEWEST or trained[name] < 2:
            raise DemoError(
                f"The class {name!r} has {counts[name]} sequences, too few to train, validate and test on.",
                where=where,
                exists=f"each class needs {FEWEST}",
                fix="add sequences of it, remove these, or merge it with another class",
            )
        if not tested[name]:
            raise DemoError(
                f"No test sequence is of the class {name!r}.", where=str(test_path), fix="add some, or remove the class"
            )
    if len(counts) < 2:
        raise DemoError(f"All sequences have the label {next(iter(counts))!r}; there must be two classes.", where=where)
    if len(counts) > MOST_CLASSES:
        raise DemoError(
            f"There are {len(counts):,} classes, more than {MOST_CLASSES}: are these numbers to be predicted?",
            where=where,
            exists=f"labels {', '.join(sorted(counts)[:5])}, ...",
        )
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
    return Task(settings.letters, tuple(names), settings.strands_read), counts


class Notes:
    """What happened to the sequences of a data set.

    Args:
        settings: how they are read.
    """

    def __init__(self, settings: LabelledSettings) -> None:
        self.settings = settings
        self._counts: Counter[str] = Counter()
        self._others: list[str] = []

    def count(self, what: str, number: int = 1) -> None:
        """Add to the number of sequences that something happened to."""
        self._counts[what] += number

    def add(self, sentence: str) -> None:
        """A sentence of its own."""
        self._others.append(sentence)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them."""
        return (*(f"{count:,} sequences {what}." for what, count in self._counts.items() if count), *self._others)


def _encoded(records: Sequence[LabelledRecord], task: Task, settings: LabelledSettings, notes: Notes) -> SequenceSet:
    """Sequences of one length as codes."""
    alphabet = task.alphabet
    sequences = [record.sequence if alphabet.keeps_case else record.sequence.upper() for record in records]
    _check_letters(sequences, records, alphabet)
    for alias, letter in alphabet.aliases.items():
        notes.count(f"are written with {alias}, read as {letter}", sum(alias in sequence for sequence in sequences))
    unsure = set(alphabet.ambiguous + alphabet.unknown) - set(alphabet.letters)
    notes.count(
        f"have ambiguous or unknown letters, read as {alphabet.unknown}",
        sum(not unsure.isdisjoint(sequence) for sequence in sequences),
    )
    sequences = _of_one_length(sequences, records, settings, notes)
    codes = encode(sequences, locate=lambda i: records[i].where, alphabet=alphabet)
    if settings.fixed_positions:
        task = Task(alphabet, task.classes, task.strands, codes.shape[1])
    number = {name: index for index, name in enumerate(task.classes)}
    labels = np.array([number[record.label] for record in records], np.uint8)
    return SequenceSet([record.name for record in records], codes, labels, task=task)


def _check_letters(sequences: Sequence[str], records: Sequence[LabelledRecord], alphabet: Alphabet) -> None:
    """Raise a ``DemoError`` for the first letter outside the alphabet, with the alphabet that has all of them."""
    known = {chr(byte) for byte in np.flatnonzero(alphabet.code_of_byte <= alphabet.size)}
    used = set().union(*sequences)
    if used <= known:
        return
    row = next(i for i, sequence in enumerate(sequences) if not known.issuperset(sequence))
    position = next(i for i, letter in enumerate(sequences[row]) if letter not in known)
    fitting = [each.name for each in (RNA, PROTEIN) if used <= set(each.letters + each.unknown + each.ambiguous)]
    raise DemoError(
        f"{sequences[row][position]!r} at position {position + 1} of {records[row].name!r} is not a letter of "
        f"{alphabet.title}.",
        where=records[row].where,
        exists=alphabet.accepted,
        fix=f"data.alphabet={fitting[0]}" if fitting else "correct it, or name the letters: data.alphabet=ACGT",
    )


def _of_one_length(
    sequences: Sequence[str], records: Sequence[LabelledRecord], settings: LabelledSettings, notes: Notes
) -> list[str]:
    """The sequences, cropped and padded to ``settings.length``; as they are if all have one length."""
    lengths = Counter(map(len, sequences))
    alphabet = settings.letters
    if settings.length is None:
        if len(lengths) > 1:
            usual = lengths.most_common(1)[0][0]
            odd = next(i for i, sequence in enumerate(sequences) if len(sequence) != usual)
            raise DemoError(
                f"The sequences have {len(lengths)} different lengths, from {min(lengths):,} to {max(lengths):,} "
                f"{alphabet.unit}.",
                where=records[odd].where,
                exists=f"{lengths[usual]:,} of {len(sequences):,} have {usual:,}",
                fix=f"data.length={usual}, with data.crop=centre|start|end for longer ones and data.pad=both|start|end "
                "for shorter ones",
            )
        return list(sequences)
    fitted = []
    for sequence in sequences:
        surplus = len(sequence) - settings.length
        if surplus > 0:
            cut = {"centre": surplus // 2, "start": 0, "end": surplus}[settings.crop]
            sequence = sequence[cut : cut + settings.length]
            notes.count(f"are cropped to {settings.length} {alphabet.unit} (data.crop={settings.crop})")
        elif surplus < 0:
            left = {"both": -surplus // 2, "start": -surplus, "end": 0}[settings.pad]
            sequence = alphabet.unknown * left + sequence + alphabet.unknown * (-surplus - left)
            notes.count(f"are padded to {settings.length} {alphabet.unit} (data.pad={settings.pad})")
        fitted.append(sequence)
    return fitted


def _stratified(
    sequences: Sequence[str], labels: Sequence[str], settings: LabelledSettings, path: Path
) -> NDArray[np.bool_]:
    """Which sequences are for the test: the fold of each class, with equal ones together."""
    few = [name for name, count in Counter(labels).items() if count < FEWEST]
    if few:
        raise DemoError(
            f"The class {few[0]!r} has {Counter(labels)[few[0]]} sequences, too few to train, validate and test on.",
            where=str(path),
            exists=f"each class needs {FEWEST}",
            fix="add sequences of it, remove these, or merge it with another class",
        )
    groups = groups_of([sequence.upper() for sequence in sequences], settings.together)
    return folds_of(groups, labels, settings.folds, settings.split_seed) == settings.fold


def groups_of(sequences: Sequence[str] | Sequence[bytes], word: int) -> NDArray[np.intp]:
    """(N,) number of the group of each sequence: equal ones are in one; with ``word``, those that share one so long."""
    first: dict[object, int] = {}
    parent = list(range(len(sequences)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, sequence in enumerate(sequences):
        words = {sequence}
        if word and len(sequence) >= word:
            words |= {sequence[start : start + word] for start in range(len(sequence) - word + 1)}
        for each in words:
            parent[root(i)] = root(first.setdefault(each, i))
    return np.array([root(i) for i in range(len(sequences))])


def folds_of(
    groups: NDArray[np.intp], labels: Sequence[object] | NDArray[np.integer], folds: int, seed: int
) -> NDArray[np.intp]:
    """(N,) fold of each sequence, 0 to ``folds`` - 1: groups are kept whole, and each fold has its share of each class.

    Groups are dealt out in random order, within the class that most of their sequences have, each to the fold with the
    fewest sequences of that class.
    """
    random = np.random.default_rng(seed)
    members: dict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(groups.tolist()):
        members[group].append(index)
    by_class: dict[object, list[list[int]]] = defaultdict(list)
    for rows in members.values():
        by_class[Counter(labels[i] for i in rows).most_common(1)[0][0]].append(rows)
    fold = np.zeros(len(groups), np.intp)
    for name in sorted(by_class, key=str):
        # Large groups first, while there is room to balance them.
        order = sorted(random.permutation(len(by_class[name])).tolist(), key=lambda i: -len(by_class[name][i]))
        sizes = np.zeros(folds, np.intp)
        for i in order:
            smallest = int(sizes.argmin())
            fold[by_class[name][i]] = smallest
            sizes[smallest] += len(by_class[name][i])
    return fold

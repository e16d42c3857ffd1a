"""Labelled sequences as codes of one length, and notes of what was done to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from demo.data.labelled.files import LabelledRecord
from demo.data.labelled.settings import LabelledSettings
from demo.sequences import SequenceSet, Task, encode
from demo.sequences.alphabet import PROTEIN, RNA, Alphabet
from demo.utils.errors import DemoError


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
        counted = (f"{count:,} {_said(count, what)}." for what, count in self._counts.items() if count)
        return (*counted, *self._others)


def _said(count: int, what: str) -> str:
    """``sequences are cropped``, or of one ``sequence is cropped``."""
    verb, _, rest = what.partition(" ")
    return f"sequences {what}" if count > 1 else f"sequence { ({'are': 'is', 'have': 'has'}[verb]) } {rest}"


def encoded(records: Sequence[LabelledRecord], task: Task, settings: LabelledSettings, notes: Notes) -> SequenceSet:
    """Records as a set of sequences of one length.

    Args:
        records: of one part of a data set.
        task: the alphabet and the classes; the positions are those of the sequences, if they are fixed.
        settings: how lengths are made equal.
        notes: gets what happened to the sequences.

    Raises:
        DemoError: a letter is not of the alphabet.
    """
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
    sequences = _of_one_length(sequences, settings, notes)
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
    raise DemoError(
        f"{sequences[row][position]!r} at position {position + 1} of {records[row].name!r} is not a letter of "
        f"{alphabet.title}.",
        where=records[row].where,
        exists=alphabet.accepted,
        fix=_other_letters(used, known, alphabet),
    )


def _other_letters(used: set[str], known: set[str], alphabet: Alphabet) -> str:
    """What to do about letters outside the alphabet."""
    unsure = f"an unknown position is written {alphabet.unknown}"
    if used - known <= {"X", "N", "-", ".", "?", "*"}:
        return f"correct it; {unsure}"
    # Proteins have more letters than DNA with a modified base.
    others = [RNA, PROTEIN] if len(used) > 8 else [RNA]
    fitting = [each.name for each in others if used <= set(each.letters + each.unknown + each.ambiguous)]
    if fitting:
        return f"data.alphabet={fitting[0]}"
    letters = "".join(sorted(used))
    named = letters.isascii() and letters.isalnum()
    return f"correct it; {unsure}" + (f"; or name all letters: data.alphabet={letters}" if named else "")


def _of_one_length(sequences: Sequence[str], settings: LabelledSettings, notes: Notes) -> list[str]:
    """The sequences, cropped and padded to ``settings.length``; as they are without."""
    alphabet = settings.letters
    if settings.length is None:
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

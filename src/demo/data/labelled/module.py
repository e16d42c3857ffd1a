"""Labelled sequences as batches, and the data module of either kind of data."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.data.datamodule import DataSettings, PeakDataModule, SequenceDataModule, shifted
from demo.data.labelled.read import read_labelled
from demo.data.labelled.settings import LabelledSettings
from demo.data.labelled.splits import folds_of, groups_of
from demo.sequences import SequenceSet, reverse_complement
from demo.utils.checks import whole
from demo.utils.errors import DemoError

# Purposes of random streams; purpose, seed and epoch identify a stream.
_SPLIT, _EPOCH = range(20, 22)

_log = logging.getLogger(__name__)


def data_module(
    train: Path, test: Path, settings: DataSettings | LabelledSettings, *, name: str, seed: int
) -> SequenceDataModule:
    """Peaks or labelled sequences as batches, whichever the settings are of; nothing is read yet.

    Args:
        train: the training file.
        test: the test file.
        settings: of the data.
        name: of the data set.
        seed: of the split and the order.
    """
    if isinstance(settings, LabelledSettings):
        return LabelledDataModule(train, test, settings, name=name, seed=seed)
    return PeakDataModule(train, test, settings, seed=seed)


class LabelledDataModule(SequenceDataModule):
    """Labelled sequences of a file, split into training, validation and test: see ``LabelledSettings``.

    A training epoch has every training sequence once, as rare as its class may be. Validation holds a share of each
    class, by the seed, unless the file names it; equal sequences are on one side.

    Args:
        train_path: the file with training sequences.
        test_path: the test file; the same if a part of the first is set aside.
        settings: how they are read, split and used.
        name: of the data set; that of the file if None.
        seed: of the split into training and validation, and the order.

    Attributes:
        training: the training sequences, after ``setup``.
        validation: the validation sequences.

    Raises:
        SettingError: the seed is not a whole number of 0 or more.
    """

    settings: LabelledSettings

    def __init__(
        self, train_path: Path, test_path: Path, settings: LabelledSettings, *, name: str | None = None, seed: int = 0
    ) -> None:
        super().__init__()
        self.train_path = Path(train_path)
        self.test_path = Path(test_path)
        self.settings = settings
        self.name = name or self.train_path.name.partition(".")[0]
        self.seed = whole("seed", seed, 0)

    def setup(self, stage: str | None = None) -> None:
        """Read the file and split it.

        Raises:
            DemoError: as ``read_labelled``, or the sequences are too short for the shift.
        """
        if hasattr(self, "training"):
            return
        read = read_labelled(self.train_path, self.test_path, self.settings)
        for note in read.notes:
            _log.info("%s", note)
        self._test = read.test
        if read.validation is not None:
            self.training, self.validation = read.train, read.validation
        else:
            self.training, self.validation = self._split(read.train)
        self.task, self.length = read.train.task, read.train.length
        if self.settings.shift >= self.length:
            raise DemoError(
                f"data.shift is {self.settings.shift}, but the sequences have only {self.length} "
                f"{self.task.alphabet.unit}.",
                where=str(self.train_path),
                fix="data.shift=0",
            )
        present = set(self.validation.labels.tolist())
        missing = [name for label, name in enumerate(self.task.classes) if label not in present]
        if missing:
            raise DemoError(
                f"No validation sequence is of the class {missing[0]!r}.",
                where=str(self.train_path),
                fix="a larger data.validation_fraction",
            )
        self.validation_codes, self.validation_labels = self.validation.codes, self.validation.labels
        self.look_at(1)

    def look_at(self, label: int) -> LabelledDataModule:
        """Take a class for the positive one, in the attributes that speak of positives and negatives."""
        self.train_positives = self.training.codes[self.training.labels == label]
        self.train_negatives = self.training.codes[self.training.labels != label]
        self.validation_positives = self.validation.codes[self.validation.labels == label]
        return self

    @property
    def card(self) -> dict[str, Any]:
        """What a checkpoint says about its data."""
        alphabet = self.task.alphabet
        return {
            "length": self.length,
            "alphabet": alphabet.letters + alphabet.unknown,
            "tf": self.name,
            "dataset": self.name,
            "data_source": "user",
            "task": self.task.plain(),
        }

    @property
    def sequences_per_epoch(self) -> int:
        """Training sequences in an epoch: all."""
        return len(self.training)

    @property
    def class_counts(self) -> dict[str, dict[str, int]]:
        """Sequences of each class, by name, for training and validation."""
        parts = {"training": self.training.labels, "validation": self.validation.labels}
        return {
            name: {part: int((labels == number).sum()) for part, labels in parts.items()}
            for number, name in enumerate(self.task.classes)
        }

    @property
    def class_weights(self) -> list[float] | None:
        """(K,) weight of each class in the loss, 1 on average over sequences; ``None`` if all are 1."""
        if self.settings.class_weights == "none":
            return None
        counts = np.bincount(self.training.labels, minlength=len(self.task.classes))
        return [float(weight) for weight in len(self.training) / (len(counts) * counts)]

    def epoch(self, epoch: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Training sequences of one epoch in random order: (N, L) codes and (N,) labels.

        They depend only on the seed and the epoch, so that a resumed run matches an uninterrupted one.
        """
        random = np.random.default_rng([self.seed, _EPOCH, epoch])
        order = random.permutation(len(self.training))
        codes, labels = self.training.codes[order], self.training.labels[order]
        if self.settings.turns:
            other_strand = random.random(len(codes)) < 0.5
            codes[other_strand] = reverse_complement(codes[other_strand], self.task.alphabet)
        if self.settings.shift:
            by = random.integers(-self.settings.shift, self.settings.shift + 1, len(codes))
            codes = shifted(codes, by, self.task.alphabet.size)
        return codes, labels

    def training_set(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(N, L) codes and (N,) labels without augmentation."""
        return self.training.codes, self.training.labels

    def test_set(self) -> SequenceSet:
        """The test sequences in their order."""
        return self._test

    def _split(self, records: SequenceSet) -> tuple[SequenceSet, SequenceSet]:
        """Training and validation sequences."""
        parts = round(1 / self.settings.validation_fraction)
        groups = groups_of(records.codes, records.task, self.settings.together)
        seed = int(np.random.default_rng([self.seed, _SPLIT]).integers(2**31))
        kept = folds_of(groups, records.labels, parts, seed) == 0
        return records.select(~kept), records.select(kept)

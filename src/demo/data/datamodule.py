"""The sequences of one TF as training, validation and test batches."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from demo.data.catalogue import TRAIN_SUFFIX, described
from demo.data.labelled.settings import LabelledSettings
from demo.data.sources import DataSettings, source_of
from demo.sequences import BINDING, N_CODE, SequenceSet, Task, read_seq_gz, reverse_complement
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.checks import whole
from demo.utils.errors import DemoError

# Purposes of random streams; purpose, seed and epoch identify a stream, the same on every machine.
_SPLIT, _VALIDATION_NEGATIVES, _EPOCH, _VALIDATION_ORDER = range(4)

SCORED_AT_ONCE = 512
"""Sequences per batch of validation and test."""


Batch = tuple[torch.Tensor, ...]
"""(B, L) ``uint8`` codes and (B,) ``float32`` labels; of several data sets also (B,) ``int64`` numbers of the set."""


class EpochBatches(Dataset[Batch]):
    """The batches of every epoch, made when they are first asked for: item (epoch, number) is a whole batch.

    Args:
        draw: an epoch to its (N, L) codes, (N,) labels and so on, in order.
        count: sequences in an epoch, N.
        batch_size: of all batches but the last, which holds the rest.
        devices: that share every batch; a batch with fewer sequences than devices repeats some.
        rank: of this device among them.
    """

    def __init__(
        self,
        draw: Callable[[int], tuple[NDArray[Any], ...]],
        count: int,
        batch_size: int,
        devices: int = 1,
        rank: int = 0,
    ) -> None:
        self._draw = draw
        self._shape = count, batch_size
        self._part = devices, rank
        self._drawn: tuple[int, Sequence[Batch]] = -1, ()

    def __len__(self) -> int:
        count, batch_size = self._shape
        return -(-count // batch_size)

    def __getitem__(self, item: tuple[int, int]) -> Batch:
        epoch, number = item
        if epoch != self._drawn[0]:
            codes, labels, *others = (torch.from_numpy(array) for array in self._draw(epoch))
            parts = (part.split(self._shape[1]) for part in (codes, labels.float(), *others))
            self._drawn = epoch, list(zip(*parts, strict=True))
        batch = self._drawn[1][number]
        devices, rank = self._part
        if devices == 1:
            return batch
        rows = torch.arange(rank, max(len(batch[0]), devices), devices) % len(batch[0])
        return tuple(part[rows] for part in batch)


class EpochSampler(DistributedSampler[Batch]):
    """The batches of one epoch in order. Lightning sets the epoch, as it does for every distributed sampler; so does a
    training loop of one's own: ``loader.sampler.set_epoch(epoch)``."""

    def __init__(self, batches: EpochBatches) -> None:
        # The batches know which part of them is this device's.
        super().__init__(batches, num_replicas=1, rank=0, shuffle=False)
        self._count = len(batches)

    def __iter__(self) -> Iterator[tuple[int, int]]:  # type: ignore[override]
        return ((self.epoch, number) for number in range(self._count))


class SequenceDataModule(pl.LightningDataModule, ABC):
    """The sequences of one data set as training, validation and test batches, of any task.

    Batches hold (B, L) ``uint8`` codes and (B,) ``float32`` labels. Where a trainer has several devices, they share
    each batch: ``batch_size`` is that of the optimiser's step on any number of devices.

    Attributes:
        train_path: the training file.
        test_path: the test file.
        settings: how the data are used.
        seed: of the split and the order.
        task: what codes and labels stand for.
        length: of the sequences; like those below only after ``setup``.
        train_positives: (N, L) training sequences of the positive class.
        train_negatives: (M, L) those of the other; (0, L) if they are made in every epoch.
        validation_positives: (V, L) validation sequences of the positive class.
        validation_codes: (W, L) all validation sequences.
        validation_labels: (W,) their labels.
    """

    train_path: Path
    test_path: Path
    settings: DataSettings | LabelledSettings
    seed: int
    task: Task = BINDING
    length: int
    train_positives: NDArray[np.uint8]
    train_negatives: NDArray[np.uint8]
    validation_positives: NDArray[np.uint8]
    validation_codes: NDArray[np.uint8]
    validation_labels: NDArray[np.uint8]

    @abstractmethod
    def setup(self, stage: str | None = None) -> None:
        """Read and split the training file, unless that is done; the test file is not opened."""

    @property
    @abstractmethod
    def sequences_per_epoch(self) -> int:
        """Training sequences in an epoch."""

    @abstractmethod
    def epoch(self, epoch: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Training sequences of one epoch in random order: (N, L) codes and (N,) labels."""

    @abstractmethod
    def training_set(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(N, L) codes and (N,) labels without augmentation, for models without epochs."""

    @abstractmethod
    def test_set(self) -> SequenceSet:
        """The test sequences in their order."""

    @property
    def class_weights(self) -> list[float] | None:
        """(K,) weight of each class in the loss; ``None`` if all are 1."""
        return None

    @property
    @abstractmethod
    def card(self) -> dict[str, Any]:
        """What a checkpoint says about its data."""

    @property
    def steps_per_epoch(self) -> int:
        """Training batches per epoch."""
        return -(-self.sequences_per_epoch // self.settings.batch_size)

    def train_dataloader(self) -> DataLoader[Batch]:
        """The training batches, with new negatives in a new order in every epoch of the sampler."""
        batches = EpochBatches(self.epoch, self.sequences_per_epoch, self.settings.batch_size, *self._devices)
        return loader(batches)

    def val_dataloader(self) -> DataLoader[Batch]:
        """The validation batches; always the same."""
        codes, labels = self.validation_codes, self.validation_labels
        limit = self.trainer.limit_val_batches if self.trainer else 1.0
        # One batch is 1, and all of them are 1.0.
        if isinstance(limit, int) or limit < 1:
            # Positives come first, and the trainer's first batches are to have both classes.
            order = np.random.default_rng([self.seed, _VALIDATION_ORDER]).permutation(len(codes))
            codes, labels = codes[order], labels[order]
        return self._fixed(codes, labels)

    def test_dataloader(self) -> DataLoader[Batch]:
        """The test file as it is."""
        test = self.test_set()
        return self._fixed(test.codes, test.labels)

    def predict_dataloader(self) -> DataLoader[Batch]:
        """The test file as it is, in its order."""
        return self.test_dataloader()

    def _fixed(self, codes: NDArray[np.uint8], labels: NDArray[np.uint8]) -> DataLoader[Batch]:
        """The same batches in every epoch. Devices share the whole, not each batch, so that no sequence is repeated."""
        devices, rank = self._devices
        codes, labels = codes[rank::devices], labels[rank::devices]
        return loader(EpochBatches(lambda epoch: (codes, labels), len(codes), SCORED_AT_ONCE))

    @property
    def _devices(self) -> tuple[int, int]:
        """How many devices share the data, and which of them this process has."""
        return (self.trainer.world_size, self.trainer.global_rank) if self.trainer else (1, 0)


class PeakDataModule(SequenceDataModule):
    """One TF's ChIP-seq peaks: DeepBind's training file ``_AC`` and test file ``_B``.

    Positives of the training file are split at random, stratified by their rank in the file, into a training and a
    validation part. Negatives are dinucleotide shuffles of the positives of the same part: new ones in every training
    epoch, fixed ones in validation. If the training file has negatives (label 0), these are split likewise, and each
    epoch draws from them. The test file is read only for testing and prediction, and used as it is.

    Batches hold (B, L) ``uint8`` codes and (B,) ``float32`` labels. Where a trainer has several devices, they share
    each batch: ``batch_size`` is that of the optimiser's step on any number of devices.

    Args:
        train_path: the training file, ``.seq.gz``.
        test_path: the test file, ``.seq.gz``.
        settings: ``DataSettings()`` if None.
        seed: of the split, the shuffles and the order.

    Raises:
        SettingError: the seed is not a whole number of 0 or more.
    """

    settings: DataSettings

    def __init__(
        self, train_path: Path, test_path: Path, settings: DataSettings | None = None, *, seed: int = 0
    ) -> None:
        super().__init__()
        self.train_path = Path(train_path)
        self.test_path = Path(test_path)
        self.settings = settings or DataSettings()
        self.seed = whole("seed", seed, 0)

    def setup(self, stage: str | None = None) -> None:
        """Read and split the training file; the test file is not opened."""
        if not hasattr(self, "train_positives"):
            self.take(read_seq_gz(self.train_path))

    def take(self, records: SequenceSet) -> None:
        """Split the records of the training file, if they have been read already.

        Raises:
            DemoError: they are too short for the shift, or too few.
        """
        if self.settings.shift >= records.length:
            raise DemoError(
                f"data.shift is {self.settings.shift}, but the sequences have only {records.length} bp.",
                where=str(self.train_path),
                fix=f"data.shift={records.length // 10}",
            )
        self.length = records.length
        self.train_positives, self.validation_positives = self._split(records, label=1)
        self.train_negatives, validation_negatives = self._split(records, label=0)
        if not len(validation_negatives):
            validation_negatives = dinucleotide_shuffle(self.validation_positives, self._number(_VALIDATION_NEGATIVES))
        self.validation_codes, self.validation_labels = _label(self.validation_positives, validation_negatives)

    @property
    def card(self) -> dict[str, Any]:
        """What a checkpoint says about its data, according to the name of the training file."""
        dataset = described(self.train_path.name.removesuffix(TRAIN_SUFFIX), self.train_path, self.test_path)
        return {"length": self.length, "tf": dataset.tf, "dataset": dataset.name, "data_source": source_of(dataset)}

    @property
    def sequences_per_epoch(self) -> int:
        """Training sequences in an epoch."""
        return (1 + self.settings.negatives_per_positive) * len(self.train_positives)

    def epoch(self, epoch: int, positives: int | None = None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Training sequences of one epoch in random order: (N, L) codes and (N,) labels.

        They depend only on the seed and the epoch, so that a resumed run matches an uninterrupted one.

        Args:
            epoch: from 0.
            positives: how many of them, drawn in every epoch; ``None`` for all.
        """
        random = np.random.default_rng([self.seed, _EPOCH, epoch])
        codes, labels = self._drawn(random, positives)
        if self.settings.label_noise:
            labels ^= random.random(len(labels)) < self.settings.label_noise
        order = random.permutation(len(codes))
        codes, labels = codes[order], labels[order]
        if self.settings.reverse_complement:
            other_strand = random.random(len(codes)) < 0.5
            codes[other_strand] = reverse_complement(codes[other_strand])
        if self.settings.shift:
            codes = shifted(codes, random.integers(-self.settings.shift, self.settings.shift + 1, len(codes)))
        return codes, labels

    def training_set(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The sequences of epoch 0 without augmentation, positives first: for models without epochs.

        Returns:
            (N, L) codes and (N,) labels.
        """
        return self._drawn(np.random.default_rng([self.seed, _EPOCH, 0]))

    def _drawn(
        self, random: np.random.Generator, wanted: int | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The positives, and the negatives of an epoch."""
        positives = self.train_positives
        if wanted is not None and wanted < len(positives):
            positives = positives[random.choice(len(positives), wanted, replace=False)]
        count = self.settings.negatives_per_positive * len(positives)
        if len(self.train_negatives):
            negatives = self.train_negatives[
                random.choice(len(self.train_negatives), count, count > len(self.train_negatives))
            ]
        else:
            of_shuffles = random if self.settings.fresh_negatives else np.random.default_rng([self.seed, _EPOCH, 0])
            shuffled = np.repeat(positives, self.settings.negatives_per_positive, axis=0)
            negatives = dinucleotide_shuffle(shuffled, int(of_shuffles.integers(2**62)))
        return _label(positives, negatives)

    def test_set(self) -> SequenceSet:
        """The test file as it is.

        Raises:
            DemoError: it cannot be read, has only one class, or another sequence length than the training file.
        """
        records = read_seq_gz(self.test_path)
        for label, kind in ((1, "positives"), (0, "negatives")):
            if not (records.labels == label).any():
                raise DemoError(
                    f"The test file has no {kind}.",
                    where=str(self.test_path),
                    exists=f"{len(records):,} records, all with Bound = {1 - label}",
                    fix=f"add {kind} (DeepBind's test files hold 500 positives and 500 dinucleotide shuffles)",
                )
        if records.length != self.length:
            raise DemoError(
                f"Test sequences have {records.length} bp, but training sequences have {self.length} bp.",
                where=str(self.test_path),
                fix="cut both files to the same length",
            )
        return records

    def _number(self, purpose: int) -> int:
        """An integer seed."""
        return int(np.random.default_rng([self.seed, purpose]).integers(2**62))

    def _split(self, records: SequenceSet, label: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Training and validation sequences of one class.

        Peaks are ranked by strength in these files: one of every 1 / ``validation_fraction`` neighbours goes to
        validation, so that strong and weak peaks are in both parts.
        """
        codes = records.codes[records.labels == label]
        if label == 0 and not len(codes):
            return codes, codes
        count = round(len(codes) * self.settings.validation_fraction)
        if count < 1 or count >= len(codes):
            raise DemoError(
                f"{len(codes)} {'positives' if label else 'negatives'} are too few to keep "
                f"{self.settings.validation_fraction:g} of them for validation.",
                where=str(self.train_path),
                fix="add sequences, or set data.validation_fraction=0.5",
            )
        random = np.random.default_rng([self.seed, _SPLIT, label])
        edges = np.linspace(0, len(codes), count + 1).astype(int)
        kept = np.zeros(len(codes), bool)
        kept[random.integers(edges[:-1], edges[1:])] = True
        return codes[~kept], codes[kept]


def loader(batches: EpochBatches) -> DataLoader[Batch]:
    """The batches of one epoch after another, as Lightning asks for them."""
    # With a generator of its own, so that the loader takes no numbers from that of the dropout.
    return DataLoader(batches, batch_size=None, sampler=EpochSampler(batches), generator=torch.Generator())


def _label(positives: NDArray[np.uint8], negatives: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    labels = np.repeat(np.array([1, 0], np.uint8), (len(positives), len(negatives)))
    return np.concatenate([positives, negatives]), labels


def shifted(codes: NDArray[np.uint8], by: NDArray[np.int64], unknown: int = N_CODE) -> NDArray[np.uint8]:
    """Each row of (N, L) codes shifted by ``by`` (N,) bp to the left (negative: to the right), with
    ``unknown`` where nothing is left."""
    source = np.arange(codes.shape[1]) + by[:, None]
    inside = (source >= 0) & (source < codes.shape[1])
    moved = np.take_along_axis(codes, source.clip(0, codes.shape[1] - 1), axis=1)
    return np.where(inside, moved, np.uint8(unknown))

"""Several data sets at once, for a trunk that all of them share, without what any target is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytorch_lightning as pl
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from demo.data.catalogue import DataSet
from demo.data.datamodule import SCORED_AT_ONCE, Batch, EpochBatches, PeakDataModule, loader
from demo.data.sources import DataSettings
from demo.sequences import read_seq_gz
from demo.sequences.overlap import distinct_kmers, having_any
from demo.utils.checks import whole
from demo.utils.errors import DemoError

_ORDER = 5
"""Purpose of a random stream, after those of ``demo.data.datamodule``."""


@dataclass(frozen=True)
class JointPart:
    """One data set of a pretraining.

    Attributes:
        name: of the set.
        data: its data; training sequences that overlap held-out ones are left out of it.
        left_out: number of these positives.
    """

    name: str
    data: PeakDataModule
    left_out: int


class JointDataModule(pl.LightningDataModule):
    """The training sequences of several sets, each with its own negatives, in common batches.

    No training sequence shares a 20-mer, on either strand, with a sequence that is held out: any of a target's test
    file, or of its validation part with any of ``held_out_seeds``. The validation part of each set is that of its own
    training with this seed.

    An epoch has equally many positives of each set, so that large sets do not dominate the trunk. Batches hold (B, L)
    codes, (B,) labels, and (B,) numbers of the sets.

    Args:
        sets: to train on; both files of each are on disk.
        targets: whose validation and test sequences are held out, besides those of ``sets``.
        settings: as for the training on one set.
        positives_per_epoch: of each set; all of those that have fewer.
        held_out_seeds: of trainings on the targets; ``seed`` is always among them.
        seed: of the split, the shuffles and the order.
    """

    def __init__(
        self,
        sets: Sequence[DataSet],
        targets: Sequence[DataSet],
        settings: DataSettings | None = None,
        *,
        positives_per_epoch: int = 1000,
        held_out_seeds: Sequence[int] = (0,),
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.sets = tuple(sets)
        self.targets = {each.name: each for each in (*sets, *targets)}
        self.settings = settings or DataSettings()
        self.positives_per_epoch = whole("positives_per_epoch", positives_per_epoch, 1)
        self.seeds = sorted({whole("seed", seed, 0), *(whole("held_out_seeds", each, 0) for each in held_out_seeds)})
        self.seed = seed

    def setup(self, stage: str | None = None) -> None:
        """Read all files, and leave out what overlaps held-out sequences.

        Raises:
            DemoError: a file is unusable, sets differ in length, or too little of one is left.
        """
        if hasattr(self, "parts"):
            return
        read = {name: self._read(target) for name, target in self.targets.items()}
        kmers = distinct_kmers(*(codes for _, held_out in read.values() for codes in held_out))
        self.parts = [_part(each.name, read[each.name][0], kmers) for each in self.sets]
        lengths = {part.data.length: part.name for part in self.parts}
        if len(lengths) > 1:
            raise DemoError(
                "Sequences of several lengths cannot share batches.",
                exists=", ".join(f"{name}: {length} bp" for length, name in lengths.items()),
                fix="tf= with sets of one length",
            )
        (self.length,) = lengths
        # Mixed, so that any of the first batches have all sets.
        held = [(part.data.validation_codes, part.data.validation_labels) for part in self.parts]
        self._validation = _mixed(held, np.random.default_rng([self.seed, _ORDER]))

    def _read(self, target: DataSet) -> tuple[PeakDataModule, list[NDArray[np.uint8]]]:
        """A set, split by this seed, and what trainings on it are judged by: validation parts, and the test file."""
        assert target.train_path and target.test_path
        records = read_seq_gz(target.train_path)
        splits = {
            seed: PeakDataModule(target.train_path, target.test_path, self.settings, seed=seed) for seed in self.seeds
        }
        for data in splits.values():
            data.take(records)
        held_out = [data.validation_codes for data in splits.values()]
        return splits[self.seed], [*held_out, read_seq_gz(target.test_path).codes]

    @property
    def steps_per_epoch(self) -> int:
        """Training batches per epoch."""
        return -(-self._count // self.settings.batch_size)

    @property
    def _count(self) -> int:
        positives = sum(min(self.positives_per_epoch, len(part.data.train_positives)) for part in self.parts)
        return (1 + self.settings.negatives_per_positive) * positives

    def train_dataloader(self) -> DataLoader[Batch]:
        """The training batches, with other positives and new negatives in every epoch."""
        return loader(EpochBatches(self.epoch, self._count, self.settings.batch_size))

    def val_dataloader(self) -> DataLoader[Batch]:
        """The validation batches of all sets; always the same."""
        return loader(EpochBatches(lambda epoch: self._validation, len(self._validation[0]), SCORED_AT_ONCE))

    def epoch(self, epoch: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
        """Training sequences of one epoch in random order: (N, L) codes, (N,) labels, and (N,) numbers of the sets."""
        drawn = [part.data.epoch(epoch, self.positives_per_epoch) for part in self.parts]
        return _mixed(drawn, np.random.default_rng([self.seed, _ORDER, epoch]))

    def training_positives(self) -> NDArray[np.uint8]:
        """(N, L) every positive that training may see, once: to tell later what a trunk has been trained on."""
        return np.unique(np.concatenate([part.data.train_positives for part in self.parts]), axis=0)


def _part(name: str, data: PeakDataModule, held_out: NDArray[np.uint64]) -> JointPart:
    """A set without the training sequences that have held-out 20-mers."""
    had_negatives = len(data.train_negatives)
    overlaps = having_any(data.train_positives, held_out)
    data.train_positives = data.train_positives[~overlaps]
    data.train_negatives = data.train_negatives[~having_any(data.train_negatives, held_out)]
    if not len(data.train_positives) or (had_negatives and not len(data.train_negatives)):
        raise DemoError(
            "All training sequences of this set overlap sequences that are held out.",
            where=str(data.train_path),
            fix=f"without={name}, or fewer held_out_seeds",
        )
    return JointPart(name, data, int(overlaps.sum()))


def _mixed(
    parts: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]], random: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """The codes and labels of all parts in random order, and the number of the part that each is from."""
    codes, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    numbers = np.repeat(np.arange(len(parts)), [len(part[1]) for part in parts])
    order = random.permutation(len(codes))
    return codes[order], labels[order], numbers[order]

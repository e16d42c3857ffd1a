"""Pretraining: one trunk with a head for each data set, to begin the training on another one with."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import Logger
from torchmetrics.functional.classification import binary_auroc, binary_average_precision

from demo.data.catalogue import DataSet
from demo.data.datamodule import Batch
from demo.data.joint import JointDataModule
from demo.data.sources import source_of
from demo.metrics import evaluate
from demo.networks import make_network
from demo.networks.checkpoint import CARD, write_checkpoint
from demo.networks.inference import predict_logits
from demo.networks.trunk import with_heads
from demo.runs.directory import RunDirectory
from demo.runs.pretrained import Trunk, write_sequences
from demo.runs.result import git_commit, machine, versions
from demo.runs.settings import RunSettings
from demo.sequences import LETTERS, one_hot
from demo.sequences.overlap import OVERLAP
from demo.training.callbacks import BestWeights, resume_point
from demo.training.classifier import Classifier
from demo.training.setup import callbacks_of
from demo.training.trainer import fit, make_trainer, open_loggers, try_out
from demo.utils.environment import typed
from demo.utils.files import checksums, others_write_to, write_json
from demo.utils.hardware import choose_device, choose_precision, use_threads

_log = logging.getLogger(__name__)


class JointClassifier(Classifier):
    """A trunk with several heads, each of which classifies the sequences of its data set.

    ``val/auroc`` and ``val/average_precision`` are means over the sets.

    Args:
        network: (B, 4, L) to (B, heads) logits, or (B,) of a single head.
        optimizer: settings of a registered one.
        card: of the checkpoint.
        seed: of dropout.
    """

    def __init__(
        self, network: torch.nn.Module, optimizer: Mapping[str, Any], card: Mapping[str, Any], seed: int = 0
    ) -> None:
        super().__init__(network, optimizer, card, seed)
        self.scored: list[tuple[torch.Tensor, ...]] = []

    def labelled(self, network: Callable[[torch.Tensor], torch.Tensor], batch: Batch) -> Batch:
        """(B,) logits by the head of each sequence's set, and the labels."""
        codes, labels, sets = batch
        logits = network(one_hot(codes)).reshape(len(codes), -1)
        return logits.gather(1, sets[:, None]).squeeze(1), labels

    def validation_step(self, batch: Batch, batch_index: int) -> None:
        logits, labels = self._scored(batch)
        self.validation_loss.update(torch.nn.functional.binary_cross_entropy_with_logits(logits, labels), len(labels))
        self.scored.append((logits, labels.int(), batch[2]))

    def validation_measures(self) -> dict[str, torch.Tensor]:
        """Means over the sets whose sequences were scored."""
        logits, labels, sets = (torch.cat(parts) for parts in zip(*self.scored, strict=True))
        self.scored.clear()
        of_sets = [(logits[sets == number], labels[sets == number]) for number in sets.unique()]
        return {
            "val/auroc": torch.stack([binary_auroc(*each) for each in of_sets]).mean(),
            "val/average_precision": torch.stack([binary_average_precision(*each) for each in of_sets]).mean(),
        }


@dataclass(frozen=True)
class PretrainingRun:
    """The identity of a pretraining.

    Attributes:
        sets: to train on, each with a head.
        targets: all sets whose validation and test sequences are held out, those of ``sets`` among them.
        settings: of the network and its training; ``seed`` is that of everything random.
        positives_per_epoch: of each set.
        held_out_seeds: whose validation parts are held out.
        directory: where it is written.
        force: whether it starts over even if it has begun or finished.
    """

    sets: tuple[DataSet, ...]
    targets: tuple[DataSet, ...]
    settings: RunSettings
    positives_per_epoch: int
    held_out_seeds: tuple[int, ...]
    directory: Path
    force: bool = False

    @property
    def folder(self) -> RunDirectory:
        """Its run directory."""
        return RunDirectory(self.directory)

    @property
    def name(self) -> str:
        """Of the trunk."""
        return self.directory.name

    @cached_property
    def data_sums(self) -> dict[str, str]:
        """SHA-256 of all files, by name."""
        paths = [path for each in self.targets for path in (each.train_path, each.test_path) if path]
        return checksums(*paths)

    @property
    def own_settings(self) -> dict[str, Any]:
        """Those that only a pretraining has, as in ``config.yaml``."""
        return {
            "sets": [each.name for each in self.sets],
            "positives_per_epoch": self.positives_per_epoch,
            "held_out_seeds": list(self.held_out_seeds),
        }

    @property
    def deciding(self) -> dict[str, Any]:
        """The settings that determine what is trained."""
        return self.settings.deciding | {f"pretraining.{name}": value for name, value in self.own_settings.items()}


@dataclass(frozen=True)
class Pretraining:
    """Everything that a pretraining needs: a ``demo.training.trainer.Training``."""

    settings: RunSettings
    name: str
    data: JointDataModule
    classifier: JointClassifier
    epochs: int
    device: torch.device
    precision: str
    callbacks: tuple[pl.Callback, ...]


def pretrain(run: PretrainingRun) -> Trunk | None:
    """Train a trunk, or resume its training; a finished one is just returned.

    Args:
        run: all data files are on disk.

    Returns:
        ``None`` if it was only tried out, by ``trainer.fast_dev_run``.

    Raises:
        DemoError: the settings, the data or the run directory are unusable.
    """
    folder = run.folder
    if run.settings.trainer.fast_dev_run:
        try_out(_set_up(run))
        return None
    if not run.force:
        folder.check_settings(run.deciding, run.data_sums)
        if folder.pretraining.exists():
            _log.info("This pretraining is finished; force=true starts over.")
            return _shown(Trunk.open(run.directory))
    training = _set_up(run)
    with folder.claim():
        if run.force:
            folder.clear()
        elif folder.pretraining.exists():
            # Another process was faster.
            return _shown(Trunk.open(run.directory))
        _log.info("%s: %s", "Resuming" if folder.is_begun else "New pretraining", folder.path)
        folder.write_config(run.settings, run.name, run.data_sums, run.own_settings)
        source = _source_of(run.sets)
        with (
            folder.records_failure(),
            others_write_to(folder.path),
            open_loggers(training, folder, {"data_source": source, **run.own_settings}, ["pretraining"]) as loggers,
        ):
            _train(run, training, loggers)
    return _shown(Trunk.open(run.directory))


def _set_up(run: PretrainingRun) -> Pretraining:
    """Read the data, leave out what is held out, and build the network."""
    settings = run.settings
    use_threads(settings.trainer.threads)
    pl.seed_everything(settings.seed, verbose=False)
    device = choose_device("trainer.accelerator", settings.trainer.accelerator)
    precision = choose_precision(settings.trainer.precision, device)
    data = JointDataModule(
        run.sets,
        run.targets,
        settings.data,
        positives_per_epoch=run.positives_per_epoch,
        held_out_seeds=run.held_out_seeds,
        seed=settings.seed,
    )
    data.setup()
    network = with_heads(make_network(settings.network), len(data.parts), data.length)
    used, left_out = (sum(counts) for counts in zip(*_counts(data), strict=True))
    _log.info(
        "%d data sets: %s bound sequences to train on; %s are left out because they share a 20-mer with a validation "
        "or test sequence of one of %d sets.",
        len(data.parts), f"{used:,}", f"{left_out:,}", len(data.targets),
    )  # fmt: skip
    card = {
        "network": dict(settings.network),
        "length": data.length,
        "alphabet": LETTERS,
        "tf": run.name,
        "dataset": run.name,
        "data_source": _source_of(run.sets),
    }
    return Pretraining(
        settings,
        run.name,
        data,
        JointClassifier(network, settings.optimizer, card, settings.seed),
        settings.trainer.epochs_of(settings.trainer.batches_of(data.steps_per_epoch)),
        device,
        precision,
        callbacks_of(settings.callbacks),
    )


def _train(run: PretrainingRun, training: Pretraining, loggers: Sequence[Logger]) -> None:
    """Train, take the epoch with the best mean validation AUROC, and describe it."""
    begin = time.monotonic()
    folder, data, network = run.folder, training.data, training.classifier.network
    checkpoint, resumed_at = resume_point(folder, network) or (None, None)
    weights = BestWeights(folder.best_checkpoint)
    trainer = make_trainer(training, folder, loggers, [], [weights])
    fit(trainer, training, checkpoint)
    network.to(training.device)
    sets = []
    for number, part in enumerate(data.parts):
        codes, labels = part.data.validation_codes, part.data.validation_labels
        logits = predict_logits(network, codes).reshape(len(codes), -1)[:, number]
        sets.append(
            {
                "name": part.name,
                "training_positives": len(part.data.train_positives),
                "left_out": part.left_out,
                "validation": asdict(evaluate(labels, logits)),
            }
        )
    write_sequences(folder, data.training_positives())
    # A trunk is complete without the optimiser's state, and may be copied elsewhere.
    write_checkpoint(folder.best_checkpoint, {name: weights.checkpoint[name] for name in (CARD, "state_dict")})
    content = {
        "what": "a trunk, for pretrained=",
        "name": run.name,
        "data_source": _source_of(run.sets),
        "model": dict(run.settings.network),
        "length": data.length,
        "sets": sets,
        "held_out": {"sets": sorted(data.targets), "validation_seeds": data.seeds, "overlap_bp": OVERLAP},
        "seed": run.settings.seed,
        "parameters": sum(p.numel() for p in network.parameters()),
        "steps": trainer.global_step,
        "epochs": trainer.current_epoch,
        "best_epoch": weights.checkpoint["epoch"] + 1,
        "precision": training.precision,
        "device": str(training.device),
        "versions": versions(),
        "git_commit": git_commit(),
        "machine": machine(),
        "resumed_after_epochs": resumed_at,
        "seconds_of_this_process": round(time.monotonic() - begin, 1),
        "ended": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    folder.result.unlink(missing_ok=True)  # of a failure before
    write_json(folder.pretraining, content)


def _shown(trunk: Trunk) -> Trunk:
    """Print what a trunk is."""
    lines = [f"Pretrained trunk {trunk.name}: {trunk.steps:,} steps, epoch {trunk.about['best_epoch']} of "
             f"{trunk.about['epochs']}; validation AUROC of each head:"]  # fmt: skip
    for each in trunk.about["sets"]:
        auroc, (low, high) = each["validation"]["auroc"], each["validation"]["auroc_ci"]
        counts = f"{each['training_positives']:,} bound sequences, {each['left_out']:,} left out"
        lines.append(f"  {auroc:.4f} ({low:.4f} to {high:.4f})  {each['name']}   {counts}")
    lines += [f"  {trunk.folder.path}", f"Fine-tune it: {typed('train')} tf=<data set> pretrained={trunk.name}"]
    _log.info("\n".join(lines))
    return trunk


def _counts(data: JointDataModule) -> list[tuple[int, int]]:
    return [(len(part.data.train_positives), part.left_out) for part in data.parts]


def _source_of(sets: Sequence[DataSet]) -> str:
    """``simulated`` if any set is, otherwise ``user`` if any is, otherwise ``encode``."""
    sources = {source_of(each) for each in sets}
    return next(source for source in ("simulated", "user", "encode") if source in sources)

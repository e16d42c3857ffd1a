"""Fit a classifier, test it, and write down what came out."""

import logging
import time
import warnings
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from omegaconf import DictConfig
from pytorch_lightning.callbacks import ModelCheckpoint, Timer
from pytorch_lightning.loggers import WandbLogger
from scipy.special import expit

from demo.callbacks import MetricsTable, MotifExtraction
from demo.catalogue import DataSet
from demo.checks import choice, flag, whole
from demo.classifier import Classifier
from demo.compare.jaspar import matrices_of, resolve_release
from demo.configuration import make, plain
from demo.datamodule import PeakDataModule
from demo.errors import DemoError
from demo.evaluation import Evaluation, evaluate
from demo.files import atomic_write, write_json
from demo.loading import load_weights, read_checkpoint
from demo.motifs.extraction import Extraction
from demo.motifs.extraction_files import KnownMotif
from demo.networks import make_network
from demo.precision import choose_precision
from demo.prediction import predict_logits
from demo.provenance import git_commit, machine, versions
from demo.run_directory import RunDirectory
from demo.sequences import LETTERS, SequenceSet
from demo.weights_and_biases import finish, start

ACCELERATORS = ("auto", "cpu", "gpu", "mps")
"""What ``trainer.accelerator`` may be."""


@dataclass(frozen=True)
class Job:
    """What a run needs, made and found right before anything is written."""

    config: DictConfig
    dataset: DataSet
    data_source: str
    data: PeakDataModule
    test: SequenceSet
    classifier: Classifier
    epochs: int
    device: torch.device
    precision: str
    extraction: Extraction | None
    known_motif: KnownMotif | None

    @property
    def steps(self) -> int:
        """Training batches in all."""
        return self.epochs * self.data.steps_per_epoch


def prepare(config: DictConfig, dataset: DataSet, data_source: str) -> Job:
    """Read the data and build the network.

    Args:
        config: as for ``demo.training.train``.
        dataset: its two files are on disk.
        data_source: ``encode``, ``user`` or ``simulated``.

    Raises:
        DemoError: a setting is out of range, or the data cannot be used.
    """
    torch.set_num_threads(whole("trainer.threads", config.trainer.threads, 1, 1024))
    pl.seed_everything(whole("seed", config.seed, 0), verbose=False)
    flag("logger.wandb", config.logger.wandb)
    device = _device(choice("trainer.accelerator", config.trainer.accelerator, ACCELERATORS))
    precision = choose_precision(config.trainer.precision, device)
    network = make_network(plain(config.model))
    optimizer = make(config.optimizer)
    extraction = make(config.motif.extraction) if config.motif.extraction else None
    known_motif = _known_motif(dataset.tf, config.motif.release, config.motif.taxon) if extraction else None

    assert dataset.train_path and dataset.test_path
    settings = {name: value for name, value in plain(config.data).items() if name not in ("source", "dir")}
    data = PeakDataModule(dataset.train_path, dataset.test_path, seed=config.seed, **settings)
    data.setup()
    # Both before hours of training, to know that they can be: the test set is read, and a sequence goes through.
    test = data.test_set()
    predict_logits(network, data.validation_codes[:1])
    if config.trainer.epochs is None:
        epochs = -(-whole("trainer.steps", config.trainer.steps, 1) // data.steps_per_epoch)
    else:
        epochs = whole("trainer.epochs", config.trainer.epochs, 1)
    card = {
        "network": plain(config.model),
        "length": data.length,
        "alphabet": LETTERS,
        "tf": dataset.tf,
        "dataset": dataset.name,
        "data_source": data_source,
    }
    classifier = Classifier(network, optimizer, epochs * data.steps_per_epoch, card, config.seed)
    return Job(
        config,
        dataset,
        data_source,
        data,
        test,
        classifier,
        epochs,
        device,
        precision,
        extraction,
        known_motif,
    )


def fit_and_test(job: Job, run: RunDirectory) -> dict[str, Any]:
    """Train, take the best checkpoint, extract its motif, test it.

    Args:
        job: what ``prepare`` made.
        run: claimed; where it holds ``last.ckpt``, training goes on from there.

    Returns:
        The content of ``result.json``, which is written last.

    Raises:
        DemoError: training diverged, or a file cannot be written.
    """
    begin = time.monotonic()
    resumed_at = read_checkpoint(run.last_checkpoint)["epoch"] + 1 if run.last_checkpoint.exists() else None
    logger = _wandb(job, run)
    timer = Timer(verbose=False)
    label = f"{job.dataset.tf} simulated" if job.data_source == "simulated" else job.dataset.tf
    motif = MotifExtraction(run, label, job.extraction, job.known_motif)
    trainer = _trainer(job, run, logger, timer, motif)
    before_fit = time.monotonic()
    trainer.fit(
        job.classifier,
        datamodule=job.data,
        ckpt_path=None if resumed_at is None else run.last_checkpoint,
        weights_only=True,
    )
    trained_now = time.monotonic() - before_fit - motif.seconds
    network = job.classifier.network.to(job.device)
    load_weights(network, run.best_checkpoint)
    validation = evaluate(job.data.validation_labels, predict_logits(network, job.data.validation_codes))
    logits = predict_logits(network, job.test.codes)
    test = evaluate(job.test.labels, logits)
    probabilities = expit(logits.astype(np.float64))
    _write_predictions(run.predictions, job.test, probabilities)

    if logger:
        numbers = {"test/auroc": test.auroc, "test/average_precision": test.average_precision}
        finish(logger, job.test.labels, probabilities, sorted(run.motifs.glob("*.png")), numbers)
    result = _describe(job, run, validation, test) | {
        "motif": {"settings": plain(job.config.motif), "motifs": motif.motifs},
        "resumed_after_epochs": resumed_at,
        # Of a run that was resumed: training in all its parts, the rest in this one.
        "seconds": round(time.monotonic() - begin - trained_now + timer.time_elapsed("train"), 1),
        "seconds_training": round(timer.time_elapsed("train"), 1),
        "seconds_motif": round(motif.seconds, 1),
        "ended": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "status": "finished",
    }
    write_json(run.result, result)
    return result


def _describe(job: Job, run: RunDirectory, validation: Evaluation, test: Evaluation) -> dict[str, Any]:
    """What ran, on what, with what result."""
    dataset, data = job.dataset, job.data
    return {
        "dataset": dataset.name,
        "tf": dataset.tf,
        "cell_line": dataset.cell_line,
        "lab": dataset.lab,
        "data_source": job.data_source,
        "data": {
            "train": str(dataset.train_path),
            "test": str(dataset.test_path),
            "length": data.length,
            "train_positives": len(data.train_positives),
            "validation_positives": len(data.validation_positives),
            "negatives": "from the training file" if len(data.train_negatives) else "dinucleotide shuffles",
        },
        "model": plain(job.config.model),
        "model_name": run.path.parent.name,
        "seed": job.config.seed,
        "validation": asdict(validation) | {"epoch": read_checkpoint(run.best_checkpoint)["epoch"] + 1},
        "test": asdict(test),
        "published": {f"{name}_auc": auc for name, auc in asdict(dataset.published).items()}
        if dataset.published
        else {},
        "parameters": sum(p.numel() for p in job.classifier.network.parameters()),
        "epochs": job.epochs,
        "steps": job.steps,
        "precision": job.precision,
        "device": str(job.device),
        "threads": job.config.trainer.threads,
        "versions": versions(),
        "git_commit": git_commit(),
        "machine": machine(),
    }


def _wandb(job: Job, run: RunDirectory) -> WandbLogger | None:
    if not job.config.logger.wandb:
        return None
    return start(
        run.path,
        f"{job.dataset.name}/{run.path.parent.name}/{run.path.name}",
        project=job.config.logger.project,
        group=job.config.logger.group,
        config=plain(job.config) | {"dataset": job.dataset.name, "data_source": job.data_source},
        tags=[job.dataset.tf, job.data_source],
    )


def _trainer(
    job: Job, run: RunDirectory, logger: WandbLogger | None, timer: Timer, motif: MotifExtraction
) -> pl.Trainer:
    # Lightning's greetings and advice are not the user's concern; its errors stay.
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning.utilities._pytree")
    warnings.filterwarnings("ignore", "Checkpoint directory .* exists and is not empty")
    best = ModelCheckpoint(
        run.checkpoints,
        filename=run.best_checkpoint.stem,
        monitor="val/auroc",
        mode="max",
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    # Not the option save_last of the other: that saves the last one that was the best.
    last = ModelCheckpoint(
        run.checkpoints,
        filename=run.last_checkpoint.stem,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    options = [make(callback) for callback in job.config.callbacks.values() if callback is not None]
    return pl.Trainer(
        max_epochs=job.epochs,
        accelerator="gpu" if job.device.type == "cuda" else job.device.type,
        devices=1,
        precision=job.precision,  # type: ignore[arg-type]
        logger=logger or False,
        callbacks=[timer, MetricsTable(run.metrics), *options, best, last, motif],
        default_root_dir=run.path,
        enable_progress_bar=job.config.callbacks.progress_bar is not None,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        deterministic="warn" if job.device.type == "cuda" else None,
    )


def _device(accelerator: str) -> torch.device:
    """The device that ``trainer.accelerator`` means on this machine.

    Raises:
        DemoError: there is none.
    """
    there = {"gpu": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if accelerator == "auto":
        accelerator = next(name for name, is_there in there.items() if is_there)
    if not there[accelerator]:
        raise DemoError(
            f"trainer.accelerator is {accelerator}, and this machine has none that torch can use.",
            exists=[name for name, is_there in there.items() if is_there],
            fix="trainer.accelerator=auto",
        )
    return torch.device("cuda" if accelerator == "gpu" else accelerator)


def _known_motif(tf: str, release: str, taxon: str) -> KnownMotif | None:
    """The TF's own matrix in a release of JASPAR, ``None`` where it has none."""
    own = matrices_of(tf, str(release), taxon)
    return KnownMotif(own[0], resolve_release(str(release))) if own else None


def _write_predictions(path: Path, test: SequenceSet, probabilities: NDArray[np.float64]) -> None:
    """The test set's ids, labels and probabilities of binding, as a table."""
    rows = zip(test.ids, test.labels.tolist(), probabilities.tolist(), strict=True)
    with atomic_write(path) as temporary:
        temporary.write_text(
            "sequence_id\tlabel\tscore\n" + "".join(f"{name}\t{label}\t{score:.9g}\n" for name, label, score in rows),
            encoding="utf-8",
        )

"""Fit a classifier, test it, and write down what came out."""

import logging
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from pytorch_lightning.callbacks import ModelCheckpoint, Timer
from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.plugins.environments import LightningEnvironment

from demo.compare.comparison_files import comparison_from, comparison_numbers
from demo.interpret.run_motifs import motif_label
from demo.metrics import Evaluation, before_and_after, evaluate, fit_temperature, probabilities
from demo.networks import Baseline, make_network
from demo.networks.inference import predict_logits
from demo.runs.directory import RunDirectory
from demo.runs.provenance import git_commit, machine, versions
from demo.runs.trained_model import load_weights, read_checkpoint, write_temperature
from demo.sequences import SequenceSet
from demo.training.baselines import fit_baseline, write_known_motif
from demo.training.callbacks import MetricsTable, MotifExtraction
from demo.training.classifier import Classifier
from demo.training.search import Trial, best, calibrate, describe, with_settings
from demo.training.setup import Job
from demo.utils.config import make, plain
from demo.utils.files import write_json, write_text
from demo.utils.wandb import finish, start


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
    logger = _wandb(job, run)
    trials: list[Trial] = []
    if job.calibration:
        trials = calibrate(job.calibration, job.config, job.data, job.device, run.calibration)
        job = _with_hyperparameters(job, best(trials))
    fitted = _fit(job, run) if isinstance(job.classifier.network, Baseline) else _train(job, run, logger)
    network = job.classifier.network.to(job.device)
    load_weights(network, run.best_checkpoint)
    validation_logits = predict_logits(network, job.data.validation_codes)
    validation = evaluate(job.data.validation_labels, validation_logits)
    temperature = fit_temperature(job.data.validation_labels, validation_logits)
    write_temperature(run.best_checkpoint, temperature)
    logits = predict_logits(network, job.test.codes)
    test = evaluate(job.test.labels, logits)
    scores = probabilities(logits, temperature)
    _write_predictions(run.predictions, job.test, scores)

    if logger:
        known = comparison_numbers(comparison_from(fitted.comparison)) if fitted.comparison else {}
        numbers = {"test/auroc": test.auroc, "test/average_precision": test.average_precision, **known}
        finish(logger, job.test.labels, scores, sorted(run.motifs.glob("*.png")), numbers)
    seconds_sampling = sum(trial.seconds for trial in trials)
    result = _describe(job, run, validation, test) | {
        "model": fitted.model,
        "hyperparameter_samples": describe(trials) if trials else None,
        "calibration": {
            "temperature": temperature,
            "validation": before_and_after(job.data.validation_labels, validation_logits, temperature),
            "test": before_and_after(job.test.labels, logits, temperature),
        },
        "motif": {"settings": plain(job.config.motif), "motifs": fitted.motifs, "comparison": fitted.comparison},
        "resumed_after_epochs": fitted.resumed_after_epochs,
        # Of a run that was resumed: training in all its parts, the rest in this one.
        "seconds": round(time.monotonic() - begin + fitted.seconds_before, 1),
        "seconds_training": round(fitted.seconds + seconds_sampling, 1),
        "seconds_motif": round(fitted.seconds_motif, 1),
        "ended": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "status": "finished",
    }
    write_json(run.result, result)
    return result


@dataclass(frozen=True)
class Fitted:
    """How the best checkpoint came about.

    Attributes:
        model: settings of the network, with what a baseline chose.
        seconds: of training, in all parts of a resumed run.
        seconds_before: of these, those of the parts before this one.
        seconds_motif: of extracting motifs.
        motifs: what ``result.json`` says of them, by name.
        comparison: of them with JASPAR, as in ``result.json``.
        resumed_after_epochs: where an interrupted run was gone on with, ``None`` where there was none.
    """

    model: dict[str, Any]
    seconds: float
    seconds_before: float = 0.0
    seconds_motif: float = 0.0
    motifs: Mapping[str, Any] = field(default_factory=dict)
    comparison: Mapping[str, Any] | None = None
    resumed_after_epochs: int | None = None


def _fit(job: Job, run: RunDirectory) -> Fitted:
    """Fit a baseline, which is quick and starts anew each time."""
    network = job.classifier.network
    assert isinstance(network, Baseline)
    begin = time.monotonic()
    model = fit_baseline(network, job.data, job.classifier.card, run)
    seconds = time.monotonic() - begin
    return Fitted(model, seconds, motifs=write_known_motif(network, job.dataset.tf, run))


def _train(job: Job, run: RunDirectory, logger: WandbLogger | None) -> Fitted:
    """Train a network, or go on with it, and extract its motifs."""
    resumed_at = read_checkpoint(run.last_checkpoint)["epoch"] + 1 if run.last_checkpoint.exists() else None
    timer = Timer(verbose=False)
    label = motif_label(job.dataset.tf, job.data_source)
    motif = MotifExtraction(run, label, job.extraction, job.known_motif, job.judged_by)
    trainer = _trainer(job, run, logger, timer, motif)
    begin = time.monotonic()
    trainer.fit(
        job.classifier,
        datamodule=job.data,
        ckpt_path=None if resumed_at is None else run.last_checkpoint,
        weights_only=True,
    )
    trained_now = time.monotonic() - begin - motif.seconds
    seconds = timer.time_elapsed("train")
    return Fitted(
        plain(job.config.model),
        seconds,
        seconds - trained_now,
        motif.seconds,
        motif.motifs,
        motif.comparison,
        resumed_at,
    )


def _with_hyperparameters(job: Job, trial: Trial) -> Job:
    """The job with the hyperparameters and the first weights of a trial, which it trains to the end."""
    config = with_settings(job.config, trial)
    torch.manual_seed(trial.seed)
    old = job.classifier
    card = old.card | {"network": plain(config.model)}
    classifier = Classifier(make_network(plain(config.model)), make(config.optimizer), old.steps, card, old.seed)
    return replace(job, config=config, classifier=classifier)


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
        "model_name": run.path.parent.name,
        "seed": job.config.seed,
        "validation": asdict(validation) | {"epoch": _best_epoch(run)},
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


def _best_epoch(run: RunDirectory) -> int | None:
    """The epoch of the best checkpoint, from 1; ``None`` where there were no epochs."""
    epoch = read_checkpoint(run.best_checkpoint).get("epoch")
    return None if epoch is None else int(epoch) + 1


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
        # One process, also where Slurm or torchrun have started more: what they say of these is not asked.
        plugins=[LightningEnvironment()],
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


def _write_predictions(path: Path, test: SequenceSet, scores: NDArray[np.float64]) -> None:
    """The test set's ids, labels and calibrated probabilities of binding, as a table."""
    rows = zip(test.ids, test.labels.tolist(), scores.tolist(), strict=True)
    lines = (f"{name}\t{label}\t{score:.9g}\n" for name, label, score in rows)
    write_text(path, "sequence_id\tlabel\tscore\n" + "".join(lines))

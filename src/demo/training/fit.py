"""Fit a classifier, test it, and write the results."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
from numpy.typing import NDArray
from pytorch_lightning.callbacks import Timer
from pytorch_lightning.loggers import Logger, WandbLogger

from demo.data.labelled.module import LabelledDataModule
from demo.metrics import before_and_after, evaluate, fit_temperature, probabilities
from demo.motifs.formats import write_all_formats
from demo.networks.checkpoint import CARD, read_checkpoint, write_checkpoint
from demo.networks.contract import Baseline
from demo.networks.inference import predict_logits
from demo.networks.registry import role_of
from demo.plotting.logo import save_logo
from demo.runs.directory import RunDirectory
from demo.runs.result import DataFacts, MotifResult, RunResult, git_commit, machine, versions
from demo.runs.wandb_run import log_result
from demo.sequences import SequenceSet
from demo.training.callbacks import BestWeights, MotifExtraction, resume_point
from demo.training.search import Trial, best, describe, search_hyperparameters
from demo.training.setup import Setup, with_trial
from demo.training.trainer import fit, log_table, make_trainer, open_loggers, wandb_of
from demo.utils.files import write_text


@dataclass(frozen=True)
class Fitted:
    """A fitted network, and how it was fitted.

    Attributes:
        checkpoint: content of the best checkpoint, whose weights the network has.
        epoch: of the checkpoint, from 1; ``None`` if there were no epochs.
        motif: its motifs.
        seconds: of training, including those before a resumption.
        epochs: of training, fewer than planned if a callback ended it.
        steps: training batches in these.
        seconds_before: of these, those before this process.
        seconds_motif: of extracting motifs.
        resumed_after_epochs: epochs done when the run was resumed; ``None`` if it was not.
    """

    checkpoint: dict[str, Any]
    epoch: int | None
    motif: MotifResult
    seconds: float
    epochs: int = 0
    steps: int = 0
    seconds_before: float = 0.0
    seconds_motif: float = 0.0
    resumed_after_epochs: int | None = None


def fit_and_test(setup: Setup, folder: RunDirectory) -> RunResult:
    """Train, take the best checkpoint, extract its motifs, test it.

    Args:
        setup: from ``set_up``.
        folder: claimed; training resumes if it holds checkpoints.

    Returns:
        The result, which is written last.

    Raises:
        DemoError: training diverged, or a file cannot be written.
    """
    tags = [setup.run.dataset.tf, setup.run.data_source]
    with open_loggers(setup, folder, {"data_source": setup.run.data_source}, tags) as loggers:
        return _fit_and_test(setup, folder, loggers)


def _fit_and_test(setup: Setup, folder: RunDirectory, loggers: Sequence[Logger]) -> RunResult:
    begin = time.monotonic()
    trials: list[Trial] = []
    if setup.search:
        trials = search_hyperparameters(setup.search, setup.run.settings, setup.data, setup.device, folder.search)
        setup = with_trial(setup, best(trials))
    at_once = isinstance(setup.classifier.network, Baseline)
    fitted = _fit_baseline(setup, folder) if at_once else _train(setup, folder, loggers)
    network, data, test = setup.classifier.network.to(setup.device), setup.data, setup.test

    validation_logits = predict_logits(network, data.validation_codes)
    temperature = fit_temperature(data.validation_labels, validation_logits)
    if fitted.checkpoint[CARD].get("temperature") != temperature:
        fitted.checkpoint[CARD]["temperature"] = temperature
        write_checkpoint(folder.best_checkpoint, fitted.checkpoint)
    logits = predict_logits(network, test.codes)
    names = data.task.classes
    scores = probabilities(logits, temperature, len(names))
    _write_predictions(folder.predictions, test, scores)
    tested = evaluate(test.labels, logits, names=names)

    numbers = {"test/auroc": tested.auroc, "test/average_precision": tested.average_precision}
    for logger in loggers:
        if not isinstance(logger, WandbLogger):
            logger.log_metrics(numbers, fitted.steps)
            logger.finalize("success")
    run, settings, dataset = setup.run, setup.run.settings, setup.run.dataset
    seconds_sampling = sum(trial.seconds for trial in trials)
    result = RunResult(
        dataset=dataset.name,
        tf=dataset.tf,
        cell_line=dataset.cell_line,
        lab=dataset.lab,
        data_source=run.data_source,
        data=DataFacts(
            train=str(dataset.train_path),
            test=str(dataset.test_path),
            length=data.length,
            train_positives=len(data.train_positives),
            validation_positives=len(data.validation_positives),
            negatives="from the training file" if len(data.train_negatives) else "dinucleotide shuffles",
            task=None if data.task.is_binding else data.task.plain(),
            class_counts=data.class_counts if isinstance(data, LabelledDataModule) else None,
        ),
        model_name=folder.path.parent.name,
        model=fitted.checkpoint[CARD]["network"],
        role="baseline" if role_of(settings.network_name).baseline else "candidate",
        seed=settings.seed,
        validation=evaluate(data.validation_labels, validation_logits, names=names),
        best_epoch=fitted.epoch,
        test=tested,
        published=dataset.published,
        parameters=sum(p.numel() for p in network.parameters()),
        epochs=fitted.epochs,
        steps=fitted.steps,
        precision=setup.precision,
        device=str(setup.device),
        threads=settings.trainer.threads,
        versions=versions(),
        git_commit=git_commit(),
        machine=machine(),
        hyperparameter_samples=describe(trials) if trials else None,
        calibration={
            "temperature": temperature,
            "validation": before_and_after(data.validation_labels, validation_logits, temperature),
            "test": before_and_after(test.labels, logits, temperature),
        },
        motif=fitted.motif,
        resumed_after_epochs=fitted.resumed_after_epochs,
        # For a resumed run: all of its training, and the rest of this process.
        seconds=round(time.monotonic() - begin + fitted.seconds_before, 1),
        seconds_training=round(fitted.seconds + seconds_sampling, 1),
        seconds_motif=round(fitted.seconds_motif, 1),
        ended=datetime.now(UTC).isoformat(timespec="milliseconds"),
        pretrained=None
        if setup.fine_tuning is None
        else setup.fine_tuning.facts((data.validation_labels, validation_logits), (test.labels, logits)),
    )
    if wandb := wandb_of(loggers):
        log_result(wandb.experiment, result, folder, test.labels, scores, settings.logger.artifacts)
    result.write(folder.result)
    return result


def _train(setup: Setup, folder: RunDirectory, loggers: Sequence[Logger]) -> Fitted:
    """Train a network or resume its training, and extract its motifs."""
    checkpoint, resumed_at = resume_point(folder, setup.classifier.network) or (None, None)
    weights = BestWeights(folder.best_checkpoint)
    motif = MotifExtraction(folder.motifs, setup.motif, setup.data) if setup.motif else None
    after: list[pl.Callback] = [weights, *([motif] if motif else [])]
    trainer = make_trainer(setup, folder, loggers, [Timer(verbose=False)], after)
    begin = time.monotonic()
    fit(trainer, setup, checkpoint)
    if trainer.num_devices > 1:
        # In the processes of the devices, what they leave behind would be lost.
        for callback in after:
            callback.on_fit_end(trainer, setup.classifier)
        log_table(folder.metrics, loggers)
    seconds_motif = motif.seconds if motif else 0.0
    trained_now = time.monotonic() - begin - seconds_motif
    last = read_checkpoint(folder.last_checkpoint)
    seconds = last["callbacks"]["Timer"]["time_elapsed"]["train"]
    return Fitted(
        weights.checkpoint,
        weights.checkpoint["epoch"] + 1,
        motif.motifs if motif and motif.motifs else MotifResult(setup.run.settings.motif.plain()),
        seconds,
        last["epoch"] + 1,
        last["loops"]["fit_loop"]["epoch_loop.batch_progress"]["total"]["completed"],
        seconds - trained_now,
        seconds_motif,
        resumed_at,
    )


def _fit_baseline(setup: Setup, folder: RunDirectory) -> Fitted:
    """Fit a baseline, which is quick and always starts over, and write the files that training would."""
    network, data = setup.classifier.network, setup.data
    assert isinstance(network, Baseline)
    begin = time.monotonic()
    chosen = network.fit(*data.training_set(), data.validation_codes, data.validation_labels)
    seconds = time.monotonic() - begin
    card = setup.classifier.card
    checkpoint = {
        CARD: {**card, "network": card["network"] | chosen},
        "state_dict": {f"network.{name}": value for name, value in network.state_dict().items()},
    }
    write_checkpoint(folder.best_checkpoint, checkpoint)
    motifs = _write_known_motif(network, setup.run.dataset.tf, folder.motifs)
    return Fitted(checkpoint, None, MotifResult(setup.run.settings.motif.plain(), motifs), seconds)


def _write_known_motif(network: Baseline, tf: str, folder: Path) -> Mapping[str, Any]:
    """Write the JASPAR matrix that a baseline scores with; its entry in ``result.json``."""
    if network.motif is None:
        return {}
    motif = replace(network.motif, alt_name=f"{network.motif.alt_name} (JASPAR's own, not learned)")
    write_all_formats(folder, [motif])
    save_logo(motif.logo_heights, folder / "jaspar_matrix", f"{tf}: JASPAR's {motif.name}, not learned")
    facts = {"name": motif.name, "consensus": motif.consensus, "width": motif.width}
    return {"jaspar_matrix": facts | {"information_content_bits": motif.total_information, "nsites": motif.nsites}}


def _write_predictions(path: Path, test: SequenceSet, scores: NDArray[np.float64]) -> None:
    """Write a table of the test set's ids, labels and calibrated probabilities: of binding, or of each class."""
    if scores.ndim == 2:
        names = test.task.classes
        table = [["sequence_id", "label", *names]]
        for name, label, row in zip(test.ids, test.labels, scores.tolist(), strict=True):
            table.append([name, names[label], *(f"{p:.9g}" for p in row)])
        write_text(path, "".join("\t".join(row) + "\n" for row in table))
        return
    rows = zip(test.ids, test.labels.tolist(), scores.tolist(), strict=True)
    lines = (f"{name}\t{label}\t{score:.9g}\n" for name, label, score in rows)
    write_text(path, "sequence_id\tlabel\tscore\n" + "".join(lines))

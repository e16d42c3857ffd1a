"""Train, test and explain one classifier: what ``python train.py`` does."""

import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.callbacks import Callback, ModelCheckpoint, Timer
from pytorch_lightning.loggers import Logger
from scipy.special import expit

from demo.callbacks import MetricsTable, MotifExtraction
from demo.catalogue import DataSet
from demo.checks import choice, flag, whole
from demo.classifier import Classifier
from demo.configuration import make, plain
from demo.datamodule import PeakDataModule
from demo.errors import DemoError
from demo.evaluation import evaluate
from demo.files import atomic_write
from demo.loading import load_weights, read_checkpoint
from demo.loggers import close, log_images, log_summary, log_test_curves, make_loggers
from demo.networks import make_network
from demo.precision import choose_precision
from demo.prediction import predict_logits
from demo.provenance import git_commit, machine, versions
from demo.run_directory import RunDirectory, run_name, training_settings, write_json
from demo.sequences import LETTERS, SequenceSet
from demo.sources import data_folder, find_data, sha256
from demo.summary import summary

ACCELERATORS = ("auto", "cpu", "gpu", "mps")
"""What ``trainer.accelerator`` may be."""

_log = logging.getLogger(__name__)


def train(config: DictConfig, defaults: DictConfig) -> dict[str, Any]:
    """Train one classifier as configured, or go on with it, or show what it gave.

    Args:
        config: ``conf/train.yaml`` with the command's overrides.
        defaults: the same without overrides; the run directory is named by the difference.

    Returns:
        The content of ``result.json``.

    Raises:
        DemoError: the configuration or the data are not usable, or the run directory is not.
    """
    dataset, data_source = find_data(
        str(config.tf),
        cell=config.cell,
        lab=config.lab,
        source=config.data.source,
        folder=data_folder(config.data.dir),
        simulated_folder=Path(config.paths.runs) / "simulated",
    )
    assert dataset.train_path and dataset.test_path
    hashes = {path.name: sha256(path) for path in (dataset.train_path, dataset.test_path)}
    settings = training_settings(config)
    run = RunDirectory(Path(config.paths.runs) / dataset.name / run_name(settings, training_settings(defaults)))

    with run.claim():
        if flag("force", config.force):
            run.clear()
        run.check_settings(settings, hashes)
        finished = run.finished_result()
        if finished and finished["motif"]["settings"] == plain(config.motif):
            _log.info("This run is finished; force=true starts over.")
            _log.info(summary(finished, run))
            return finished
        _log.info("%s: %s", "Going on with" if run.last_checkpoint.exists() else "New run", run.path)
        try:
            result = _run(config, dataset, data_source, run, hashes)
        except Exception as error:
            write_json(run.result, {"status": "failed", "dataset": dataset.name, "error": f"{error}"})
            raise
    _log.info(summary(result, run))
    return result


def _run(
    config: DictConfig, dataset: DataSet, data_source: str, run: RunDirectory, hashes: dict[str, str]
) -> dict[str, Any]:
    """Everything between an open run directory and its result."""
    begin = time.monotonic()
    torch.set_num_threads(whole("trainer.threads", config.trainer.threads, 1, 1024))
    pl.seed_everything(whole("seed", config.seed, 0), verbose=False)
    assert dataset.train_path and dataset.test_path
    data = PeakDataModule(dataset.train_path, dataset.test_path, seed=config.seed, **_data_settings(config))
    data.setup()
    # Read before hours of training, to know that it can be; used after.
    test = data.test_set()
    epochs = _epochs(config, data)
    card = {
        "network": plain(config.model),
        "length": data.length,
        "alphabet": LETTERS,
        "tf": dataset.tf,
        "dataset": dataset.name,
        "data_source": data_source,
    }
    network = make_network(card["network"])
    classifier = Classifier(network, make(config.optimizer), epochs * data.steps_per_epoch, card, config.seed)
    resumed_at = read_checkpoint(run.last_checkpoint)["epoch"] + 1 if run.last_checkpoint.exists() else None

    run.write_config(config, hashes)
    loggers = _loggers(config, run, card)
    motif = MotifExtraction(run, dataset.tf, plain(config.motif))
    trainer, training_time = _trainer(config, run, epochs, loggers, motif)
    trainer.fit(classifier, datamodule=data, ckpt_path=run.last_checkpoint if resumed_at else None, weights_only=True)
    load_weights(network, run.best_checkpoint)
    network.to(trainer.strategy.root_device)
    validation = evaluate(data.validation_labels, predict_logits(network, data.validation_codes))
    logits = predict_logits(network, test.codes)
    probabilities = expit(logits.astype(np.float64))
    _write_predictions(run.predictions, test, probabilities)
    test_result = evaluate(test.labels, logits)
    log_test_curves(loggers, test.labels, probabilities)
    log_images(loggers, sorted(run.motifs.glob("*.png")))

    trained = training_time.time_elapsed("train")
    result = {
        "status": "finished",
        "dataset": dataset.name,
        "tf": dataset.tf,
        "cell_line": dataset.cell_line,
        "lab": dataset.lab,
        "data_source": data_source,
        "data": {
            "train": str(dataset.train_path),
            "test": str(dataset.test_path),
            "sha256": hashes,
            "length": data.length,
            "train_positives": len(data.train_positives),
            "validation_positives": len(data.validation_positives),
            "negatives": "from the training file" if len(data.train_negatives) else "dinucleotide shuffles",
        },
        "model": card["network"],
        "model_name": run.path.parent.name,
        "seed": config.seed,
        "validation": asdict(validation) | {"epoch": read_checkpoint(run.best_checkpoint)["epoch"] + 1},
        "test": asdict(test_result),
        "published": {
            f"{name}_auc": auc for name, auc in (asdict(dataset.published) if dataset.published else {}).items()
        },
        "motif": {"settings": plain(config.motif), "motifs": motif.summary},
        "parameters": sum(p.numel() for p in network.parameters()),
        "epochs": epochs,
        "steps": epochs * data.steps_per_epoch,
        "resumed_after_epochs": resumed_at,
        "precision": trainer.precision,
        "device": str(trainer.strategy.root_device),
        "threads": config.trainer.threads,
        "seconds": round(time.monotonic() - begin, 1),
        "seconds_training": round(trained, 1),
        "seconds_motif": round(motif.seconds, 1),
        "versions": versions(),
        "git_commit": git_commit(),
        "machine": machine(),
    }
    log_summary(loggers, {"test/auroc": test_result.auroc, "test/average_precision": test_result.average_precision})
    close(loggers)
    write_json(run.result, result)
    return result


def _data_settings(config: DictConfig) -> dict[str, Any]:
    """The settings of ``PeakDataModule`` in the group ``data``, which also says where data are found."""
    return {name: value for name, value in plain(config.data).items() if name not in ("source", "dir")}


def _epochs(config: DictConfig, data: PeakDataModule) -> int:
    """Epochs of the training: as many as given, or as ``trainer.steps`` take, rounded up."""
    if config.trainer.epochs is not None:
        return whole("trainer.epochs", config.trainer.epochs, 1)
    return -(-whole("trainer.steps", config.trainer.steps, 1) // data.steps_per_epoch)


def _loggers(config: DictConfig, run: RunDirectory, card: dict[str, Any]) -> list[Logger]:
    return make_loggers(
        run.path,
        f"{card['dataset']}/{run.path.parent.name}/{run.path.name}",
        wandb=flag("logger.wandb", config.logger.wandb),
        project=config.logger.project,
        group=config.logger.group,
        config=plain(config) | {"dataset": card["dataset"], "data_source": card["data_source"]},
    )


def _trainer(
    config: DictConfig, run: RunDirectory, epochs: int, loggers: list[Logger], motif: Callback
) -> tuple[pl.Trainer, Timer]:
    """The trainer, and the timer that goes on counting when a run is resumed."""
    # Lightning's greetings and advice are not the user's concern; its errors stay.
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    device = _device(choice("trainer.accelerator", config.trainer.accelerator, ACCELERATORS))
    timer = Timer(verbose=False)
    checkpoint = ModelCheckpoint(
        run.checkpoints,
        filename=run.best_checkpoint.stem,
        monitor="val/auroc",
        mode="max",
        save_last=True,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    options = [make(callback) for callback in config.callbacks.values() if callback is not None]
    metrics = MetricsTable(run.metrics)
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator="gpu" if device.type == "cuda" else device.type,
        devices=1,
        precision=choose_precision(config.trainer.precision, device),  # type: ignore[arg-type]
        logger=loggers,
        callbacks=[timer, metrics, *options, checkpoint, motif],
        default_root_dir=run.path,
        enable_progress_bar=config.callbacks.progress_bar is not None,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        deterministic="warn" if device.type == "cuda" else None,
    )
    return trainer, timer


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


def _write_predictions(path: Path, test: SequenceSet, probabilities: np.ndarray) -> None:
    """The test set's ids, labels and probabilities of binding, as a table."""
    rows = zip(test.ids, test.labels.tolist(), probabilities.tolist(), strict=True)
    with atomic_write(path) as temporary:
        temporary.write_text(
            "sequence_id\tlabel\tscore\n" + "".join(f"{name}\t{label}\t{score:.9g}\n" for name, label, score in rows),
            encoding="utf-8",
        )

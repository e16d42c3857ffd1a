"""The Trainer of a run: its loggers, checkpoints and callbacks, on one device or several."""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import Logger, TensorBoardLogger, WandbLogger
from pytorch_lightning.plugins.environments import LightningEnvironment
from pytorch_lightning.strategies import DDPStrategy
from pytorch_lightning.utilities.exceptions import MisconfigurationException
from torch.multiprocessing import ProcessRaisedException

from demo.runs.directory import RunDirectory
from demo.runs.settings import RunSettings
from demo.runs.wandb_run import logged_run
from demo.training.callbacks import (
    EndOfSteps,
    LastCheckpoint,
    MetricsTable,
    OwnProcess,
    RunCheckpoints,
    StepCurves,
    quiet,
)
from demo.training.classifier import Classifier
from demo.training.cuda_graph import CudaGraph
from demo.utils.errors import DemoError

_LOG_EVERY = 20
"""Training batches between two points of the curves of loss and learning rate."""

_log = logging.getLogger(__name__)


class Training(Protocol):
    """What is trained: ``demo.training.setup.Setup`` on one data set, or a pretraining on several."""

    @property
    def settings(self) -> RunSettings:
        """How."""

    @property
    def name(self) -> str:
        """Of the data set, or of the trunk."""

    @property
    def data(self) -> pl.LightningDataModule:
        """The batches."""

    @property
    def classifier(self) -> Classifier:
        """With the initial weights."""

    @property
    def epochs(self) -> int:
        """Of training; 0 for a baseline that is fitted without steps."""

    @property
    def device(self) -> torch.device:
        """To train on."""

    @property
    def precision(self) -> str:
        """To train in."""

    @property
    def callbacks(self) -> tuple[pl.Callback, ...]:
        """The user's."""


def make_trainer(
    setup: Training,
    folder: RunDirectory,
    loggers: Sequence[Logger],
    before: list[pl.Callback],
    after: list[pl.Callback],
) -> pl.Trainer:
    """The trainer of a run with its checkpoints, and our callbacks before and after the user's.

    On several devices the callbacks and loggers would work on copies, in the devices' processes: ``after`` and the
    loggers are left to ``fit``.

    Raises:
        DemoError: Lightning refuses a setting.
    """
    best = ModelCheckpoint(
        folder.checkpoints,
        filename=folder.best_checkpoint.stem,
        monitor="val/auroc",
        mode="max",
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    # Not save_last=True of the other: that saves only when there is a new best.
    last = LastCheckpoint(
        folder.checkpoints,
        filename=folder.last_checkpoint.stem,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    alone = setup.settings.trainer.devices == 1
    settled = OwnProcess(setup.settings.trainer.threads)
    graphs = [CudaGraph()] if setup.settings.trainer.cuda_graphs else []
    own = [settled, EndOfSteps(), *graphs, *before, MetricsTable(folder.metrics), StepCurves()]
    return _trainer(
        setup,
        logger=list(loggers) if alone and loggers else False,
        log_every_n_steps=_LOG_EVERY,
        # One process, even if Slurm or torchrun started several.
        plugins=[LightningEnvironment(), RunCheckpoints(folder)],
        callbacks=[*own, *setup.callbacks, best, last, *(after if alone else [])],
        default_root_dir=folder.path,
        enable_progress_bar=setup.settings.callbacks.get("progress_bar") is not None,
    )


def try_out(setup: Training) -> None:
    """Train and validate on the batches of ``trainer.fast_dev_run``, without writing anything.

    Raises:
        DemoError: the network is fitted at once.
    """
    trainer = setup.settings.trainer
    if not setup.epochs:
        name = setup.settings.network_name
        raise DemoError(f"trainer.fast_dev_run tries out batches, but {name} is fitted at once.", fix="leave it out")
    fit(
        _trainer(setup, fast_dev_run=trainer.fast_dev_run, enable_progress_bar=False, logger=False),
        setup,
    )
    count = int(trainer.fast_dev_run)
    _log.info(
        "trainer.fast_dev_run: training and validation work (%s). Nothing was written.",
        "one batch each" if count == 1 else f"{count} batches each",
    )


def fit(trainer: pl.Trainer, setup: Training, checkpoint: Path | None = None) -> None:
    """Train, or resume from a checkpoint.

    Raises:
        DemoError: training diverged, Lightning refuses a setting, or a GPU has too little memory.
    """
    with _errors_of_devices(trainer), _refusals():
        try:
            trainer.fit(setup.classifier, datamodule=setup.data, ckpt_path=checkpoint, weights_only=True)
        except torch.OutOfMemoryError as error:
            size = setup.settings.data.batch_size
            raise DemoError(
                f"The GPU has too little free memory for this network and batches of {size:,} sequences.",
                where=str(error).partition(". ")[2].partition(". ")[0] or None,
                fix=f"data.batch_size={max(2, size // 4)}, or fewer channels; fewer trials on each GPU in a sweep",
            ) from error


def log_table(table: Path, loggers: Sequence[Logger]) -> None:
    """Log the epochs of ``metrics.csv``, where several devices trained in processes without loggers."""
    with open(table, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            numbers = {name: float(value) for name, value in row.items()}
            numbers["epoch"] -= 1  # as Lightning counts them for its loggers
            for logger in loggers:
                logger.log_metrics(numbers, step=int(row["step"]))


@contextmanager
def open_loggers(
    setup: Training, folder: RunDirectory, about: Mapping[str, Any], tags: list[str]
) -> Iterator[list[Logger]]:
    """The loggers of ``logger=``, besides ``metrics.csv``. An error ends the run in W&B: its next is another.

    Args:
        setup: whose settings are logged.
        folder: its run directory.
        about: what else W&B is to know of the data.
        tags: for W&B.

    Raises:
        DemoError: TensorBoard is not installed.
    """
    settings = setup.settings
    loggers: list[Logger] = []
    if settings.logger.tensorboard:
        try:
            loggers.append(TensorBoardLogger(folder.path, name="tensorboard", version=""))
        except ModuleNotFoundError as error:
            raise DemoError(
                "logger=tensorboard needs a package that is not installed.",
                where="tensorboard",
                fix="pip install 'deep-motif[tensorboard]', or in a checkout pip install -e '.[tensorboard]'",
            ) from error
    config = {**settings.plain(), "dataset": setup.name, **about}
    with logged_run(folder, setup.name, settings.logger, config, tags) as wandb:
        yield [*loggers, wandb] if wandb else loggers


def wandb_of(loggers: Sequence[Logger]) -> WandbLogger | None:
    """The one of Weights & Biases, if any."""
    return next((logger for logger in loggers if isinstance(logger, WandbLogger)), None)


def _trainer(setup: Training, **arguments: Any) -> pl.Trainer:
    settings = setup.settings.trainer
    quiet()
    with _refusals():
        return pl.Trainer(
            max_epochs=setup.epochs,
            max_steps=settings.max_steps or -1,
            accelerator="gpu" if setup.device.type == "cuda" else setup.device.type,
            devices=settings.devices,
            # Not Lightning's "ddp", which would start this command again for each device, in the same run directory.
            strategy=DDPStrategy(start_method="spawn") if settings.devices > 1 else "auto",
            precision=setup.precision,  # type: ignore[arg-type]
            gradient_clip_val=settings.gradient_clip_val,
            accumulate_grad_batches=settings.accumulate_grad_batches,
            limit_train_batches=settings.limit_train_batches,
            limit_val_batches=settings.limit_val_batches,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            deterministic="warn" if setup.device.type == "cuda" else None,
            **arguments,
        )


@contextmanager
def _refusals() -> Iterator[None]:
    """What Lightning refuses is bad input: a callback that needs a logger, for instance."""
    try:
        yield
    except MisconfigurationException as error:
        raise DemoError(f"Lightning: {str(error).splitlines()[0]}") from error


@contextmanager
def _errors_of_devices(trainer: pl.Trainer) -> Iterator[None]:
    """An error in the process of a device is the run's, and if the command is stopped, so are these processes."""
    try:
        yield
    except ProcessRaisedException as error:
        found = re.search(r"demo\.utils\.errors\.\w+: (.*)", str(error), re.S)
        if found is None:
            raise
        what, _, rest = found[1].strip().partition("\n")
        fix = re.search(r"Try: +(.*)", rest)
        raise DemoError(what, fix=fix and fix[1]) from error
    except BaseException:
        if trainer.num_devices > 1 and trainer.strategy.launcher is not None:
            trainer.strategy.launcher.kill(9)
        raise

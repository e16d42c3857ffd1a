"""Callbacks: the metrics table, curves by step, the progress bar, checkpoints that are safe from kills, full disks and
power cuts, and the best weights and motifs at the end of training."""

import csv
import logging
import math
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.plugins import CheckpointIO
from pytorch_lightning.utilities import rank_zero_only
from torch import nn
from tqdm import tqdm

from demo.data.datamodule import PeakDataModule
from demo.interpret.run_motifs import MotifJob
from demo.networks.checkpoint import read_checkpoint, weights_for, write_checkpoint
from demo.runs.directory import RunDirectory
from demo.runs.result import MotifResult
from demo.utils.errors import DemoError
from demo.utils.files import atomic_write
from demo.utils.hardware import use_threads


class MetricsTable(pl.Callback):
    """Writes ``metrics.csv``, one row per epoch.

    Its rows are stored in the checkpoint, so that the table of a resumed run equals that of an uninterrupted one.

    Args:
        path: the file.
    """

    COLUMNS = ("epoch", "step", "train/loss", "val/loss", "val/auroc", "val/average_precision")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        counts = {"epoch": trainer.current_epoch + 1, "step": trainer.global_step}
        metrics = {name: trainer.callback_metrics[name].item() for name in self.COLUMNS[2:]}
        self.rows.append(counts | metrics)
        self._write()

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Where a run is resumed that had all of its epochs, no other hook would write the table.
        self._write()

    @rank_zero_only
    def _write(self) -> None:
        with atomic_write(self.path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, self.COLUMNS)
            table.writeheader()
            table.writerows(self.rows)

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = state_dict["rows"]


class StepCurves(pl.Callback):
    """Logs the mean training loss and the learning rate every ``log_every_n_steps`` steps of the trainer."""

    def __init__(self) -> None:
        self.losses: list[torch.Tensor] = []
        self.learning_rate = 0.0

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        self.learning_rate = optimizer.param_groups[0]["lr"]

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not trainer.loggers:
            return
        self.losses.append(torch.as_tensor(outputs["loss"] if isinstance(outputs, dict) else outputs).detach())
        if trainer.global_step % trainer.log_every_n_steps:  # type: ignore[attr-defined]
            return
        # Read once for all of these steps, since it waits for the GPU.
        mean = torch.stack(self.losses).mean().item()
        self.losses.clear()
        for logger in trainer.loggers:
            logger.log_metrics(
                {"train/loss_step": mean, "train/learning_rate": self.learning_rate}, step=trainer.global_step
            )


class ProgressBar(pl.callbacks.ProgressBar):
    """One bar for the whole training: epoch, loss, validation AUROC and time left.

    If standard error is not a terminal, prints a line now and then instead.
    """

    _REFRESH = 20
    """Training batches between two reads of the loss, each of which waits for the GPU."""

    def __init__(self) -> None:
        super().__init__()
        self._enabled = True
        self._bar: tqdm[Any] | None = None
        self._shown: dict[str, str] = {}

    def disable(self) -> None:
        self._enabled = False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not self._enabled:
            return
        terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=int(trainer.estimated_stepping_batches),
            initial=trainer.global_step,
            desc="training",
            unit="step",
            dynamic_ncols=terminal,
            ncols=None if terminal else 120,
            mininterval=0.2 if terminal else 30,
            maxinterval=10 if terminal else 60,
        )

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if self._bar is None:
            return
        done = trainer.global_step - self._bar.n
        if done >= self._REFRESH or trainer.global_step == self._bar.total:
            loss = outputs["loss"] if isinstance(outputs, dict) else outputs
            self._shown["epoch"] = f"{trainer.current_epoch + 1}/{trainer.max_epochs}"
            self._shown["loss"] = f"{torch.as_tensor(loss).item():.3f}"
            self._bar.set_postfix(self._shown, refresh=False)
            self._bar.update(done)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        auroc = trainer.callback_metrics.get("val/auroc")
        if auroc is not None:
            self._shown["validation AUROC"] = f"{auroc.item():.4f}"

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self._bar is not None:
            self._bar.set_postfix(self._shown)
            self._bar.close()
            self._bar = None

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self.on_train_end(trainer, pl_module)


class EndOfSteps(pl.Callback):
    """Validates after the Trainer's ``max_steps``, though its last epoch has not ended: its weights may be the best."""

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step == trainer.max_steps:
            trainer.should_stop = True


class OwnProcess(pl.Callback):
    """Settles the process in which a device trains, which may be another than the command's.

    Args:
        threads: of torch.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        use_threads(self.threads)
        quiet()


def quiet() -> None:
    """Silence Lightning's tips, which are not the user's concern; its errors stay, and what it is asked to print."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("pytorch_lightning.callbacks.model_summary").setLevel(logging.INFO)
    warnings.filterwarnings("ignore", module="pytorch_lightning.utilities._pytree")
    warnings.filterwarnings("ignore", "Checkpoint directory .* exists and is not empty")
    warnings.filterwarnings("ignore", ".* is smaller than the logging interval")
    # Our batches come from memory: workers would only copy them.
    warnings.filterwarnings("ignore", ".* does not have many workers")


class BestWeights(pl.Callback):
    """Gives the network the weights of the best checkpoint when fitting ends.

    Args:
        path: the best checkpoint.

    Attributes:
        checkpoint: its content, after fitting.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint: dict[str, Any] = {}

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.checkpoint = read_checkpoint(self.path)
        network: nn.Module = pl_module.network  # type: ignore[assignment]
        network.load_state_dict(weights_for(network, self.checkpoint, self.path))


class MotifExtraction(pl.Callback):
    """Extracts and writes the motifs of the network when fitting ends; must come after ``BestWeights``.

    Args:
        folder: for the motifs.
        job: performs the extraction.
        data: that the network is trained on.

    Attributes:
        motifs: the motifs, after fitting.
        seconds: of the extraction.
    """

    def __init__(self, folder: Path, job: MotifJob, data: PeakDataModule) -> None:
        self.folder = folder
        self.job = job
        self.data = data
        self.motifs: MotifResult | None = None
        self.seconds = 0.0

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        begin = time.monotonic()
        network: nn.Module = pl_module.network  # type: ignore[assignment]
        self.motifs = self.job.run(self.folder, [network], self.data)
        self.seconds = time.monotonic() - begin


_OF_TRAINING = ("epoch", "global_step", "pytorch-lightning_version", "loops", "callbacks", "optimizer_states")
"""Entries that Lightning needs to resume, besides the weights."""

_log = logging.getLogger(__name__)


class LastCheckpoint(ModelCheckpoint):
    """What training resumes from, after the first and the last epoch and, between them, no oftener than is worth it."""

    _INTERVAL = 30.0
    """Seconds of work, besides the current epoch, that a killed run may repeat."""

    _written = -math.inf

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        ends = trainer.should_stop or trainer.current_epoch + 1 == trainer.max_epochs
        ends |= trainer.global_step == trainer.max_steps
        # All devices take part in writing, and their clocks may differ.
        if trainer.strategy.broadcast(ends or time.monotonic() - self._written >= self._INTERVAL):
            super().on_train_epoch_end(trainer, pl_module)
            self._written = time.monotonic()


class RunCheckpoints(CheckpointIO):
    """Reads and writes checkpoints for Lightning, whose own way may overwrite the old file in place.

    Each file is complete or absent; the last checkpoint and the one before it are kept.

    Args:
        run: whose checkpoints these are.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any = None
    ) -> None:
        if Path(path).name == self.run.last_checkpoint.name and self.run.last_checkpoint.exists():
            os.replace(self.run.last_checkpoint, self.run.previous_checkpoint)
        write_checkpoint(Path(path), checkpoint)

    def load_checkpoint(
        self,
        path: str | os.PathLike[str],
        map_location: Callable[..., Any] | None = None,
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        if Path(path).parent != self.run.checkpoints:
            # The last weights, which a device's process hands over to the command's in a temporary file.
            return dict(torch.load(path, weights_only=True))
        return read_checkpoint(Path(path))

    def remove_checkpoint(self, path: str | os.PathLike[str]) -> None:
        Path(path).unlink(missing_ok=True)


def resume_point(run: RunDirectory, network: nn.Module) -> tuple[Path, int] | None:
    """The newest checkpoint that training can resume from, and the epochs done by then.

    If it is damaged, it is removed and the one before it is used, which repeats the epochs between them. If none is
    left, or the best checkpoint is damaged, whose weights are nowhere else, training starts over. This is logged.
    Either way the results are those of an uninterrupted run.

    Args:
        run: claimed.
        network: to be trained; its weights are not changed.

    Returns:
        ``None`` to start from the beginning.

    Raises:
        OSError: a checkpoint cannot be opened: it is a folder, or there is no permission.
    """
    begun = [path for path in (run.last_checkpoint, run.previous_checkpoint) if path.exists()]
    if begun and not _is_whole(run.best_checkpoint, network):
        _log.warning("The best checkpoint is missing or damaged: training starts over. %s", run.best_checkpoint)
        for path in begun:
            path.unlink()
        return None
    for path in begun:
        if _is_whole(path, network, _OF_TRAINING):
            return path, int(read_checkpoint(path)["epoch"]) + 1
        instead = "starts over" if path == begun[-1] else "resumes from the one before"
        _log.warning("This checkpoint is damaged: training %s. %s", instead, path)
        # Otherwise it would replace the one before it when the next one is written.
        path.unlink()
    return None


def _is_whole(path: Path, network: nn.Module, entries: tuple[str, ...] = ()) -> bool:
    """Whether a checkpoint can be read, fits ``network`` and has these entries."""
    try:
        open(path, "rb").close()
        checkpoint = read_checkpoint(path)
        weights_for(network, checkpoint, path)
    except (DemoError, FileNotFoundError):
        return False
    return all(entry in checkpoint for entry in entries)

"""The checkpoints of a run in training, safe from kills, full disks and power cuts."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins import CheckpointIO
from torch import nn

from demo.networks.checkpoint import read_checkpoint, weights_for, write_checkpoint
from demo.runs.directory import RunDirectory
from demo.utils.errors import DemoError

_OF_TRAINING = ("epoch", "global_step", "pytorch-lightning_version", "loops", "callbacks", "optimizer_states")
"""Entries that Lightning needs to resume, besides the weights."""

_log = logging.getLogger(__name__)


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

    If it is damaged, it is removed and the one before it is used, which repeats one epoch. If none is left, or the best
    checkpoint is damaged, whose weights are nowhere else, training starts over. This is logged. Either way the results
    are those of an uninterrupted run.

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

"""A trained classifier, from its run directory or its checkpoint file."""

import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import nn

from demo.errors import DemoError
from demo.networks import make_network
from demo.prediction import predict_logits
from demo.run_directory import RunDirectory
from demo.sequences import encode

CARD = "demo"
"""The key under which a checkpoint says what it is: network, sequence length, data."""

_PREFIX = "network."


@dataclass(frozen=True)
class TrainedModel:
    """A trained classifier of one TF's binding.

    Attributes:
        network: (B, 4, L) DNA to (B,) logits, in evaluation mode, on the CPU.
        tf: the transcription factor.
        dataset: name of the data set it was trained on.
        data_source: ``encode``, ``user``, or ``simulated``.
        length: letters of the sequences it was trained on.
        path: the checkpoint.
    """

    network: nn.Module
    tf: str
    dataset: str
    data_source: str
    length: int
    path: Path

    def predict(self, sequences: Sequence[str] | NDArray[np.uint8]) -> NDArray[np.float64]:
        """Probability of binding of each sequence, (N,), 0-1; the mean logit of both strands.

        Args:
            sequences: N strings of one length, or (N, L) codes A C G T N = 0 1 2 3 4.

        Raises:
            DemoError: a letter is no nucleotide, lengths differ, or the network cannot read that length.
        """
        return expit(self.logits(sequences).astype(np.float64))

    def logits(self, sequences: Sequence[str] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Log odds of binding of each sequence, (N,); see ``predict``."""
        codes = sequences if isinstance(sequences, np.ndarray) else encode(sequences)
        return predict_logits(self.network, codes)

    def _repr_html_(self) -> str:
        """What it is, where a notebook shows it."""
        from demo.model_card import model_card

        return model_card(self)


def load(path: str | os.PathLike[str]) -> TrainedModel:
    """A trained classifier, ready to predict.

    Args:
        path: a run directory (its best checkpoint is taken) or a checkpoint file.

    Raises:
        DemoError: there is no checkpoint, or it is damaged or none of ours.
    """
    file = _checkpoint_file(Path(path))
    checkpoint = read_checkpoint(file)
    card = checkpoint[CARD]
    network = make_network(card["network"])
    _load_state(network, checkpoint, file)
    return TrainedModel(network.eval(), card["tf"], card["dataset"], card["data_source"], card["length"], file)


def load_weights(network: nn.Module, path: Path) -> None:
    """Give ``network`` the weights of a checkpoint file of the same network.

    Raises:
        DemoError: the file is not there, damaged, none of ours, or of another network.
    """
    _load_state(network, read_checkpoint(path), path)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint file; only tensors and plain values are read, no code is run.

    Raises:
        DemoError: the file is not there, damaged, or none of ours.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise DemoError("There is no such checkpoint.", where=str(path), fix="train first: python train.py") from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise DemoError(
            f"This file cannot be read as a checkpoint: {str(error).splitlines()[0]}",
            where=str(path),
            fix="copy it again, or train again with force=true",
        ) from error
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get(CARD), dict):
        raise DemoError(
            "This checkpoint was not made by this program: it does not say which network it is of.", where=str(path)
        )
    return checkpoint


def _checkpoint_file(path: Path) -> Path:
    if path.is_file():
        return path
    best = RunDirectory(path).best_checkpoint
    if best.exists():
        return best
    runs = sorted(str(p.parent.parent) for p in path.glob("**/checkpoints/best.ckpt")) if path.is_dir() else []
    raise DemoError(
        "There is no trained run here." if path.is_dir() else "There is no such run directory.",
        where=str(path),
        exists=runs[:5] or None,
        fix="name a run directory: runs/<data set>/<model>/seed<k>",
    )


def _load_state(network: nn.Module, checkpoint: dict[str, Any], path: Path) -> None:
    state = {
        name.removeprefix(_PREFIX): value
        for name, value in checkpoint["state_dict"].items()
        if name.startswith(_PREFIX)
    }
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise DemoError(f"These are weights of another network: {error}", where=str(path)) from error

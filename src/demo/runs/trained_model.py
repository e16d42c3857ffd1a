"""A trained classifier, from its run directory or its checkpoint file."""

import io
import logging
import os
import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from markupsafe import Markup
from numpy.typing import NDArray
from torch import nn

from demo.metrics import HIGHEST, LOWEST, probabilities
from demo.networks import make_network
from demo.networks.inference import predict_logits
from demo.runs.directory import RunDirectory
from demo.sequences import LETTERS, encode
from demo.sequences.alphabet import check_codes
from demo.utils.errors import DemoError
from demo.utils.files import atomic_write

CARD = "demo"
"""The key under which a checkpoint says what it is: network, sequence length, alphabet, data, temperature."""

_PREFIX = "network."
_CARD_TYPES = {"network": Mapping, "length": int, "alphabet": str, "tf": str, "dataset": str, "data_source": str}
_LONGEST = 1_000_000
_log = logging.getLogger(__name__)


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
        temperature: what logits are divided by before they become probabilities (``demo.metrics``); 1.0 where the
            checkpoint has none.
    """

    network: nn.Module
    tf: str
    dataset: str
    data_source: str
    length: int
    path: Path
    temperature: float = 1.0

    def predict(self, sequences: Sequence[str] | NDArray[np.uint8]) -> NDArray[np.float64]:
        """Calibrated probability of binding of each sequence, (N,), 0-1, from the mean logit of both strands.

        Args:
            sequences: N strings of one length, or (N, L) codes A C G T N = 0 1 2 3 4.

        Raises:
            DemoError: a letter is no nucleotide, or a sequence has another length than the model was trained on.
        """
        return probabilities(self.logits(sequences), self.temperature)

    def logits(self, sequences: Sequence[str] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's own log odds of binding of each sequence, (N,), without temperature; see ``predict``."""
        codes = sequences if isinstance(sequences, np.ndarray) else encode(sequences)
        check_codes(codes)
        if not len(codes):
            return np.empty(0, np.float32)
        if codes.shape[1] != self.length:
            raise DemoError(
                f"These sequences have {codes.shape[1]:,} letters; this model was trained on {self.length}.",
                fix=f"cut windows of {self.length} letters",
            )
        return predict_logits(self.network, codes)

    def _repr_html_(self) -> str:
        """What it is, and how well it did on the test set where its run says so; where a notebook shows it."""
        weights = sum(p.numel() for p in self.network.parameters())
        simulated = "simulated: says nothing about real binding"
        facts = [
            ("data set", self.dataset),
            ("data", simulated if self.data_source == "simulated" else self.data_source),
            ("network", f"{type(self.network).__name__}, {weights:,} weights, reads {self.length} bp"),
            *_measures(self.path.parent.parent),
            ("checkpoint", self.path),
        ]
        rows = Markup("").join(Markup("<tr><th>{}</th><td>{}</td></tr>").format(name, value) for name, value in facts)
        return Markup("<table><caption>Binding of <strong>{}</strong></caption>{}</table>").format(self.tf, rows)


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
    try:
        network = make_network(card["network"])
    except DemoError as error:
        raise DemoError(error.what, where=str(file), exists=error.exists, fix=error.fix) from error
    load_state(network, checkpoint, file)
    if "temperature" not in card:
        _log.warning("%s has no temperature: its probabilities are not calibrated (T = 1).", file)
    return TrainedModel(
        network.eval(),
        card["tf"],
        card["dataset"],
        card["data_source"],
        card["length"],
        file,
        float(card.get("temperature", 1.0)),
    )


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint file; only tensors and plain values are read, no code is run.

    Raises:
        DemoError: the file is not there, damaged, or none of ours.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise DemoError("There is no such checkpoint.", where=str(path), fix="train first: python train.py") from error
    except Exception as error:  # A damaged file makes torch raise almost anything.
        raise DemoError(
            f"This file cannot be read as a checkpoint: {_reason(error)}",
            where=str(path),
            fix="copy it again, or train again with force=true",
        ) from error
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get(CARD), dict):
        raise DemoError(
            "This checkpoint was not made by this program: it does not say which network it is of.", where=str(path)
        )
    _check_card(checkpoint[CARD], path)
    if not isinstance(checkpoint.get("state_dict"), dict):
        raise DemoError("This checkpoint holds no weights.", where=str(path))
    return checkpoint


def write_checkpoint(path: Path, checkpoint: dict[str, Any]) -> None:
    """Write the content of a checkpoint file, whole or not at all.

    Raises:
        DemoError: the file cannot be written.
    """
    # Not straight to the file: torch would write the temporary name into the archive.
    content = io.BytesIO()
    torch.save(checkpoint, content)
    with atomic_write(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def _reason(error: Exception) -> str:
    """What is wrong with a file that torch refuses, without torch's advice to run its code."""
    if isinstance(error, pickle.UnpicklingError):
        foreign = re.search(r"GLOBAL (\S+)", str(error))
        return (
            f"it wants to run code ({foreign.group(1)}), which is never done."
            if foreign
            else "it is no checkpoint of torch."
        )
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]


def _check_card(card: Mapping[str, Any], path: Path) -> None:
    """See that a checkpoint says all that is needed to use it, and that this program can.

    Raises:
        DemoError: it does not, or it reads another alphabet.
    """
    for name, kind in _CARD_TYPES.items():
        if not isinstance(card.get(name), kind) or isinstance(card[name], bool):
            raise DemoError(
                f"This checkpoint's card has no usable {name!r}: {card.get(name, 'it is missing')!r}.",
                where=str(path),
                fix="train again with this version",
            )
    if card["alphabet"] != LETTERS:
        raise DemoError(
            f"This checkpoint reads the alphabet {card['alphabet']!r}, this program {LETTERS!r}.", where=str(path)
        )
    if not 1 <= card["length"] <= _LONGEST:
        raise DemoError(f"This checkpoint's sequence length is {card['length']}.", where=str(path))
    temperature = card.get("temperature", 1.0)
    if not isinstance(temperature, float) or not LOWEST <= temperature <= HIGHEST:
        raise DemoError(
            f"This checkpoint's temperature is {temperature!r}.",
            where=str(path),
            exists=f"it may be a number from {LOWEST} to {HIGHEST}",
        )


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


def load_state(network: nn.Module, checkpoint: dict[str, Any], path: Path) -> None:
    """Give ``network`` the weights of a checkpoint.

    Args:
        network: of the kind that the checkpoint is of.
        checkpoint: from ``read_checkpoint``.
        path: its file, for messages.

    Raises:
        DemoError: they are weights of another network, or no finite numbers.
    """
    state = {
        name.removeprefix(_PREFIX): value
        for name, value in checkpoint["state_dict"].items()
        if isinstance(name, str) and name.startswith(_PREFIX)
    }
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise DemoError(f"These are weights of another network: {error}", where=str(path)) from error
    broken = [name for name, value in network.state_dict().items() if not torch.isfinite(value).all()]
    if broken:
        raise DemoError(
            "This checkpoint holds weights that are no finite numbers: nothing can be predicted with it.",
            where=str(path),
            exists=f"NaN or infinite in {', '.join(broken[:5])}",
            fix="train again with a lower optimizer.learning_rate",
        )


def _measures(run: Path) -> list[tuple[str, str]]:
    """What the result of a run says of its test set; nothing where the checkpoint lies alone."""
    try:
        result = RunDirectory(run).finished_result()
    except DemoError:
        # The model itself is sound, and what a damaged result says is not shown.
        return []
    if result is None:
        return []
    low, high = result.test.auroc_ci
    measures = [("test AUROC", f"{result.test.auroc:.3f} (95 % interval {low:.3f} to {high:.3f})")]
    published = None if result.published is None else result.published.deepbind
    return measures if published is None else [*measures, ("DeepBind's published AUC", f"{published:.3f}")]

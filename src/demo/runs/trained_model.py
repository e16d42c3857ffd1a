"""A trained classifier, from its run directory or its checkpoint file."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray
from torch import nn

from demo.metrics import probabilities
from demo.networks.checkpoint import CARD, network_of, read_checkpoint
from demo.networks.inference import OneClass, check_finite, predict_logits
from demo.networks.registry import task_of
from demo.runs.directory import RunDirectory
from demo.sequences import Task, encode
from demo.utils.environment import typed
from demo.utils.errors import DemoError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainedModel:
    """A trained classifier of binding by one TF.

    Attributes:
        network: (B, 4, L) DNA to (B,) logits, in evaluation mode, on the CPU; of other alphabets and several classes
            (B, A, L) to (B, K).
        tf: the transcription factor.
        dataset: name of the data set it was trained on.
        data_source: ``encode``, ``user``, or ``simulated``.
        length: bp of the sequences it was trained on.
        path: the checkpoint.
        temperature: divides logits before they become probabilities (``demo.metrics``); 1.0 if the checkpoint has none.
    """

    network: nn.Module
    tf: str
    dataset: str
    data_source: str
    length: int
    path: Path
    temperature: float = 1.0

    @property
    def task(self) -> Task:
        """What it reads and tells apart."""
        return task_of(self.network)

    def of_class(self, label: int) -> TrainedModel:
        """One class against all others, as a model of two classes, whose logit is calibrated."""
        return replace(self, network=OneClass(self.network, label, self.temperature).eval(), temperature=1.0)

    @property
    def run(self) -> Path:
        """The run directory that the checkpoint is in: motifs, predictions, results."""
        return self.path.parent.parent

    def predict(self, sequences: Sequence[str] | ArrayLike) -> NDArray[np.float64]:
        """Calibrated probability of binding of each sequence, (N,), 0-1, from the mean logit of both strands; of K > 2
        classes (N, K), in the order of ``task.classes``.

        Args:
            sequences: N strings, codes, or one-hot sequences: what ``demo.encode`` takes.

        Raises:
            DemoError: as ``demo.encode``, or the sequences do not have the length that the model was trained on.
        """
        return probabilities(self.logits(sequences), self.temperature, len(self.task.classes))

    def logits(self, sequences: Sequence[str] | ArrayLike) -> NDArray[np.float32]:
        """The network's own log odds of binding of each sequence, (N,) or (N, K), without temperature; see
        ``predict``."""
        codes = encode(sequences, alphabet=self.task.alphabet)
        if not len(codes):
            return np.empty((0,) if self.task.outputs == 1 else (0, self.task.outputs), np.float32)
        if codes.shape[1] != self.length:
            unit = self.task.alphabet.unit
            raise DemoError(
                f"These sequences have {codes.shape[1]:,} {unit}; this model was trained on {self.length} {unit}.",
                fix=f"cut windows of {self.length} {unit}",
            )
        logits = predict_logits(self.network, codes)
        check_finite(logits)
        return logits

    def _repr_html_(self) -> str:
        """A table for notebooks: the model, and its test results if its run has them."""
        weights = sum(p.numel() for p in self.network.parameters())
        simulated = "simulated: says nothing about real binding"
        facts = [
            ("data set", self.dataset),
            ("data", simulated if self.data_source == "simulated" else self.data_source),
            (
                "network",
                f"{type(self.network).__name__}, {weights:,} weights, reads {self.length} {self.task.alphabet.unit}",
            ),
            *([] if self.task.is_binding else [("classes", ", ".join(self.task.classes[:20]))]),
            *_measures(self.run),
            ("checkpoint", self.path),
        ]
        rows = Markup("").join(Markup("<tr><th>{}</th><td>{}</td></tr>").format(name, value) for name, value in facts)
        title = "Binding of" if self.task.is_binding else f"Classes of {self.task.alphabet.title} sequences:"
        return Markup("<table><caption>{} <strong>{}</strong></caption>{}</table>").format(title, self.tf, rows)


def load(path: str | os.PathLike[str]) -> TrainedModel:
    """A trained classifier, ready to predict.

    Args:
        path: a run directory (its best checkpoint is taken) or a checkpoint file.

    Raises:
        DemoError: there is no checkpoint, or it is damaged or of another program.
    """
    file = _checkpoint_file(Path(path))
    checkpoint = read_checkpoint(file)
    card = checkpoint[CARD]
    network = network_of(checkpoint, file)
    if "temperature" not in card:
        _log.warning("%s has no temperature: its probabilities are uncalibrated (T = 1).", file)
    return TrainedModel(
        network,
        card["tf"],
        card["dataset"],
        card["data_source"],
        card["length"],
        file,
        float(card.get("temperature", 1.0)),
    )


def _checkpoint_file(path: Path) -> Path:
    if path.is_file():
        return path
    if RunDirectory(path).pretraining.exists():
        raise DemoError(
            "This is a pretrained trunk, which predicts nothing before it is fine-tuned.",
            where=str(path),
            fix=f"{typed('train')} tf=<data set> pretrained={path}",
        )
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


def _measures(run: Path) -> list[tuple[str, str]]:
    """The test results of a run; empty for a checkpoint without a run."""
    try:
        result = RunDirectory(run).finished_result()
    except DemoError:
        # The model is intact; a damaged result is just not shown.
        return []
    if result is None:
        return []
    low, high = result.test.auroc_ci
    measures = [
        (
            "test AUROC" if result.test.classes is None else "test AUROC, macro",
            f"{result.test.auroc:.3f} (95 % interval {low:.3f} to {high:.3f})",
        )
    ]
    published = None if result.published is None else result.published.deepbind
    return measures if published is None else [*measures, ("DeepBind's published AUC", f"{published:.3f}")]

"""Logits of many sequences, as fast as the machine allows, from one model or from several."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.metrics import probabilities
from demo.networks.inference import check_finite, predict_logits
from demo.runs.trained_model import TrainedModel
from demo.scoring.words import WordNetwork
from demo.sequences import reverse_complement
from demo.utils.compilation import code_is_kept
from demo.utils.errors import DemoError

_ON_CPU, _ELSEWHERE = 32, 4096
"""Sequences at a time, of networks that have no word tables."""


class FastLogits:
    """Log odds of binding as ``predict_logits`` gives them, within 1e-5, faster.

    Args:
        network: (B, 4, L) to (B,) logits, in evaluation mode; must not change afterwards.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.words = WordNetwork(network) if WordNetwork.suits(network) else None

    def __call__(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N,) mean logits of both strands of (N, L) codes A C G T N = 0 1 2 3 4."""
        if self.words is None:
            on_cpu = next(self.network.parameters()).device.type == "cpu"
            return predict_logits(self.network, codes, _ON_CPU if on_cpu else _ELSEWHERE)
        logits = np.empty(len(codes), np.float32)
        with torch.inference_mode(), code_is_kept():
            for start in range(0, len(codes), _ELSEWHERE):
                part = codes[start : start + _ELSEWHERE]
                strands = np.stack([part, reverse_complement(part)], 1).reshape(-1, part.shape[1])
                both = self.network.classify(self.words.strongest(strands))  # type: ignore[operator]
                logits[start : start + _ELSEWHERE] = both.unflatten(0, (-1, 2)).mean(1).numpy()
        return logits


class Ensemble:
    """Models of one TF as one: the mean of their logits, and the mean of their calibrated probabilities.

    Source of the latter: Lakshminarayanan, Pritzel & Blundell 2017, equation 2.

    Args:
        models: one or more, of one TF and one sequence length.
        device: where they run; they are moved there.

    Attributes:
        length: of a sequence in bp.
        tf: the transcription factor.

    Raises:
        DemoError: there is none, or they differ in TF or length.
    """

    def __init__(self, models: Sequence[TrainedModel], device: torch.device) -> None:
        if not models:
            raise DemoError("There is no run to predict with.", fix="run=<run directory>")
        for what, values in (
            ("sequence length", [model.length for model in models]),
            ("transcription factor", [model.tf for model in models]),
        ):
            if len(set(values)) > 1:
                raise DemoError(
                    f"These runs differ in their {what}: they cannot be averaged.",
                    exists="; ".join(f"{model.path}: {value}" for model, value in zip(models, values, strict=True)),
                    fix="predict with each on its own",
                )
        self.models = list(models)
        self.length, self.tf = models[0].length, models[0].tf
        self._logits = [FastLogits(model.network.to(device)) for model in models]

    def __call__(self, codes: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logits (N,) and probabilities (N,), 0-1, of (N, L) codes."""
        logits = [fast(codes).astype(np.float64) for fast in self._logits]
        for each in logits:
            check_finite(each)
        chances = [probabilities(x, model.temperature) for x, model in zip(logits, self.models, strict=True)]
        return np.mean(logits, axis=0), np.mean(chances, axis=0)

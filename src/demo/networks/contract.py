"""What a network is given, and what a baseline, such as ``PwmNet`` and ``KmerNet``, has to offer."""

from abc import ABC, abstractmethod
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.motifs.motif import Motif
from demo.utils.errors import DemoError


def check_sequences(x: torch.Tensor, letters: int) -> None:
    """Check that ``x`` is (B, letters, L).

    Raises:
        DemoError: it has another shape.
    """
    if x.ndim != 3 or x.shape[1] != letters:
        raise DemoError(f"The network takes (batch, {letters}, length) sequences, not {tuple(x.shape)}.")


@runtime_checkable
class HasFirstFilters(Protocol):
    """A network whose first layer is a convolution that its modules do not show, or not in their order."""

    def first_filters(self) -> tuple[torch.Tensor, torch.Tensor]:
        """(C, 4, W) weights and (C,) biases of what enters the first ReLU, without gradients."""


class Baseline(nn.Module, ABC):
    """A classifier that is fitted at once, without gradient steps. Otherwise it is a network like any other: (B, 4, L)
    to (B,) logits, or (B, K) of K classes, with weights in a checkpoint.

    Attributes:
        motif: that it scores with, if any.
    """

    motif: Motif | None = None

    def look_up(self, tf: str) -> None:
        """Find what the fit needs to know about the transcription factor; called before anything is written.

        Raises:
            DemoError: nothing is known about it.
        """

    @abstractmethod
    def fit(
        self,
        codes: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        validation_codes: NDArray[np.uint8],
        validation_labels: NDArray[np.uint8],
    ) -> dict[str, Any]:
        """Fit the weights.

        Args:
            codes: (N, L) training sequences, values 0-4.
            labels: (N,) their labels, 0 or 1, or up to K - 1.
            validation_codes: (M, L) validation sequences, by which settings are chosen.
            validation_labels: (M,) their labels.

        Returns:
            The chosen settings, which create a network with these weight shapes.
        """

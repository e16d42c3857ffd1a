"""What Deep Motif is compared with, and which is fitted at once: the contract of ``PwmNet`` and ``KmerNet``."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demo.motifs.motif import Motif


class Baseline(nn.Module, ABC):
    """A classifier that is fitted at once, without gradient steps. Otherwise a network like any other: (B, 4, L) to
    (B,) logits, with weights in a checkpoint.

    Attributes:
        motif: the motif that it scores with; ``None`` where it has none.
    """

    motif: Motif | None = None

    def look_up(self, tf: str) -> None:
        """Find what is known of the transcription factor and needed to fit; called before anything is written.

        Raises:
            DemoError: nothing is known of it.
        """

    @abstractmethod
    def fit(
        self,
        codes: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        validation_codes: NDArray[np.uint8],
        validation_labels: NDArray[np.uint8],
    ) -> dict[str, Any]:
        """Set the weights.

        Args:
            codes: (N, L) training sequences, values 0-4.
            labels: (N,) theirs, 0 or 1.
            validation_codes: (M, L) what settings are chosen by.
            validation_labels: (M,) theirs.

        Returns:
            The settings that were chosen, which make a network of these shapes anew.
        """

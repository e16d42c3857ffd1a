"""Short windows placed in backgrounds: what a network says about a site, wherever it stands."""

from __future__ import annotations

import torch
from torch import nn

from demo.sequences.alphabet import one_hot


class Backgrounds:
    """Sequences without sites, into which windows are placed at random.

    Args:
        codes: (N, L) ``uint8`` tensor, values 0-4, on the network's device.
        generator: of the CPU, so that a GPU sees the same draws.
    """

    def __init__(self, codes: torch.Tensor, generator: torch.Generator) -> None:
        self.codes = codes
        self.generator = generator

    def place(self, windows: torch.Tensor) -> torch.Tensor:
        """Each window in a background, at a place and on a strand, all three drawn at random.

        Args:
            windows: (B, 4, W), real-valued, W at most L.

        Returns:
            (B, 4, L), differentiable in ``windows``.
        """
        count, _, width = windows.shape
        length = self.codes.shape[1]
        device = windows.device
        background = torch.randint(len(self.codes), (count,), generator=self.generator).to(device)
        start = torch.randint(length - width + 1, (count, 1), generator=self.generator).to(device)
        flipped = (torch.rand(count, 1, 1, generator=self.generator) < 0.5).to(device)
        # Rows are A C G T, so that turning both axes round gives the reverse complement.
        oriented = torch.where(flipped, windows.flip(1, 2), windows)
        positions = (start + torch.arange(width, device=device))[:, None, :].expand(-1, 4, -1)
        return one_hot(self.codes[background]).scatter(2, positions, oriented)

    def mean_logit(self, network: nn.Module, windows: torch.Tensor, samples: int) -> torch.Tensor:
        """Mean logit of each window over ``samples`` backgrounds.

        Args:
            windows: (B, 4, W).

        Returns:
            (B,).
        """
        return network(self.place(windows.repeat_interleave(samples, 0))).view(-1, samples).mean(1)

"""Several networks as one."""

from collections.abc import Sequence

import torch
from torch import nn


class MeanLogit(nn.Module):
    """The mean logit of several networks: the log odds of their geometric mean.

    Args:
        networks: each takes (B, 4, L) and returns (B,) logits; at least one.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B,)."""
        return torch.stack([network(x) for network in self.networks]).mean(0)

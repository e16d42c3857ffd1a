"""A highway layer."""

import torch
from torch import nn


class Highway(nn.Module):
    """One fully connected highway layer: ``y = T(x) * H(x) + (1 - T(x)) * x``.

    Source: Srivastava, Greff & Schmidhuber 2015, "Highway Networks", equation 3, with H a ReLU layer and T a sigmoid.

    Args:
        units: width of input and output.
        gate_bias: initial bias of the gate T. If negative, the layer starts by carrying its input through; otherwise a
            stack of five or seven passes almost no gradient at first.
    """

    def __init__(self, units: int, gate_bias: float = -1.0) -> None:
        super().__init__()
        self.transform = nn.Linear(units, units)
        self.gate = nn.Linear(units, units)
        nn.init.kaiming_normal_(self.transform.weight, nonlinearity="relu")
        nn.init.zeros_(self.transform.bias)
        nn.init.constant_(self.gate.bias, gate_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, units) to (B, units)."""
        gate = torch.sigmoid(self.gate(x))
        return x + gate * (torch.relu(self.transform(x)) - x)

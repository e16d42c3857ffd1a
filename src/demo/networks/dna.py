"""The input of networks."""

import torch

from demo.utils.errors import DemoError


def check_dna(x: torch.Tensor) -> None:
    """Check that ``x`` is (B, 4, L).

    Raises:
        DemoError: it has another shape.
    """
    if x.ndim != 3 or x.shape[1] != 4:
        raise DemoError(f"The network takes (batch, 4, length) sequences, not {tuple(x.shape)}.")

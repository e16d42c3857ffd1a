"""Scores of sequences from a trained network."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.sequences import one_hot


def both_strands(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The mean logit of a sequence and its reverse complement: binding has no strand.

    Args:
        network: (B, 4, L) to (B,) logits.
        x: (B, 4, L), rows A C G T. Turned round along both axes it is its reverse complement.

    Returns:
        (B,) logits.
    """
    return (network(x) + network(x.flip(1, 2))) / 2


def predict_logits(network: nn.Module, codes: NDArray[np.uint8], batch_size: int = 512) -> NDArray[np.float32]:
    """Log odds of binding, the mean of both strands, in full precision.

    Args:
        network: (B, 4, L) to (B,) logits, on any device; its training mode is left as it was found.
        codes: (N, L) ``uint8``, A C G T N = 0 1 2 3 4.
        batch_size: sequences at a time; the result does not depend on it.

    Returns:
        (N,) ``float32``.
    """
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode(), torch.autocast(device.type, enabled=False):
            logits = [
                both_strands(network, one_hot(batch.to(device))).float().cpu()
                for batch in torch.from_numpy(codes).split(batch_size)
            ]
    finally:
        network.train(was_training)
    return torch.cat(logits).numpy() if logits else np.empty(0, np.float32)

"""Asking a trained network questions without changing it."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.sequences.alphabet import one_hot


@contextmanager
def frozen(network: nn.Module) -> Iterator[torch.device]:
    """Put ``network`` in evaluation mode with constant weights; inside, gradients of the *input* can be taken.

    On leaving, the training flag of every submodule and ``requires_grad`` of every parameter are as they were. No
    gradient reaches a parameter, so their ``grad`` stays what it is. Works inside ``no_grad`` and ``inference_mode``.

    Yields:
        The device of the network's weights (the CPU if it has none).
    """
    training = {module: module.training for module in network.modules()}
    trainable = {parameter: parameter.requires_grad for parameter in network.parameters()}
    tensor = next(iter(network.state_dict().values()), None)
    try:
        network.eval().requires_grad_(False)
        with torch.inference_mode(False), torch.enable_grad():
            yield torch.device("cpu") if tensor is None else tensor.device
    finally:
        for module, flag in training.items():
            module.training = flag
        for parameter, flag in trainable.items():
            parameter.requires_grad_(flag)


def logits_of(network: nn.Module, codes: NDArray[np.uint8], batch_size: int = 256) -> NDArray[np.float64]:
    """Logit of each sequence on the strand given, by a network that is ``frozen``.

    Args:
        codes: (N, L) ``uint8``, values 0-4.

    Returns:
        (N,) log odds of binding.
    """
    tensor = next(iter(network.state_dict().values()), None)
    device = torch.device("cpu") if tensor is None else tensor.device
    with torch.no_grad():
        parts = [
            network(one_hot(torch.from_numpy(codes[i : i + batch_size]).to(device))).double().cpu()
            for i in range(0, len(codes), batch_size)
        ]
    return torch.cat(parts).numpy() if parts else np.empty(0)

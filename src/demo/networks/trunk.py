"""The trunk of a network, all of it but its last linear layer, and heads: last layers for several data sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from demo.networks.checkpoint import weights_for
from demo.utils.errors import DemoError


def last_layer(network: nn.Module) -> str:
    """Name of the last linear layer with one output, the head of a network of one data set.

    Raises:
        DemoError: there is none.
    """
    names = [name for name, part in network.named_modules() if isinstance(part, nn.Linear) and part.out_features == 1]
    if not names:
        raise DemoError(
            f"{type(network).__name__} cannot be pretrained: it does not end in a torch.nn.Linear with one output.",
            fix="model=conv3_hw5",
        )
    return names[-1]


def with_heads(network: nn.Module, count: int, length: int) -> nn.Module:
    """The network with ``count`` heads instead of one; it is changed in place.

    Args:
        network: (B, 4, L) to (B,) logits.
        count: of heads.
        length: L, to see that it works.

    Returns:
        The network: (B, 4, L) to (B, count), or to (B,) if there is one head.

    Raises:
        DemoError: its output is more than its last layer, so that it cannot have several.
    """
    name = last_layer(network)
    head = network.get_submodule(name)
    assert isinstance(head, nn.Linear)
    network.set_submodule(name, nn.Linear(head.in_features, count, bias=head.bias is not None))
    was_training = network.training
    with torch.no_grad():
        try:
            shape = tuple(network.eval()(torch.zeros(2, 4, length)).shape)
        except RuntimeError as error:
            shape = (str(error).splitlines()[0],)
    network.train(was_training)
    if shape != ((2,) if count == 1 else (2, count)):
        raise DemoError(
            f"{type(network).__name__} cannot be pretrained: with {count} outputs of its last layer, {name}, it "
            f"returns {shape} for 2 sequences, not {(2, count)}.",
            fix="write its last lines as in demo.networks.demonet: self.output(x).squeeze(1)",
        )
    return network


def take_trunk(network: nn.Module, checkpoint: Mapping[str, Any], path: Path) -> None:
    """Give ``network`` the weights of a pretrained trunk; its own head stays as it is.

    Args:
        network: of one data set.
        checkpoint: of the pretraining, from ``read_checkpoint``.
        path: of that, for errors.

    Raises:
        DemoError: the weights belong to another network.
    """
    head = network.get_submodule(last_layer(network))
    own = {f"network.{last_layer(network)}.{name}": value for name, value in head.state_dict().items()}
    network.load_state_dict(weights_for(network, {"state_dict": {**checkpoint["state_dict"], **own}}, path))

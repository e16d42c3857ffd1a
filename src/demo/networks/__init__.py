"""Networks as plain ``torch.nn.Module``: from real-valued (B, 4, L) DNA to (B,) logits of binding."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from demo.networks.baseline import Baseline
from demo.networks.deepbind import DeepBindNet
from demo.networks.demonet import DeMoNet
from demo.networks.highway import Highway
from demo.networks.kmer import KmerNet
from demo.networks.pwm import PwmNet
from demo.networks.registry import NETWORKS, Role, network_name, register_network
from demo.utils.errors import DemoError
from demo.utils.settings import under

__all__ = [
    "Baseline",
    "DeMoNet",
    "DeepBindNet",
    "Highway",
    "KmerNet",
    "PwmNet",
    "Role",
    "make_network",
    "register_network",
]


def make_network(settings: Mapping[str, Any]) -> nn.Module:
    """The network that ``settings`` describe, as run directories and checkpoints store them.

    Only registered networks are created: settings from elsewhere cannot run other code.

    Args:
        settings: ``name`` of the network and its arguments.

    Raises:
        DemoError: there is no such network, it has no such argument, or a value is out of range.
    """
    name = network_name(settings)
    network = NETWORKS.named(name)
    arguments = {key: value for key, value in settings.items() if key not in ("name", "_target_")}
    try:
        with under("model"):
            return network(**arguments)
    except TypeError as error:
        raise DemoError(f"The network {name} does not accept these settings: {error}.", exists=arguments) from error

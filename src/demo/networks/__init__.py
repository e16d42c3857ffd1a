"""Networks as plain ``torch.nn.Module``: real-valued (B, 4, L) DNA in, (B,) logits of binding out."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from demo.networks.baseline import Baseline
from demo.networks.deepbind import DeepBindNet
from demo.networks.demonet import DeMoNet
from demo.networks.highway import Highway
from demo.networks.kmer import KmerNet
from demo.networks.pwm import PwmNet
from demo.utils.errors import DemoError

__all__ = ["Baseline", "DeMoNet", "DeepBindNet", "Highway", "KmerNet", "PwmNet", "make_network"]

_NETWORKS: dict[str, type[nn.Module]] = {
    network.__name__: network for network in (DeMoNet, DeepBindNet, PwmNet, KmerNet)
}


def make_network(settings: Mapping[str, Any]) -> nn.Module:
    """The network that ``settings`` describe, as ``conf/model/`` and checkpoints have them.

    Only networks of this package are made: a configuration from elsewhere cannot run other code.

    Args:
        settings: ``_target_`` (``demo.networks.DeMoNet``) and the arguments of that network.

    Raises:
        DemoError: there is no such network, it has no such argument, or a value is out of range.
    """
    arguments = dict(settings)
    target = str(arguments.pop("_target_", ""))
    package, _, name = target.rpartition(".")
    if package != __name__ or name not in _NETWORKS:
        raise DemoError(f"There is no network {target!r}.", exists=[f"{__name__}.{n}" for n in _NETWORKS])
    try:
        return _NETWORKS[name](**arguments)
    except TypeError as error:
        raise DemoError(f"{name} cannot be made of these settings: {error}.", exists=map(str, arguments)) from error

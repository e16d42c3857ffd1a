"""Networks as plain ``torch.nn.Module``: real-valued (B, 4, L) DNA in, (B,) logits of binding out.

Importing this does not wait for torch: it comes with the first network.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from demo.networks.registry import NETWORKS, Role, make_network, register_network

if TYPE_CHECKING:
    from demo.networks.baseline import Baseline
    from demo.networks.deepbind import DeepBindNet
    from demo.networks.demonet import DeMoNet
    from demo.networks.highway import Highway
    from demo.networks.kmer import KmerNet
    from demo.networks.pwm import PwmNet

_HOME = {
    "Baseline": "baseline",
    "DeMoNet": "demonet",
    "DeepBindNet": "deepbind",
    "Highway": "highway",
    "KmerNet": "kmer",
    "PwmNet": "pwm",
}

__all__ = [
    "NETWORKS",
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


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"demo.networks.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Checkpoints of small networks and results, made without training."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from demo.networks.demonet import DeMoNet

LENGTH = 40


def network(seed: int = 0, **settings: Any) -> DeMoNet:
    """A network whose normalisation is not that of the first step, so that scores differ."""
    torch.manual_seed(seed)
    made = DeMoNet(**{"channels": 16, "highway_layers": 2, **settings})
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.normal_(module.bias, 0, 0.5)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.05, 0.5)
    return made.eval()


def checkpoint(seed: int = 0, **card: Any) -> dict[str, Any]:
    """What a checkpoint file holds; entries of its card that are ``None`` are left out."""
    settings = {"name": "demonet", "channels": 16, "highway_layers": 2}
    whole = {
        "network": settings,
        "length": LENGTH,
        "alphabet": "ACGTN",
        "tf": "TOY",
        "dataset": "TOY_K562",
        "data_source": "user",
        "temperature": 2.0,
    } | card
    return {
        "state_dict": {f"network.{name}": value for name, value in network(seed).state_dict().items()},
        "demo": {name: value for name, value in whole.items() if value is not None},
    }


def write_checkpoint(path: Path, seed: int = 0, **card: Any) -> Path:
    """A checkpoint file."""
    torch.save(checkpoint(seed, **card), path)
    return path


def result(auroc: float = 0.5) -> dict[str, Any]:
    """The least that ``result.json`` of a finished run holds."""
    return {
        "status": "finished",
        "validation": {"auroc": auroc},
        "test": {"auroc": auroc},
        "published": {},
        "motif": {"settings": {"extraction": None}, "motifs": {}, "comparison": None},
    }

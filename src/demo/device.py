"""Where a network runs."""

import torch

from demo.checks import choice
from demo.errors import DemoError

ACCELERATORS = ("auto", "cpu", "gpu", "mps")
"""What ``trainer.accelerator`` and ``accelerator`` of ``predict.py`` may be."""


def choose_device(name: str, accelerator: str) -> torch.device:
    """The device that a setting means on this machine.

    Args:
        name: of the setting, as the user types it.
        accelerator: one of ``ACCELERATORS``; ``auto`` takes a GPU where there is one.

    Raises:
        DemoError: the setting is none of these, or there is no such device.
    """
    choice(name, accelerator, ACCELERATORS)
    there = {"gpu": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if accelerator == "auto":
        accelerator = next(kind for kind, is_there in there.items() if is_there)
    if not there[accelerator]:
        raise DemoError(
            f"{name} is {accelerator}, and this machine has none that torch can use.",
            exists=[kind for kind, is_there in there.items() if is_there],
            fix=f"{name}=auto",
        )
    return torch.device("cuda" if accelerator == "gpu" else accelerator)

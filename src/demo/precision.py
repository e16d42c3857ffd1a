"""Which number format training computes in."""

import torch

from demo.checks import choice
from demo.errors import DemoError

PRECISIONS = ("auto", "32-true", "bf16-mixed", "16-mixed")
"""What ``trainer.precision`` may be; names as in Lightning."""


def choose_precision(setting: str, device: torch.device) -> str:
    """The precision to train in; ``auto`` takes the fastest that costs no validation AUROC on that device.

    bfloat16 matrix units make it that: they are in CUDA GPUs since Ampere and in CPUs with AMX (measured there: 2.3
    times as fast as float32). A CPU that has bfloat16 instructions without AMX is slower with them than in float32
    (measured: 0.65 times as fast). The choice rests on what the device is, not on a timing, which would make the same
    command give other numbers on another day.

    Args:
        setting: one of ``PRECISIONS``.
        device: where training runs.

    Raises:
        DemoError: the setting is none of ``PRECISIONS``, or the device cannot do it.
    """
    choice("trainer.precision", setting, PRECISIONS)
    if setting == "16-mixed" and device.type != "cuda":
        raise DemoError(
            f"trainer.precision=16-mixed needs a CUDA GPU; this run is on {device.type}.", fix="trainer.precision=auto"
        )
    if setting != "auto":
        return setting
    return "bf16-mixed" if _has_bfloat16_matrix_units(device) else "32-true"


def _has_bfloat16_matrix_units(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):  # not in older torch
        return bool(torch.cpu.get_capabilities().get("amx_bf16", False))
    return False

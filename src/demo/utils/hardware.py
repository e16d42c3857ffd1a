"""The device, threads and precision of a network."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from demo.utils.checks import choice
from demo.utils.errors import DemoError

ACCELERATORS = ("auto", "cpu", "gpu", "mps")
"""Values of ``trainer.accelerator``, and of ``accelerator`` of ``predict.py``."""


def choose_device(name: str, accelerator: str) -> torch.device:
    """The device for a setting on this machine.

    Args:
        name: of the setting, as the user types it.
        accelerator: one of ``ACCELERATORS``; ``auto`` uses a GPU if there is one.

    Raises:
        DemoError: the setting is invalid, or there is no such device.
    """
    choice(name, accelerator, ACCELERATORS)
    there = {"gpu": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if accelerator == "auto":
        accelerator = next(kind for kind, is_there in there.items() if is_there)
    if not there[accelerator]:
        raise DemoError(
            f"{name} is {accelerator}, but this machine has none that torch can use.",
            exists=[kind for kind, is_there in there.items() if is_there],
            fix=f"{name}=auto",
        )
    return torch.device("cuda" if accelerator == "gpu" else accelerator)


PRECISIONS = ("auto", "32-true", "bf16-mixed", "16-mixed")
"""Values of ``trainer.precision``, named as in Lightning."""


def choose_precision(setting: str, device: torch.device) -> str:
    """The precision of training; ``auto`` uses the fastest on that device that costs no validation AUROC.

    That is bfloat16 on CUDA GPUs since Ampere, on CPUs with AMX (measured: 2.3 times as fast as float32), and on AMD's
    with AVX-512 bfloat16, Zen 4 and later (1.5 times). Intel's have the same instructions at a fraction of the rate
    (without AMX 0.65 times as fast). The choice depends on the device, not on a timing, so that the same command gives
    the same numbers.

    Args:
        setting: one of ``PRECISIONS``.
        device: where training runs.

    Raises:
        DemoError: the setting is invalid, or the device does not support it.
    """
    choice("trainer.precision", setting, PRECISIONS)
    if setting == "16-mixed" and device.type != "cuda":
        raise DemoError(
            f"trainer.precision=16-mixed needs a CUDA GPU; this run is on {device.type}.", fix="trainer.precision=auto"
        )
    if setting != "auto":
        return setting
    return "bf16-mixed" if has_fast_bfloat16(device) else "32-true"


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether convolutions are faster in bfloat16 than in float32 there."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):  # not in older torch
        there = torch.cpu.get_capabilities()
        is_amd = str(there.get("cpu_name", "")).startswith("AMD")
        return bool(there.get("amx_bf16", False) or (is_amd and there.get("avx512_bf16", False)))
    return False


_chosen_threads: int | None = None


def use_threads(count: int) -> None:
    """Use ``count`` CPU threads in torch, also for motifs and attributions (``few_threads``)."""
    global _chosen_threads
    _chosen_threads = count
    torch.set_num_threads(count)


@contextmanager
def few_threads() -> Iterator[None]:
    """Use one torch thread, or as many as given to ``use_threads``; restores the number afterwards.

    Motifs and attributions need thousands of small convolutions. By default torch splits each among all cores, which
    gains little if they are idle, and makes it ten times slower if another process uses one of them, because threads
    wait for one another. Notebooks have that default.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(_chosen_threads or 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

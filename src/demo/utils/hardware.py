"""Where a network runs, with how many threads, and in which number format it is trained."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from demo.utils.checks import choice
from demo.utils.errors import DemoError

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


_chosen_threads: int | None = None


def use_threads(count: int) -> None:
    """Let torch have ``count`` threads on the CPU, for motifs and attributions, too (``few_threads``)."""
    global _chosen_threads
    _chosen_threads = count
    torch.set_num_threads(count)


@contextmanager
def few_threads() -> Iterator[None]:
    """One thread of torch, or as many as ``use_threads`` was asked for; afterwards as many as before.

    Motifs and attributions take thousands of small convolutions. By default torch splits each among all cores, which
    gains little where they are idle, and costs tenfold where another process keeps one of them busy: the threads wait
    for one another. This is what a notebook has.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(_chosen_threads or 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

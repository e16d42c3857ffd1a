"""The entry points. A command's modules are imported when it begins, so that ``--help`` answers at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any

from demo.commands.cli import bad_input_ends, stoppable
from demo.utils.environment import is_typed, settle
from demo.utils.files import use_own_scratch

if TYPE_CHECKING:
    from omegaconf import DictConfig


def door(command: str) -> Callable[[DictConfig], Any]:
    """What Hydra gives the configuration of ``command``: ``<command>_command`` of the module of that name.

    Of a training that returns the validation AUROC, which sweepers maximise.
    """

    def begin(config: DictConfig) -> Any:
        with _begun(config, command):
            module = import_module(f"demo.commands.{command}")
            return getattr(module, f"{command}_command")(config)

    return begin


def sweep(config: DictConfig) -> Any:
    """One job of a sweep: the sweep itself is Hydra's sweeper, ``hydra_plugins.deep_motif.ModelSearch``."""
    # In a process of the launcher, maybe on another machine.
    settle()
    from demo.sweeps.jobs import do_job

    return do_job(config.job)


DOORS = {
    "sweep": sweep,
    **{command: door(command) for command in ("train", "visualize", "predict", "prepare", "pretrain", "fetch")},
}

COMMANDS = {
    "prepare": "make a data set of your own peaks",
    "fetch": "download the ENCODE data sets of DeepBind",
    "pretrain": "train a network on many data sets, to fine-tune it on one",
    "train": "train a network on a data set, test it, and extract its motif",
    "sweep": "train many models on many data sets, and select one for each",
    "visualize": "show what a network learned, and explain its predictions",
    "predict": "score sequences, peaks or variants",
    "study": "one table of many runs, compared with DeepBind",
    "report": "the same as HTML pages",
    "dashboard": "lay out a workspace in Weights & Biases",
    "completion": "complete all of these with Tab: for bash, zsh or fish",
}
"""Of ``deep-motif``, and what each is for."""

_STOPPED = {
    "train": "Stopped. Run the same command to resume.",
    "sweep": "Stopped. Run the same command to resume.",
    "visualize": "Stopped. Run the same command to make what is missing.",
    "predict": "Stopped. An existing output file is unchanged.",
    "prepare": "Stopped. Run the same command to start over.",
    "pretrain": "Stopped. Run the same command to resume.",
    "fetch": "Stopped. Run the same command to resume.",
}
"""Printed when a command is interrupted."""


def main(command: str, form: str = "python {}.py") -> None:
    """Run one of ``DOORS`` with the arguments of the command line.

    Args:
        command: its name.
        form: how it was typed, with ``{}`` for the name; help and messages say it in the same way.
    """
    with stoppable(_STOPPED[command]):
        is_typed(form)
        settle()
        use_own_scratch()
        # Imported here to shorten the time in which a signal would meet an unprepared program.
        from demo.commands.command_line import run

        run(command, DOORS[command])


@contextmanager
def _begun(config: DictConfig, command: str) -> Iterator[None]:
    """How every command begins and ends: bad input gives one message and exit code 2. In a multirun Hydra hands the
    errors of a run to the sweeper."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    from demo.commands.command_line import ready

    with nullcontext() if HydraConfig.get().mode == RunMode.MULTIRUN else bad_input_ends():
        ready(config, command, HydraConfig.get().runtime.choices)
        yield

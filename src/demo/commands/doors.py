"""The entry points. A command's modules are imported when it begins, so that ``--help`` answers at once."""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.commands.cli import bad_input_ends, stoppable
from demo.utils.environment import is_typed, settle, typed, with_home
from demo.utils.errors import DemoError
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


def study(command: str) -> None:
    """Run ``study`` or ``report``, whose command lines are not Hydra's."""
    arguments = (_study_parser() if command == "study" else _report_parser()).parse_args()
    with stoppable("Stopped. Run the same command to start over."), bad_input_ends():
        from demo.commands.study import report_command, study_command

        (study_command if command == "study" else report_command)(arguments)


def dashboard(_: str) -> None:
    """Lay out a workspace in Weights & Biases for a project's runs, and print its address."""
    parser = ArgumentParser(
        prog=typed("dashboard"),
        description="Save a workspace in Weights & Biases that shows the runs of a project: results against DeepBind, "
        "curves, motifs, sweeps. Every call makes a new one; the runs stay as they are.",
    )
    parser.add_argument("project", nargs="?", default="deep-motif", help="the W&B project [deep-motif]")
    parser.add_argument("--entity", help="its user or team [your default one]")
    parser.add_argument("--name", default="Deep Motif", help="of the workspace [Deep Motif]")
    arguments = parser.parse_args()
    with bad_input_ends():
        try:
            from demo.sweeps.workspace import save_workspace
        except ModuleNotFoundError as error:
            raise DemoError(
                "Workspaces need the package wandb-workspaces.", fix="pip install 'deep-motif[dashboard]'"
            ) from error
        print(save_workspace(arguments.project, arguments.entity, arguments.name))


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


def _study_parser() -> ArgumentParser:
    return _parser(
        typed("study"),
        "Select a model for each data set by validation AUROC, compare with DeepBind's published AUCs, and write "
        "study.csv, study.md and Fig. 2a of the paper. Nothing is trained.",
        "where the study is written [RUNS/study]",
    )


def _report_parser() -> ArgumentParser:
    parser = _parser(
        typed("report"),
        "Write a study as HTML pages: index.html with every data set, and a page for each with its motifs, curves and "
        "strongest test sequences. Nothing is trained.",
        "where the report is written [RUNS/study/report]",
    )
    parser.add_argument(
        "--data",
        type=_path,
        default=os.environ.get("DEMO_DATA") or None,
        help="folder of the data files, if they were moved [$DEMO_DATA]",
    )
    parser.add_argument("--colours", default="classic", help="nucleotide colours: classic or colour-blind [classic]")
    return parser


def _parser(program: str, description: str, out: str) -> ArgumentParser:
    """A parser for a folder of runs, models, a seed, and an output folder.

    Args:
        program: as it is typed.
        description: what it does.
        out: help text of ``--out``.
    """
    parser = ArgumentParser(prog=program, description=description)
    parser.add_argument("runs", nargs="?", type=_path, default=Path("runs"), help="the folder of runs [runs]")
    parser.add_argument(
        "--models", nargs="+", metavar="MODEL", help="select only among these: conv3_hw5 'conv4_hw5,pool=1'"
    )
    parser.add_argument("--seed", type=int, help="seed of the single models [each model's lowest]")
    parser.add_argument("--out", type=_path, help=out)
    return parser


def _path(given: str) -> Path:
    """A path argument; a leading ``~`` is the home folder."""
    try:
        return Path(with_home(given, "the path"))
    except DemoError as error:
        raise ArgumentTypeError(error.what) from error

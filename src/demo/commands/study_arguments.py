"""The arguments that ``deep-motif study`` and ``deep-motif report`` share: which runs to include."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from demo.utils.environment import with_home
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    from demo.study import Study


def study_parser(program: str, description: str, out: str) -> argparse.ArgumentParser:
    """A parser for a folder of runs, models, a seed, and an output folder.

    Args:
        program: as it is typed.
        description: what it does.
        out: help text of ``--out``.
    """
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("runs", nargs="?", type=path, default=Path("runs"), help="the folder of runs [runs]")
    parser.add_argument(
        "--models", nargs="+", metavar="MODEL", help="select only among these: conv3_hw5 'conv4_hw5,pool=1'"
    )
    parser.add_argument("--seed", type=int, help="seed of the single models [each model's lowest]")
    parser.add_argument("--out", type=path, help=out)
    return parser


def path(typed: str) -> Path:
    """A path argument; a leading ``~`` is the home folder."""
    try:
        return Path(with_home(typed, "the path"))
    except DemoError as error:
        raise argparse.ArgumentTypeError(error.what) from error


def study_asked_for(arguments: argparse.Namespace) -> "Study":
    """The study of the runs given by the arguments of ``study_parser``.

    Raises:
        DemoError: there is no such folder.
    """
    from demo.study import study_of

    models = frozenset(arguments.models) if arguments.models else None
    return study_of(arguments.runs, models=models, seed=arguments.seed)

"""``deep-motif study`` and ``report``: their command lines are read before anything else is imported."""

import os
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from demo.commands.cli import bad_input_ends, stoppable
from demo.utils.environment import typed, with_home
from demo.utils.errors import DemoError


def main(command: str) -> None:
    """Run ``study`` or ``report``."""
    arguments = (_study_parser() if command == "study" else _report_parser()).parse_args()
    with stoppable("Stopped. Run the same command to start over."), bad_input_ends():
        from demo.commands.study import report_command, study_command

        (study_command if command == "study" else report_command)(arguments)


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

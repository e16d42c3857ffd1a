"""The study of a folder of runs, and its report: ``deep-motif study runs``, ``deep-motif report runs``."""

from argparse import Namespace
from functools import partial

from hydra import initialize_config_dir

from demo.commands.command_line import CONF
from demo.data.sources import data_folder
from demo.study.study import Study, study_of
from demo.study.table import summary_text, terminal_table, write_study
from demo.utils.config import composed


def study_command(arguments: Namespace) -> None:
    """Write the study and print it.

    Args:
        arguments: of ``demo.commands.doors.study``.

    Raises:
        DemoError: there is no such folder, or a file cannot be written.
    """
    study = _study(arguments)
    written = write_study(study, arguments.out or arguments.runs / "study")
    print(terminal_table(study), summary_text(study), *written, sep="\n")


def report_command(arguments: Namespace) -> None:
    """Write the report and print its path.

    Args:
        arguments: of ``demo.commands.doors.study``, of a report.

    Raises:
        DemoError: there is no such folder, or a file cannot be written.
    """
    # Imported here, because the study needs none of it.
    from demo.report.write import write_report

    study = _study(arguments)
    folder = arguments.out or arguments.runs / "study" / "report"
    with initialize_config_dir(str(CONF), version_base="1.3"):
        data, defaults = data_folder(arguments.data), partial(composed, "train")
        index = write_report(study, folder, colours=arguments.colours, data=data, defaults=defaults)
    print(summary_text(study), index, sep="\n")


def _study(arguments: Namespace) -> Study:
    models = frozenset(arguments.models) if arguments.models else None
    return study_of(arguments.runs, models=models, seed=arguments.seed)

"""The report of a folder of runs: ``deep-motif report runs``."""

import os
from functools import partial

from demo.commands.study_arguments import path, study_asked_for, study_parser
from demo.utils.environment import typed


def main() -> None:
    """Write the report and print its path."""
    parser = study_parser(
        typed("report"),
        "Write a study as HTML pages: index.html with every data set, and a page for each with its motifs, curves and "
        "strongest test sequences. Nothing is trained.",
        "where the report is written [RUNS/study/report]",
    )
    parser.add_argument(
        "--data",
        type=path,
        default=os.environ.get("DEMO_DATA") or None,
        help="folder of the data files, if they were moved [$DEMO_DATA]",
    )
    parser.add_argument("--colours", default="classic", help="nucleotide colours: classic or colour-blind [classic]")
    arguments = parser.parse_args()

    from hydra import initialize_config_dir

    from demo.commands.cli import bad_input_ends
    from demo.commands.command_line import CONF
    from demo.data.sources import data_folder
    from demo.report.write import write_report
    from demo.study import summary_text
    from demo.utils.config import composed

    with bad_input_ends(), initialize_config_dir(str(CONF), version_base="1.3"):
        study = study_asked_for(arguments)
        folder = arguments.out or arguments.runs / "study" / "report"
        data, defaults = data_folder(arguments.data), partial(composed, "train")
        index = write_report(study, folder, colours=arguments.colours, data=data, defaults=defaults)
        print(summary_text(study), index, sep="\n")

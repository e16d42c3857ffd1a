"""The report of a folder of runs: ``python -m demo.report runs``."""

import argparse
import os
from pathlib import Path


def main() -> None:
    """Write the report and say where it is."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.report",
        description="Write a study as pages for a browser: index.html with every data set, and one page for each with "
        "its motif, curves and strongest test sequences. Nothing is trained.",
    )
    parser.add_argument("runs", nargs="?", type=Path, default=Path("runs"), help="the folder of runs [runs]")
    parser.add_argument(
        "--models", nargs="+", metavar="MODEL", help="select among these only: conv3_hw5 'conv4_hw5,pool=1'"
    )
    parser.add_argument("--seed", type=int, help="of the single models [each model's lowest]")
    parser.add_argument("--out", type=Path, help="where the report is written [RUNS/study/report]")
    parser.add_argument(
        "--data",
        default=os.environ.get("DEMO_DATA"),
        help="folder of data files moved since [$DEMO_DATA]",
    )
    parser.add_argument("--colours", default="classic", help="of the nucleotides: classic or colour-blind [classic]")
    arguments = parser.parse_args()

    from demo.cli import bad_input_ends
    from demo.report.write import write_report
    from demo.sources import data_folder
    from demo.study import study_of, summary_text

    with bad_input_ends():
        models = frozenset(arguments.models) if arguments.models else None
        study = study_of(arguments.runs, models=models, seed=arguments.seed)
        folder = arguments.out or arguments.runs / "study" / "report"
        index = write_report(study, folder, colours=arguments.colours, data=data_folder(arguments.data))
        print(summary_text(study), index, sep="\n")


if __name__ == "__main__":
    main()

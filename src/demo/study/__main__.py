"""The study of a folder of runs: ``python -m demo.study runs``."""

import argparse
from pathlib import Path


def main() -> None:
    """Write the study and print it."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.study",
        description="Select a model for each data set by validation AUROC, compare with DeepBind's published AUCs, and "
        "write study.csv, study.md and Fig. 2a of the paper. Nothing is trained.",
    )
    parser.add_argument("runs", nargs="?", type=Path, default=Path("runs"), help="the folder of runs [runs]")
    parser.add_argument(
        "--models", nargs="+", metavar="MODEL", help="select among these only: conv3_hw5 'conv4_hw5,pool=1'"
    )
    parser.add_argument("--seed", type=int, help="of the single models [each model's lowest]")
    parser.add_argument("--out", type=Path, help="where the study is written [RUNS/study]")
    arguments = parser.parse_args()

    from demo.cli import bad_input_ends
    from demo.study import study_of, summary_text, terminal_table, write_study

    with bad_input_ends():
        models = frozenset(arguments.models) if arguments.models else None
        study = study_of(arguments.runs, models=models, seed=arguments.seed)
        written = write_study(study, arguments.out or arguments.runs / "study")
        print(terminal_table(study), summary_text(study), *written, sep="\n")


if __name__ == "__main__":
    main()

"""The study of a folder of runs: ``deep-motif study runs``."""

from demo.commands.study_arguments import study_asked_for, study_parser
from demo.utils.environment import typed


def main() -> None:
    """Write the study and print it."""
    parser = study_parser(
        typed("study"),
        "Select a model for each data set by validation AUROC, compare with DeepBind's published AUCs, and write "
        "study.csv, study.md and Fig. 2a of the paper. Nothing is trained.",
        "where the study is written [RUNS/study]",
    )
    arguments = parser.parse_args()

    from demo.commands.cli import bad_input_ends
    from demo.commands.stopping import stoppable
    from demo.study import summary_text, terminal_table, write_study

    with stoppable("Stopped. Run the same command to start over."), bad_input_ends():
        study = study_asked_for(arguments)
        written = write_study(study, arguments.out or arguments.runs / "study")
        print(terminal_table(study), summary_text(study), *written, sep="\n")

"""Many runs as one study: the selected model of each data set against DeepBind, as a table and Fig. 2a of the paper."""

from demo.study.runs import Run, Runs, collect, run_of
from demo.study.selection import TIE_DECIMALS, select
from demo.study.statistics import Comparison, compare
from demo.study.study import Study, StudyRow, study_of
from demo.study.table import as_csv, as_markdown, summary_text, terminal_table, write_study

__all__ = [
    "TIE_DECIMALS",
    "Comparison",
    "Run",
    "Runs",
    "Study",
    "StudyRow",
    "as_csv",
    "as_markdown",
    "collect",
    "compare",
    "run_of",
    "select",
    "study_of",
    "summary_text",
    "terminal_table",
    "write_study",
]

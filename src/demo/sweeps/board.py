"""The W&B run of a sweep: its progress, a table of its runs that grows, and the study with Fig. 2a."""

from __future__ import annotations

from pathlib import Path

import wandb

from demo.study.columns import columns
from demo.study.study import Study
from demo.study.table import FIGURE
from demo.sweeps.progress import FinishedModel, Progress
from demo.utils.wandb import start

DONE = "sweep/done"
"""The axis: finished runs."""

_COUNTS = ("running", "failed", "left", "mean_best_val_auroc")
"""What is drawn over it: ``sweep/running``, ..."""


class Board:
    """A sweep in W&B, beside the runs of its trainings, which are in the same group.

    Args:
        folder: of the study.
        name: of the W&B run.
        project: the W&B project.
        group: W&B group of the sweep's runs.
    """

    def __init__(self, folder: Path, name: str, project: str, group: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._run = start(folder, name, project, group, "sweep", config={}, tags=["sweep"]).experiment
        self._run.define_metric(DONE, hidden=True)
        for count in _COUNTS:
            self._run.define_metric(f"sweep/{count}", step_metric=DONE)

    def show(self, progress: Progress) -> None:
        """Log the counts, a table of all runs, and one of the best of each data set."""
        best = sorted(progress.best.items())
        counts: dict[str, float] = {
            DONE: progress.done,
            "sweep/running": progress.running,
            "sweep/failed": progress.failed,
            "sweep/left": progress.left,
        }
        if best:
            counts["sweep/mean_best_val_auroc"] = sum(each.auroc for _, each in best) / len(best)
        tables = {
            "sweep/runs": wandb.Table(columns=list(FinishedModel._fields), data=[list(row) for row in progress.models]),
            "sweep/best": wandb.Table(
                columns=["data set", "best validation AUROC", "model", "finished"],
                data=[[name, each.auroc, each.model, each.finished] for name, each in best],
            ),
        }
        self._run.log(counts | tables)

    def show_study(self, study: Study) -> None:
        """Log the selected models, Fig. 2a and the counts of the paper.

        Args:
            study: as written to the folder.
        """
        rows = (*study.real, *study.simulated)
        shown = columns(rows)
        data = [[column.value(row) for column in shown] for row in rows]
        logged: dict[str, wandb.Table | wandb.Image] = {
            "study": wandb.Table(columns=[column.name for column in shown], data=data)
        }
        if (self._folder / FIGURE).exists():
            logged["figure_2a"] = wandb.Image(str(self._folder / FIGURE), caption=study.coverage)
        self._run.log(logged)
        if numbers := study.comparison:
            self._run.summary.update(
                {
                    "wins": numbers.wins,
                    "losses": numbers.losses,
                    "ties": numbers.ties,
                    "median_auroc": numbers.median,
                    "median_deepbind": numbers.published_median,
                    "mean_difference": numbers.mean_difference,
                    "coverage": study.coverage,
                }
            )

    def close(self) -> None:
        """End the W&B run."""
        self._run.finish()

"""A running sweep: every model of a search is trained on every data set, and one is selected for each."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from demo.report import is_current, made_of
from demo.study.study import Study, study_of
from demo.study.table import summary_text, terminal_table, write_study
from demo.sweeps.jobs import Job, Jobs
from demo.sweeps.launching import Launch, run_jobs
from demo.sweeps.plan import Plan
from demo.sweeps.search import Search
from demo.sweeps.settings import SweepSettings
from demo.utils.config import composed
from demo.utils.errors import DemoError
from demo.utils.files import others_write_to

if TYPE_CHECKING:
    from demo.sweeps.board import Board

_log = logging.getLogger(__name__)

_WRITE_EVERY = 30.0
"""Seconds between updates of the study files during the sweep."""

_WRITING_SHARE = 0.05
"""Share of a sweep's time that these updates may take."""


class Sweep:
    """A running sweep.

    Args:
        settings: its settings.
        search: its models and data sets.
        launch: runs a job.
        at_once: number of parallel jobs.
        bar: whether to draw a progress bar.

    Attributes:
        group: W&B group of all runs.
        plan: its jobs and their outcomes.
        board: the sweep in W&B; ``None`` before ``open_board`` and without W&B.
    """

    def __init__(self, settings: SweepSettings, search: Search, launch: Launch, at_once: int, bar: bool) -> None:
        self.settings = settings
        self.search = search
        self.at_once = at_once
        self.group = str(settings.logger.group or f"sweep {search.title}")[:128]
        self.plan = Plan(Jobs(search, settings, self.group), at_once, bar)
        self.board: Board | None = None
        self._launch = launch
        # When the study was last written, and how many seconds that took.
        self._written = (-math.inf, 0.0)

    def open_board(self) -> Board | None:
        """Begin the W&B run of the sweep, unless it has begun or W&B is off."""
        if self.board is None and self.settings.logger.wandb:
            # Imported here, because it waits for wandb.
            from demo.sweeps.board import Board

            self.board = Board(self.settings.folder, self.group, self.settings.logger.project, self.group)
        return self.board

    def run(self) -> None:
        """Run all jobs without a result, one data set after another, and update the study from time to time.

        Raises:
            DemoError: a model cannot be made, before anything is run.
        """
        plan, progress = self.plan, self.plan.progress
        waiting = deque(plan.begin())
        if waiting:
            # Torch comes with it: not where nothing is left to run.
            from demo.training.setup import check_settings

            for model in self.search.models:
                check_settings(replace(model.settings, motif=self.settings.motif))
        if have := sum(error is None for error in plan.errors.values()):
            _log.info("%d of %d runs already have a result.", have, plan.runs)
        if waiting:
            self.open_board()
        for job, outcome in run_jobs(waiting, self._launch, self.at_once):
            if outcome is None:
                progress.begin(job)
            elif outcome.claimed:
                progress.put_off(job)
            else:
                if outcome.error is not None:
                    _note(job, outcome.error)
                waiting.extendleft(reversed(plan.end(job, outcome)))
                self._write_now_and_then()
        progress.close()

    def report(self) -> Study:
        """Write the study and its pages, log it to W&B, and print it; up-to-date pages are not written again.

        Returns:
            The study.
        """
        settings = self.settings
        study, written = self._write_study()
        if settings.report:
            folder = settings.folder / "report"
            if is_current(folder, made_of(study, settings.colours, settings.data)):
                written.append(folder / "index.html")
            else:
                # Imported here, because it waits for sklearn and pandas.
                from demo.report.write import write_report

                defaults = partial(composed, "train")
                written.append(
                    write_report(study, folder, colours=settings.colours, data=settings.data, defaults=defaults)
                )
        if board := self.open_board():
            board.show(self.plan.progress)
            board.show_study(study)
            board.close()
        _log.info("\n%s\n\n%s\n\n%s\n", terminal_table(study), summary_text(study), "\n".join(map(str, written)))
        return study

    def _write_now_and_then(self) -> None:
        """Write the study and log the progress if that is due: rarely enough to be cheap."""
        when, took = self._written
        begin = time.monotonic()
        if begin - when > max(_WRITE_EVERY, took / _WRITING_SHARE):
            study, _ = self._write_study()
            if self.board:
                self.board.show(self.plan.progress)
                self.board.show_study(study)
            self._written = time.monotonic(), time.monotonic() - begin

    def _write_study(self) -> tuple[Study, list[Path]]:
        """Write the study of what has finished so far; the study and its files."""
        runs = self.settings.runs
        with others_write_to(runs):
            runs.mkdir(parents=True, exist_ok=True)
        study = study_of(
            runs,
            models=frozenset(name.rpartition("/")[0] for models in self.plan.models.values() for name in models),
            seed=self.search.seed,
            ensemble=self.settings.ensemble if self.settings.ensemble > 1 else None,
            failed=self.plan.failed,
            trained_on=self.plan.trained_on,
        )
        return study, write_study(study, self.settings.folder)


def _note(job: Job, error: str) -> None:
    """Record the reason in the run directory if the worker died before doing so."""
    try:
        with job.folder.claim():
            job.folder.fail(error)
    except (DemoError, OSError) as trouble:
        _log.warning("The reason why %s failed could not be saved. %s", job.name, str(trouble).splitlines()[0])

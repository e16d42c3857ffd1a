"""A sweep under way: every model of a search is trained on every data set, and one selected for each."""

import logging
import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hydra.core.utils import JobReturn
from omegaconf import DictConfig

from demo.data.sources import data_folder
from demo.runs.directory import RunDirectory
from demo.sweep.jobs import Job, Outcome
from demo.sweep.launching import run_jobs
from demo.sweep.plan import Plan
from demo.sweep.progress import Board, Progress
from demo.sweep.search import Model, Search
from demo.utils.config import plain, quoted
from demo.utils.errors import DemoError
from demo.utils.files import others_write_to

if TYPE_CHECKING:
    from demo.study import Study

# The study is imported where it is written: scipy and sklearn need not be there before the first worker starts.
_log = logging.getLogger(__name__)


_WRITE_EVERY = 30.0
"""Seconds between two versions of the study files while runs go on."""

_WRITING_SHARE = 0.05
"""Of the time of a sweep that may go into them."""


class Launcher(Protocol):
    """What composes and runs jobs; ``hydra_plugins.deep_motif.ModelSearch``."""

    params: dict[str, str]

    def compose(self, overrides: Sequence[str]) -> DictConfig: ...

    def launch(self, overrides: Sequence[str]) -> JobReturn: ...


@dataclass
class Sweep:
    """A sweep under way.

    Attributes:
        config: the configuration without what is swept.
        search: what is searched.
        launcher: runs the jobs.
        at_once: jobs that it runs at the same time.
        ensemble: seeds of each selected model.
        errors: name of a run that was tried to the reason why it failed, ``None`` where it did not.
        board: the progress in W&B.
        trained_on: name of the run that a model was selected by to that of the same model with all steps, where the
            search has fewer.
        written: when the study was written last, and the seconds that this took.
    """

    config: DictConfig
    search: Search
    launcher: Launcher
    at_once: int
    ensemble: int
    errors: dict[str, str | None] = field(default_factory=dict)
    board: Board | None = None
    written: tuple[float, float] = (-math.inf, 0.0)
    trained_on: dict[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> Path:
        """The folder of the runs."""
        return Path(self.config.paths.runs)

    @property
    def folder(self) -> Path:
        """The folder of the study."""
        return Path(self.config.study) if self.config.study else self.runs / "study"

    @property
    def group(self) -> str:
        """The W&B group of all runs."""
        return str(self.config.logger.group or f"sweep {self.search.title}")[:128]

    @property
    def failed(self) -> dict[str, str]:
        """Name of a run to the reason."""
        return {name: error for name, error in self.errors.items() if error is not None}

    def job(self, tf: str, model: Model, motif: bool = False, seeds: int = 1) -> Job:
        """A run of a model on the data set ``tf``, with the motif or without one; or the motifs of several seeds."""
        dataset = self.search.datasets[tf]
        run = RunDirectory(self.runs / dataset.name / model.name)
        of: tuple[Path, ...] = ()
        if seeds > 1:
            run = RunDirectory(run.path.parent)
            of = tuple(run.path / f"seed{model.seed + i}" for i in range(seeds))
        name = f"{dataset.name}/{model.name}" + (f"-{model.seed + seeds - 1}" if of else "")
        # Not force with the motif: the model would be trained again.
        more = (*self.search.motif, "force=false", f"ensemble={seeds}") if motif else ("motif=none",)
        settings = self._motif if motif else {"extraction": None}
        return Job(name, tf, dataset, model, run, settings, (*more, *self._places), self.config.force and not motif, of)

    @cached_property
    def _motif(self) -> dict[str, Any]:
        """Settings of the motif."""
        return plain(self.config.motif)

    @cached_property
    def _places(self) -> tuple[str, ...]:
        """Overrides that say where things are, for workers that are somewhere else."""
        places = [f"paths.runs={quoted(str(self.runs.resolve()))}", f"logger.group={quoted(self.group)}"]
        if folder := data_folder(self.config.data.dir):
            places.append(f"data.dir={quoted(str(folder.resolve()))}")
        return tuple(places)

    def study(self) -> tuple["Study", list[Path]]:
        """The study of what has finished by now, and the files that it was written to."""
        from demo.study import study_of, write_study

        with others_write_to(self.runs):
            self.runs.mkdir(parents=True, exist_ok=True)
        study = study_of(
            self.runs,
            models=frozenset(model.name.rpartition("/")[0] for model in self.search.models),
            seed=self.search.seed,
            ensemble=self.ensemble if self.ensemble > 1 else None,
            failed=self.failed,
            trained_on=self.trained_on,
        )
        return study, write_study(study, self.folder)

    def run(self) -> None:
        """Run what has no result yet, one data set after the other, and write the study anew now and then."""
        plan = Plan(self)
        progress = plan.progress
        waiting = deque(plan.begin())
        if have := sum(error is None for error in self.errors.values()):
            _log.info("%d of %d runs have a result already.", have, plan.runs)
        if waiting and self.config.logger.wandb:
            self.board = Board(self.folder / "progress", self.config.logger.project, self.group)
        for job, outcome in run_jobs(waiting, self.launcher.launch, self.at_once):
            if outcome is None:
                progress.begin(job)
            elif outcome.claimed:
                progress.put_off(job)
            else:
                self.errors[job.name] = outcome.error
                if outcome.error is not None:
                    _note(job, outcome.error)
                progress.end(job, outcome)
                waiting.extendleft(reversed(plan.end(job)))
                self._write_now_and_then(progress)
        progress.close()
        if self.board:
            self.board.show(progress)

    def unfinished(self, jobs: Sequence[Job], progress: Progress) -> list[Job]:
        """The jobs that are to be run. Those with a result are seen to be of the same settings and data."""
        unfinished = []
        for job in jobs:
            try:
                if job.force or job.result() is None:
                    unfinished.append(job)
                    continue
                job.check()
            except (DemoError, OSError) as error:
                self.errors[job.name] = str(error)
                progress.add([job])
                progress.end(job, Outcome(str(error)))
                continue
            self.errors[job.name] = None
            progress.skip(job)
        return unfinished

    def _write_now_and_then(self, progress: Progress) -> None:
        """Write the study, and log the progress, where that is due: seldom enough not to cost."""
        when, took = self.written
        begin = time.monotonic()
        if begin - when > max(_WRITE_EVERY, took / _WRITING_SHARE):
            self.study()
            if self.board:
                self.board.show(progress)
            self.written = time.monotonic(), time.monotonic() - begin


def _note(job: Job, error: str) -> None:
    """Leave the reason in the run directory, where the worker did not live to do so."""
    try:
        with job.run.claim():
            job.run.fail(error)
    except (DemoError, OSError) as trouble:
        _log.warning("Why %s failed could not be written down. %s", job.name, str(trouble).splitlines()[0])

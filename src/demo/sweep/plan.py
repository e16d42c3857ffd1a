"""What a sweep runs on each data set: the search, the selected model with all steps, its motif, its ensemble, and the
motifs of that together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from demo.sweep.jobs import Job
from demo.sweep.launching import launcher_name
from demo.sweep.progress import MOTIF, TRAINING, Progress, category
from demo.sweep.search import Model
from demo.utils.config import fitted_at_once
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    from demo.sweep.sweep import Sweep


class Plan:
    """The jobs of a sweep, as they can be run: those that follow from the results of others when these are there.

    A data set does not wait for the others: its motif and its row of the study are there as soon as they can be.

    Args:
        sweep: whose jobs these are.

    Attributes:
        runs: trainings in all, and ensembles whose motifs are made.
        progress: of all jobs.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        searches = len(sweep.search.models) + (sweep.config.search_steps is not None)
        extracts = sweep.config.motif.extraction is not None
        together = int(extracts and sweep.ensemble > 1 and any(map(_is_trained, sweep.search.models)))
        of_each = {TRAINING: searches + sweep.ensemble - 1, MOTIF: int(extracts) + together}
        self._stages = {tf: _stages(sweep, tf) for tf in sweep.search.datasets}
        self._later = {tf: Counter(of_each) for tf in self._stages}
        self.runs = (of_each[TRAINING] + together) * len(self._stages)
        planned = {kind: count * len(self._stages) for kind, count in of_each.items()}
        self.progress = Progress(planned, sweep.at_once, bar=launcher_name(sweep.config) != "basic")
        self._left: dict[str, set[str]] = {}

    def begin(self) -> list[Job]:
        """The jobs without a result that can be run at once."""
        return [job for tf in self._stages for job in self._go_on(tf)]

    def end(self, job: Job) -> list[Job]:
        """The jobs that can be run since this one has ended."""
        self._left[job.tf].discard(job.name)
        return [] if self._left[job.tf] else self._go_on(job.tf)

    def _go_on(self, tf: str) -> list[Job]:
        for jobs in self._stages[tf]:
            self._later[tf].subtract(category(job) for job in jobs)
            todo = self.sweep.unfinished(jobs, self.progress)
            if todo:
                self._left[tf] = {job.name for job in todo}
                self.progress.add(todo)
                return todo
        # Where nothing could be selected, what would have followed is not run.
        self.progress.drop(self._later[tf])
        return []


def _stages(sweep: Sweep, tf: str) -> Iterator[list[Job]]:
    """The jobs on a data set, in lists of which each follows from the results of those before."""
    yield [sweep.job(tf, model) for model in sweep.search.models]
    model = _selected(sweep, tf)
    if model is None:
        return
    if sweep.config.search_steps is not None and _is_trained(model):
        longer = model.changed("trainer.steps", sweep.config.trainer.steps)
        job = sweep.job(tf, longer)
        sweep.trained_on[sweep.job(tf, model).name] = job.name
        yield [job]
        if job.name in sweep.failed:
            return
        model = longer
    extracts = sweep.config.motif.extraction is not None
    motif = [sweep.job(tf, model, motif=True)] if extracts else []
    others = [sweep.job(tf, model.changed("seed", model.seed + i)) for i in range(1, sweep.ensemble)]
    yield motif + others
    if extracts and others and _is_trained(model) and not any(job.name in sweep.failed for job in others):
        yield [sweep.job(tf, model, motif=True, seeds=sweep.ensemble)]


def _is_trained(model: Model) -> bool:
    """Whether it takes steps, and has gradients to climb: a baseline that is fitted at once has neither."""
    return not fitted_at_once(str(model.settings["model._target_"]))


def _selected(sweep: Sweep, tf: str) -> Model | None:
    """The model that the study will select; ``None`` where none could be trained."""
    # Not before the first worker has started: with it come scipy and sklearn.
    from demo.study.runs import run_of
    from demo.study.selection import candidates, select

    finished = {}
    for model in sweep.search.models:
        job = sweep.job(tf, model)
        try:
            if job.name not in sweep.failed and (result := job.result()) is not None:
                finished[job.name] = run_of(job.run.path, result), model
        except (DemoError, OSError) as error:
            sweep.errors[job.name] = str(error)
    among = candidates([run for run, _ in finished.values()], sweep.search.seed)
    return finished[select(among).name][1] if among else None

"""What a sweep runs on each data set: the search, the selected model with all steps, its motif, its ensemble, and the
motifs of that together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from demo.sweep.jobs import Job, Jobs, Outcome
from demo.sweep.progress import MOTIF, TRAINING, Progress, category
from demo.sweep.search import Model
from demo.utils.errors import DemoError


class Plan:
    """The jobs of a sweep, as they can be run: those that follow from the results of others when these are there.

    A data set does not wait for the others: its motif and its row of the study are there as soon as they can be.

    Args:
        jobs: makes them.
        at_once: jobs that run at the same time.
        bar: whether there may be a progress bar.

    Attributes:
        errors: name of a job that was tried, or had a result, to the reason why it failed; ``None`` where it did not.
        trained_on: name of the run that a model was selected by to that of the same model with all steps, where the
            search has fewer.
        runs: trainings in all, and ensembles whose motifs are extracted.
        progress: of all jobs.
    """

    def __init__(self, jobs: Jobs, at_once: int, bar: bool) -> None:
        self.jobs = jobs
        self.errors: dict[str, str | None] = {}
        self.trained_on: dict[str, str] = {}
        search, settings = jobs.search, jobs.settings
        extracts = settings.motif.extraction is not None
        together = int(extracts and settings.ensemble > 1 and any(model.is_trained for model in search.models))
        trainings = len(search.models) + (settings.search_steps is not None) + settings.ensemble - 1
        of_each = {TRAINING: trainings, MOTIF: int(extracts) + together}
        self._stages = {tf: self._stages_of(tf) for tf in search.datasets}
        self._later = {tf: Counter(of_each) for tf in self._stages}
        self.runs = (of_each[TRAINING] + together) * len(self._stages)
        self.progress = Progress({kind: count * len(self._stages) for kind, count in of_each.items()}, at_once, bar)
        self._left: dict[str, set[str]] = {}

    @property
    def failed(self) -> dict[str, str]:
        """Name of a job to the reason why it failed."""
        return {name: error for name, error in self.errors.items() if error is not None}

    def begin(self) -> list[Job]:
        """The jobs without a result that can be run at once."""
        return [job for tf in self._stages for job in self._next(tf)]

    def end(self, job: Job, outcome: Outcome) -> list[Job]:
        """The jobs that can be run since this one has ended."""
        self.errors[job.name] = outcome.error
        self.progress.end(job, outcome)
        self._left[job.tf].discard(job.name)
        return [] if self._left[job.tf] else self._next(job.tf)

    def _next(self, tf: str) -> list[Job]:
        for jobs in self._stages[tf]:
            self._later[tf].subtract(category(job) for job in jobs)
            todo = self._unfinished(jobs)
            if todo:
                self._left[tf] = {job.name for job in todo}
                self.progress.add(todo)
                return todo
        # Where nothing could be selected, what would have followed is not run.
        self.progress.drop(self._later[tf])
        return []

    def _unfinished(self, jobs: Sequence[Job]) -> list[Job]:
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
                self.progress.add([job])
                self.progress.end(job, Outcome(str(error)))
                continue
            self.errors[job.name] = None
            self.progress.skip(job)
        return unfinished

    def _stages_of(self, tf: str) -> Iterator[list[Job]]:
        """The jobs on a data set, in lists of which each follows from the results of those before."""
        jobs, settings = self.jobs, self.jobs.settings
        yield [jobs.training(tf, model) for model in jobs.search.models]
        model = self._selected(tf)
        if model is None:
            return
        if settings.search_steps is not None and model.is_trained:
            assert settings.steps is not None
            longer = model.with_steps(settings.steps)
            job = jobs.training(tf, longer)
            self.trained_on[jobs.training(tf, model).name] = job.name
            yield [job]
            if job.name in self.failed:
                return
            model = longer
        extracts = settings.motif.extraction is not None
        motif: list[Job] = [jobs.motif(tf, model)] if extracts else []
        others = [jobs.training(tf, model.with_seed(model.seed + i)) for i in range(1, settings.ensemble)]
        yield [*motif, *others]
        if extracts and others and model.is_trained and not any(job.name in self.failed for job in others):
            yield [jobs.seeds_motif(tf, model)]

    def _selected(self, tf: str) -> Model | None:
        """The model that the study will select; ``None`` where none could be trained."""
        # Not before the first worker has started: with it come scipy and sklearn.
        from demo.study.runs import run_of
        from demo.study.selection import candidates, select

        finished = {}
        for model in self.jobs.search.models:
            job = self.jobs.training(tf, model)
            try:
                if job.name not in self.failed and (result := job.result()) is not None:
                    finished[job.name] = run_of(job.folder.path, result), model
            except (DemoError, OSError) as error:
                self.errors[job.name] = str(error)
        among = candidates([run for run, _ in finished.values()], self.jobs.search.seed)
        return finished[select(among).name][1] if among else None

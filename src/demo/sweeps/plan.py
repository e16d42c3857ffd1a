"""What a sweep runs on each data set: the search, the full training of the selected model, its motifs, its ensemble,
and the joint motifs of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from demo.study.runs import candidates, run_of, select
from demo.sweeps.jobs import Job, Jobs, Outcome
from demo.sweeps.progress import MOTIF, TRAINING, Progress, category
from demo.sweeps.search import Model
from demo.utils.errors import DemoError


class Plan:
    """The jobs of a sweep, each released when the results that it depends on are there.

    Data sets do not wait for one another: each gets its motifs and its row of the study as early as possible.

    Args:
        jobs: creates them.
        at_once: number of parallel jobs.
        bar: whether to draw a progress bar.

    Attributes:
        errors: name of each job that was run or had a result, to why it failed; ``None`` if it did not.
        trained_on: name of the run by which a model was selected to that of its full training, if the search used fewer
            steps.
        models: name of each model that was a candidate, by data set.
        pruned: names of jobs that a hyperparameter search gave up.
        summaries: of the hyperparameter searches.
        runs: number of trainings and of ensembles with joint motifs.
        progress: of all jobs.
    """

    def __init__(self, jobs: Jobs, at_once: int, bar: bool) -> None:
        self.jobs = jobs
        self.errors: dict[str, str | None] = {}
        self.trained_on: dict[str, str] = {}
        self.pruned: set[str] = set()
        self.summaries: list[str] = []
        self._at_once = at_once
        search, settings = jobs.search, jobs.settings
        extracts = settings.motif.extraction is not None
        together = int(extracts and settings.ensemble > 1 and any(model.is_trained for model in search.models))
        self.models: dict[str, dict[str, Model]] = {tf: {} for tf in search.datasets}
        trainings = search.candidates + (settings.search_steps is not None) + settings.ensemble - 1
        of_each = {TRAINING: trainings, MOTIF: int(extracts) + together}
        self._stages = {tf: self._stages_of(tf) for tf in search.datasets}
        self._later = {tf: Counter(of_each) for tf in self._stages}
        self.runs = (of_each[TRAINING] + together) * len(self._stages)
        self.progress = Progress({kind: count * len(self._stages) for kind, count in of_each.items()}, at_once, bar)
        self._left: dict[str, set[str]] = {}

    @property
    def failed(self) -> dict[str, str]:
        """Name of each failed job to why it failed."""
        return {name: error for name, error in self.errors.items() if error is not None}

    def begin(self) -> list[Job]:
        """The jobs without a result that can be run immediately."""
        return [job for tf in self._stages for job in self._next(tf)]

    def end(self, job: Job, outcome: Outcome) -> list[Job]:
        """The jobs that can be run now that this one has ended."""
        self.errors[job.name] = outcome.error
        if outcome.pruned:
            self.pruned.add(job.name)
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
        # If nothing could be selected, the jobs that depend on it are not run.
        self.progress.drop(self._later[tf])
        return []

    def _unfinished(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that have to be run. Those with a result are checked for the same settings and data."""
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
        """The jobs on a data set, in lists that each depend on the results of the previous ones."""
        jobs, settings = self.jobs, self.jobs.settings
        if jobs.search.trials is None:
            self.models[tf] = {model.name: model for model in jobs.search.models}
            yield [jobs.training(tf, model) for model in jobs.search.models]
        else:
            yield from self._tried(tf)
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

    def _tried(self, tf: str) -> Iterator[list[Job]]:
        """The trials of a hyperparameter search, as many at once as there are jobs."""
        search = self.jobs.search
        assert search.trials is not None and search.model_of is not None
        trials = search.trials(search.datasets[tf].dataset)
        for trial in trials.finished():
            model = search.model_of(trial.overrides)
            self.models[tf][model.name] = model
        while asked := trials.ask(self._at_once):
            jobs = {}
            for trial in asked:
                model = search.model_of(trial.overrides)
                self.models[tf][model.name] = model
                jobs[trial.number] = self.jobs.training(tf, model.pruned_by(trial.pruning))
                trials.begin(trial.number, jobs[trial.number].folder.path)
            # Two trials of one batch may be the same run.
            yield list({job.name: job for job in jobs.values()}.values())
            for number, job in jobs.items():
                error = self.errors[job.name]
                result = None if error or job.name in self.pruned else job.folder.finished_result()
                trials.tell(number, None if result is None else result.validation.auroc, error)
        self.summaries.append(f"{search.datasets[tf].dataset.name}: {trials.summary()}" if trials.finished() else "")
        trials.close()

    def _selected(self, tf: str) -> Model | None:
        """The model that the study will select; ``None`` if none could be trained."""
        finished = {}
        for model in self.models[tf].values():
            job = self.jobs.training(tf, model)
            try:
                if job.name not in self.failed and (result := job.result()) is not None:
                    finished[job.name] = run_of(job.folder.path, result), model
            except (DemoError, OSError) as error:
                self.errors[job.name] = str(error)
        among = candidates([run for run, _ in finished.values()], self.jobs.search.seed)
        return finished[select(among).name][1] if among else None

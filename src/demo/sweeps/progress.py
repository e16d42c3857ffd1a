"""The progress of a sweep: jobs done, time left, and the best model of each data set so far."""

import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tqdm import tqdm

from demo.report.elements import duration
from demo.sweeps.jobs import Job, Outcome

TRAINING, MOTIF = "training", "motif"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Best:
    """The best model of a data set so far.

    Attributes:
        auroc: its validation AUROC, 0-1.
        model: ``conv4_hw7,pool=1/seed0``.
        finished: number of models of the data set with a result.
    """

    auroc: float
    model: str
    finished: int


class FinishedModel(NamedTuple):
    """A finished training: data set, model with its place in the paper's Table 1, and what it came to."""

    dataset: str
    model: str
    conv_layers: int | None
    pool: int | None
    highway_layers: int | None
    parameters: int
    seed: int
    validation_auroc: float
    seconds_training: float


class Progress:
    """Counts jobs and prints a line for each that ends, above a progress bar if in a terminal; before the first has
    ended, for each that begins.

    Args:
        planned: total number of trainings and motif extractions, including those with a result.
        at_once: number of parallel jobs.
        bar: whether to draw a bar: not if the trainings draw theirs in this terminal.

    Attributes:
        best: name of each data set with a finished training to its best model.
        models: the finished trainings, in the order in which they ended.
    """

    def __init__(self, planned: Mapping[str, int], at_once: int, bar: bool) -> None:
        self.total = sum(planned.values())
        self.done, self.failed, self.running = 0, 0, 0
        self.best: dict[str, Best] = {}
        self.models: list[FinishedModel] = []
        self._at_once = at_once
        # Job count and seconds of each model, since networks differ in time by a factor of four.
        self._known: Counter[str] = Counter()
        # Jobs that follow from a selection still to be made.
        self._later = Counter(planned)
        self._times: dict[str, tuple[int, float]] = {}
        self._begun: dict[str, float] = {}
        self._bar = None
        if bar and sys.stderr.isatty():
            self._bar = tqdm(total=self.total, desc="sweep", unit="job", dynamic_ncols=True)

    @property
    def left(self) -> int:
        """Number of jobs that have not begun."""
        return self.total - self.done - self.failed - self.running

    @property
    def seconds_left(self) -> float | None:
        """Time left, from the mean time of each model; ``None`` before the first job has ended."""
        if not self._times:
            return None
        means = {kind: seconds / count for kind, (count, seconds) in self._times.items()}
        trainings = [times for kind, times in self._times.items() if kind != MOTIF] or [(1, 0.0)]
        counts, sums = zip(*trainings, strict=True)
        # For models that have not been trained yet; motifs take little time.
        others = defaultdict(lambda: sum(sums) / sum(counts), {MOTIF: 0.0} | means)
        work = sum(count * others[kind] for kind, count in (self._known + self._later).items())
        now = time.monotonic()
        return max(0.0, work - sum(now - begun for begun in self._begun.values())) / self._at_once

    def add(self, jobs: Sequence[Job]) -> None:
        """These planned jobs can be run now."""
        for job in jobs:
            self._later[category(job)] -= 1
            self._known[_kind(job)] += 1

    def skip(self, job: Job) -> None:
        """A planned job already has a result."""
        self._later[category(job)] -= 1
        self._finished(job)
        self._show()

    def drop(self, planned: Mapping[str, int]) -> None:
        """These numbers of planned trainings and motifs will not be run."""
        self.total -= sum(planned.values())
        self._later.subtract(planned)
        self._show()

    def begin(self, job: Job) -> None:
        """A job has been given to the launcher."""
        self.running += 1
        self._begun[job.name] = time.monotonic()
        if not self._times and not self.failed:
            # The first result may take minutes.
            self._say(f"{self._head()} {job.name}: {category(job)} ...")
        self._show()

    def put_off(self, job: Job) -> None:
        """A job was postponed, because another sweep is working on it."""
        self.running -= 1
        del self._begun[job.name]

    def end(self, job: Job, outcome: Outcome) -> None:
        """A job has ended, here or in another sweep."""
        self._known[_kind(job)] -= 1
        begun = self._begun.pop(job.name, None)
        if begun is not None:
            self.running -= 1
        if outcome.error is not None:
            self.failed += 1
            self._say(f"{self._head()} FAILED {job.name}: {outcome.error}", logging.ERROR)
            return
        if outcome.pruned:
            self.done += 1
            self._say(f"{self._head()} pruned {job.name}")
            return
        if begun is not None:
            count, seconds = self._times.get(_kind(job), (0, 0.0))
            self._times[_kind(job)] = count + 1, seconds + time.monotonic() - begun
        self._finished(job)
        if job.extracts_motif:
            self._say(f"{self._head()} {job.name}: motif")
            return
        best = self.best[job.dataset.name]
        self._say(
            f"{self._head()} {job.name}: validation AUROC {self._auroc:.4f}; "
            f"best of {job.dataset.tf} {best.auroc:.4f}, {best.model.rpartition('/')[0]}"
        )

    def close(self) -> None:
        """End of the sweep."""
        if self._bar is not None:
            self._bar.close()

    def _finished(self, job: Job) -> None:
        self.done += 1
        if job.extracts_motif:
            return
        result = job.folder.finished_result()
        assert result is not None
        self._auroc = result.validation.auroc
        self.models.append(
            FinishedModel(
                job.dataset.name,
                result.model_name,
                result.model.get("conv_layers"),
                result.model.get("pool"),
                result.model.get("highway_layers"),
                result.parameters,
                result.seed,
                self._auroc,
                result.seconds_training,
            )
        )
        known = self.best.get(job.dataset.name, Best(-1.0, "", 0))
        auroc, model = max((known.auroc, known.model), (self._auroc, job.model.name), key=lambda pair: pair[0])
        self.best[job.dataset.name] = Best(auroc, model, known.finished + 1)

    def _head(self) -> str:
        seconds = self.seconds_left
        time_left = "" if seconds is None or not (self.left + self.running) else f", {duration(seconds)} to go"
        failed = f", {self.failed} failed" if self.failed else ""
        return f"[{self.done + self.failed}/{self.total}{failed}, {self.running} running, {self.left} left{time_left}]"

    def _say(self, line: str, level: int = logging.INFO) -> None:
        if self._bar is None:
            _log.log(level, line)
        else:
            self._bar.write(line)
        self._show()

    def _show(self) -> None:
        if self._bar is not None:
            self._bar.n, self._bar.total = self.done + self.failed, self.total
            self._bar.set_postfix_str(f"{self.running} running, {self.failed} failed, {self.left} left")


def category(job: Job) -> str:
    """``TRAINING`` or ``MOTIF``."""
    return MOTIF if job.extracts_motif else TRAINING


def _kind(job: Job) -> str:
    return MOTIF if job.extracts_motif else job.model.name

"""The runs in a folder: finished, failed and why, and unfinished."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.data.catalogue import PublishedAuc
from demo.runs.directory import RunDirectory
from demo.runs.result import RunResult
from demo.utils.environment import typed
from demo.utils.errors import DemoError


@dataclass(frozen=True)
class Run:
    """One finished run, from its ``result.json``.

    Attributes:
        directory: its run directory.
        dataset: name of the data set.
        tf: the transcription factor.
        cell_line: as published; ``None`` if unknown.
        data_source: ``encode``, ``user`` or ``simulated``.
        model_name: the model and the settings that differ from the defaults, ``conv4_hw5,pool=1``.
        model: the settings of the network.
        role: ``candidate`` or ``baseline``.
        seed: of everything random.
        parameters: number of weights of the network.
        validation_auroc: 0-1.
        auroc: of the test set, 0-1.
        interval: its 95 % bootstrap interval, (low, high).
        seconds: of training, including those before a resumption.
        published: DeepBind's and MEME's AUCs, if any.
    """

    directory: Path
    dataset: str
    tf: str
    cell_line: str | None
    data_source: str
    model_name: str
    model: Mapping[str, Any]
    role: str
    seed: int
    parameters: int
    validation_auroc: float
    auroc: float
    interval: tuple[float, float]
    seconds: float
    published: PublishedAuc | None

    @property
    def is_baseline(self) -> bool:
        """Whether it is a baseline."""
        return self.role == "baseline"

    @property
    def name(self) -> str:
        """``<data set>/<model>/seed<k>``."""
        return f"{self.dataset}/{self.model_name}/seed{self.seed}"


def run_of(directory: Path, result: RunResult) -> Run:
    """A finished run, from its directory and result."""
    return Run(
        directory=directory,
        dataset=result.dataset,
        tf=result.tf,
        cell_line=result.cell_line,
        data_source=result.data_source,
        model_name=result.model_name,
        model=result.model,
        role=result.role,
        seed=result.seed,
        parameters=result.parameters,
        validation_auroc=result.validation.auroc,
        auroc=result.test.auroc,
        interval=result.test.auroc_ci,
        seconds=result.seconds_training,
        published=result.published,
    )


@dataclass(frozen=True)
class Runs:
    """The runs in a folder.

    Attributes:
        finished: those with a result, by name.
        failed: names of failed runs to why they failed.
        unfinished: names of runs that have begun and have no result yet.
    """

    finished: tuple[Run, ...]
    failed: Mapping[str, str]
    unfinished: tuple[str, ...]


def collect(folder: Path, models: frozenset[str] | None = None) -> Runs:
    """The runs ``<folder>/<data set>/<model>/seed<k>``.

    Args:
        folder: ``paths.runs`` of the runs.
        models: only runs of these models (``conv4_hw5,pool=1``); ``None`` for all.

    Raises:
        DemoError: there is no such folder.
    """
    if not folder.is_dir():
        raise DemoError("There is no such folder of runs.", where=str(folder), fix=f"{typed('sweep')} creates runs")
    finished: list[Run] = []
    failed: dict[str, str] = {}
    unfinished: list[str] = []
    for directory in sorted({path.parent for path in folder.glob("*/*/seed*/*.*")}):
        name = str(directory.relative_to(folder))
        run = RunDirectory(directory)
        if models is not None and directory.parent.name not in models:
            continue
        if not run.result.exists():
            if run.config.exists():
                unfinished.append(name)
            continue
        try:
            result = RunResult.read(run.result)
            if isinstance(result, RunResult):
                finished.append(run_of(directory, result))
            else:
                failed[name] = result.error
        except DemoError as error:
            failed[name] = error.what
        except OSError as error:
            failed[name] = str(error)
    return Runs(tuple(finished), failed, tuple(unfinished))

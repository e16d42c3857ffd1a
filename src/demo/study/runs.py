"""The runs in a folder: finished, failed and why, and unfinished; and which of a data set is reported.

That is decided by validation AUROC, never by the test set; baselines stand next to it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from demo.data.catalogue import PublishedAuc
from demo.data.labelled.settings import LabelledSettings
from demo.networks.registry import BASELINES
from demo.runs.directory import RunDirectory
from demo.runs.result import RunResult
from demo.utils.environment import typed
from demo.utils.errors import DemoError

TRIAL_STEPS = 1200
"""Networks trained on peaks for fewer steps, a tenth of the default, are trial runs, which nothing counts."""


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
        steps: training batches; 0 for baselines that are fitted at once.
        validation_auroc: 0-1.
        auroc: of the test set, 0-1.
        interval: its 95 % bootstrap interval, (low, high).
        seconds: of training, including those before a resumption.
        published: DeepBind's and MEME's AUCs, if any.
        pretrained: name of the trunk that it was fine-tuned from; ``None`` if it was trained from scratch.
        classes: names of its classes, if they are more than two; AUROCs are means over them.
        accuracy: of the test set, 0-1, of more than two classes.
        is_labelled: whether its sequences are the user's labelled ones, not peaks.
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
    steps: int
    validation_auroc: float
    auroc: float
    interval: tuple[float, float]
    seconds: float
    published: PublishedAuc | None
    pretrained: str | None = None
    classes: tuple[str, ...] = ()
    accuracy: float | None = None
    is_labelled: bool = False

    @property
    def is_baseline(self) -> bool:
        """Whether it is a baseline."""
        return self.role == "baseline"

    @property
    def is_trial(self) -> bool:
        """Whether it is a network that was trained for few steps, to try something out; of peaks, since few steps are
        enough for a small set of labelled sequences."""
        return not self.is_baseline and not self.is_labelled and self.steps < TRIAL_STEPS

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
        steps=result.steps,
        validation_auroc=result.validation.auroc,
        auroc=result.test.auroc,
        interval=result.test.auroc_ci,
        seconds=result.seconds_training,
        published=result.published,
        pretrained=result.trunk,
        classes=result.task.classes if result.task.outputs > 1 else (),
        accuracy=result.test.classes.accuracy if result.test.classes else None,
        is_labelled=result.data.task is not None,
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


TIE_DECIMALS = 4
"""Validation AUROCs that agree to this many decimals are tied."""


def select(among: Iterable[Run]) -> Run:
    """The run with the highest validation AUROC; ties go to the model with fewer parameters, then the first by name.

    Args:
        among: at least one, all of one data set. Their test results are not used.
    """
    return min(among, key=lambda run: (-round(run.validation_auroc, TIE_DECIMALS), run.parameters, run.model_name))


def candidates(runs: Sequence[Run], seed: int | None = None) -> list[Run]:
    """The runs that a model is selected from: one of each model; trial runs only if there are no others, and baselines
    only if there is nothing else.

    Args:
        runs: of one data set.
        seed: as in ``representatives``.
    """
    networks = [run for run in runs if not run.is_baseline]
    trained = [run for run in networks if not run.is_trial]
    return representatives(trained, seed) or representatives(networks or runs, seed)


def representatives(runs: Iterable[Run], seed: int | None = None) -> list[Run]:
    """One run of each model. Seeds split the data differently, so models are compared on a single seed.

    Args:
        runs: of one data set.
        seed: the seed; ``None`` for each model's lowest.
    """
    of_model: dict[str, Run] = {}
    for run in sorted(runs, key=lambda run: run.seed):
        if seed is None or run.seed == seed:
            of_model.setdefault(run.model_name, run)
    return list(of_model.values())


def baselines_of(runs: Iterable[Run], selected: Run, seed: int | None = None) -> dict[str, float]:
    """Test AUROC of each baseline trained here with its defaults, by name.

    Args:
        runs: of one data set, with the same split, negatives and test set.
        selected: the run beside which they stand; labelled sequences are read as its are, and its test set is theirs.
        seed: as in ``representatives``.
    """
    _, of_data = _settings_of_data(selected)
    named = ((run, *_settings_of_data(run)) for run in representatives(runs, seed))
    return {name: run.auroc for run, name, data in named if name in BASELINES and data == of_data}


def _settings_of_data(run: Run) -> tuple[str, set[str]]:
    """The name of the model without what labelled sequences are read by, and that: ``{"strands=1"}``."""
    if not run.is_labelled:
        return run.model_name, set()
    ours = {each.name for each in fields(LabelledSettings)}
    name, *settings = run.model_name.split(",")
    of_data = {setting for setting in settings if setting.partition("=")[0] in ours}
    return ",".join([name, *(setting for setting in settings if setting not in of_data)]), of_data


def seeds_of(selected: Run, runs: Iterable[Run], count: int | None = None) -> list[Run]:
    """The runs of the selected model, by seed, starting with the selected one.

    Args:
        selected: from ``select``.
        runs: of any data set and model.
        count: maximal number of seeds: seed, seed + 1, ...; ``None`` for all.
    """
    same = [run for run in runs if (run.dataset, run.model_name) == (selected.dataset, selected.model_name)]
    end = None if count is None else selected.seed + count
    return sorted(
        (run for run in same if run.seed >= selected.seed and (end is None or run.seed < end)),
        key=lambda run: run.seed,
    )


def by_dataset(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs by name of their data set."""
    groups: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        groups[run.dataset].append(run)
    return dict(groups)

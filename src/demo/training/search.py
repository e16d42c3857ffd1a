"""Random hyperparameter search before training, as DeepBind does for each data set."""

import itertools
import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from demo.data.datamodule import Batch, SequenceDataModule
from demo.metrics import macro_auroc
from demo.networks import make_network
from demo.networks.inference import loss_of, predict_logits
from demo.runs.settings import RunSettings
from demo.sequences import one_hot
from demo.training.optimizers import make_optimizer
from demo.utils.checks import choice, real, whole
from demo.utils.errors import DemoError, SettingError
from demo.utils.files import read_json, write_json
from demo.utils.settings import flatten

_DRAW, _TRAIN = range(10, 12)
"""The purposes of random streams; purpose, seed and number of the trial identify a stream."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HyperparameterSearch:
    """Settings of the hyperparameter search (Bergstra & Bengio 2012; Alipanahi et al. 2015, supplement).

    Args:
        samples: trials, each with random hyperparameters.
        sample_steps: training batches of a trial.
        checks: how often a trial is scored by validation AUROC; its best score counts.
        space: section of the configuration (``model``, ``optimizer``) to setting to its distribution:
            ``["log", low, high]`` is uniform in the logarithm, ``["sqrt", low, high]`` is the square root of a uniform
            number, scaled to the range, ``["choice", a, b, ...]`` is one of these values.

    Raises:
        DemoError: a setting is out of range.
    """

    samples: int
    sample_steps: int
    space: Mapping[str, Mapping[str, Sequence[Any]]]
    checks: int = 4

    def __post_init__(self) -> None:
        whole("samples", self.samples, 1)
        whole("sample_steps", self.sample_steps, 1)
        whole("checks", self.checks, 1, self.sample_steps)
        for name, source in flatten(self.space).items():
            _check_source(f"space.{name}", source)

    def draw(self, random: np.random.Generator) -> dict[str, dict[str, Any]]:
        """One point of the space: section to setting to value."""
        return {
            section: {name: _drawn(source, random) for name, source in sources.items()}
            for section, sources in self.space.items()
        }


@dataclass(frozen=True)
class Trial:
    """One sample of hyperparameters and its scores.

    Attributes:
        number: of the trial, from 0.
        seed: of its weights.
        settings: section to setting to value.
        validation_aurocs: at each check, 0-1; ``None`` if training had diverged.
        seconds: of training.
    """

    number: int
    seed: int
    settings: Mapping[str, Mapping[str, Any]]
    validation_aurocs: Sequence[float | None]
    seconds: float

    @property
    def score(self) -> float:
        """The best validation AUROC; 0 if there is none."""
        return max((auroc for auroc in self.validation_aurocs if auroc is not None), default=0.0)

    @property
    def overrides(self) -> str:
        """Its settings as arguments of a command line."""
        return " ".join(
            f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in flatten(self.settings).items()
        )


def search_hyperparameters(
    search: HyperparameterSearch, settings: RunSettings, data: SequenceDataModule, device: torch.device, table: Path
) -> list[Trial]:
    """Train each sample briefly on the training part and score it on the validation part.

    A trial depends only on the seed and its number: those in ``table`` from an interrupted run are not repeated, and
    the others are the same as without the interruption.

    Args:
        search: its settings.
        settings: of the run, for everything that is not searched.
        data: set up; its test file is not opened.
        device: to train on.
        table: JSON file for the trials, written after each.

    Returns:
        The trials, by number.

    Raises:
        DemoError: a searched setting does not exist, or every trial diverged.
    """
    trials = _finished_trials(table)
    for number in range(len(trials), search.samples):
        drawn = search.draw(np.random.default_rng([settings.seed, _DRAW, number]))
        trial = _trial(search, number, drawn, settings, data, device)
        _log.info(
            "Hyperparameter search %d/%d: validation AUROC %.4f with %s",
            number + 1, search.samples, trial.score, trial.overrides,
        )  # fmt: skip
        trials.append(trial)
        write_json(table, {"trials": [asdict(trial) for trial in trials]})
    if not best(trials).score:
        raise DemoError(
            f"Training diverged in all {len(trials)} trials of the search.",
            where=str(table),
            fix="lower values in search.space.optimizer.learning_rate",
        )
    return trials


def best(trials: Sequence[Trial]) -> Trial:
    """The trial with the highest validation AUROC; the first of ties."""
    return max(trials, key=lambda trial: (trial.score, -trial.number))


def describe(trials: Sequence[Trial]) -> dict[str, Any]:
    """The choice, the search space and the time taken; for ``result.json``."""
    return {
        "chosen": flatten(best(trials).settings),
        "trials": [asdict(trial) for trial in trials],
        "seconds": round(sum(trial.seconds for trial in trials), 1),
    }


def with_hyperparameters(settings: RunSettings, trial: Trial) -> RunSettings:
    """``settings`` with the hyperparameters of a trial.

    Raises:
        DemoError: there is no such setting.
    """
    there = settings.plain()
    for name in flatten(trial.settings):
        if name not in flatten(there):
            raise DemoError(f"search.space names {name}, but there is no such setting.", exists=flatten(there))
    return RunSettings.of(there | {name: {**there[name], **part} for name, part in trial.settings.items()})


def _finished_trials(table: Path) -> list[Trial]:
    """The trials of an interrupted run; none if their file is damaged, since they are quickly repeated."""
    try:
        return [Trial(**row) for row in read_json(table)["trials"]] if table.exists() else []
    except (DemoError, KeyError, TypeError) as error:
        _log.warning("%s is damaged; the hyperparameter search starts over. (%s)", table, error)
        return []


def _trial(
    search: HyperparameterSearch,
    number: int,
    drawn: Mapping[str, Mapping[str, Any]],
    settings: RunSettings,
    data: SequenceDataModule,
    device: torch.device,
) -> Trial:
    begin = time.monotonic()
    seed = int(np.random.default_rng([settings.seed, _TRAIN, number]).integers(2**31))
    chosen = with_hyperparameters(settings, Trial(number, seed, drawn, [], 0.0))
    torch.manual_seed(seed)
    network = make_network(chosen.network, data.task).to(device)
    optimizer, schedule = make_optimizer(chosen.optimizer).build(network, search.sample_steps)
    aurocs: list[float | None] = []
    batches = itertools.islice(_training_batches(data), search.sample_steps)
    for step, (codes, labels) in enumerate(batches, 1):
        logits = network(one_hot(codes.to(device), size=data.task.alphabet.size))
        loss = loss_of(logits, labels.to(device), data.class_weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step * search.checks // search.sample_steps > len(aurocs):
            aurocs.append(_auroc(data.validation_labels, predict_logits(network, data.validation_codes)))
            if aurocs[-1] is None:
                break
    return Trial(number, seed, drawn, aurocs, round(time.monotonic() - begin, 1))


def _training_batches(data: SequenceDataModule) -> Iterator[Batch]:
    """Those of one epoch after another, without end."""
    batches = data.train_dataloader().dataset
    for epoch in itertools.count():
        yield from (batches[epoch, number] for number in range(data.steps_per_epoch))


def _auroc(labels: NDArray[np.uint8], logits: NDArray[np.float32]) -> float | None:
    return macro_auroc(labels, logits) if np.isfinite(logits).all() else None


def _check_source(name: str, source: Any) -> None:
    if not isinstance(source, Sequence) or isinstance(source, str) or len(source) < 2:
        raise SettingError(name, f"is {source!r}.", "[log, low, high], [sqrt, low, high], [choice, a, b, ...]")
    kind = choice(name, source[0], ("log", "sqrt", "choice"))
    if kind == "choice":
        return
    if len(source) != 3:
        raise SettingError(name, f"is {source!r}.", f"[{kind}, low, high]")
    low = real(name, source[1], 0, math.inf, open_low=True, open_high=True)
    real(name, source[2], low, math.inf, open_high=True)


def _drawn(source: Sequence[Any], random: np.random.Generator) -> Any:
    kind, *values = source
    if kind == "choice":
        return values[int(random.integers(len(values)))]
    low, high = values
    if kind == "log":
        return math.exp(random.uniform(math.log(low), math.log(high)))
    return low + (high - low) * math.sqrt(random.random())

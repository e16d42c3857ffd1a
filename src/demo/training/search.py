"""A random search for hyperparameters before training, as DeepBind does for each data set anew."""

import itertools
import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf
from sklearn.metrics import roc_auc_score

from demo.data.datamodule import Batches, PeakDataModule
from demo.networks import make_network
from demo.networks.inference import predict_logits
from demo.runs.directory import read_json
from demo.sequences import one_hot
from demo.utils.checks import choice, real, whole
from demo.utils.config import flatten, make, plain
from demo.utils.errors import DemoError
from demo.utils.files import write_json

_DRAW, _TRAIN = range(10, 12)
"""What a random stream is for; with the seed and the number of the trial it names one stream."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Calibration:
    """How hyperparameters are searched (Bergstra & Bengio 2012; Alipanahi et al. 2015, supplement).

    Args:
        samples: trials, each with hyperparameters drawn at random.
        sample_steps: training batches of a trial.
        checks: how often a trial is scored by validation AUROC; its best score counts.
        space: section of the configuration (``model``, ``optimizer``) to setting to what it is drawn from:
            ``["log", low, high]`` is uniform in the logarithm, ``["sqrt", low, high]`` leans to the high end as the
            square root of a uniform number does, ``["choice", a, b, ...]`` is one of these.

    Raises:
        DemoError: a setting is out of range.
    """

    samples: int
    sample_steps: int
    space: Mapping[str, Mapping[str, Sequence[Any]]]
    checks: int = 4

    def __post_init__(self) -> None:
        whole("calibration.samples", self.samples, 1)
        whole("calibration.sample_steps", self.sample_steps, 1)
        whole("calibration.checks", self.checks, 1, self.sample_steps)
        for name, source in flatten(self.space).items():
            _check_source(f"calibration.space.{name}", source)

    def draw(self, random: np.random.Generator) -> dict[str, dict[str, Any]]:
        """One point of the space: section to setting to value."""
        return {
            section: {name: _drawn(source, random) for name, source in sources.items()}
            for section, sources in self.space.items()
        }


@dataclass(frozen=True)
class Trial:
    """One sample of hyperparameters and what it gave.

    Attributes:
        number: of the trial, from 0.
        seed: of its weights.
        settings: section to setting to value.
        validation_aurocs: after each part of the steps, 0-1; ``None`` where training had diverged.
        seconds: that it took.
    """

    number: int
    seed: int
    settings: Mapping[str, Mapping[str, Any]]
    validation_aurocs: Sequence[float | None]
    seconds: float

    @property
    def score(self) -> float:
        """The best validation AUROC; 0 where there is none."""
        return max((auroc for auroc in self.validation_aurocs if auroc is not None), default=0.0)

    @property
    def overrides(self) -> str:
        """Its settings as words of a command line."""
        return " ".join(
            f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in flatten(self.settings).items()
        )


def calibrate(
    calibration: Calibration, config: DictConfig, data: PeakDataModule, device: torch.device, table: Path
) -> list[Trial]:
    """Train each sample for a while on the training part and score it on the validation part.

    A trial depends on the seed and its number alone: those that ``table`` holds from an interrupted run are not
    repeated, and the others come out as they would have.

    Args:
        calibration: what is searched.
        config: ``model``, ``optimizer`` and ``seed``; the settings that are not searched are taken from here.
        data: set up. Its test file stays closed.
        device: to train on.
        table: JSON file that the trials are written to, one by one.

    Returns:
        The trials in their order.

    Raises:
        DemoError: a setting that is searched does not exist, or every trial diverged.
    """
    trials = _known_trials(table)
    for number in range(len(trials), calibration.samples):
        settings = calibration.draw(np.random.default_rng([config.seed, _DRAW, number]))
        trial = _trial(calibration, number, settings, config, data, device)
        _log.info(
            "Calibration %d/%d: validation AUROC %.4f with %s",
            number + 1, calibration.samples, trial.score, trial.overrides,
        )  # fmt: skip
        trials.append(trial)
        write_json(table, {"trials": [asdict(trial) for trial in trials]})
    if not best(trials).score:
        raise DemoError(
            f"Training diverged in all {len(trials)} trials of the calibration.",
            where=str(table),
            fix="lower values in calibration.space.optimizer.learning_rate",
        )
    return trials


def _known_trials(table: Path) -> list[Trial]:
    """Those that an earlier start of the same run has made; none where the table is damaged: they are made again."""
    try:
        return [Trial(**row) for row in read_json(table)["trials"]]
    except FileNotFoundError:
        return []
    except (DemoError, KeyError, TypeError):
        _log.warning("This table of trials is damaged: calibration starts over. %s", table)
        return []


def best(trials: Sequence[Trial]) -> Trial:
    """The trial with the highest validation AUROC, of equals the first."""
    return max(trials, key=lambda trial: (trial.score, -trial.number))


def describe(trials: Sequence[Trial]) -> dict[str, Any]:
    """What was chosen, from what, and how long it took; for ``result.json``."""
    return {
        "chosen": flatten(best(trials).settings),
        "trials": [asdict(trial) for trial in trials],
        "seconds": round(sum(trial.seconds for trial in trials), 1),
    }


def with_settings(config: DictConfig, trial: Trial) -> DictConfig:
    """``config`` with the hyperparameters of a trial.

    Raises:
        DemoError: there is no such setting.
    """
    there = flatten({section: plain(config[section]) for section in trial.settings if section in config})
    for name in flatten(trial.settings):
        if name not in there:
            raise DemoError(f"calibration.space names {name}, and there is no such setting.", exists=there)
    merged = OmegaConf.merge(config, OmegaConf.create({name: dict(part) for name, part in trial.settings.items()}))
    assert isinstance(merged, DictConfig)
    return merged


def _trial(
    calibration: Calibration,
    number: int,
    settings: Mapping[str, Mapping[str, Any]],
    config: DictConfig,
    data: PeakDataModule,
    device: torch.device,
) -> Trial:
    begin = time.monotonic()
    seed = int(np.random.default_rng([config.seed, _TRAIN, number]).integers(2**31))
    chosen = with_settings(config, Trial(number, seed, settings, [], 0.0))
    torch.manual_seed(seed)
    network = make_network(plain(chosen.model)).to(device)
    optimizer, schedule = make(chosen.optimizer).build(network, calibration.sample_steps)
    aurocs: list[float | None] = []
    epochs = (Batches(*data.epoch(epoch), data.batch_size) for epoch in itertools.count())
    batches = itertools.islice(itertools.chain.from_iterable(epochs), calibration.sample_steps)
    for step, (codes, labels) in enumerate(batches, 1):
        loss = F.binary_cross_entropy_with_logits(network(one_hot(codes.to(device))), labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step * calibration.checks // calibration.sample_steps > len(aurocs):
            aurocs.append(_auroc(data.validation_labels, predict_logits(network, data.validation_codes)))
            if aurocs[-1] is None:
                break
    return Trial(number, seed, settings, aurocs, round(time.monotonic() - begin, 1))


def _auroc(labels: NDArray[np.uint8], logits: NDArray[np.float32]) -> float | None:
    return float(roc_auc_score(labels, logits)) if np.isfinite(logits).all() else None


def _check_source(name: str, source: Any) -> None:
    if not isinstance(source, Sequence) or isinstance(source, str) or len(source) < 2:
        raise DemoError(f"{name} is {source!r}.", exists="[log, low, high], [sqrt, low, high], [choice, a, b, ...]")
    kind = choice(name, source[0], ("log", "sqrt", "choice"))
    if kind == "choice":
        return
    if len(source) != 3:
        raise DemoError(f"{name} is {source!r}.", exists=f"[{kind}, low, high]")
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

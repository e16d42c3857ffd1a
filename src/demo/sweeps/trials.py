"""A hyperparameter search by Optuna (``hydra/sweeper=optuna``): what it searches, its trials, and their table."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, RangeSweep
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from demo.sweeps.settings import TrialSettings
from demo.utils.errors import DemoError
from demo.utils.files import atomic_write, locked

TABLE = "search.csv"
_ERROR, _RUN = "error", "run"
_ENDED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class Space:
    """What is searched, and what is not.

    Attributes:
        distributions: setting to its values.
        fixed: the rest of the command line.
    """

    distributions: Mapping[str, BaseDistribution]
    fixed: tuple[str, ...]

    @classmethod
    def of(cls, params: Mapping[str, str], arguments: Sequence[str]) -> Space:
        """From the settings of the search and the command line, whose values replace those of the settings.

        Raises:
            DemoError: a setting has no values to choose from, or nothing is left to search.
        """
        parser = OverridesParser.create()
        given = parser.parse_overrides(list(arguments))
        names = {override.key_or_group for override in given}
        defaults = parser.parse_overrides([f"{name}={values}" for name, values in params.items() if name not in names])
        for override in defaults:
            if not override.is_sweep_override():
                name = override.key_or_group
                raise DemoError(
                    f"hydra.sweeper.params of {name} is {params[name]!r}, which is a single value.",
                    fix=f"choice(a, b) or interval(0, 1); or {name}=... on the command line",
                )
        searched = [o for o in (*defaults, *given) if o.is_sweep_override() and o.key_or_group != "tf"]
        if not searched:
            raise DemoError("Every setting has a single value: there is nothing to search.", fix="model.dropout=0,0.5")
        fixed = tuple(str(o.input_line) for o in given if not o.is_sweep_override() or o.key_or_group == "tf")
        return cls({o.get_key_element(): _distribution(o) for o in searched}, fixed)

    @property
    def title(self) -> str:
        """The names of the searched settings."""
        return ", ".join(self.distributions)


@dataclass(frozen=True)
class Trial:
    """Hyperparameters to try.

    Attributes:
        number: from 0.
        overrides: of the command line.
        pruning: settings of the callback ``demo.training.pruning.Pruning``; ``None`` if trials are not pruned.
    """

    number: int
    overrides: tuple[str, ...]
    pruning: Mapping[str, Any] | None


class Trials:
    """The trials of one data set; an interrupted search continues with those it has.

    Args:
        folder: of Optuna's journal, which all searches share, and the table.
        dataset: name of the data set.
        model: name of the model without what is searched.
        space: what is searched.
        settings: how.
        seed: of the sampler.

    Raises:
        DemoError: another process is working on this search.
    """

    def __init__(
        self, folder: Path, dataset: str, model: str, space: Space, settings: TrialSettings, seed: int
    ) -> None:
        self.settings = settings
        self.table = folder / TABLE
        self._space = space
        self._journal = folder / "optuna.log"
        self._asked: dict[int, optuna.Trial] = {}
        # Another space, or another model, is another search.
        what = json.dumps([model, {name: repr(values) for name, values in space.distributions.items()}])
        digest = hashlib.sha256(what.encode()).hexdigest()[:8]
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = ExitStack()
        if not self._lock.enter_context(locked(folder / f".{dataset}-{digest}.lock", wait=False)):
            raise DemoError("Another process is working on this search.", where=str(folder), fix="wait for it")
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        startup = settings.startup_trials
        self._study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(self._journal))),
            study_name=f"{dataset} {digest}",
            pruner=optuna.pruners.MedianPruner(startup, settings.warmup_epochs)
            if settings.pruner == "median"
            else optuna.pruners.NopPruner(),
            direction="maximize",
            load_if_exists=True,
        )
        # A continued search would otherwise draw its first samples again.
        seed = int(np.random.default_rng([seed, len(self._study.get_trials(deepcopy=False))]).integers(2**31))
        self._study.sampler = (
            optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup, constant_liar=settings.n_jobs > 1)
            if settings.sampler == "tpe"
            else optuna.samplers.RandomSampler(seed)
        )
        for interrupted in self._study.get_trials(states=[TrialState.RUNNING]):
            self._study.tell(interrupted.number, state=TrialState.FAIL)
            self._study.enqueue_trial(interrupted.params)

    def close(self) -> None:
        """Let other processes have the search."""
        self._lock.close()

    def ask(self, count: int) -> list[Trial]:
        """The next trials, up to ``count``; none if the search is complete."""
        left = self.settings.n_trials - len(self.ended)
        asked = [self._study.ask(dict(self._space.distributions)) for _ in range(min(count, left))]
        self._asked |= {trial.number: trial for trial in asked}
        return [self._trial(trial.number, trial.params) for trial in asked]

    def begin(self, number: int, run: Path) -> None:
        """A trial is trained in this run directory."""
        self._asked[number].set_user_attr(_RUN, str(run))

    def tell(self, number: int, auroc: float | None, error: str | None = None) -> None:
        """A trial has ended, and the table is written.

        Args:
            number: of the trial.
            auroc: of validation, 0-1; ``None`` if it was pruned or failed.
            error: why it failed, if it did.
        """
        if error is not None:
            self._asked[number].set_user_attr(_ERROR, error.splitlines()[0])
            self._study.tell(number, state=TrialState.FAIL)
        else:
            self._study.tell(number, auroc, state=TrialState.COMPLETE if auroc is not None else TrialState.PRUNED)
        self._write_table()

    @property
    def ended(self) -> list[FrozenTrial]:
        """Trials with an outcome, unlike those that were interrupted."""
        return [t for t in self._study.get_trials(deepcopy=False) if t.state in _ENDED or _ERROR in t.user_attrs]

    def finished(self) -> list[Trial]:
        """Trials with a validation AUROC."""
        trials = self._study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        return [self._trial(trial.number, trial.params) for trial in trials]

    def summary(self) -> str:
        """The best trial, how many there were, and where their table is.

        Raises:
            DemoError: no trial was finished.
        """
        ended = self.ended
        counts = {state: sum(t.state == state for t in ended) for state in (TrialState.PRUNED, TrialState.FAIL)}
        others = f"{counts[TrialState.PRUNED]} pruned, {counts[TrialState.FAIL]} failed"
        if not self.finished():
            reasons = {str(t.user_attrs[_ERROR]) for t in ended if _ERROR in t.user_attrs}
            raise DemoError(f"None of {len(ended)} trials was finished: {others}.", exists=sorted(reasons) or None)
        best = self._study.best_trial
        return (
            f"Best of {len(ended)} trials ({others}): validation AUROC {best.value:.4f} with "
            f"{' '.join(self._trial(best.number, best.params).overrides)}\n  {best.user_attrs.get(_RUN)}\n"
            f"  {self.table}"
        )

    def _trial(self, number: int, params: Mapping[str, Any]) -> Trial:
        pruning = {
            "_target_": "demo.training.pruning.Pruning",
            "journal": str(self._journal.resolve()),
            "study": self._study.study_name,
            "trial": number,
        }
        overrides = tuple(f"{name}={_text(params[name])}" for name in self._space.distributions)
        return Trial(number, overrides, None if self.settings.pruner == "none" else pruning)

    def _write_table(self) -> None:
        """All trials of all searches in this folder: one row each, in order."""
        storage = self._study._storage
        rows: list[dict[str, Any]] = []
        for study in storage.get_all_studies():
            for trial in storage.get_all_trials(study._study_id, deepcopy=False):
                rows.append(
                    {
                        "dataset": study.study_name.rpartition(" ")[0],
                        "search": study.study_name.rpartition(" ")[2],
                        "trial": trial.number,
                        "state": trial.state.name.lower(),
                        "validation_auroc": trial.value if trial.state == TrialState.COMPLETE else None,
                        "epochs_reported": len(trial.intermediate_values),
                        _ERROR: trial.user_attrs.get(_ERROR),
                        **{name: _text(value) for name, value in trial.params.items()},
                        _RUN: trial.user_attrs.get(_RUN),
                    }
                )
        names = list(dict.fromkeys(name for row in rows for name in row if name != _RUN))
        with atomic_write(self.table) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, [*names, _RUN])
            table.writeheader()
            table.writerows(rows)


def _distribution(override: Override) -> BaseDistribution:
    """Optuna's distribution for values in Hydra's grammar."""
    value: Any = override.value()
    log, whole_numbers = "log" in getattr(value, "tags", ()), "int" in getattr(value, "tags", ())
    try:
        if override.is_interval_sweep():
            if whole_numbers:
                return IntDistribution(int(value.start), int(value.end), log=log)
            return FloatDistribution(float(value.start), float(value.end), log=log)
        if isinstance(value, RangeSweep) and isinstance(value.range(), range):
            steps: Any = value.range()
            return IntDistribution(steps[0], steps[-1], step=steps.step)
        return CategoricalDistribution(list(override.sweep_string_iterator()))
    except ValueError as error:
        raise DemoError(f"{override.input_line} is not a range to search: {error}") from error


def _text(value: Any) -> str:
    """A value as the command line gives it: of floats, four digits, which name the run directory."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)

"""``deep-motif train -m hydra/sweeper=optuna``: a hyperparameter search whose trials are runs of train.py."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig

from demo.runs.settings import MotifSettings
from demo.sweeps.search import trials_of
from demo.sweeps.settings import TrialSettings
from demo.sweeps.trials import Space, Trial, Trials
from demo.training.setup import check_settings
from demo.utils.config import check_given, override_value, plain
from demo.utils.environment import typed
from demo.utils.errors import DemoError, PrunedError
from demo.utils.settings import build

_log = logging.getLogger(__name__)


class Sweeper(Protocol):
    """Composes and runs jobs; see ``hydra_plugins.deep_motif.OptunaSearch``."""

    def compose(self, overrides: Sequence[str]) -> dict[str, Any]: ...

    def launch_together(self, jobs: Sequence[Sequence[str]]) -> Sequence[JobReturn]: ...


def search_command(config: DictConfig, arguments: Sequence[str], settings: TrialSettings, sweeper: Sweeper) -> None:
    """Run the trials that are left, and name the best by validation AUROC.

    Args:
        config: ``conf/train.yaml`` with the command's overrides, except those that are searched.
        arguments: the command line.
        settings: of the search.
        sweeper: runs the jobs.

    Raises:
        DemoError: the command line is unusable, or no trial was finished; a failing trial raises nothing.
    """
    check_given(config, {"tf": "tf=CTCF, for instance; 'tf=?' lists what there is"})
    search = trials_of(plain(config) | {"search_steps": None}, arguments, settings, sweeper.compose)
    if len(search.datasets) != 1:
        raise DemoError(
            "tf has several values, and a search is of one data set.",
            fix=f"{typed('sweep')} hydra/sweeper=optuna tf=..., which searches for each",
        )
    motif = build(MotifSettings, plain(config)["motif"], "motif")
    check_settings(replace(search.models[0].settings, motif=motif))
    fixed = Space.of(settings.params, arguments).fixed
    assert search.trials is not None and search.model_of is not None
    (found,) = search.datasets.values()
    runs = Path(config.paths.runs) / found.dataset.name
    trials = search.trials(found.dataset)
    _log.info("%s: %d trials of %s.", found.dataset.name, settings.n_trials, search.title)
    try:
        while asked := trials.ask(settings.n_jobs):
            jobs = []
            for trial in asked:
                trials.begin(trial.number, runs / search.model_of(trial.overrides).name)
                pruning = [] if trial.pruning is None else [_callback(trial.pruning)]
                jobs.append([*fixed, *trial.overrides, *pruning])
            for trial, returned in zip(asked, sweeper.launch_together(jobs), strict=True):
                _tell(trials, trial, returned)
        _log.info("\n%s", trials.summary())
    finally:
        trials.close()


def _tell(trials: Trials, trial: Trial, returned: JobReturn) -> None:
    """Tell the search what came of a trial."""
    outcome: Any = returned._return_value
    if returned.status == JobStatus.COMPLETED:
        trials.tell(trial.number, outcome)
    elif isinstance(outcome, PrunedError):
        _log.info("Trial %d: %s", trial.number, outcome)
        trials.tell(trial.number, None)
    else:
        error = str(outcome) if isinstance(outcome, DemoError) else f"{type(outcome).__name__}: {outcome}"
        _log.warning("Trial %d failed: %s", trial.number, error)
        trials.tell(trial.number, None, error)


def _callback(pruning: Mapping[str, Any]) -> str:
    """The override that adds a trial's callback to its run."""
    items = (f"{name}:{override_value(name, value)}" for name, value in pruning.items())
    return f"+callbacks.pruning={{{','.join(items)}}}"

"""``deep-motif sweep``: train every model of a search on every data set, select and report the best of each."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import islice
from typing import Any, Protocol

from hydra.core.utils import JobReturn
from omegaconf import DictConfig

from demo.data.catalogue import listing
from demo.data.sources import data_folder
from demo.plotting.logo import PALETTES
from demo.study.study import Study
from demo.sweeps.launching import jobs_at_once, launcher_name
from demo.sweeps.search import search_of, trials_of
from demo.sweeps.settings import SweepSettings, TrialSettings
from demo.sweeps.sweep import Sweep
from demo.utils.checks import choice
from demo.utils.config import plain
from demo.utils.errors import counted

_REASONS = 10
"""Number of failed runs explained in the last line."""

_log = logging.getLogger(__name__)


class Launcher(Protocol):
    """Composes and runs jobs; see ``hydra_plugins.deep_motif.ModelSearch``."""

    params: dict[str, str]
    trials: TrialSettings | None

    def compose(self, overrides: Sequence[str]) -> dict[str, Any]: ...

    def launch(self, overrides: Sequence[str]) -> JobReturn: ...


class RunsFailed(SystemExit):
    """Some runs of a sweep failed; nothing else did. Exit code 1.

    Args:
        study: of the others.
    """

    def __init__(self, study: Study) -> None:
        super().__init__(1)
        self.study = study


def sweep_command(config: DictConfig, arguments: Sequence[str], launcher: Launcher) -> Study | None:
    """Search, select, extract the motifs of the selected models, train ensembles, report.

    Args:
        config: ``conf/sweep.yaml`` with the command's overrides, except those that are swept.
        arguments: the command line.
        launcher: runs the jobs.

    Returns:
        The study; ``None`` if the command only asked for a list of the data sets.

    Raises:
        DemoError: the command line is unusable.
        RunsFailed: at the end.
    """
    if config.tf == "?":
        print(listing(data_folder(config.data.dir)))
        return None
    values = plain(config)
    settings = SweepSettings.of(values)
    choice("colours", settings.colours, list(PALETTES))
    search = (
        search_of(values, arguments, launcher.params, launcher.compose)
        if launcher.trials is None
        else trials_of(values, arguments, launcher.trials, launcher.compose)
    )
    # Without a launcher each training draws its own bar in this terminal.
    bar = launcher_name(config) != "basic"
    sweep = Sweep(settings, search, launcher.launch, jobs_at_once(config), bar)
    _log.info(
        "%s: %s on %s, %s%s.",
        search.title, counted(search.candidates, "model"), counted(len(search.datasets), "data set"),
        counted(search.candidates * len(search.datasets), "run"),
        f", {sweep.at_once} at once" if sweep.at_once > 1 else "",
    )  # fmt: skip

    sweep.run()
    study = sweep.report()
    for summary in sweep.plan.summaries:
        _log.info("%s\n", summary)
    failed = sweep.plan.failed
    done = f"{len(sweep.plan.errors) - len(failed)} done"
    if not failed:
        _log.info("%s.", done)
        return study
    reasons = "; ".join(f"{name}: {error.splitlines()[0]}" for name, error in islice(failed.items(), _REASONS))
    if len(failed) > _REASONS:
        reasons += f"; and {len(failed) - _REASONS} more, in {settings.folder}"
    _log.error("%s, %d failed: %s", done, len(failed), reasons)
    raise RunsFailed(study)

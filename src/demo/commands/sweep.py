"""``deep-motif sweep``: train every model of a search on every data set, select and report the best of each."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hydra.core.utils import JobReturn
from omegaconf import DictConfig

from demo.data.catalogue import listing
from demo.data.sources import data_folder
from demo.sweeps.launching import jobs_at_once, launcher_name
from demo.sweeps.search import search_of
from demo.sweeps.settings import SweepSettings
from demo.sweeps.sweep import Sweep
from demo.utils.checks import choice
from demo.utils.config import composed, plain

if TYPE_CHECKING:
    from demo.study import Study

_REASONS = 10
"""Number of failed runs explained in the last line."""

_log = logging.getLogger(__name__)


class Launcher(Protocol):
    """Composes and runs jobs; see ``hydra_plugins.deep_motif.ModelSearch``."""

    params: dict[str, str]

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
    from demo.plotting.logo import PALETTES

    if config.tf == "?":
        print(listing(data_folder(config.data.dir)))
        return None
    values = plain(config)
    settings = SweepSettings.of(values)
    choice("colours", settings.colours, list(PALETTES))
    search = search_of(values, arguments, launcher.params, launcher.compose)
    # Without a launcher each training draws its own bar in this terminal.
    bar = launcher_name(config) != "basic"
    sweep = Sweep(settings, search, launcher.launch, jobs_at_once(config), bar)
    _log.info(
        "%s: %d models on %d data sets, %d runs%s.",
        search.title, len(search.models), len(search.datasets), len(search.models) * len(search.datasets),
        f", {sweep.at_once} at once" if sweep.at_once > 1 else "",
    )  # fmt: skip

    sweep.run()
    return _report(sweep)


def _report(sweep: Sweep) -> Study:
    """Report the table, files, pages, W&B and number of failures.

    Raises:
        RunsFailed: if there were any.
    """
    from demo.study import log_study, summary_text, terminal_table

    settings, plan = sweep.settings, sweep.plan
    study, written = sweep.study()
    if settings.report:
        written.append(_pages(settings, study))
    if sweep.board:
        sweep.board.close()
    if settings.logger.wandb:
        log_study(study, settings.folder, settings.logger.project, sweep.group)
    _log.info("\n%s\n\n%s\n\n%s\n", terminal_table(study), summary_text(study), "\n".join(map(str, written)))
    failed = plan.failed
    done = f"{len(plan.errors) - len(failed)} done"
    if not failed:
        _log.info("%s.", done)
        return study
    reasons = "; ".join(f"{name}: {error.splitlines()[0]}" for name, error in islice(failed.items(), _REASONS))
    if len(failed) > _REASONS:
        reasons += f"; and {len(failed) - _REASONS} more, in {settings.folder}"
    _log.error("%s, %d failed: %s", done, len(failed), reasons)
    raise RunsFailed(study)


def _pages(settings: SweepSettings, study: Study) -> Path:
    """``index.html``; an up-to-date report is not written again."""
    from demo.report.made_of import is_current, made_of

    folder = settings.folder / "report"
    if is_current(folder, made_of(study, settings.colours, settings.data)):
        return folder / "index.html"
    from demo.report.write import write_report

    return write_report(
        study, folder, colours=settings.colours, data=settings.data, defaults=partial(composed, "train")
    )

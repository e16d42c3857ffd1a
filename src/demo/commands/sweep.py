"""Train every model of a search on every data set, select one for each by validation AUROC, and report these:
what ``python sweep.py`` does."""

import logging
import sys
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from demo.data.catalogue import listing
from demo.data.sources import data_folder
from demo.sweep.launching import jobs_at_once
from demo.sweep.search import search_of
from demo.sweep.sweep import Launcher, Sweep
from demo.utils.checks import choice, flag, whole
from demo.utils.config import composed

if TYPE_CHECKING:
    from demo.study import Study

_REASONS = 10
"""Of runs that failed, in the last line."""

_log = logging.getLogger(__name__)


def sweep_command(config: DictConfig, arguments: Sequence[str], launcher: Launcher) -> None:
    """``python sweep.py``: search, select, extract the motifs of the selected models, train ensembles, report.

    Args:
        config: ``conf/sweep.yaml`` with the command's overrides but those that are swept.
        arguments: the command line.
        launcher: runs the jobs.

    Raises:
        DemoError: the command line is not usable; a failing run raises nothing.
        SystemExit: 1, at the end, where runs failed.
    """
    from demo.plotting.logo import PALETTES

    if config.tf == "?":
        print(listing(data_folder(config.data.dir)))
        return
    flag("force", config.force)
    flag("logger.wandb", config.logger.wandb)
    flag("report", config.report)
    choice("colours", config.colours, list(PALETTES))
    ensemble = whole("ensemble", config.ensemble, 1, 1000)
    search = search_of(config, arguments, launcher.params, launcher.compose)
    sweep = Sweep(config, search, launcher, jobs_at_once(config), ensemble)
    _log.info(
        "%s: %d models on %d data sets, %d runs%s.",
        search.title, len(search.models), len(search.datasets), len(search.models) * len(search.datasets),
        f", {sweep.at_once} at once" if sweep.at_once > 1 else "",
    )  # fmt: skip

    sweep.run()
    _report(sweep)


def _report(sweep: Sweep) -> None:
    """The table, the files, the pages, W&B, and how many failed; ends with exit code 1 where some did."""
    from demo.study import log_study, summary_text, terminal_table

    study, written = sweep.study()
    if sweep.config.report:
        written.append(_pages(sweep, study))
    if sweep.board:
        sweep.board.close()
    if sweep.config.logger.wandb:
        log_study(study, sweep.folder, sweep.config.logger.project, sweep.group)
    _log.info("\n%s\n\n%s\n\n%s\n", terminal_table(study), summary_text(study), "\n".join(map(str, written)))
    done = f"{len(sweep.errors) - len(sweep.failed)} done"
    if not sweep.failed:
        _log.info("%s.", done)
        return
    reasons = "; ".join(f"{name}: {error.splitlines()[0]}" for name, error in islice(sweep.failed.items(), _REASONS))
    if len(sweep.failed) > _REASONS:
        reasons += f"; and {len(sweep.failed) - _REASONS} more, in {sweep.folder}"
    _log.error("%s, %d failed: %s", done, len(sweep.failed), reasons)
    sys.exit(1)


def _pages(sweep: Sweep, study: "Study") -> Path:
    """``index.html``; where a report of the same is there, that one."""
    from demo.report.made_of import is_current, made_of

    folder, colours, data = sweep.folder / "report", sweep.config.colours, data_folder(sweep.config.data.dir)
    if is_current(folder, made_of(study, colours, data)):
        return folder / "index.html"
    from demo.report.write import write_report

    return write_report(study, folder, colours=colours, data=data, defaults=partial(composed, "train"))

"""Train, test and extract motifs of one classifier, resume an interrupted run, or show a finished one."""

from __future__ import annotations

import logging

from demo.runs.result import RunResult
from demo.runs.summary import summary
from demo.training.resolve import TrainingRun
from demo.utils.files import others_write_to

_log = logging.getLogger(__name__)


def train(run: TrainingRun) -> RunResult | None:
    """Train one classifier or resume its training; a finished run just returns its result.

    Args:
        run: the run.

    Returns:
        ``None`` if it was only tried out, by ``trainer.fast_dev_run``.

    Raises:
        DemoError: the settings, the data or the run directory are unusable.
    """
    folder, motif = run.folder, run.settings.motif.plain()
    tries_out = run.settings.trainer.fast_dev_run
    if not run.force and not tries_out:
        folder.check_settings(run.settings.deciding, run.data_sums)
        if finished := folder.finished_result(motif):
            _log.info("This run is finished; force=true starts over.\n%s", summary(finished, folder))
            return finished

    # Imported here, so that bad input and finished runs are answered without waiting for Lightning.
    from demo.training.fit import fit_and_test
    from demo.training.setup import set_up
    from demo.training.trainer import try_out

    setup = set_up(run)
    if tries_out:
        try_out(setup)
        return None
    with folder.claim():
        if run.force:
            folder.clear()
        elif finished := folder.finished_result(motif):
            # Another process was faster.
            return finished
        _log.info("%s: %s", "Resuming" if folder.is_begun else "New run", folder.path)
        folder.write_config(run.settings, run.dataset.name, run.data_sums)
        with folder.records_failure(), others_write_to(folder.path):
            result = fit_and_test(setup, folder)
    _log.info(summary(result, folder))
    return result

"""Train, test and explain one classifier, or go on with it, or show what it gave: what ``python train.py`` does."""

import logging
import traceback
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from demo.data.catalogue import DataSet
from demo.data.sources import data_folder, find_data
from demo.runs.directory import RunDirectory, run_name, training_settings
from demo.runs.summary import summary
from demo.utils.checks import flag
from demo.utils.config import plain
from demo.utils.errors import DemoError
from demo.utils.files import checksums, others_write_to

_log = logging.getLogger(__name__)


def train(config: DictConfig, defaults: DictConfig) -> dict[str, Any]:
    """Train one classifier as configured, or go on with it, or show what it gave.

    Args:
        config: ``conf/train.yaml`` with the command's overrides.
        defaults: the same model without overrides; the run directory is named by the difference.

    Returns:
        The content of ``result.json``.

    Raises:
        DemoError: the configuration or the data are not usable, or the run directory is not.
    """
    dataset, data_source, run = run_of(config, defaults)
    assert dataset.train_path and dataset.test_path
    hashes = checksums(dataset.train_path, dataset.test_path)
    settings = training_settings(config)

    motif = plain(config.motif)
    if not flag("force", config.force):
        run.check_settings(settings, hashes)
        finished = run.finished_result(motif)
        if finished:
            _log.info("This run is finished; force=true starts over.\n%s", summary(finished, run))
            return finished

    # Here, not above: bad input and finished runs are answered without waiting for Lightning.
    from demo.training.fit import fit_and_test
    from demo.training.setup import prepare

    job = prepare(config, dataset, data_source)
    with run.claim():
        if config.force:
            run.clear()
        elif finished := run.finished_result(motif):
            # Another process was faster.
            return finished
        _log.info("%s: %s", "Going on with" if run.is_begun else "New run", run.path)
        run.write_config(config, hashes)
        try:
            with others_write_to(run.path):
                result = fit_and_test(job, run)
        except DemoError as error:
            run.fail(str(error))
            raise
        except Exception as error:
            run.fail(f"{type(error).__name__}: {error}", traceback.format_exc())
            raise
    _log.info(summary(result, run))
    return result


def run_of(config: DictConfig, defaults: DictConfig) -> tuple[DataSet, str, RunDirectory]:
    """The data set that a configuration names, where it comes from, and the run directory.

    Args:
        config, defaults: as for ``train``.

    Raises:
        DemoError: there is no such data set.
    """
    dataset, data_source = find_data(
        str(config.tf),
        cell=config.cell,
        lab=config.lab,
        source=config.data.source,
        folder=data_folder(config.data.dir),
        simulated_folder=Path(config.paths.runs) / "simulated",
    )
    name = run_name(training_settings(config), training_settings(defaults))
    return dataset, data_source, RunDirectory(Path(config.paths.runs) / dataset.name / name)

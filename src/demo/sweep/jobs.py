"""One run of a sweep: its command line, whether it has a result, and what a worker does with it."""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from omegaconf import DictConfig, OmegaConf

from demo.catalogue import DataSet
from demo.configuration import default_config, quoted
from demo.errors import DemoError
from demo.files import checksums
from demo.run_directory import ClaimedError, RunDirectory
from demo.sweep.search import Model


@dataclass(frozen=True)
class Job:
    """One run of a sweep.

    Attributes:
        name: ``<data set>/<model>/seed<k>``, its directory within ``paths.runs``.
        tf: the data set on the command line.
        dataset: the data set.
        model: what is trained on it.
        run: its directory.
        motif: settings of the motif that it is to have.
        more: further overrides.
        force: whether it is run where it has a result, too.
    """

    name: str
    tf: str
    dataset: DataSet
    model: Model
    run: RunDirectory
    motif: Mapping[str, Any]
    more: tuple[str, ...]
    force: bool = False

    @property
    def overrides(self) -> list[str]:
        """Its command line."""
        return [f"tf={quoted(self.tf)}", *self.model.overrides, *self.more]

    @property
    def extracts_motif(self) -> bool:
        """Whether it is there for the motif: the training has been another job."""
        return self.motif["extraction"] is not None

    def result(self) -> dict[str, Any] | None:
        """``result.json`` where nothing is left to be done, else ``None``.

        Raises:
            DemoError: it cannot be read.
        """
        return self.run.finished_result(self.motif)

    def check(self) -> None:
        """See that what is in its directory is of the same settings and data.

        Raises:
            DemoError: it is not.
        """
        self.run.check_settings(self.model.settings, _checksums(self.dataset))


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        error: why it failed; ``None`` where it did not.
        claimed: it was not begun, since another process is at it.
    """

    error: str | None
    claimed: bool = False


def sweep_job(config: DictConfig) -> dict[str, Any]:
    """One run of a sweep, in the process of the launcher.

    Args:
        config: ``conf/sweep.yaml`` with the overrides of the job.

    Returns:
        The arguments of an ``Outcome``.
    """
    from demo.training import train

    # The sweep has said once what tf= is, and shows at its end what train would show after each run.
    for name in ("demo.sources", "demo.training"):
        logging.getLogger(name).setLevel(logging.ERROR)
    defaults = default_config(config.model._target_)
    # Without what train.py does not know, so that its command finds these runs.
    of_train = OmegaConf.masked_copy(config, [str(name) for name in defaults])
    try:
        train(of_train, defaults)
    except DemoError as error:
        return {"error": str(error), "claimed": isinstance(error, ClaimedError)}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
    return {"error": None}


@cache
def _checksums(dataset: DataSet) -> dict[str, str]:
    """Of its files; read once, not once for each model."""
    assert dataset.train_path and dataset.test_path
    return checksums(dataset.train_path, dataset.test_path)

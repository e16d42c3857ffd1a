"""One job of a sweep: its command line, whether it has a result, and what a worker does with it."""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from demo.data.catalogue import DataSet
from demo.data.sources import data_folder
from demo.runs.directory import ClaimedError, RunDirectory
from demo.runs.seeds_together import made_together
from demo.sweep.search import Model
from demo.utils.config import default_config, quoted
from demo.utils.errors import DemoError
from demo.utils.files import checksums, others_write_to


@dataclass(frozen=True)
class Job:
    """One run of a sweep, or the motifs of several seeds of a model together.

    Attributes:
        name: ``<data set>/<model>/seed<k>``, its directory within ``paths.runs``; of several seeds ``.../seed0-4``.
        tf: the data set on the command line.
        dataset: the data set.
        model: what is trained on it.
        run: its directory; of several seeds the one that theirs are in.
        motif: settings of the motif that it is to have.
        more: further overrides.
        force: whether it is run where it has a result, too.
        seeds: the run directories of which it makes the motifs together; empty for a run.
    """

    name: str
    tf: str
    dataset: DataSet
    model: Model
    run: RunDirectory
    motif: Mapping[str, Any]
    more: tuple[str, ...]
    force: bool = False
    seeds: tuple[Path, ...] = ()

    @property
    def overrides(self) -> list[str]:
        """Its command line."""
        return [f"tf={quoted(self.tf)}", *self.model.overrides, *self.more]

    @property
    def extracts_motif(self) -> bool:
        """Whether it is there for the motif: the training has been another job."""
        return self.motif["extraction"] is not None

    def result(self) -> dict[str, Any] | None:
        """What came out where nothing is left to be done, else ``None``: of a run, ``result.json``.

        Raises:
            OSError: it cannot be opened.
        """
        if self.seeds:
            try:
                return made_together(self.seeds, self.motif)
            except DemoError:
                # Damaged, as a result that is damaged: they are made again.
                return None
        return self.run.finished_result(self.motif)

    def check(self) -> None:
        """See that what is in its directory is of the same settings and data.

        Raises:
            DemoError: it is not.
        """
        if self.seeds:
            # They were jobs themselves.
            return
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
        config: ``conf/sweep.yaml`` with the overrides of the job; with ``ensemble`` above 1, the motifs of so many
            seeds are made together.

    Returns:
        The arguments of an ``Outcome``.
    """
    from demo.training.train import train

    # The sweep has said once what tf= is, and shows at its end what train would show after each run.
    for name in ("demo.data.sources", "demo.training.train"):
        logging.getLogger(name).setLevel(logging.ERROR)
    defaults = default_config(config.model._target_)
    # Without what train.py does not know, so that its command finds these runs.
    of_train = OmegaConf.masked_copy(config, [str(name) for name in defaults])
    try:
        if config.ensemble > 1:
            _motifs_together(of_train, defaults, config.ensemble)
        else:
            train(of_train, defaults)
    except (DemoError, OSError) as error:
        return {"error": str(error), "claimed": isinstance(error, ClaimedError)}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
    return {"error": None}


def _motifs_together(config: DictConfig, defaults: DictConfig, count: int) -> None:
    """The motifs of ``count`` seeds of a model, from the configured one on; all are trained."""
    import torch

    from demo.interpret.motifs_anew import motifs_of_seeds
    from demo.runs.finished import open_run
    from demo.training.train import run_of

    torch.set_num_threads(config.trainer.threads)
    model = run_of(config, defaults)[-1].path.parent
    with others_write_to(model):
        runs = [open_run(model / f"seed{config.seed + i}") for i in range(count)]
        motifs_of_seeds(runs, config.motif, data_folder(config.data.dir))


@cache
def _checksums(dataset: DataSet) -> dict[str, str]:
    """Of its files; read once, not once for each model."""
    assert dataset.train_path and dataset.test_path
    return checksums(dataset.train_path, dataset.test_path)

"""The jobs of a sweep: what each does, whether it has a result, and how it is sent to a worker."""

from __future__ import annotations

import base64
import json
import logging
import traceback
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from demo.data.catalogue import DataSet
from demo.runs.directory import ClaimedError, RunDirectory
from demo.runs.ensemble_motifs import made_together
from demo.runs.result import MotifResult, RunResult
from demo.runs.settings import MotifSettings
from demo.sweeps.search import Model, Search
from demo.sweeps.settings import SweepSettings
from demo.training.resolve import TrainingRun, import_plugins
from demo.training.train import train
from demo.utils.errors import DemoError, PrunedError
from demo.utils.files import others_write_to


@dataclass(frozen=True)
class TrainingJob:
    """Trains a model on a data set; with an extraction, only extracts motifs if the model has been trained.

    Attributes:
        tf: the data set, as on the command line.
        model: to be trained.
        run: its identity.
    """

    tf: str
    model: Model
    run: TrainingRun

    @property
    def name(self) -> str:
        """``<data set>/<model>/seed<k>``."""
        return f"{self.dataset.name}/{self.model.name}"

    @property
    def dataset(self) -> DataSet:
        """The data set."""
        return self.run.dataset

    @property
    def folder(self) -> RunDirectory:
        """The folder that it writes to."""
        return self.run.folder

    @property
    def force(self) -> bool:
        """Whether it is run even if it has a result."""
        return self.run.force

    @property
    def extracts_motif(self) -> bool:
        """Whether it only extracts motifs, after another job has trained."""
        return self.run.settings.motif.extraction is not None

    def result(self) -> RunResult | None:
        """Its result if nothing is left to do, otherwise ``None``.

        Raises:
            DemoError: it cannot be read.
        """
        return self.folder.finished_result(self.run.settings.motif.plain())

    def check(self) -> None:
        """Check that its directory holds a run with the same settings and data.

        Raises:
            DemoError: it does not.
        """
        self.folder.check_settings(self.run.settings.deciding, self.run.data_sums)

    def plain(self) -> dict[str, Any]:
        """What a worker needs, in JSON."""
        return {"kind": "training", "run": self.run.plain()}

    @staticmethod
    def work(plain: Mapping[str, Any]) -> None:
        """Do in a worker what ``plain`` says."""
        train(TrainingRun.of(plain["run"]))


@dataclass(frozen=True)
class SeedsMotifJob:
    """Extracts the joint motifs of several seeds of a model.

    Attributes:
        tf: the data set on the command line.
        dataset: the data set.
        model: the model with the first seed.
        seeds: the run directories.
        motif: settings of motif extraction.
        data: folder of the data sets, if any.
        threads: of torch.
    """

    tf: str
    dataset: DataSet
    model: Model
    seeds: tuple[Path, ...]
    motif: MotifSettings
    data: Path | None
    threads: int
    force = False
    extracts_motif = True

    @property
    def name(self) -> str:
        """``<data set>/<model>/seed0-4``."""
        return f"{self.dataset.name}/{self.model.name}-{self.model.seed + len(self.seeds) - 1}"

    @property
    def folder(self) -> RunDirectory:
        """The folder of the seeds."""
        return RunDirectory(self.seeds[0].parent)

    def result(self) -> MotifResult | None:
        """What came out where nothing is left to be done, else ``None``, also where it is damaged: it is made again."""
        try:
            return made_together(self.seeds, self.motif.plain())
        except DemoError:
            return None

    def check(self) -> None:
        """Nothing to check: the seeds were jobs themselves."""

    def plain(self) -> dict[str, Any]:
        """What a worker needs, in JSON."""
        return {
            "kind": "motifs",
            "seeds": [str(path) for path in self.seeds],
            "motif": self.motif.plain(),
            "data": None if self.data is None else str(self.data),
            "threads": self.threads,
            "own": list(self.model.own),
        }

    @staticmethod
    def work(plain: Mapping[str, Any]) -> None:
        """Do in a worker what ``plain`` says."""
        from demo.interpret.run_motifs import motifs_of_seeds
        from demo.runs.finished import open_run
        from demo.utils.hardware import use_threads

        use_threads(plain["threads"])
        seeds = [Path(path) for path in plain["seeds"]]
        with others_write_to(seeds[0].parent):
            runs = [open_run(path) for path in seeds]
            motifs_of_seeds(runs, MotifSettings(**plain["motif"]), plain["data"] and Path(plain["data"]))


Job = TrainingJob | SeedsMotifJob

_WORK = {"training": TrainingJob.work, "motifs": SeedsMotifJob.work}


@dataclass(frozen=True)
class Outcome:
    """The outcome of a job.

    Attributes:
        error: why it failed; ``None`` if it did not.
        claimed: it was not begun, because another process is working on it.
        pruned: a hyperparameter search has given it up.
    """

    error: str | None
    claimed: bool = False
    pruned: bool = False


@dataclass(frozen=True)
class Jobs:
    """Creates the jobs of a sweep.

    Attributes:
        search: the models and data sets.
        settings: of the sweep.
        group: of all runs in W&B.
    """

    search: Search
    settings: SweepSettings
    group: str

    def training(self, tf: str, model: Model) -> TrainingJob:
        """Training of a model on the data set ``tf``, without motifs."""
        return self._job(tf, model, MotifSettings(), self.settings.force)

    def motif(self, tf: str, model: Model) -> TrainingJob:
        """Motif extraction for a trained model; without force, which would retrain it."""
        return self._job(tf, model, self.settings.motif, force=False)

    def seeds_motif(self, tf: str, model: Model) -> SeedsMotifJob:
        """The joint motifs of all seeds of a model."""
        dataset, settings = self.search.datasets[tf].dataset, self.settings
        parent = (settings.runs.resolve() / dataset.name / model.name).parent
        seeds = tuple(parent / f"seed{model.seed + i}" for i in range(settings.ensemble))
        return SeedsMotifJob(tf, dataset, model, seeds, settings.motif, settings.data, settings.threads)

    def _job(self, tf: str, model: Model, motif: MotifSettings, force: bool) -> TrainingJob:
        found = self.search.datasets[tf]
        logger = replace(model.settings.logger, group=self.group)
        run = TrainingRun(
            found.dataset,
            found.source,
            replace(model.settings, motif=motif, logger=logger),
            # Workers may run elsewhere.
            self.settings.runs.resolve() / found.dataset.name / model.name,
            force,
            model.own,
        )
        return TrainingJob(tf, model, run)


def override_of(job: Job) -> str:
    """The override that carries a job through a launcher, in characters that Hydra and OmegaConf leave alone.

    The job is resolved: a worker neither composes a configuration nor looks for data.
    """
    content = zlib.compress(json.dumps(job.plain()).encode())
    return f'job="{base64.urlsafe_b64encode(content).decode()}"'


def do_job(text: str) -> dict[str, Any]:
    """Run one job of a sweep, in the launcher's process.

    Args:
        text: the value of ``override_of``.

    Returns:
        The arguments of an ``Outcome``.
    """
    # The sweep reports at its end what train would print after each run.
    logging.getLogger("demo.training.train").setLevel(logging.ERROR)
    try:
        plain = json.loads(zlib.decompress(base64.urlsafe_b64decode(text)))
        import_plugins(plain["own"] if "own" in plain else plain["run"]["own"])
        _WORK[plain["kind"]](plain)
    except PrunedError:
        return {"error": None, "pruned": True}
    except DemoError as error:
        return {"error": str(error), "claimed": isinstance(error, ClaimedError)}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
    return {"error": None}

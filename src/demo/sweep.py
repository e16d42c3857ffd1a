"""Train every model of a search on every data set, select one for each by validation AUROC, and report these:
what ``python sweep.py`` does."""

import logging
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from hydra.core.utils import JobReturn
from omegaconf import DictConfig, OmegaConf

from demo.catalogue import DataSet, listing
from demo.checks import choice, flag, whole
from demo.configuration import default_config
from demo.errors import DemoError
from demo.files import checksums, others_write_to
from demo.motifs.logo import PALETTES
from demo.report.write import write_report
from demo.run_directory import RunDirectory, run_name, training_settings
from demo.search import Model, Search, quoted, search_of
from demo.sources import data_folder
from demo.study import Study, log_study, study_of, summary_text, terminal_table, write_study

_log = logging.getLogger(__name__)


class Launcher(Protocol):
    """What runs the jobs; ``hydra_plugins.deep_motif.ModelSearch``."""

    params: dict[str, str]
    max_batch_size: int | None

    def compose(self, overrides: Sequence[str]) -> DictConfig: ...

    def launch(self, jobs: Sequence[Sequence[str]], first: int) -> Sequence[JobReturn]: ...


@dataclass(frozen=True)
class Job:
    """One run of a sweep.

    Attributes:
        name: ``<data set>/<model>/seed<k>``, its directory within ``paths.runs``.
        tf: the data set on the command line.
        dataset: the data set.
        model: what is trained on it.
        more: further overrides.
    """

    name: str
    tf: str
    dataset: DataSet
    model: Model
    more: tuple[str, ...]

    @property
    def overrides(self) -> list[str]:
        """Its command line."""
        return [f"tf={quoted(self.tf)}", *self.model.overrides, *self.more]


@dataclass
class Sweep:
    """A sweep under way.

    Attributes:
        config: the configuration without what is swept.
        search: what is searched.
        launcher: runs the jobs.
        ensemble: seeds of each selected model.
        errors: name of a run that was tried to the reason why it failed, ``None`` where it did not.
        launched: jobs given to the launcher.
    """

    config: DictConfig
    search: Search
    launcher: Launcher
    ensemble: int
    errors: dict[str, str | None] = field(default_factory=dict)
    launched: int = 0

    @property
    def runs(self) -> Path:
        """The folder of the runs."""
        return Path(self.config.paths.runs)

    @property
    def folder(self) -> Path:
        """The folder of the study."""
        return Path(self.config.study) if self.config.study else self.runs / "study"

    @property
    def group(self) -> str:
        """The W&B group of all runs."""
        return str(self.config.logger.group or f"sweep {self.search.title}")[:128]

    @property
    def failed(self) -> dict[str, str]:
        """Name of a run to the reason."""
        return {name: error for name, error in self.errors.items() if error is not None}

    def job(self, tf: str, model: Model, *more: str) -> Job:
        """A run of a model on the data set ``tf``."""
        dataset = self.search.datasets[tf]
        return Job(f"{dataset.name}/{model.name}", tf, dataset, model, (*more, f"logger.group={quoted(self.group)}"))

    def study(self) -> Study:
        """The study of what has finished by now, written down."""
        with others_write_to(self.runs):
            self.runs.mkdir(parents=True, exist_ok=True)
        study = study_of(
            self.runs,
            models=frozenset(model.name.rpartition("/")[0] for model in self.search.models),
            seed=min(model.seed for model in self.search.models),
            ensemble=self.ensemble if self.ensemble > 1 else None,
            failed=self.failed,
        )
        write_study(study, self.folder)
        return study

    def run(self, jobs: Sequence[Job]) -> None:
        """Run jobs, some at a time, and write the study anew after each time."""
        size = self.launcher.max_batch_size or max(len(jobs), 1)
        for start in range(0, len(jobs), size):
            batch = jobs[start : start + size]
            for number, job in enumerate(batch, start + 1):
                _log.info("[%d/%d] %s", number, len(jobs), job.name)
            returns = self.launcher.launch([job.overrides for job in batch], self.launched)
            self.launched += len(batch)
            for job, returned in zip(batch, returns, strict=True):
                self.errors[job.name] = _error(returned)
                if self.errors[job.name]:
                    _log.error("FAILED %s\n%s", job.name, self.errors[job.name])
            self.study()


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
    if config.tf == "?":
        print(listing(data_folder(config.data.dir)))
        return
    flag("force", config.force)
    flag("logger.wandb", config.logger.wandb)
    flag("report", config.report)
    choice("colours", config.colours, list(PALETTES))
    ensemble = whole("ensemble", config.ensemble, 1, 1000)
    search = search_of(config, arguments, launcher.params, launcher.compose)
    sweep = Sweep(config, search, launcher, ensemble)
    _log.info(
        "%s: %d models on %d data sets, %d runs.",
        search.title, len(search.models), len(search.datasets), len(search.models) * len(search.datasets),
    )  # fmt: skip

    _search(sweep)
    selected = list(_selected(sweep))
    _log.info("Motifs of the %d selected models", len(selected))
    # Not force, which would train them again.
    sweep.run([sweep.job(tf, model, *search.motif, "force=false") for tf, model in selected])
    if ensemble > 1:
        _log.info("Ensembles of %d seeds", ensemble)
        sweep.run(_unfinished(sweep, [sweep.job(tf, m, "motif=none") for tf, m in _more_seeds(sweep, selected)]))
    _report(sweep)


def sweep_job(config: DictConfig) -> dict[str, str | None]:
    """One run of a sweep, in the process of the launcher.

    Args:
        config: ``conf/sweep.yaml`` with the overrides of the job.

    Returns:
        ``{"error": reason}``; ``None`` is the reason of a run that finished.
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
        return {"error": str(error)}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
    return {"error": None}


def _search(sweep: Sweep) -> None:
    """Every model on every data set, one data set after the other."""
    search = sweep.search
    jobs = [sweep.job(tf, model, "motif=none") for tf in search.datasets for model in search.models]
    sweep.run(_unfinished(sweep, jobs))


def _unfinished(sweep: Sweep, jobs: Sequence[Job]) -> list[Job]:
    """The jobs that are to be run. Those with a result are seen to be of the same settings and data."""
    if sweep.config.force:
        return list(jobs)
    unfinished = []
    for job in jobs:
        run = RunDirectory(sweep.runs / job.name)
        try:
            finished = run.finished_result() is not None
            if finished:
                run.check_settings(job.model.settings, _hashes(job.dataset))
        except DemoError as error:
            sweep.errors[job.name] = str(error)
            _log.error("FAILED %s\n%s", job.name, error)
            continue
        if finished:
            sweep.errors[job.name] = None
        else:
            unfinished.append(job)
    if len(unfinished) < len(jobs):
        _log.info("%d of %d runs have a result already.", len(jobs) - len(unfinished), len(jobs))
    return unfinished


def _selected(sweep: Sweep) -> Iterator[tuple[str, Model]]:
    """The selected model of each data set that has one, as the study has it."""
    study = sweep.study()
    names = {row.run.name for row in (*study.real, *study.simulated)}
    for tf, dataset in sweep.search.datasets.items():
        yield from ((tf, model) for model in sweep.search.models if f"{dataset.name}/{model.name}" in names)


def _more_seeds(sweep: Sweep, selected: Sequence[tuple[str, Model]]) -> Iterator[tuple[str, Model]]:
    """The further seeds of the selected models."""
    for tf, model in selected:
        for seed in range(model.seed + 1, model.seed + sweep.ensemble):
            settings: dict[str, Any] = {**model.settings, "seed": seed}
            name = run_name(settings, training_settings(default_config(settings["model._target_"])))
            kept = tuple(o for o in model.overrides if not o.startswith("seed="))
            yield tf, replace(model, overrides=(*kept, f"seed={seed}"), settings=settings, name=name)


def _report(sweep: Sweep) -> None:
    """The table, the files, the pages, W&B, and how many failed; ends with exit code 1 where some did."""
    study = sweep.study()
    written = write_study(study, sweep.folder)
    if sweep.config.report:
        written.append(_pages(sweep, study))
    if sweep.config.logger.wandb:
        log_study(study, sweep.folder, sweep.config.logger.project, sweep.group)
    _log.info("\n%s\n\n%s\n\n%s\n", terminal_table(study), summary_text(study), "\n".join(map(str, written)))
    done = f"{len(sweep.errors) - len(sweep.failed)} done"
    if not sweep.failed:
        _log.info("%s.", done)
        return
    reasons = "; ".join(f"{name}: {error.splitlines()[0]}" for name, error in sweep.failed.items())
    _log.error("%s, %d failed: %s", done, len(sweep.failed), reasons)
    sys.exit(1)


def _pages(sweep: Sweep, study: Study) -> Path:
    data = data_folder(sweep.config.data.dir)
    return write_report(study, sweep.folder / "report", colours=sweep.config.colours, data=data)


def _error(returned: JobReturn) -> str | None:
    """Why a job failed; ``None`` where it did not."""
    try:
        error: str | None = returned.return_value["error"]
    except Exception as failure:
        return f"{type(failure).__name__}: {failure}"
    return error


def _hashes(dataset: DataSet) -> dict[str, str]:
    assert dataset.train_path and dataset.test_path
    return checksums(dataset.train_path, dataset.test_path)

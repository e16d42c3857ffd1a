"""The settings of a sweep and of a search by Optuna: resolved once, typed, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.data.sources import data_folder
from demo.runs.settings import FROM_RANDOM_WEIGHTS, LoggerSettings, MotifSettings
from demo.training.resolve import FINE_TUNING
from demo.utils.checks import choice, flag, whole
from demo.utils.errors import DemoError
from demo.utils.settings import build

SAMPLERS = ("tpe", "random")
PRUNERS = ("median", "none")


@dataclass(frozen=True)
class SweepSettings:
    """Settings of a sweep.

    Attributes:
        runs: folder of the runs.
        folder: of the study.
        data: folder of the data sets, absolute, if any.
        motif: of motif extraction for the selected models.
        logger: of all runs.
        threads: of torch, for each run.
        steps: of the selected models, if ``search_steps`` is given.
        search_steps: after which models are compared; ``None`` if there is only one training.
        ensemble: number of seeds of each selected model.
        force: whether runs with a result are run again.
        report: whether HTML pages are written.
        colours: of the nucleotides in these.
    """

    runs: Path
    folder: Path
    data: Path | None
    motif: MotifSettings
    logger: LoggerSettings
    threads: int
    steps: int | None
    search_steps: int | None
    ensemble: int
    force: bool
    report: bool
    colours: str

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> SweepSettings:
        """From ``conf/sweep.yaml`` with the command's overrides, as plain values.

        Raises:
            DemoError: a setting is out of range.
        """
        runs = Path(values["paths"]["runs"])
        data = data_folder(values["data"]["dir"])
        steps, search_steps = values["trainer"]["steps"], values["search_steps"]
        if search_steps is not None:
            if values["trainer"]["epochs"] is not None:
                raise DemoError(
                    "search_steps needs trainer.steps, not trainer.epochs.",
                    fix=f"search_steps={search_steps} trainer.steps=12000, or leave search_steps out",
                )
            if steps is None:
                steps = FINE_TUNING if values["pretrained"] else FROM_RANDOM_WEIGHTS
            whole("search_steps", search_steps, 1, whole("trainer.steps", steps, 2) - 1)
        return cls(
            runs=runs,
            folder=Path(values["study"]) if values["study"] else runs / "study",
            data=None if data is None else data.resolve(),
            motif=build(MotifSettings, values["motif"], "motif"),
            logger=build(LoggerSettings, values["logger"], "logger"),
            threads=whole("trainer.threads", values["trainer"]["threads"], 1, 1024),
            steps=steps,
            search_steps=search_steps,
            ensemble=whole("ensemble", values["ensemble"], 1, 1000),
            force=flag("force", values["force"]),
            report=flag("report", values["report"]),
            colours=str(values["colours"]),
        )


@dataclass(frozen=True)
class TrialSettings:
    """Settings of a search, ``hydra.sweeper``.

    Args:
        params: setting to values in Hydra's grammar: ``interval(0, 0.5)``, ``tag(log, interval(0.001, 0.1))``,
            ``tag(int, interval(1, 9))``, ``range(1, 9, 2)``, ``choice(64, 128)``.
        n_trials: of each data set, including those of an interrupted search.
        n_jobs: trials at once, for ``train.py -m``; a sweep runs ``jobs`` at once.
        sampler: ``tpe`` (Bergstra et al. 2011) or ``random``.
        pruner: ``median`` ends trials that are worse than the median of the others at the same epoch, or ``none``.
        startup_trials: that are sampled at random and not pruned.
        warmup_epochs: in which no trial is pruned.

    Raises:
        SettingError: a setting is out of range.
    """

    params: Mapping[str, str]
    n_trials: int
    n_jobs: int
    sampler: str
    pruner: str
    startup_trials: int
    warmup_epochs: int

    def __post_init__(self) -> None:
        whole("n_trials", self.n_trials, 1, 1_000_000)
        whole("n_jobs", self.n_jobs, 1, 10_000)
        choice("sampler", self.sampler, SAMPLERS)
        choice("pruner", self.pruner, PRUNERS)
        whole("startup_trials", self.startup_trials, 0)
        whole("warmup_epochs", self.warmup_epochs, 0)

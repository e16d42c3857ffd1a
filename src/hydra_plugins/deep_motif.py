"""The Hydra plugins of ``sweep.py`` and ``train.py -m``. Hydra finds sweepers and launchers in this namespace only."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from demo.sweeps.workers import HydraJob, LocalWorker, Workers

if TYPE_CHECKING:
    from demo.sweeps.settings import TrialSettings


class ModelSearch(Sweeper):
    """Selects a model for each data set, with any launcher; see ``demo.sweeps``.

    Args:
        params: setting to values, searched unless the command gives values: ``{"model.pool": "2,1"}``.
    """

    command = "sweep"

    def __init__(self, params: Mapping[str, str] | None = None, **others: Any) -> None:
        self.params = dict(params or {})
        self.trials: TrialSettings | None = None
        self.others = others
        self._numbers = count()

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from demo.commands.command_line import check_params, ready
        from demo.sweeps.launching import check_installed
        from demo.utils.errors import DemoError

        self.hydra_context: HydraContext = hydra_context
        self.config: DictConfig = config
        ready(config, self.command, config.hydra.runtime.choices)
        for name in () if self.trials else self.others:
            raise DemoError(f"There is no setting 'hydra.sweeper.{name}'.", exists=["hydra.sweeper.params"])
        check_params(self.params, config, self.command)
        check_installed(config)
        self.launcher: Launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        from demo.commands.sweep import sweep_command

        return sweep_command(self.config, arguments, self)

    def compose(self, overrides: Sequence[str]) -> dict[str, Any]:
        """The configuration of a run with these overrides, as plain values.

        Raises:
            DemoError: as ``demo.commands.command_line.ready``.
        """
        from demo.commands.command_line import ready
        from demo.utils.config import plain

        config = self.hydra_context.config_loader.load_sweep_config(self.config, list(overrides))
        ready(config, self.command, config.hydra.runtime.choices)
        return plain(config)

    def launch(self, overrides: Sequence[str]) -> JobReturn:
        """Run a job, given by its overrides. Thread-safe."""
        (returned,) = self.launcher.launch([overrides], initial_job_idx=next(self._numbers))
        return returned


class OptunaSearch(ModelSearch):
    """Searches hyperparameters for the highest validation AUROC, also for ``train.py -m``; see ``demo.sweeps.trials``.

    Not hydra-optuna-sweeper: its release 1.3 needs Optuna 2, its candidates 1.4 need Hydra 1.4, and neither prunes.

    Args:
        params: setting to values, searched unless the command gives others.
        others: the other arguments of ``TrialSettings``.
    """

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from demo.sweeps.launching import check_optuna
        from demo.sweeps.settings import TrialSettings
        from demo.utils.settings import build

        check_optuna()
        self.trials = build(TrialSettings, {"params": self.params, **self.others}, "hydra.sweeper")
        self.command = "sweep" if "job" in config else "train"
        super().setup(hydra_context=hydra_context, task_function=task_function, config=config)

    def sweep(self, arguments: list[str]) -> Any:
        if self.command == "sweep":
            return super().sweep(arguments)
        from demo.commands.search import search_command

        assert self.trials is not None
        return search_command(self.config, arguments, self.trials, self)

    def launch_together(self, jobs: Sequence[Sequence[str]]) -> Sequence[JobReturn]:
        """Run jobs, given by their overrides, at once if the launcher can."""
        first = next(self._numbers)
        for _ in jobs[1:]:
            next(self._numbers)
        return self.launcher.launch(jobs, initial_job_idx=first)


class LocalLauncher(Launcher):
    """Runs jobs in reused processes on this machine, one for each launching thread.

    Args:
        logs: folder for the output of each process.
        threads: of libraries that would take all cores, for each process; OMP_NUM_THREADS takes precedence.
    """

    def __init__(self, logs: str, threads: int) -> None:
        self._workers = Workers(partial(LocalWorker, Path(logs), threads))

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self._context, self._task, self._config = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        work = HydraJob(self._context, self._task, self._config)
        return [self._workers.run(work, job, number) for number, job in enumerate(job_overrides, initial_job_idx)]

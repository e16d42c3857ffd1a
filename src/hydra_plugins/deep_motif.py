"""The Hydra plugins of ``sweep.py``. Hydra finds sweepers and launchers in this namespace only."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from demo.sweeps.workers import HydraJob, LocalWorker, Workers


class ModelSearch(Sweeper):
    """Selects a model for each data set, with any launcher; see ``demo.sweeps``.

    Args:
        params: setting to values, searched unless the command gives values: ``{"model.pool": "2,1"}``.
    """

    def __init__(self, params: Mapping[str, str] | None = None) -> None:
        self.params = dict(params or {})
        self._numbers = count()

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from demo.commands.command_line import ready
        from demo.sweeps.launching import check_installed

        self.hydra_context: HydraContext = hydra_context
        self.config: DictConfig = config
        ready(config, "sweep", config.hydra.runtime.choices)
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
        ready(config, "sweep", config.hydra.runtime.choices)
        return plain(config)

    def launch(self, overrides: Sequence[str]) -> JobReturn:
        """Run a job, given by its overrides. Thread-safe."""
        (returned,) = self.launcher.launch([overrides], initial_job_idx=next(self._numbers))
        return returned


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

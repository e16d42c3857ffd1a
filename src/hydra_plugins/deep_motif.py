"""Hydra's end of ``sweep.py``. Hydra finds sweepers and launchers in this namespace only."""

import traceback
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.plugins import Plugins
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

if TYPE_CHECKING:
    from demo.worker import Worker


class ModelSearch(Sweeper):
    """Searches a model for each data set, whichever launcher runs the jobs; see ``demo.sweep``.

    Args:
        params: searched where the command names no values of its own, setting to values: ``{"model.pool": "2,1"}``.
    """

    def __init__(self, params: Mapping[str, str] | None = None) -> None:
        self.params = dict(params or {})
        self._numbers = count()

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from demo.cli import bad_input_ends
        from demo.launching import check_installed

        self.hydra_context: HydraContext = hydra_context
        self.config: DictConfig = config
        with bad_input_ends():
            check_installed(config)
        self.launcher: Launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        from demo.cli import bad_input_ends
        from demo.sweep import sweep_command

        with bad_input_ends():
            sweep_command(self.config, arguments, self)

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """The configuration of a job with these overrides."""
        return self.hydra_context.config_loader.load_sweep_config(self.config, list(overrides))

    def launch(self, overrides: Sequence[str]) -> JobReturn:
        """Run a job, given by its overrides. Several threads may each run one."""
        (returned,) = self.launcher.launch([overrides], initial_job_idx=next(self._numbers))
        return returned


class LocalLauncher(Launcher):
    """Runs jobs in processes on this machine that are reused; as many as there are threads that launch at once.

    Args:
        logs: folder for what the processes print, a file each.
        threads: of each process, for libraries that would take all cores; OMP_NUM_THREADS goes before it.
    """

    def __init__(self, logs: str, threads: int) -> None:
        self.logs = Path(logs)
        self.threads = threads
        self._idle: list[Worker] = []
        self._numbers = count(1)

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self._hydra_context = hydra_context
        self._task_function = task_function
        self._config = config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        returns = []
        for number, overrides in enumerate(job_overrides, initial_job_idx):
            worker = self._worker()
            status, value = worker.run(overrides, number)
            self._idle.append(worker)
            returns.append(JobReturn(overrides=overrides, status=status, _return_value=value))
        return returns

    def _worker(self) -> "Worker":
        """An idle process, or a new one."""
        try:
            return self._idle.pop()
        except IndexError:
            pass
        import cloudpickle

        from demo.worker import Worker

        self.logs.mkdir(parents=True, exist_ok=True)
        job = _Job(self._hydra_context, self._task_function, self._config, Singleton.get_state())
        return Worker(cloudpickle.dumps(job), self.logs / f"worker{next(self._numbers)}.log", self.threads)


class _Job:
    """What a worker does, in its own process."""

    def __init__(self, context: HydraContext, task: TaskFunction, config: DictConfig, singletons: Any) -> None:
        self.context, self.task, self.config, self.singletons = context, task, config, singletons

    def __call__(self, overrides: Sequence[str], number: int) -> tuple[Any, Any]:
        """Status and returned value; configurations stay here, where nobody reads them."""
        try:
            returned = self._run(overrides, number)
            value = returned.return_value
        except Exception as error:
            # As text: not every exception can go from one process to another.
            traceback.print_exc()
            return JobStatus.FAILED, RuntimeError(f"{type(error).__name__}: {error}")
        return returned.status, value

    def _run(self, overrides: Sequence[str], number: int) -> JobReturn:
        setup_globals()
        Singleton.set_state(self.singletons)
        config = self.context.config_loader.load_sweep_config(self.config, list(overrides))
        with open_dict(config.hydra.job) as job:
            job.id = job.num = number
        return run_job(self.task, config, "hydra.sweep.dir", "hydra.sweep.subdir", self.context)

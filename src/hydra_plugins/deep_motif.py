"""Hydra's end of ``sweep.py``. Hydra finds sweepers in this namespace only."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class ModelSearch(Sweeper):
    """Searches a model for each data set, whichever launcher runs the jobs; see ``demo.sweep``.

    Args:
        params: searched where the command names no values of its own, setting to values: ``{"model.pool": "2,1"}``.
        max_batch_size: jobs given to the launcher at a time, after which the study is written anew; ``None`` for all.
    """

    def __init__(self, params: Mapping[str, str] | None = None, max_batch_size: int | None = 1) -> None:
        self.params = dict(params or {})
        self.max_batch_size = max_batch_size

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.hydra_context: HydraContext = hydra_context
        self.config: DictConfig = config
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

    def launch(self, jobs: Sequence[Sequence[str]], first: int) -> Sequence[JobReturn]:
        """Run jobs, each given by its overrides; ``first`` is the number of the first."""
        return self.launcher.launch(jobs, initial_job_idx=first)

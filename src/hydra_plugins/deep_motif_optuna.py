"""The Hydra plugin of ``hydra/sweeper=optuna``, for ``train.py -m`` and ``sweep.py``.

Not hydra-optuna-sweeper: its release 1.3 needs Optuna 2, its candidates 1.4 need Hydra 1.4, and neither prunes trials.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.utils import JobReturn
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from hydra_plugins.deep_motif import ModelSearch


class OptunaSearch(ModelSearch):
    """Searches hyperparameters for the highest validation AUROC; see ``demo.sweep.trials``.

    Args:
        params: setting to values, searched unless the command gives others.
        settings: the other arguments of ``TrialSettings``.
    """

    def __init__(self, params: Mapping[str, str] | None = None, **settings: Any) -> None:
        super().__init__(params)
        self._settings = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from demo.commands.cli import bad_input_ends
        from demo.sweep.launching import check_optuna
        from demo.utils.settings import build

        with bad_input_ends():
            check_optuna()
            from demo.sweep.trials import TrialSettings

            self.trials = build(TrialSettings, {"params": self.params, **self._settings}, "hydra.sweeper")
        self.command = "sweep" if "job" in config else "train"
        super().setup(hydra_context=hydra_context, task_function=task_function, config=config)

    def sweep(self, arguments: list[str]) -> Any:
        if self.command == "sweep":
            return super().sweep(arguments)
        from demo.commands.cli import bad_input_ends
        from demo.commands.search import search_command

        with bad_input_ends():
            return search_command(self.config, arguments, self)

    def launch_together(self, jobs: Sequence[Sequence[str]]) -> Sequence[JobReturn]:
        """Run jobs, given by their overrides, at once if the launcher can."""
        first = next(self._numbers)
        for _ in jobs[1:]:
            next(self._numbers)
        return self.launcher.launch(jobs, initial_job_idx=first)

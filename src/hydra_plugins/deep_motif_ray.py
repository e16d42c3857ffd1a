"""hydra-ray-launcher with reused workers; empty if it is not installed."""

from collections.abc import Sequence
from functools import partial

from hydra.core.utils import JobReturn
from omegaconf import DictConfig

try:
    from hydra_plugins.hydra_ray_launcher.ray_launcher import RayLauncher
except ImportError:
    # ``demo.sweeps.launching.check_installed`` says what to install if it is needed.
    pass
else:

    class RayActors(RayLauncher):
        """Runs jobs in Ray actors, one for each launching thread.

        Ray's tasks would start a process for every job with a GPU, and one that dies would end the sweep.

        Args:
            ray: ``init``, the arguments of ``ray.init``, and ``remote``, the resources of an actor.
        """

        def __init__(self, ray: DictConfig) -> None:
            from demo.sweeps.workers import RayWorker, Workers
            from demo.utils.config import plain

            super().__init__(ray)
            self._workers = Workers(partial(RayWorker, plain(ray.remote)))

        def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
            from demo.sweeps.workers import HydraJob

            assert self.hydra_context and self.task_function and self.config
            work = HydraJob(self.hydra_context, self.task_function, self.config)
            return [self._workers.run(work, job, number) for number, job in enumerate(job_overrides, initial_job_idx)]

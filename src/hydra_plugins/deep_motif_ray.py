"""hydra-ray-launcher with workers that are reused; nothing where it is not installed."""

from collections.abc import Sequence
from functools import partial

from hydra.core.utils import JobReturn
from omegaconf import DictConfig

try:
    from hydra_plugins.hydra_ray_launcher.ray_launcher import RayLauncher
except ImportError:
    # ``demo.sweep.launching.check_installed`` says what to install, where it is asked for.
    pass
else:

    class RayActors(RayLauncher):
        """Runs jobs in actors of Ray, as many as there are threads that launch at once.

        Its tasks would be a process each where they have a GPU, imports and all, and one that dies would end the sweep.

        Args:
            ray: ``init``, the arguments of ``ray.init``, and ``remote``, the resources of an actor.
        """

        def __init__(self, ray: DictConfig) -> None:
            from demo.sweep.workers import RayWorker, Workers
            from demo.utils.config import plain

            super().__init__(ray)
            self._workers = Workers(partial(RayWorker, plain(ray.remote)))

        def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
            from demo.sweep.workers import HydraJob

            assert self.hydra_context and self.task_function and self.config
            work = HydraJob(self.hydra_context, self.task_function, self.config)
            return [self._workers.run(work, job, number) for number, job in enumerate(job_overrides, initial_job_idx)]

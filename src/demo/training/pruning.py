"""Ends the training of unpromising trials of a hyperparameter search; named by ``hydra/sweeper=optuna``."""

import optuna
import pytorch_lightning as pl
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from demo.utils.errors import DemoError, PrunedError


class Pruning(pl.Callback):
    """Reports the validation AUROC of every epoch to Optuna, and ends a trial that its pruner gives up.

    The run stays unfinished: the same ``train.py`` command, without the search, resumes it.

    Args:
        journal: Optuna's file, which the search and all of its runs share.
        study: name of the study in it.
        trial: number of the trial.
    """

    def __init__(self, journal: str, study: str, trial: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        storage = JournalStorage(JournalFileBackend(journal))
        self.study = optuna.load_study(study_name=study, storage=storage)
        (frozen,) = (each for each in self.study.get_trials(deepcopy=False) if each.number == trial)
        self.trial = optuna.trial.Trial(self.study, frozen._trial_id)

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        if trainer.world_size > 1:
            raise DemoError("Trials are pruned on one device.", fix="trainer.devices=1 and several trials at once")

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Here, not after the validation: the checkpoint of the epoch has been written by now.
        auroc = trainer.callback_metrics.get("val/auroc")
        if auroc is None:
            return
        self.trial.report(auroc.item(), trainer.current_epoch)
        if self.trial.should_prune():
            raise PrunedError(f"Pruned after epoch {trainer.current_epoch}: validation AUROC {auroc.item():.4f}.")

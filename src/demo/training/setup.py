"""Everything a run needs, checked before anything is written."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytorch_lightning as pl
import torch

from demo.data.datamodule import SequenceDataModule
from demo.data.labelled.module import LabelledDataModule, data_module
from demo.data.labelled.settings import LabelledSettings
from demo.interpret.extraction.extract import Extraction
from demo.interpret.run_motifs import MotifJob
from demo.networks import make_network
from demo.networks.checkpoint import read_checkpoint
from demo.networks.contract import Baseline
from demo.networks.inference import predict_logits
from demo.networks.trunk import take_trunk
from demo.runs.pretrained import FineTuning
from demo.runs.settings import RunSettings
from demo.sequences import LETTERS, SequenceSet
from demo.training.classifier import Classifier
from demo.training.optimizers import make_optimizer
from demo.training.resolve import TrainingRun
from demo.training.search import HyperparameterSearch, Trial, with_hyperparameters
from demo.utils.checks import choice
from demo.utils.config import instance_of
from demo.utils.errors import DemoError
from demo.utils.hardware import ACCELERATORS, PRECISIONS, choose_device, choose_precision, use_threads
from demo.utils.settings import build

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Setup:
    """Everything a run needs.

    Attributes:
        run: the run.
        data: read and split.
        test: the test set, used only at the end.
        classifier: with the initial weights.
        epochs: of training; 0 for a baseline that is fitted without steps.
        device: to train on.
        precision: to train in.
        search: for hyperparameters, before training; ``None`` if off.
        motif: settings of motif extraction; ``None`` if off.
        callbacks: the user's.
        fine_tuning: the trunk whose weights the network has, and what that has seen; ``None`` from scratch.
    """

    run: TrainingRun
    data: SequenceDataModule
    test: SequenceSet
    classifier: Classifier
    epochs: int
    device: torch.device
    precision: str
    search: HyperparameterSearch | None
    motif: MotifJob | None
    callbacks: tuple[pl.Callback, ...]
    fine_tuning: FineTuning | None = None

    @property
    def settings(self) -> RunSettings:
        """Those of the run."""
        return self.run.settings

    @property
    def name(self) -> str:
        """The data set's."""
        return self.run.dataset.name


def set_up(run: TrainingRun) -> Setup:
    """Read the data and build the network.

    Args:
        run: its two data files are on disk.

    Raises:
        DemoError: a setting is out of range, or the data are unusable.
    """
    settings, dataset = run.settings, run.dataset
    use_threads(settings.trainer.threads)
    pl.seed_everything(settings.seed, verbose=False)
    device = choose_device("trainer.accelerator", settings.trainer.accelerator)
    precision = choose_precision(settings.trainer.precision, device)
    assert dataset.train_path and dataset.test_path
    data = data_module(dataset.train_path, dataset.test_path, settings.data, name=dataset.name, seed=settings.seed)
    if isinstance(data, LabelledDataModule):
        _check_labelled(settings)
        # Its letters and classes, which the network has to know.
        data.setup()
    network = make_network(settings.network, data.task)
    search = None if settings.search is None else build(HyperparameterSearch, settings.search, "search")
    if isinstance(network, Baseline):
        network.look_up(dataset.tf)
    # A baseline has no gradient to follow, and no motif to extract.
    extracts = settings.motif.extraction is not None and not isinstance(network, Baseline)

    data.setup()
    # Fail before hours of training, not after: read the test set, and run two sequences through the network.
    test = data.test_set()
    logits = predict_logits(network, data.validation_codes[:2])
    outputs = data.task.outputs
    if logits.shape != ((2,) if outputs == 1 else (2, outputs)):
        wanted = "not a logit each, (2,)" if outputs == 1 else f"not {outputs} logits each, (2, {outputs})"
        raise DemoError(
            f"The network {settings.network_name} returns {logits.shape} for 2 sequences, {wanted}.",
            fix="squeeze the last dimension away: self.output(x).squeeze(1)" if outputs == 1 else None,
        )
    fine_tuning = None
    if run.trunk is not None:
        weights = run.trunk.folder.best_checkpoint
        take_trunk(network, read_checkpoint(weights), weights)
        fine_tuning = FineTuning(run.trunk, run.trunk.seen(data.validation_codes), run.trunk.seen(test.codes))
        _log.info(fine_tuning.message)
    batches = settings.trainer.batches_of(data.steps_per_epoch)
    epochs = 0 if isinstance(network, Baseline) else settings.trainer.epochs_of(batches)
    card = {
        "network": dict(settings.network),
        "length": data.length,
        "alphabet": LETTERS,
        "tf": dataset.tf,
        "dataset": dataset.name,
        "data_source": run.data_source,
    }
    if isinstance(data, LabelledDataModule):
        card |= data.card
    return Setup(
        run,
        data,
        test,
        Classifier(network, settings.optimizer, card, settings.seed, data.class_weights),
        epochs,
        device,
        precision,
        search,
        MotifJob.of(
            settings.motif,
            settings.network,
            dataset.tf,
            dataset.name,
            run.data_source,
            test,
            settings.data.junction if isinstance(settings.data, LabelledSettings) else None,
        )
        if extracts
        else None,
        callbacks_of(settings.callbacks),
        fine_tuning,
    )


def _check_labelled(settings: RunSettings) -> None:
    """Refuse what is of transcription factors only.

    Raises:
        DemoError: the network or a trunk is.
    """
    if settings.pretrained is not None:
        raise DemoError("Trunks are pretrained on peaks: pretrained= is not for data=labelled.", fix="leave it out")
    if settings.network_name == "pwm":
        raise DemoError("model=pwm is JASPAR's matrix of a transcription factor.", fix="model=kmer, model=positions")


def check_settings(settings: RunSettings) -> None:
    """Check what does not depend on the data or the machine.

    Raises:
        DemoError: a setting is out of range, or unknown.
    """
    make_network(settings.network)
    if not settings.is_fitted_at_once:
        make_optimizer(settings.optimizer)
    choice("trainer.precision", settings.trainer.precision, PRECISIONS)
    choice("trainer.accelerator", settings.trainer.accelerator, ACCELERATORS)
    if settings.search is not None:
        build(HyperparameterSearch, settings.search, "search")
    if settings.motif.extraction is not None:
        Extraction.of(settings.motif.extraction)
    callbacks_of({name: each for name, each in settings.callbacks.items() if name != "pruning"})


def with_trial(setup: Setup, trial: Trial) -> Setup:
    """The setup with the hyperparameters and the initial weights of a trial, for the full training."""
    settings = with_hyperparameters(setup.run.settings, trial)
    torch.manual_seed(trial.seed)
    old = setup.classifier
    classifier = Classifier(
        make_network(settings.network, setup.data.task),
        settings.optimizer,
        old.card | {"network": dict(settings.network)},
        old.seed,
        setup.data.class_weights,
    )
    motif = setup.motif and replace(setup.motif, network=settings.network)
    return replace(setup, run=replace(setup.run, settings=settings), classifier=classifier, motif=motif)


def callbacks_of(settings: Mapping[str, Any]) -> tuple[pl.Callback, ...]:
    """The callbacks that the user's configuration describes.

    Raises:
        DemoError: one cannot be created, or is not a Lightning callback.
    """
    made = {name: instance_of(each) for name, each in settings.items() if each is not None}
    for name, callback in made.items():
        if not isinstance(callback, pl.Callback):
            raise DemoError(f"callbacks.{name} is {callback!r:.80}, and not a Lightning Callback.")
    return tuple(made.values())

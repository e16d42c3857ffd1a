"""What a run needs, made and found right before anything is written."""

from dataclasses import dataclass

import pytorch_lightning as pl
import torch
from omegaconf import DictConfig

from demo.data.catalogue import DataSet
from demo.data.datamodule import PeakDataModule
from demo.data.run_data import make_data
from demo.interpret.extraction.extract import Extraction
from demo.interpret.extraction.files import JudgedBy, KnownMotif
from demo.networks import Baseline, make_network
from demo.networks.inference import predict_logits
from demo.sequences import LETTERS, SequenceSet
from demo.training.classifier import Classifier
from demo.training.search import Calibration
from demo.utils.checks import flag, whole
from demo.utils.config import make, plain
from demo.utils.hardware import choose_device, choose_precision, use_threads


@dataclass(frozen=True)
class Job:
    """What a run needs, made and found right before anything is written."""

    config: DictConfig
    dataset: DataSet
    data_source: str
    data: PeakDataModule
    test: SequenceSet
    classifier: Classifier
    epochs: int
    device: torch.device
    precision: str
    calibration: Calibration | None
    extraction: Extraction | None
    known_motif: KnownMotif | None
    judged_by: JudgedBy | None

    @property
    def steps(self) -> int:
        """Training batches in all."""
        return self.epochs * self.data.steps_per_epoch


def prepare(config: DictConfig, dataset: DataSet, data_source: str) -> Job:
    """Read the data and build the network.

    Args:
        config: as for ``demo.training.train.train``.
        dataset: its two files are on disk.
        data_source: ``encode``, ``user`` or ``simulated``.

    Raises:
        DemoError: a setting is out of range, or the data cannot be used.
    """
    use_threads(whole("trainer.threads", config.trainer.threads, 1, 1024))
    pl.seed_everything(whole("seed", config.seed, 0), verbose=False)
    flag("logger.wandb", config.logger.wandb)
    device = choose_device("trainer.accelerator", config.trainer.accelerator)
    precision = choose_precision(config.trainer.precision, device)
    network = make_network(plain(config.model))
    optimizer = make(config.optimizer)
    calibration = make(config.calibration) if config.calibration else None
    if isinstance(network, Baseline):
        network.look_up(dataset.tf)
    # A baseline has no gradient to climb: what it scores with is known.
    wanted = config.motif.extraction is not None and not isinstance(network, Baseline)
    motif = plain(config.motif)
    extraction = Extraction.of(motif["extraction"]) if wanted else None
    known_motif = KnownMotif.of(dataset.tf, str(motif["release"]), motif["taxon"]) if extraction else None

    assert dataset.train_path and dataset.test_path
    data = make_data(config, dataset.train_path, dataset.test_path)
    # Both before hours of training, to know that they can be: the test set is read, and a sequence goes through.
    test = data.test_set()
    predict_logits(network, data.validation_codes[:1])
    if isinstance(network, Baseline):
        epochs = 0
    elif config.trainer.epochs is None:
        epochs = -(-whole("trainer.steps", config.trainer.steps, 1) // data.steps_per_epoch)
    else:
        epochs = whole("trainer.epochs", config.trainer.epochs, 1)
    card = {
        "network": plain(config.model),
        "length": data.length,
        "alphabet": LETTERS,
        "tf": dataset.tf,
        "dataset": dataset.name,
        "data_source": data_source,
    }
    classifier = Classifier(network, optimizer, epochs * data.steps_per_epoch, card, config.seed)
    return Job(
        config,
        dataset,
        data_source,
        data,
        test,
        classifier,
        epochs,
        device,
        precision,
        calibration,
        extraction,
        known_motif,
        JudgedBy(dataset.tf, motif["compare_with"], test, motif["taxon"]) if extraction else None,
    )

"""The Lightning parts in a Trainer of the user's own, without any flags."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
import torch

import demo
from demo.data.datamodule import PeakDataModule
from demo.data.sources import DataSettings
from demo.networks.demonet import DeMoNet
from demo.training.classifier import Classifier
from demo.training.optimizers import AdamW, Nesterov
from demo.utils.errors import DemoError

pytestmark = pytest.mark.slow
NETWORK = {"name": "demonet", "channels": 32, "dropout": 0.1}
OPTIMIZER = {"name": "adamw", "learning_rate": 0.01}


@pytest.fixture
def data(tiny_data: Path) -> PeakDataModule:
    files = (tiny_data / f"TOY_K562_toy_Stanford_{part}.seq.gz" for part in ("AC", "B"))
    return PeakDataModule(*files, DataSettings(batch_size=32))


def trainer(folder: Path, **arguments: object) -> pl.Trainer:
    warnings.filterwarnings("ignore", ".* does not have many workers")
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    return pl.Trainer(default_root_dir=folder, accelerator="cpu", **quiet, **arguments)  # type: ignore[arg-type]


class Epochs(pl.Callback):
    """The training sequences of each epoch."""

    def __init__(self) -> None:
        self.seen: list[list[bytes]] = []

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.seen.append([])

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: object, out: object, batch: object, i: int) -> None:
        self.seen[-1] += [row.tobytes() for row in batch[0].numpy()]  # type: ignore[index]


def test_it_fits_tests_predicts_and_loads(data: PeakDataModule, tmp_path: Path) -> None:
    model, epochs = Classifier(NETWORK, OPTIMIZER), Epochs()
    own = trainer(tmp_path, max_steps=60, callbacks=[epochs])
    own.fit(model, datamodule=data)
    assert own.global_step == 60 and own.callback_metrics["train/loss"] < 0.5
    # Fresh negatives in a fresh order: 23 batches are an epoch.
    assert len(epochs.seen) == 3 and len(epochs.seen[0]) == len(epochs.seen[1]) == 720
    for epoch in (0, 1):
        assert epochs.seen[epoch] == [row.tobytes() for row in data.epoch(epoch)[0]]

    assert own.validate(model, datamodule=data, verbose=False)[0]["val/auroc"] > 0.85
    (tested,) = own.test(model, datamodule=data, verbose=False)
    assert tested["test/auroc"] > 0.85 and tested["test/average_precision"] > 0.85

    own.save_checkpoint(tmp_path / "own.ckpt")
    loaded = Classifier.load_from_checkpoint(tmp_path / "own.ckpt")
    assert loaded.network_settings == NETWORK and loaded.optimizer == AdamW(learning_rate=0.01)
    batches = trainer(tmp_path).predict(loaded, datamodule=data)
    assert batches is not None
    probabilities = torch.cat(batches).numpy()  # type: ignore[arg-type]
    known = demo.load(tmp_path / "own.ckpt")
    assert (known.tf, known.dataset, known.data_source) == ("TOY", "TOY_K562_toy_Stanford", "user")
    assert np.allclose(known.predict(data.test_set().codes), probabilities, atol=1e-6)


def test_a_module_of_ones_own_is_given_again_where_it_is_loaded(data: PeakDataModule, tmp_path: Path) -> None:
    model = Classifier(DeMoNet(channels=8), Nesterov())
    own = trainer(tmp_path, max_epochs=1, limit_train_batches=2)
    own.fit(model, datamodule=data)
    own.save_checkpoint(tmp_path / "own.ckpt")
    with pytest.raises(TypeError, match="network"):
        Classifier.load_from_checkpoint(tmp_path / "own.ckpt")
    loaded = Classifier.load_from_checkpoint(tmp_path / "own.ckpt", network=DeMoNet(channels=8))
    assert loaded.optimizer == Nesterov()
    codes = torch.from_numpy(data.validation_codes[:4])
    model.eval(), loaded.eval()
    assert torch.equal(loaded(codes), model(codes)) and loaded(codes).shape == (4,)
    assert torch.equal(loaded(codes), loaded(demo.sequences.one_hot(codes)))


def test_a_best_checkpoint_of_train_is_one_too(trained: Path, data: PeakDataModule, tmp_path: Path) -> None:
    loaded = Classifier.load_from_checkpoint(trained / "checkpoints" / "best.ckpt")
    batches = trainer(tmp_path).predict(loaded, datamodule=data)
    assert batches is not None
    written = np.loadtxt(trained / "predictions.tsv", skiprows=1, usecols=2)
    assert np.allclose(torch.cat(batches).numpy(), written, atol=1e-6)  # type: ignore[arg-type]


def test_a_training_without_end_has_no_schedule(data: PeakDataModule, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no end"):
        trainer(tmp_path, max_epochs=-1).fit(Classifier(NETWORK), datamodule=data)


def test_gradients_are_clipped_in_either_precision(data: PeakDataModule, tmp_path: Path) -> None:
    norms: list[float] = []

    class Norms(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: object) -> None:
            norms.append(float(torch.linalg.vector_norm(torch.stack([p.grad.norm() for p in pl_module.parameters()]))))

    for precision in ("32-true", "bf16-mixed"):
        clipping = {"gradient_clip_val": 1e-3, "precision": precision, "callbacks": [Norms()]}
        trainer(tmp_path, max_steps=2, limit_val_batches=0, **clipping).fit(Classifier(NETWORK, OPTIMIZER), data)
    assert norms == pytest.approx([1e-3] * 4, rel=1e-2)

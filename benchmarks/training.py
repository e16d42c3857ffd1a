"""Training throughput on one core: the full pipeline against a plain PyTorch loop.

    python benchmarks/training.py

Both train the network conv3 / pool 2 / highway 5 at batch 256 on sequences of 101 bp, one thread, in turn. The peer is
what one would write first: Conv1d, BatchNorm1d, ReLU, MaxPool1d and Dropout in float32, Adam, batches from a DataLoader
over tensors that are already one-hot encoded. Ours is Lightning's Trainer with fresh dinucleotide shuffles, one-hot
encoding, reverse complements, metrics and progress bar.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from demo.data.datamodule import PeakDataModule
from demo.data.sources import DataSettings
from demo.networks.demonet import DeMoNet, Highway
from demo.sequences import SequenceSet, one_hot, write_seq_gz
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.training.callbacks import ProgressBar
from demo.training.classifier import Classifier
from demo.training.optimizers import AdamW
from demo.utils.hardware import choose_precision

BATCH, LENGTH, CHANNELS, UNITS = 256, 101, 128, 32


class PlainNetwork(nn.Module):
    """The same layers, written in one dimension in the usual order."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in (4, CHANNELS, CHANNELS):
            layers += [
                nn.Conv1d(width, CHANNELS, 5, padding="same"),
                nn.BatchNorm1d(CHANNELS),
                nn.ReLU(),
                nn.MaxPool1d(2),
                nn.Dropout(dropout),
            ]
        self.convolutions = nn.Sequential(*layers)
        self.project = nn.Linear(CHANNELS, UNITS)
        self.highways = nn.Sequential(*(Highway(UNITS) for _ in range(5)))
        self.output = nn.Linear(UNITS, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        strongest = self.convolutions(x).amax(2)
        return self.output(self.highways(torch.relu(self.project(strongest)))).squeeze(1)


def plain_loop(positives: np.ndarray, dropout: float) -> float:
    """Sequences per second of the plain loop over one epoch."""
    codes = torch.from_numpy(np.concatenate([positives, dinucleotide_shuffle(positives, 0)]))
    labels = torch.repeat_interleave(torch.tensor([1.0, 0.0]), len(positives))
    loader = DataLoader(TensorDataset(one_hot(codes), labels), batch_size=BATCH, shuffle=True)
    network = PlainNetwork(dropout)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    begin = time.perf_counter()
    for x, y in loader:
        loss = F.binary_cross_entropy_with_logits(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return 2 * len(positives) / (time.perf_counter() - begin)


class EpochTimes(pl.Callback):
    """When each epoch began; fresh data for the next are made in between."""

    def __init__(self) -> None:
        self.begins: list[float] = []

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.begins.append(time.perf_counter())


def our_pipeline(folder: Path, positives: int, dropout: float) -> float:
    """Sequences per second of our pipeline, from the begin of its first epoch to that of its second."""
    data = PeakDataModule(folder / "x_AC.seq.gz", folder / "x_AC.seq.gz", DataSettings(batch_size=BATCH, shift=4))
    data.setup()
    classifier = Classifier(DeMoNet(dropout=dropout), AdamW())
    times = EpochTimes()
    trainer = pl.Trainer(
        max_epochs=2,
        accelerator="cpu",
        precision=choose_precision("auto", torch.device("cpu")),  # type: ignore[arg-type]
        callbacks=[times, ProgressBar()],
        limit_val_batches=0,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
    )
    trainer.fit(classifier, datamodule=data)
    return 2 * len(data.train_positives) / (times.begins[1] - times.begins[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="times each is measured")
    parser.add_argument("--positives", type=int, default=4300, help="sequences of the set; 10 %% go to validation")
    parser.add_argument("--dropout", type=float, default=DeMoNet().dropout.p)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    codes = np.random.default_rng(0).integers(0, 4, (arguments.positives, LENGTH)).astype(np.uint8)
    ours, plain = [], []
    with tempfile.TemporaryDirectory() as folder:
        labels = np.ones(len(codes), np.uint8)
        write_seq_gz(Path(folder) / "x_AC.seq.gz", SequenceSet([str(i) for i in range(len(codes))], codes, labels))
        plain_loop(codes[:BATCH], arguments.dropout)
        for _ in range(arguments.rounds):
            plain.append(plain_loop(codes, arguments.dropout))
            ours.append(our_pipeline(Path(folder), len(codes), arguments.dropout))
    ratios = [a / b for a, b in zip(ours, plain, strict=True)]
    print(f"precision of ours       {choose_precision('auto', torch.device('cpu'))}")
    for name, values in (("ours, sequences/s", ours), ("plain Conv1d fp32 loop", plain), ("ratio", ratios)):
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name:<24}median {middle:10.2f}   min {low:10.2f}   max {high:10.2f}")


if __name__ == "__main__":
    main()

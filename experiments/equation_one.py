"""Equation 1 on networks that were trained in different ways: does its optimum hold the factor's site?

    python experiments/equation_one.py --data ../shared/data/encode --out runs/equation_one --steps 3000 MYC SRF CTCF

Every recipe of training is tried on every data set and seed, and every way of climbing on every network. Judged by
validation data alone: the network by its AUROC, the best window of the optimum by the bits per sequence that it reveals
of validation labels, and by its AUROC. The window is as wide as the TF's JASPAR matrix, as in the paper; JASPAR plays
no other part, and test files are not opened. Networks and rows are kept: the same command resumes.

With P+ near 1 for any of many mixtures of weak elements, which no training sequence resembles, equation 1 finds such a
mixture. The recipes show the network inputs between the bases, labelled in different ways (``RECIPES``).
"""

import argparse
import csv
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from demo.data.catalogue import resolve
from demo.data.datamodule import PeakDataModule
from demo.interpret.extraction.class_optimisation import ClassOptimisation, optimise_class
from demo.interpret.extraction.evidence import validation_separation
from demo.metrics import evaluate
from demo.motifs.jaspar import VERTEBRATES, matrices_of
from demo.networks import make_network
from demo.networks.inference import both_strands, predict_logits
from demo.sequences import one_hot
from demo.training.optimizers import AdamW

LENGTH_OF_MOST = 15  # bp of the window without a matrix of JASPAR

Loss = Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]


def plain(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Sequences alone."""
    return F.binary_cross_entropy_with_logits(network(x), y)


def softened(most: float, share: float = 0.5) -> Loss:
    """A share of the sequences moved towards 0.25 by up to ``most``, with the labels that they had."""

    def loss(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        by = torch.rand(len(x), 1, 1) * most * (torch.rand(len(x), 1, 1) < share)
        return F.binary_cross_entropy_with_logits(network(x + by * (0.25 - x)), y)

    return loss


def mixed_with_negatives(power: float, share: float = 0.25) -> Loss:
    """Positives mixed with negatives of their batch, ``a x + (1 - a) x'``, and the label ``a ** power``."""

    def loss(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        negatives = torch.nonzero(y == 0).squeeze(1)
        a = torch.where(torch.rand(len(x)) < share, torch.rand(len(x)), torch.ones(len(x)))
        others = x[negatives[torch.randint(len(negatives), (len(x),))]]
        mixed = x + (1 - a)[:, None, None] * (others - x)
        return F.binary_cross_entropy_with_logits(network(mixed), y * a**power)

    return loss


def between(x: torch.Tensor, count: int) -> torch.Tensor:
    """(count, 4, L) columns of probabilities: mixtures of sequences, sharp in one region, softer outside of it.

    Half are one sequence, half are three; positions keep between nothing and everything of their sharpness.
    """
    length = x.shape[2]
    rows = torch.randint(len(x), (count, 3))
    weights = torch.distributions.Dirichlet(torch.ones(3)).sample((count,))
    weights[: count // 2] = torch.tensor([1.0, 0.0, 0.0])
    mixture = (x[rows] * weights[:, :, None, None]).sum(1)
    mixture = mixture + 0.25 * (1 - mixture.sum(1, keepdim=True))  # N is flat
    first = torch.randint(length, (count, 1))
    width = torch.randint(5, length, (count, 1))
    inside = (torch.arange(length) - first).remainder(length) < width
    sharp = torch.where(inside, torch.rand(count, 1), torch.rand(count, 1)) ** 0.5
    sharp = (sharp * torch.rand(count, length) ** 0.25)[:, None]
    return 0.25 + sharp * (mixture - 0.25)


def drawn(p: torch.Tensor) -> torch.Tensor:
    """One sequence from each (B, 4, L) columns of probabilities, one-hot."""
    letter = (torch.rand(len(p), 1, p.shape[2]) > p.cumsum(1)).sum(1, keepdim=True).clamp(max=3)
    return torch.zeros_like(p).scatter(1, letter, 1.0)


def expected(count: int, weight: float = 0.25) -> Loss:
    """Columns of probabilities have to score what the network itself says, on average, of sequences drawn from them."""

    def loss(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        p = between(x, count)
        logits = network(torch.cat([x, p, drawn(p)]))
        of_drawn = torch.sigmoid(logits[len(x) + count :].detach())
        return F.binary_cross_entropy_with_logits(logits[: len(x)], y) + weight * F.binary_cross_entropy_with_logits(
            logits[len(x) : len(x) + count], of_drawn
        )

    return loss


class OnTheWay:
    """As ``expected``, for inputs on the network's own way up from 0.25, which are climbed as training goes on."""

    def __init__(self, count: int, weight: float = 0.25, steps: int = 60, rate: float = 0.05) -> None:
        self.count, self.weight, self.steps, self.rate = count, weight, steps, rate
        self.s: torch.Tensor | None = None
        self.age = torch.arange(count) * steps // count

    def __call__(self, network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        if self.s is None:
            self.s = 0.25 + 0.02 * torch.randn(self.count, 4, x.shape[2])
        s = self.s.requires_grad_()
        columns = s.clamp(min=0)
        columns = (columns + 1e-3) / (columns + 1e-3).sum(1, keepdim=True)
        logits = network(torch.cat([x, s, drawn(columns.detach())]))
        of_s = logits[len(x) : len(x) + self.count]
        of_drawn = torch.sigmoid(logits[len(x) + self.count :].detach())
        (up,) = torch.autograd.grad(of_s.sum(), s, retain_graph=True)
        with torch.no_grad():
            size = up.square().mean((1, 2), keepdim=True).sqrt() + 1e-12
            moved = (s + self.rate * up / size).clamp(-0.5, 1.5)
            self.age += 1
            start = (self.age >= self.steps)[:, None, None]
            moved = torch.where(start, 0.25 + 0.02 * torch.randn_like(moved), moved)
            self.age[self.age >= self.steps] = 0
        self.s = moved.detach()
        return F.binary_cross_entropy_with_logits(logits[: len(x)], y) + self.weight * (
            F.binary_cross_entropy_with_logits(of_s, of_drawn)
        )


def adversarial(size: float, share: float = 0.5) -> Loss:
    """A share of each batch moved by ``size`` (Euclidean) against its label, keeping it (Koo et al. 2019)."""

    def loss(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        count = int(len(x) * share)
        near = x[:count].clone().requires_grad_()
        worse = F.binary_cross_entropy_with_logits(network(near), y[:count], reduction="sum")
        (gradient,) = torch.autograd.grad(worse, near)
        length = gradient.square().sum((1, 2), keepdim=True).sqrt() + 1e-12
        moved = (near + size * gradient / length).detach()
        return F.binary_cross_entropy_with_logits(network(torch.cat([moved, x[count:]])), y)

    return loss


class Exponential(nn.Module):
    """``exp(x)``, bounded so that a first step cannot overflow (Koo & Ploenzke 2021)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.clamp(max=6).exp()


def exponential_first(network: nn.Module) -> None:
    for number, layer in enumerate(network.convolutions):
        if isinstance(layer, nn.ReLU):
            network.convolutions[number] = Exponential()
            return


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: its loss, made afresh for each, and what is changed in it."""

    loss: Callable[[], Loss] = lambda: plain
    change: Callable[[nn.Module], None] = lambda network: None
    dropout: float = 0.05


RECIPES: dict[str, Recipe] = {
    "plain": Recipe(),
    "dropout 0.2": Recipe(dropout=0.2),
    "softened 0.8": Recipe(lambda: softened(0.8)),
    "softened 1": Recipe(lambda: softened(1.0, 1.0)),
    "mixed, label a": Recipe(lambda: mixed_with_negatives(1)),
    "mixed, label a^3": Recipe(lambda: mixed_with_negatives(3)),
    "adversarial 0.5": Recipe(lambda: adversarial(0.5)),
    "adversarial 1": Recipe(lambda: adversarial(1.0)),
    "exponential": Recipe(change=exponential_first),
    "expected 16": Recipe(lambda: expected(16)),
    "on the way 8": Recipe(lambda: OnTheWay(8)),
}


class BothStrands(nn.Module):
    """The logit that predictions are made with."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return both_strands(self.network, x)


class Jittered(nn.Module):
    """Mean logit of both strands over shifts around the ends, as by transformation robustness (Olah et al. 2017)."""

    def __init__(self, network: nn.Module, shifts: tuple[int, ...]) -> None:
        super().__init__()
        self.network, self.shifts = network, shifts

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.stack([both_strands(self.network, x.roll(shift, 2)) for shift in self.shifts]).mean(0)


CLIMBS: dict[str, tuple[Callable[[nn.Module], nn.Module], ClassOptimisation]] = {
    "paper": (lambda network: network, ClassOptimisation()),
    "both strands": (BothStrands, ClassOptimisation()),
    "jittered": (lambda network: Jittered(network, (0, 1, 3, 6)), ClassOptimisation()),
}


def trained(data: PeakDataModule, recipe: Recipe, steps: int, seed: int) -> nn.Module:
    """A network after so many batches of 64, as by ``train.py`` but for the recipe; the last step's weights."""
    torch.manual_seed(seed)
    network = make_network({"name": "demonet", "dropout": recipe.dropout})
    recipe.change(network)
    optimizer, schedule = AdamW().build(network, steps)
    loss_of = recipe.loss()
    network.train()
    done = epoch = 0
    while done < steps:
        codes, labels = data.epoch(epoch)
        epoch += 1
        for first in range(0, len(codes) - 63, 64):
            x = one_hot(torch.from_numpy(codes[first : first + 64]))
            y = torch.from_numpy(labels[first : first + 64]).float()
            optimizer.zero_grad()
            loss_of(network, x, y).backward()
            optimizer.step()
            schedule.step()
            done += 1
            if done == steps:
                break
    return network.eval()


def rows_of(network: nn.Module, data: PeakDataModule, tf: str) -> list[dict[str, object]]:
    """One row for each way of climbing."""
    own = matrices_of(tf, "newest", VERTEBRATES)
    width = own[0].width if own else LENGTH_OF_MOST
    rows = []
    for name, (seen, settings) in CLIMBS.items():
        begin = time.monotonic()
        optimum = optimise_class(seen(network), data.length, settings)
        seconds = time.monotonic() - begin
        _, window = optimum.motif(tf, settings.pseudocount).windows_by_information(width)[0]
        found = validation_separation(window, data.validation_positives)
        rows.append(
            {
                "climb": name,
                "bits": f"{found.information:.4f}",
                "window_auroc": f"{found.auroc:.4f}",
                "p": f"{optimum.probability:.3f}",
                "seconds": f"{seconds:.1f}",
                "consensus": window.consensus,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="transcription factors or data sets")
    parser.add_argument("--data", type=Path, required=True, help="folder of the .seq.gz files")
    parser.add_argument("--out", type=Path, required=True, help="folder of networks and rows.tsv")
    parser.add_argument("--steps", type=int, default=3000, help="training batches of 64 sequences")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--recipes", default=",".join(RECIPES), help="separated by semicolons")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for recipe in arguments.recipes.split(";"):
        for tf in arguments.sets:
            for seed in (int(number) for number in arguments.seeds.split(",")):
                one(arguments, tf, recipe, seed)


def one(arguments: argparse.Namespace, tf: str, recipe: str, seed: int) -> None:
    dataset = resolve(tf, arguments.data).dataset
    data = PeakDataModule(dataset.train_path, dataset.test_path, seed=seed)
    data.setup()
    path = arguments.out / f"{dataset.tf} {recipe} {arguments.steps} {seed}.pt"
    begin = time.monotonic()
    if not path.exists():
        torch.save(trained(data, RECIPES[recipe], arguments.steps, seed), path)
    seconds = time.monotonic() - begin
    network = torch.load(path, weights_only=False)
    auroc = evaluate(data.validation_labels, predict_logits(network, data.validation_codes)).auroc
    table = arguments.out / "rows.tsv"
    for row in rows_of(network, data, dataset.tf):
        row = {
            "set": dataset.tf, "recipe": recipe, "steps": arguments.steps, "seed": seed, "auroc": f"{auroc:.4f}",
            "training_s": f"{seconds:.0f}", **row,
        }  # fmt: skip
        new = not table.exists()
        with table.open("a", newline="") as file:
            writer = csv.DictWriter(file, list(row), delimiter="\t")
            if new:
                writer.writeheader()
            writer.writerow(row)
        print(*row.values(), sep="\t", flush=True)


if __name__ == "__main__":
    main()

"""Equation 1 on networks that were trained in different ways: does its optimum hold the factor's site?

    python experiments/equation_one.py --data ../shared/data/encode --out runs/equation_one MYC SRF CTCF
    python experiments/equation_one.py --data ../shared/data/encode --out runs/equation_one --jaspar MYC SRF CTCF

Every recipe is trained on every data set and seed. Judged by validation data alone: the network by its AUROC, the best
window of the optimum, as wide as the TF's JASPAR matrix, by the bits per sequence that it reveals of validation labels,
and by its AUROC; of the first start, 0.25 everywhere, and of the best of eight. JASPAR plays no other part, and test
files are not opened, until --jaspar compares the windows that were kept. Rows are kept: the same command resumes.
"""

import argparse
import csv
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from demo.compare.comparison import compare_with_jaspar
from demo.compare.known import KnownMatrices
from demo.data.catalogue import DataSet, resolve
from demo.data.datamodule import PeakDataModule
from demo.interpret.extraction.class_optimisation import ClassOptimisation, optimise_class
from demo.interpret.extraction.evidence import validation_separation
from demo.interpret.extraction.extract import DEFAULT_WINDOW_WIDTH
from demo.interpret.extraction.sketch import Sketch, train_sketch, training_batches
from demo.metrics import evaluate
from demo.motifs.formats import read_meme, write_meme
from demo.motifs.jaspar import VERTEBRATES, matrices_of
from demo.motifs.motif import Motif
from demo.networks import make_network
from demo.networks.inference import predict_logits
from demo.sequences import one_hot

Loss = Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]


def softened(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Half of the sequences are moved towards 0.25 everywhere, each by a fraction of up to 0.8."""
    by = 0.8 * torch.rand(len(x), 1, 1) * (torch.rand(len(x), 1, 1) < 0.5)
    return F.binary_cross_entropy_with_logits(network(x + by * (0.25 - x)), y)


def every_position(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Each position of each sequence is moved towards 0.25 by a fraction of its own."""
    by = torch.rand(len(x), 1, x.shape[2])
    return F.binary_cross_entropy_with_logits(network(x + by * (0.25 - x)), y)


def mixed(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """A quarter of the positives is mixed with negatives, ``a x + (1 - a) x'``, and has the label ``a ** 3``."""
    negatives = torch.nonzero(y == 0).squeeze(1)
    a = torch.where(torch.rand(len(x)) < 0.25, torch.rand(len(x)), torch.ones(len(x)))
    others = x[negatives[torch.randint(len(negatives), (len(x),))]]
    return F.binary_cross_entropy_with_logits(network(x + (1 - a)[:, None, None] * (others - x)), y * a**3)


def adversarial(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Half of each batch is moved by 0.5 (Euclidean) against its label (Koo et al. 2019)."""
    near = x[: len(x) // 2].clone().requires_grad_()
    worse = F.binary_cross_entropy_with_logits(network(near), y[: len(near)], reduction="sum")
    (gradient,) = torch.autograd.grad(worse, near)
    moved = near + 0.5 * gradient / (gradient.square().sum((1, 2), keepdim=True).sqrt() + 1e-12)
    return F.binary_cross_entropy_with_logits(network(torch.cat([moved.detach(), x[len(near) :]])), y)


def expected(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Sixteen sequences softened position by position have to score as sequences drawn from them do, on average."""
    p = x[:16] + 0.25 * (1 - x[:16].sum(1, keepdim=True))  # N is flat
    p = p + torch.rand(len(p), 1, 1) * torch.rand(len(p), 1, x.shape[2]) * (0.25 - p)
    letter = (torch.rand(len(p), 1, p.shape[2]) > p.cumsum(1)).sum(1, keepdim=True).clamp(max=3)
    drawn = torch.zeros_like(p).scatter(1, letter, 1.0)
    of_x, of_p, of_drawn = network(torch.cat([x, p, drawn])).split([len(x), len(p), len(p)])
    consistent = F.binary_cross_entropy_with_logits(of_p, torch.sigmoid(of_drawn.detach()))
    return F.binary_cross_entropy_with_logits(of_x, y) + 0.25 * consistent


class Exponential(nn.Module):
    """``exp(x)``, bounded so that a first step cannot overflow (Koo & Ploenzke 2021)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.clamp(max=6).exp()


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: as a sketch, or with another loss in its place."""

    sketch: Sketch = field(default_factory=Sketch)
    loss: Loss | None = None
    dropout: float = 0.05
    exponential: bool = False


RECIPES: dict[str, Recipe] = {
    "sketch": Recipe(),
    "softened": Recipe(loss=softened),
    "150 steps": Recipe(Sketch(steps=150)),
    "600 steps": Recipe(Sketch(steps=600)),
    "1500 steps": Recipe(Sketch(steps=1500)),
    "3000 steps": Recipe(Sketch(steps=3000)),
    "softened position by position": Recipe(loss=every_position),
    "mixed with negatives": Recipe(loss=mixed),
    "adversarial": Recipe(loss=adversarial),
    "as expected of draws": Recipe(loss=expected),
    "dropout 0.2": Recipe(dropout=0.2),
    "exponential": Recipe(exponential=True),
}


def trained(data: PeakDataModule, recipe: Recipe) -> nn.Module:
    torch.manual_seed(data.seed)
    network = make_network({"name": "demonet", "dropout": recipe.dropout})
    if recipe.exponential:
        first = next(i for i, layer in enumerate(network.convolutions) if isinstance(layer, nn.ReLU))
        network.convolutions[first] = Exponential()
    if recipe.loss is None:
        train_sketch(network, data, recipe.sketch)
        return network
    optimizer = torch.optim.AdamW(network.parameters(), 0.002, weight_decay=0.01)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.002, total_steps=recipe.sketch.steps)
    network.train()
    for _, (codes, labels) in zip(range(recipe.sketch.steps), training_batches(data), strict=False):
        optimizer.zero_grad()
        recipe.loss(network, one_hot(codes), labels).backward()
        optimizer.step()
        cycle.step()
    return network.eval()


def best_windows(network: nn.Module, data: PeakDataModule, tf: str) -> list[Motif]:
    """Of each of eight starts."""
    own = matrices_of(tf, "newest", VERTEBRATES)
    width = own[0].width if own else DEFAULT_WINDOW_WIDTH
    optima = optimise_class(network, data.length, ClassOptimisation())
    return [Motif(tf, each.motif(tf).windows_by_information(width)[0][1].ppm) for each in optima]


def row_of(dataset: DataSet, name: str, seed: int, out: Path) -> dict[str, object]:
    data = PeakDataModule(dataset.train_path, dataset.test_path, seed=seed)
    data.setup()
    network = trained(data, RECIPES[name])
    windows = best_windows(network, data, dataset.tf)
    found = [validation_separation(window, data.validation_positives) for window in windows]
    best = int(np.argmax([each.information for each in found]))
    kept = [replace(windows[0], name="first"), replace(windows[best], name="best")]
    write_meme(out / f"{dataset.name} {name} {seed}.meme", kept)
    return {
        "set": dataset.name,
        "recipe": name,
        "seed": seed,
        "auroc": f"{evaluate(data.validation_labels, predict_logits(network, data.validation_codes)).auroc:.4f}",
        "bits_first": f"{found[0].information:.4f}",
        "auroc_first": f"{found[0].auroc:.4f}",
        "bits_best": f"{found[best].information:.4f}",
        "auroc_best": f"{found[best].auroc:.4f}",
        "first": windows[0].consensus,
        "best": windows[best].consensus,
        "median_of_eight": f"{np.median([each.information for each in found]):.4f}",
    }


def compare(datasets: list[DataSet], name: str, seeds: list[int], out: Path) -> None:
    """The windows that were kept beside JASPAR: a look that chooses nothing."""
    for dataset in datasets:
        data = PeakDataModule(dataset.train_path, dataset.test_path)
        data.setup()
        for seed in seeds:
            motifs = {m.name: m for m in read_meme(out / f"{dataset.name} {name} {seed}.meme")}
            known = KnownMatrices(dataset.tf)
            comparison, _ = compare_with_jaspar(motifs, known, ["2016", "newest"], data.test_set())
            for part in comparison.releases:
                for kind, found in part.motifs.items():
                    cells = [dataset.name, name, seed, part.release, kind, motifs[kind].consensus]
                    best, own, ama, hit = found.best, found.own, found.affinity, found.best_hit
                    cells += [f"{best.name} {best.relation} {best.q:.2g}" if best else "-"]
                    cells += [f"{own.q:.2g}" if own else "-"]
                    cells += [f"{x:.3f}" for x in (ama.auroc, ama.jaspar_auroc, ama.outscored)] if ama else ["-"] * 3
                    cells += [f"{x:.3f}" for x in (hit.auroc, hit.jaspar_auroc)] if hit else ["-"] * 2
                    print(*cells, sep="\t", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="transcription factors or data sets")
    parser.add_argument("--data", type=Path, required=True, help="folder of the .seq.gz files")
    parser.add_argument("--out", type=Path, required=True, help="folder of rows.tsv and windows")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--recipes", default="sketch", help=f"separated by semicolons: {'; '.join(RECIPES)}")
    parser.add_argument("--jaspar", action="store_true", help="compare the windows of an earlier call")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    datasets = [resolve(tf, arguments.data).dataset for tf in arguments.sets]
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    table = arguments.out / "rows.tsv"
    for name in arguments.recipes.split(";"):
        if arguments.jaspar:
            compare(datasets, name, seeds, arguments.out)
            continue
        for seed in seeds:
            for dataset in datasets:
                if (arguments.out / f"{dataset.name} {name} {seed}.meme").exists():
                    continue
                row = row_of(dataset, name, seed, arguments.out)
                print(*row.values(), sep="\t", flush=True)
                new = not table.exists()
                with table.open("a", newline="") as file:
                    writer = csv.DictWriter(file, list(row), delimiter="\t")
                    if new:
                        writer.writeheader()
                    writer.writerow(row)


if __name__ == "__main__":
    main()

"""The headline motifs of finished runs against STREME's first, and what they lose without the network.

    python experiments/headline.py --out runs/headline --streme ../shared/golden/streme runs/*/*/seed*
    python experiments/headline.py --out runs/headline --streme ../shared/golden/streme --jaspar runs/*/*/seed*

For each run: all motifs, as `motif=class` makes them, with the extraction seeds wanted; and headline motifs of words
alone, counted by labels, for which no network is needed. Without --jaspar, motifs are found and judged by validation
data; with it, those that were kept are compared with JASPAR and STREME on the test set, which chooses nothing. Motifs
are kept: the same command resumes.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from torch import nn

from demo.compare.comparison import compare_with_jaspar
from demo.compare.known import KnownMatrices
from demo.compare.matches import OTHER
from demo.compare.peers import read_peers
from demo.data.datamodule import SequenceDataModule
from demo.interpret.extraction.class_motifs import ClassMotifs
from demo.interpret.extraction.extract import Extraction, extract_motifs
from demo.interpret.extraction.headline import Headline, headline_motif
from demo.interpret.extraction.methods import ExtractionInput
from demo.interpret.extraction.sketch import Sketch, make_sketch
from demo.interpret.extraction.windows import WindowOptimisation
from demo.motifs.formats import read_meme, write_meme
from demo.motifs.jaspar import VERTEBRATES, matrices_of
from demo.motifs.motif import Motif
from demo.runs.finished import FinishedRun, open_run

KINDS = ("headline_motif", "words_alone", "class_motif", "best_window")
RELEASES = ("2016", "newest")


def found(run: FinishedRun, seeds: Sequence[int], folder: Path) -> Iterator[tuple[int, list[Motif]]]:
    """The motifs of a run by each extraction seed; made if they are not there yet. The sketch is the same for all."""
    paths = {seed: folder / f"{run.result.dataset} {run.result.seed} {seed}.meme" for seed in seeds}
    if not all(path.exists() for path in paths.values()):
        data = run.open_data(None)
        started = time.process_time()
        sketch = make_sketch(run.result.model, data, Sketch())
        print(run.result.dataset, run.result.seed, f"sketch: {time.process_time() - started:.1f} s of CPU", sep="\t")
    for seed, path in paths.items():
        yield seed, read_meme(path) if path.exists() else _make(run, data, sketch, seed, path)


def _make(run: FinishedRun, data: SequenceDataModule, sketch: nn.Module, seed: int, path: Path) -> list[Motif]:
    network = run.model.network
    own = matrices_of(run.result.tf, "newest", VERTEBRATES)
    # As a run does: where negatives are shuffles, extraction makes its own.
    negatives = data.validation_codes[data.validation_labels == 0] if len(data.train_negatives) else None
    started = time.process_time()
    method = ClassMotifs(WindowOptimisation(seed=seed), headline=Headline(seed=seed))
    extracted = extract_motifs(
        network,
        data.train_positives,
        data.validation_positives,
        run.result.tf,
        Extraction(method),
        own[0].width if own else None,
        sketch,
        data.train_negatives,
        negatives,
    )
    seconds = time.process_time() - started
    given = ExtractionInput(
        [network], data.train_positives, data.validation_positives, run.result.tf, 0.25, data.train_negatives, negatives
    )
    words = headline_motif(given, [], Headline(seed=seed, optima=False, called_by="labels"))
    motifs = [replace(motif, name=kind) for kind, motif in extracted.motifs.items() if kind in KINDS]
    motifs += [replace(words[0], name="words_alone")] if words else []
    write_meme(path, motifs)
    print(path.stem, f"{seconds:.1f} s of CPU", *(f"{m.name}={m.consensus}" for m in motifs), sep="\t", flush=True)
    return motifs


def _p(gain: NDArray[np.float64]) -> float:
    gain = gain[np.isfinite(gain)]
    return float(stats.wilcoxon(gain).pvalue) if gain.any() else 1.0


def judged(run: FinishedRun, motifs: list[Motif]) -> Iterator[tuple[str, str, str, float, float, float, float, float]]:
    """Kind, release, consensus, AMA and best-hit AUROC, whether its own is matched at q < 0.05 and, as in the paper, at
    q < 0.5, and whether own or related comes first."""
    by_kind = {motif.name: motif for motif in motifs}
    comparison, _ = compare_with_jaspar(by_kind, KnownMatrices(run.result.tf), RELEASES, run.open_data(None).test_set())
    for part in comparison.releases:
        for kind, motif in part.motifs.items():
            own = motif.own.q if motif.own is not None else 1.0
            related = motif.best is not None and motif.best.q < 0.05 and motif.best.relation != OTHER
            ama = motif.affinity.auroc if motif.affinity else np.nan
            hit = motif.best_hit.auroc if motif.best_hit else np.nan
            of_jaspar = (float(own < 0.05), float(own < 0.5), float(related)) if part.own_matrices else (np.nan,) * 3
            yield kind, part.release, by_kind[kind].consensus, ama, hit, *of_jaspar


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, help="run directories")
    parser.add_argument("--out", type=Path, required=True, help="folder of motifs")
    parser.add_argument("--streme", type=Path, required=True, help="folder of STREME's outputs")
    parser.add_argument("--seeds", default="0", help="of the extraction")
    parser.add_argument("--jaspar", action="store_true", help="compare what was found")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    rows: dict[tuple[str, str, str], dict[str, tuple[float, ...]]] = {}
    for run in map(open_run, arguments.runs):
        peer = read_peers([f"streme={arguments.streme}"], run.result.dataset)[0].motif
        for seed, motifs in found(run, [int(seed) for seed in arguments.seeds.split(",")], arguments.out):
            if not arguments.jaspar:
                continue
            for kind, release, consensus, *numbers in judged(run, [*motifs, peer]):
                print(
                    run.result.dataset, run.result.seed, seed, kind, release, consensus, *numbers, sep="\t", flush=True
                )
                rows.setdefault((release, f"{run.result.seed} {seed}", kind), {})[run.result.dataset] = tuple(numbers)
    for (release, seeds, kind), sets in sorted(rows.items()):
        ama, hit, own, own_loosely, related = np.array(list(sets.values()), float).T
        peers = np.array([rows[release, seeds, "streme"][name][:2] for name in sets], float)
        gains = (ama - peers[:, 0], hit - peers[:, 1])
        print(f"JASPAR {release}, seeds {seeds}, {kind}", end=": ")
        for what, values, gain in zip(("AMA AUROC", "best hit"), (ama, hit), gains, strict=True):
            up = f"{np.nanmean(gain):+.4f}, up on {(gain > 0).sum()} of {np.isfinite(gain).sum()}, p = {_p(gain):.2g}"
            print(f"{what} {np.nanmean(values):.3f} ({up})", end="; ")
        counts = (np.nansum(each) for each in (own, own_loosely, related))
        print("own {:.0f}, own at q < 0.5 {:.0f}, own or related first {:.0f}".format(*counts))


if __name__ == "__main__":
    main()

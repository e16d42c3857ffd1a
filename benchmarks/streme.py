"""STREME's first motif of each data set beside those of our runs, by the same comparison.

    python benchmarks/streme.py --data ../shared/data/encode --streme ../shared/golden/streme [--runs runs]

The peer is STREME (MEME suite 5.5.8; settings in the README of its outputs), which needs no network and 18 to 240 s a
set. ``--streme`` is a folder of its outputs, ``<data set>.txt``; without ``--runs``, only these are shown. For each
motif: bits per sequence about validation labels, which ours were chosen by and STREME's were not; on the test set, the
AUROC of average motif affinity and of the best hit; and Tomtom's q of the factor's own matrix.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from demo.compare.comparison import COMPARED, compare_with_jaspar
from demo.compare.known import KnownMatrices
from demo.compare.matches import OTHER
from demo.compare.peers import read_peers
from demo.data.catalogue import DataSet, resolve
from demo.data.datamodule import PeakDataModule
from demo.interpret.extraction.evidence import validation_separation
from demo.motifs.formats import read_meme
from demo.motifs.motif import Motif
from demo.study.runs import collect, representatives

RELEASES = ("2016", "newest")
STRICT = 0.05


@dataclass(frozen=True)
class Judged:
    """A motif of a data set against a release of JASPAR; AUROCs are NaN if the factor has no matrix there."""

    dataset: str
    kind: str
    release: str
    consensus: str
    bits: float
    ama: float
    hit: float
    has_matrix: bool
    own: bool
    related: bool


def judged(dataset: DataSet, motifs: dict[str, Motif]) -> Iterator[Judged]:
    assert dataset.train_path and dataset.test_path
    data = PeakDataModule(dataset.train_path, dataset.test_path)
    data.setup()
    bits = {kind: validation_separation(motif, data.validation_positives).information for kind, motif in motifs.items()}
    comparison, _ = compare_with_jaspar(motifs, KnownMatrices(dataset.tf), RELEASES, data.test_set())
    for part in comparison.releases:
        for kind, found in part.motifs.items():
            yield Judged(
                dataset.name,
                kind,
                part.release,
                motifs[kind].consensus,
                bits[kind],
                found.affinity.auroc if found.affinity else np.nan,
                found.best_hit.auroc if found.best_hit else np.nan,
                bool(part.own_matrices),
                found.own is not None and found.own.q < STRICT,
                found.best is not None and found.best.q < STRICT and found.best.relation != OTHER,
            )


def of_runs(folder: Path) -> dict[str, dict[str, Motif]]:
    """The motifs of the selected run of each data set, by kind."""
    found = {}
    for run in representatives(collect(folder).finished):
        prefixed = {motif.name: motif for motif in read_meme(run.directory / "motifs" / "motifs.meme")}
        found[run.dataset] = {k: m for name, m in prefixed.items() for k in COMPARED if name.endswith(f"_{k}")}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .seq.gz files")
    parser.add_argument("--streme", type=Path, required=True, help="folder of STREME's outputs")
    parser.add_argument("--runs", type=Path, help="folder of runs")
    arguments = parser.parse_args()
    ours = of_runs(arguments.runs) if arguments.runs else {}
    everything: list[Judged] = []
    print(*_TITLES, sep="\t")
    for path in sorted(arguments.streme.glob("*.txt")):
        first = read_peers([f"streme={path}"], path.stem)[0].motif
        for one in judged(resolve(path.stem, arguments.data).dataset, {"streme": first} | ours.get(path.stem, {})):
            everything.append(one)
            matched = [("yes" if is_so else "no") if one.has_matrix else "-" for is_so in (one.own, one.related)]
            numbers = (f"{number:.3f}" for number in (one.bits, one.ama, one.hit))
            print(one.dataset, one.kind, one.release, one.consensus, *numbers, *matched, sep="\t", flush=True)
    for release in sorted({one.release for one in everything}):
        print(f"\nJASPAR {release}")
        of = {(one.dataset, one.kind): one for one in everything if one.release == release}
        for kind in ("streme", *COMPARED):
            rows = [one for one in of.values() if one.kind == kind and one.has_matrix]
            if rows:
                means = ", ".join(f"{name} {np.mean([getattr(r, name) for r in rows]):.3f}" for name in _NUMBERS)
                print(f"  {kind}: own {sum(r.own for r in rows)}, best match own or related "
                      f"{sum(r.related for r in rows)} of {len(rows)}; mean {means}")  # fmt: skip
            pairs = [(r, of[r.dataset, "streme"]) for r in rows if (r.dataset, "streme") in of and kind != "streme"]
            for name in _NUMBERS if len(pairs) > 1 else ():
                print(f"    {name}: {_difference([getattr(a, name) - getattr(b, name) for a, b in pairs])}")


_TITLES = (
    "data set",
    "motif",
    "JASPAR",
    "consensus",
    "bits",
    "AMA AUROC",
    "best-hit AUROC",
    "own",
    "own or related best",
)
_NUMBERS = ("bits", "ama", "hit")


def _difference(differences: list[float]) -> str:
    """Ours minus STREME's: the mean with its 95 % t interval, on how many sets it is above 0, and Wilcoxon's p."""
    values = np.array(differences)
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    p = stats.wilcoxon(values).pvalue if values.any() else 1.0
    return (
        f"{values.mean():+.3f} ({values.mean() - half:+.3f} to {values.mean() + half:+.3f}), "
        f"up on {(values > 0).sum()} of {len(values)}, p = {p:.2g}"
    )


if __name__ == "__main__":
    main()

"""Which of JASPAR's matrices separates a factor's peaks from their shuffles best? Often another factor's.

    python experiments/known_matrices.py --data ../shared/data/encode [--release 2016] [--positives 2000 | --judges]

No network is involved. The most informative motif of a data set, however it was found, can be expected to match the
most informative known matrix. So the count printed at the end is the reference for how often a class motif's best match
is the factor's own matrix, a heterodimer's or one of its family. Peaks are drawn from the whole training file or, with
--judges, are those by which the class motifs of seed 0 are selected: the strongest 600 validation peaks. Only training
files are read.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.commands.cli import bad_input_ends
from demo.compare.known import KnownMatrices
from demo.compare.matches import OTHER
from demo.data.catalogue import on_disk
from demo.data.datamodule import PeakDataModule
from demo.interpret.extraction.evidence import Separation, separation, validation_pairs
from demo.motifs.jaspar import core_motifs, matrices_of, resolve_release
from demo.sequences import read_seq_gz
from demo.sequences.shuffle import dinucleotide_shuffle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .seq.gz files")
    parser.add_argument("--release", default="2016", help="of JASPAR")
    peaks = parser.add_mutually_exclusive_group()
    peaks.add_argument("--positives", type=int, default=2000, help="of the training file, drawn with seed 0")
    peaks.add_argument("--judges", action="store_true", help="the peaks by which class motifs of seed 0 are selected")
    arguments = parser.parse_args()
    release = resolve_release(arguments.release)
    matrices = core_motifs(release)
    peaks_are = "those by which class motifs are selected" if arguments.judges else f"{arguments.positives} positives"
    print(f"JASPAR {release}, {len(matrices)} matrices; {peaks_are} and their shuffles of each set")
    print("| data set | most informative | is | bits | AUROC | best own or related | rank | bits | AUROC |")
    print("|---" * 9 + "|")
    related_first = {"bits": 0, "AUROC": 0}
    sets = 0
    for dataset in on_disk(arguments.data):
        if dataset.train_path is None or not matrices_of(dataset.tf, release):
            continue
        sets += 1
        if arguments.judges:
            positives, shuffles = _judges(dataset.train_path)
        else:
            codes = read_seq_gz(dataset.train_path).positives.codes
            positives = codes[np.random.default_rng(0).permutation(len(codes))[: arguments.positives]]
            shuffles = dinucleotide_shuffle(positives, 0)
        found = [separation(matrix, positives, shuffles) for matrix in matrices]
        relation = KnownMatrices(dataset.tf).relations(release)
        related = [relation.get(matrix.name, OTHER) != OTHER for matrix in matrices]
        order = sorted(range(len(matrices)), key=lambda place: -found[place].information)
        rank = next(rank for rank, place in enumerate(order) if related[place])
        first, own = order[0], order[rank]
        related_first["bits"] += related[first]
        related_first["AUROC"] += related[max(order, key=lambda place: found[place].auroc)]
        print(
            f"| {dataset.name} | {matrices[first].alt_name} ({matrices[first].name}) "
            f"| {relation.get(matrices[first].name, OTHER)} | {_numbers(found[first])} "
            f"| {matrices[own].alt_name} ({matrices[own].name}) | {rank + 1} | {_numbers(found[own])} |",
            flush=True,
        )
    for measure, count in related_first.items():
        print(f"By {measure}, the best matrix is own, a heterodimer's or of the family on {count} of {sets}.")


def _judges(train_path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    data = PeakDataModule(train_path, train_path)
    data.setup()
    return validation_pairs(data.validation_positives)


def _numbers(found: Separation) -> str:
    return f"{found.information:.3f} | {found.auroc:.3f}"


if __name__ == "__main__":
    with bad_input_ends():
        main()

"""Speed of average motif affinity, against the same score window by window in plain Python, on one core.

OMP_NUM_THREADS=1 python benchmarks/ama.py [--sequences 1000] [--motifs 500]
"""

import argparse
import math
import time

import numpy as np

from demo.compare import ama, core_motifs
from demo.motifs import Motif
from demo.sequences import decode


def window_by_window(motif: Motif, sequence: str) -> float:
    """The mean of the odds products over all windows of both strands."""
    odds = [
        {
            letter: (p * motif.nsites + 0.0025) / (motif.nsites + 0.01) / 0.25
            for letter, p in zip("ACGT", row, strict=True)
        }
        for row in motif.ppm
    ]
    reverse_complement = sequence[::-1].translate(str.maketrans("ACGT", "TGCA"))
    count = len(sequence) - motif.width + 1
    total = 0.0
    for strand in (sequence, reverse_complement):
        for i in range(count):
            total += math.prod(column[letter] for column, letter in zip(odds, strand[i:], strict=False))
    return total / (2 * count)


def main() -> None:
    """Print both speeds, their ratio and how far the scores differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=1_000, help="of 101 bp")
    parser.add_argument("--motifs", type=int, default=500, help="of JASPAR 2016")
    arguments = parser.parse_args()
    motifs = core_motifs("2016")[: arguments.motifs]
    codes = np.random.default_rng(0).integers(0, 4, (arguments.sequences, 101)).astype(np.uint8)

    start = time.perf_counter()
    scores = np.array([ama(motif, codes) for motif in motifs])
    ours = time.perf_counter() - start

    few_motifs, few = motifs[::100], decode(codes[:20])
    start = time.perf_counter()
    plain = np.array([[window_by_window(motif, sequence) for sequence in few] for motif in few_motifs])
    theirs = time.perf_counter() - start

    pairs, few_pairs = scores.size, plain.size
    print(f"{len(motifs)} motifs x {len(codes)} sequences in {ours:.2f} s")
    print(f"demo          {pairs / ours:12,.0f} scores a second")
    print(f"plain Python  {few_pairs / theirs:12,.0f} scores a second")
    print(f"demo is {(pairs / ours) / (few_pairs / theirs):.0f} x as fast")
    print(f"largest relative difference {np.abs(scores[::100, : len(few)] / plain - 1).max():.0e}")


if __name__ == "__main__":
    main()

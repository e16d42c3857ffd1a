"""Speed of the dinucleotide shuffle, against Altschul & Erickson's algorithm in plain Python, on one core.

python benchmarks/shuffle.py [--sequences 200000] [--length 101]
"""

import argparse
import random
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from demo.sequences import decode
from demo.sequences.shuffle import dinucleotide_shuffle


def plain_python(sequence: str, rng: random.Random) -> str:
    """Altschul & Erickson (1985): draw each base's last exit until they all lead to the last base, permute the rest."""
    edges: dict[str, list[str]] = {}
    for letter, following in pairwise(sequence):
        edges.setdefault(letter, []).append(following)
    last = sequence[-1]
    while True:
        exits = {letter: rng.choice(following) for letter, following in edges.items() if letter != last}
        if all(reaches(letter, last, exits) for letter in exits):
            break
    for letter, following in edges.items():
        if letter != last:
            following.remove(exits[letter])
        rng.shuffle(following)
        if letter != last:
            following.append(exits[letter])
        following.reverse()
    shuffled = [sequence[0]]
    while len(shuffled) < len(sequence):
        shuffled.append(edges[shuffled[-1]].pop())
    return "".join(shuffled)


def reaches(letter: str, last: str, exits: dict[str, str]) -> bool:
    """Whether following ``exits`` from ``letter`` comes to ``last`` (there are four letters: three steps will do)."""
    for _ in range(3):
        letter = exits.get(letter, letter)
    return letter == last


def sequences_per_second(run: Callable[[], object], count: int, repeats: int = 3) -> float:
    """The best of ``repeats`` runs over ``count`` sequences."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return count / best


def main() -> None:
    """Print both speeds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=200_000, help="how many we shuffle (the peer: 2,000)")
    parser.add_argument("--length", type=int, default=101, help="letters per sequence")
    arguments = parser.parse_args()
    codes = np.random.default_rng(0).integers(0, 4, (arguments.sequences, arguments.length)).astype(np.uint8)
    peer_sequences = decode(codes[:2_000])

    start = time.perf_counter()
    dinucleotide_shuffle(codes[:1], 0)
    first_call = time.perf_counter() - start
    ours = sequences_per_second(lambda: dinucleotide_shuffle(codes, 1), len(codes))
    rng = random.Random(0)
    peer = sequences_per_second(lambda: [plain_python(s, rng) for s in peer_sequences], len(peer_sequences))

    print(f"random sequences of {arguments.length} letters, one core")
    print(f"demo.sequences.dinucleotide_shuffle    {ours:>12,.0f} sequences/s (first call {first_call:.2f} s)")
    print(f"Altschul-Erickson in plain Python      {peer:>12,.0f} sequences/s")
    print(f"ratio                                  {ours / peer:>12,.1f}")


if __name__ == "__main__":
    main()

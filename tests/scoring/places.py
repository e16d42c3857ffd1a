"""A small genome for tests of windows."""

from pathlib import Path

import numpy as np

CHROMOSOMES = {
    name: "".join(np.random.default_rng(seed).choice(list("ACGT"), length))
    for seed, (name, length) in enumerate({"chr1": 2000, "chr10": 300, "chr2": 25}.items())
}


def write_genome(folder: Path) -> Path:
    path = folder / "my genome é.fa"
    path.write_text("".join(f">{name}\n{letters}\n" for name, letters in CHROMOSOMES.items()))
    return path


def padded(chrom: str, start: int, end: int) -> str:
    """Letters of [start, end), N outside of the chromosome; letter by letter."""
    letters = CHROMOSOMES[chrom]
    return "".join(letters[i] if 0 <= i < len(letters) else "N" for i in range(start, end))

"""A small genome with binding sites in it, and the peaks that an experiment would find there."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from demo.data.simulate.generate import background
from demo.sequences import decode, encode

SITE = "TGACTCATTGCG"
CHROMOSOMES = {"chr1": 180_000, "chr8": 60_000, "chr9": 60_000}
SPACING = 450


class Planted(NamedTuple):
    """Files, and where on the chromosomes the middles of the sites are, strongest first."""

    genome: Path
    peaks: Path
    places: list[tuple[str, int]]


def plant(folder: Path, name: str = "hg toy") -> Planted:
    """300,000 bases with 660 sites, one letter of each changed at random, on either strand, and their narrowPeak file
    (unsorted; the summit is up to 3 bases off)."""
    random = np.random.default_rng(0)
    site = encode([SITE])[0]
    turned = 3 - site[::-1]
    fasta, places = [], []
    for chrom, bases in CHROMOSOMES.items():
        codes = background(-(-bases // 1000), 1000, random).reshape(-1)[:bases]
        for middle in range(SPACING // 2, bases - SPACING // 2, SPACING):
            letters = (site, turned)[random.integers(2)].copy()
            letters[random.integers(len(site))] = random.integers(4)
            codes[middle - 6 : middle + 6] = letters
            places.append((chrom, middle))
        (text,) = decode(codes[None])
        fasta.append(f">{chrom}\n" + "".join(f"{text[i : i + 60]}\n" for i in range(0, bases, 60)))
    genome = folder / f"{name}.fa"
    genome.write_text("".join(fasta))

    places = [places[i] for i in random.permutation(len(places))]
    lines = []
    for rank, (chrom, middle) in enumerate(places):
        start, end = middle - int(random.integers(60, 120)), middle + int(random.integers(60, 120))
        summit = middle - start + int(random.integers(-3, 4))
        lines.append(f"{chrom}\t{start}\t{end}\tpeak{rank}\t0\t.\t{1000 - rank}\t-1\t3\t{summit}\n")
    peaks = folder / "peaks.narrowPeak"
    peaks.write_text("".join(lines[i] for i in random.permutation(len(lines))))
    return Planted(genome, peaks, places)

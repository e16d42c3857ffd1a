"""A network of which the answer is known: it looks for TGACTCATT on either strand."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.interpret.extraction.class_motifs import ClassMotifs
from demo.interpret.extraction.extract import Extraction
from demo.interpret.extraction.methods import ExtractionInput
from demo.interpret.extraction.windows import WindowOptimisation
from demo.motifs import Motif
from demo.runs.trained_model import TrainedModel
from demo.sequences import encode, one_hot

SITE = "TGACTCATT"

QUICK = Extraction(
    ClassMotifs(WindowOptimisation(width=13, starts=6, samples=4, steps=60, candidates=6, backgrounds=128))
)


class SiteDetector(nn.Module):
    """Logit = 2 * (matching bases of the best place on either strand - 7), through one fixed filter."""

    def __init__(self) -> None:
        super().__init__()
        self.filter = nn.Parameter(one_hot(torch.from_numpy(encode([SITE]))))
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        strands = torch.cat([x, x.flip(1, 2)], 2)
        return 2 * (nn.functional.conv1d(self.dropout(strands), self.filter).amax((1, 2)) - 7)


def site_model() -> TrainedModel:
    """That network as if it had been trained on sequences of 60 bp."""
    return TrainedModel(SiteDetector().eval(), "TOY", "TOY_set", "user", 60, Path("best.ckpt"))


def positives(count: int, length: int = 60, seed: int = 0) -> NDArray[np.uint8]:
    """(count, length) random sequences, nine of ten with the site."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (count, length)).astype(np.uint8)
    site = encode([SITE])[0]
    for i, start in enumerate(random.integers(0, length - len(site), count)):
        if i % 10:
            codes[i, start : start + len(site)] = site
    return codes


def given(
    network: nn.Module, training: NDArray[np.uint8], validation: NDArray[np.uint8] | None = None, trim: float = 0.25
) -> ExtractionInput:
    """What a method is given of a TF named TOY."""
    validation = positives(100, seed=1) if validation is None else validation
    return ExtractionInput([network], training, validation, "TOY", trim)


def holds_site(consensus: str, reverse: str) -> bool:
    """Whether a motif, or its reverse complement, spells at least eight bases of the site.

    Read on both strands, TGACTCA has C or G in its middle.
    """
    return any(part in text.replace("S", "C") for text in (consensus, reverse) for part in (SITE[:8], SITE[1:]))


def of_site(sharpness: float, site: str = SITE) -> Motif:
    """A site as a motif: its bases have this probability."""
    ppm = np.full((len(site), 4), (1 - sharpness) / 3)
    ppm[np.arange(len(site)), encode([site])[0]] = sharpness
    return Motif("KNOWN.1", ppm, alt_name="SITE")

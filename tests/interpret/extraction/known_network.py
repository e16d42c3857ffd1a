"""A network of which the answer is known: it looks for TGACTCATT on either strand."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.runs.trained_model import TrainedModel
from demo.sequences import encode, one_hot

SITE = "TGACTCATT"


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
    """That network as if it had been trained on sequences of 60 letters."""
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


def holds_site(consensus: str, reverse: str) -> bool:
    """Whether a motif, or its reverse complement, spells at least eight bases of the site."""
    return any(part in text for text in (consensus, reverse) for part in (SITE[:8], SITE[1:]))

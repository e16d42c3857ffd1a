"""What the motifs chosen so far tell about validation positives and their shuffles, and what one more would add."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.interpret.extraction.separation import OCCURRENCES, average_odds, bits, log_ratio, site_odds
from demo.motifs.motif import Motif
from demo.sequences.alphabet import N_CODE


@dataclass(frozen=True)
class Sites:
    """The best site of each sequence: where it begins, and whether it is more likely there than not."""

    start: NDArray[np.intp]
    present: NDArray[np.bool_]

    @property
    def excess(self) -> NDArray[np.float64]:
        """(N,) 1 where the positive holds a site and its shuffle none, -1 the other way round."""
        positives, shuffles = np.split(self.present.astype(float), 2)
        return positives - shuffles


def standard_error(values: NDArray[np.float64]) -> float:
    """Of the mean of (N,) values, one for each pair of a positive and its shuffle."""
    return float(values.std() / np.sqrt(len(values)))


def is_above_zero(values: NDArray[np.float64], standard_errors: float) -> bool:
    """Whether the mean of (N,) values lies above 0 by more than so many of its standard errors."""
    return float(values.mean()) > standard_errors * standard_error(values)


class Evidence:
    """What the motifs chosen so far tell about validation positives and their shuffles, row by row."""

    def __init__(self, positives: NDArray[np.uint8], shuffles: NDArray[np.uint8]) -> None:
        self.count = len(positives)
        self.codes = np.concatenate([positives, shuffles])
        self.log_ratio = np.zeros(len(self.codes))

    def gains(self, motif: Motif) -> tuple[NDArray[np.float64], float]:
        """(N,) bits that ``motif`` adds to each pair, and the part of the positives with a site that fits best."""
        odds = average_odds(motif, self.codes)
        before = bits(*np.split(self.log_ratio, 2))
        tried = [bits(*np.split(self.log_ratio + log_ratio(odds, q), 2)) - before for q in OCCURRENCES]
        best = int(np.argmax([gain.mean() for gain in tried]))
        return tried[best], OCCURRENCES[best]

    def sites(self, motif: Motif, occurrence: float) -> Sites:
        """Where ``motif`` has its sites, if that part of the positives holds one."""
        odds = site_odds(motif, self.codes)
        # More likely there than not in a positive, and in a sequence that may be a positive or a shuffle: where all
        # positives hold a site (occurrence 1), the first alone would find one in every shuffle.
        present = odds.mean((1, 2)) >= max(1.0, (1 - occurrence) / occurrence)
        return Sites(odds.max(axis=1).argmax(axis=1), present)

    def add(self, motif: Motif, occurrence: float, sites: Sites) -> None:
        """Take ``motif`` in, and mask its sites."""
        self.log_ratio = self.log_ratio + log_ratio(average_odds(motif, self.codes), occurrence)
        rows = np.flatnonzero(sites.present)
        self.codes[rows[:, None], sites.start[rows, None] + np.arange(motif.width)] = N_CODE

"""Labelled sequences of one length, as every reader gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from demo.sequences.alphabet import check_codes
from demo.utils.errors import DemoError


@dataclass(frozen=True, eq=False)
class SequenceSet:
    """N sequences of L bp with their names and labels.

    Args:
        ids: N names, in the order of the file.
        codes: (N, L) ``uint8``, A C G T N = 0 1 2 3 4.
        labels: (N,) ``uint8``, 1 bound, 0 not bound.
        skipped: how many records the reader left out, by reason; empty where it kept all.

    Raises:
        DemoError: the shapes, types or values are not these.
    """

    ids: list[str]
    codes: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        check_codes(self.codes)
        count = len(self.codes)
        if len(self.ids) != count or self.labels.shape != (count,):
            raise DemoError(
                f"{count} sequences need {count} names and labels; there are {len(self.ids)} names "
                f"and labels of shape {self.labels.shape}."
            )
        if self.labels.dtype != np.uint8 or (count and self.labels.max() > 1):
            raise DemoError("Labels are uint8, 1 for bound and 0 for not bound.")

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def length(self) -> int:
        """Length of the sequences in bp, L."""
        return self.codes.shape[1]

    @property
    def positives(self) -> SequenceSet:
        """The bound sequences only, in their order."""
        return self.select(self.labels == 1)

    def select(self, index: slice | Sequence[int] | NDArray[np.integer] | NDArray[np.bool_]) -> SequenceSet:
        """The records of a slice, of positions (in the order given) or of a mask of shape (N,); a copy.

        ``skipped`` is kept: it tells of the file that was read, not of the selection.
        """
        # An empty list would otherwise become an array of floats, which cannot be an index.
        picked = np.arange(len(self))[np.asarray(index, int) if isinstance(index, list) and not index else index]
        return SequenceSet([self.ids[i] for i in picked], self.codes[picked], self.labels[picked], self.skipped)

"""Which bases of a sequence make the network predict binding.

Plain functions of a network, (B, 4, L) to (B,) logits, and sequences as ``demo.encode`` takes them. What they explain
is the *logit*, the mean of both strands as in prediction. Not the probability: it is flat near 1, so that its
gradient vanishes and a mutation seems to matter little in the very sequences that the network is surest of; and
evidence multiplies odds, so that contributions of bases only add up in the logit. N is no base: its attribution is 0.

A method is a frozen dataclass in one file. Its fields are its settings and stand directly under ``attribution``, beside
those of other methods; methods with a setting of the same name, such as ``seed``, share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demo.utils.settings import Registry


@dataclass(frozen=True, eq=False)
class Attribution:
    """What one method says of N sequences of L bp.

    Attributes:
        track: (N, L) logit: what each base that is there adds; 0 for N. A column of ``attributions.tsv``, and the
            heights of letters.
        titles: (N,) of the panels drawn of each sequence.
        arrays: (N, L, 4) each, by their names in ``attributions.npz``.
        numbers: (N,) each, by their columns in ``sequences.tsv``.
    """

    track: NDArray[np.float32]
    titles: Sequence[str]
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    numbers: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


class AttributionMethod(Protocol):
    """A way to say which bases make a network predict binding."""

    def explain(self, network: nn.Module, codes: NDArray[np.uint8]) -> Attribution:
        """Explain sequences.

        Args:
            network: (B, 4, L) to (B,) logits, on any device; to be left as found.
            codes: (N, L) ``uint8``, values 0-4.

        Raises:
            DemoError: the network is not such as the method can explain.
        """
        ...


ATTRIBUTION_METHODS: Registry[type[AttributionMethod]] = Registry("attribution method")
"""By the names that ``attribution.methods`` lists."""

"""Attribution by experiment: what happens to the logit when a base is substituted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import nn

from demo.interpret.attribution import ATTRIBUTION_METHODS, Attribution
from demo.networks.inference import frozen, predict_logits
from demo.networks.registry import task_of
from demo.sequences import encode

_SEQUENCES = 64
"""Sequences whose mutants are in memory at a time: 64 x 303 mutants of 101 bp are 2 MB of codes."""


def in_silico_mutagenesis(
    network: nn.Module, sequences: Sequence[str] | ArrayLike, *, batch_size: int = 512
) -> NDArray[np.float32]:
    """The change of the logit by each of the 3L single substitutions (Alipanahi et al. 2015, "mutation maps").

    Args:
        network: (B, 4, L) to (B,) logits, on any device; left as found.
        sequences: N of them, as ``demo.encode`` takes them.
        batch_size: mutants at a time; the result does not depend on it.

    Returns:
        (N, L, 4) logit of the sequence with that base there, less the logit as it is; 0 for the base that is there, and
        where the sequence has N.

    Raises:
        DemoError: they are no sequences, or the network cannot read that length.
    """
    alphabet = task_of(network).alphabet
    size = alphabet.size
    codes = encode(sequences, alphabet=alphabet)
    changes = np.zeros((*codes.shape, size), np.float32)
    with frozen(network):
        for start in range(0, len(codes), _SEQUENCES):
            part = codes[start : start + _SEQUENCES]
            row, position, base = np.nonzero((part[:, :, None] != np.arange(size)) & (part[:, :, None] < size))
            mutants = part[row]
            mutants[np.arange(len(mutants)), position] = base
            logits = predict_logits(network, part, batch_size)
            changes[start + row, position, base] = predict_logits(network, mutants, batch_size) - logits[row]
    return changes


def base_importance(changes: NDArray[np.float32]) -> NDArray[np.float32]:
    """What each base adds to the logit, from its three substitutions: minus their mean change.

    Args:
        changes: (N, L, 4), from ``in_silico_mutagenesis``.

    Returns:
        (N, L) logit; above 0 where the base that is there is better than the others.
    """
    return -changes.sum(2) / np.float32(changes.shape[2] - 1)


@ATTRIBUTION_METHODS.register("in_silico_mutagenesis")
@dataclass(frozen=True)
class InSilicoMutagenesis:
    """In-silico mutagenesis; it has no settings, and needs no gradient."""

    def explain(self, network: nn.Module, codes: NDArray[np.uint8]) -> Attribution:
        """As ``base_importance``; the array holds the change by each substitution."""
        changes = in_silico_mutagenesis(network, codes)
        others = "three" if changes.shape[2] == 4 else str(changes.shape[2] - 1)
        title = f"in-silico mutagenesis: logit lost when the base is another, mean of {others}"
        return Attribution(base_importance(changes), [title] * len(codes), {"in_silico_mutagenesis": changes})

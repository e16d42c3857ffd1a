"""What an extraction method is: what it is given, what it finds, and where it is registered.

A method is a frozen dataclass in one file. Its fields are its settings and stand directly under ``motif.extraction``; a
field that is a dataclass itself groups some, as in ``motif.extraction.activation.threshold``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demo.interpret.extraction.evidence import Support
from demo.motifs.motif import Motif
from demo.networks.inference import MeanLogit
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.settings import Registry


@dataclass(frozen=True, eq=False)
class ExtractionInput:
    """What motifs are extracted from. Known motifs and test data are no part of it.

    Attributes:
        networks: at least one; each takes real-valued (B, 4, L) DNA and returns (B,) logits. To be left as found.
        training_positives: (N, L) ``uint8``, values 0-4; at least one.
        validation_positives: (M, L) ``uint8``: to choose and rank motifs by; at least one.
        prefix: motifs are named ``<prefix>_<kind>``.
        trim: bits below which flanks are to be cut.
        training_negatives, validation_negatives: those of the run, if its file has any; otherwise, or if they are
            empty, negatives are shuffles of the positives.
        optima: of equation 1, each as its best window.
    """

    networks: Sequence[nn.Module]
    training_positives: NDArray[np.uint8]
    validation_positives: NDArray[np.uint8]
    prefix: str
    trim: float
    training_negatives: NDArray[np.uint8] | None = None
    validation_negatives: NDArray[np.uint8] | None = None
    optima: Sequence[Motif] = ()

    @cached_property
    def network(self) -> nn.Module:
        """The only network, or the mean logit of several."""
        return self.networks[0] if len(self.networks) == 1 else MeanLogit(self.networks)

    def negatives_of_training(self, positives: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
        """Those of the run, or a dinucleotide shuffle of each of the given (N, L) training positives."""
        return _or_shuffled(self.training_negatives, positives, seed)

    def negatives_of_validation(self, seed: int) -> NDArray[np.uint8]:
        """Those of the run, or a dinucleotide shuffle of each validation positive."""
        return _or_shuffled(self.validation_negatives, self.validation_positives, seed)


def _or_shuffled(negatives: NDArray[np.uint8] | None, positives: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    if negatives is None or not len(negatives):
        return dinucleotide_shuffle(positives, seed)
    return negatives


@dataclass(frozen=True)
class FoundMotifs:
    """What a method found.

    Attributes:
        motifs: in the order to be shown.
        support: of those that have any, by name of the motif.
        notes: what is missing and why, one sentence each.
    """

    motifs: Sequence[Motif]
    support: Mapping[str, Support] = field(default_factory=dict)
    notes: Sequence[str] = ()


class ExtractionMethod(Protocol):
    """A way to find motifs beyond those of equation 1."""

    def extract(self, given: ExtractionInput) -> FoundMotifs:
        """Find motifs.

        Raises:
            DemoError: the networks or sequences are not such as the method can use.
        """
        ...


EXTRACTION_METHODS: Registry[type[ExtractionMethod]] = Registry("extraction method")
"""By the name that ``motif.extraction.method`` has."""

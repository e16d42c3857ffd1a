"""Sequences explained: what the network says of each, and by which of its bases, in three ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from demo.interpret.attribution.gradients import BASELINES, Baseline, integrated_gradients, saliency
from demo.interpret.attribution.mutagenesis import base_importance, in_silico_mutagenesis
from demo.runs.trained_model import TrainedModel
from demo.utils.checks import choice, whole


@dataclass(frozen=True)
class AttributionSettings:
    """How sequences are explained.

    Args:
        baseline: of integrated gradients, ``"zeros"`` or ``"shuffled"``.
        shuffles: how many dinucleotide shuffles make the latter.
        steps: of integrated gradients.
        close_up: positions of the close-up picture; None for none.
        seed: of the shuffles.

    Raises:
        DemoError: a value is out of its range.
    """

    baseline: Baseline = "shuffled"
    shuffles: int = 10
    steps: int = 50
    close_up: int | None = 40
    seed: int = 0

    def __post_init__(self) -> None:
        choice("attribution.baseline", self.baseline, BASELINES)
        whole("attribution.shuffles", self.shuffles, 1, 1000)
        whole("attribution.steps", self.steps, 1, 10_000)
        if self.close_up is not None:
            whole("attribution.close_up", self.close_up, 5)
        whole("attribution.seed", self.seed, 0)


@dataclass(frozen=True, eq=False)
class Sequences:
    """N sequences as long as the model's, and where they come from.

    Args:
        names: of each.
        codes: (N, L) ``uint8``, values 0-4.
        labels: 1 bound, 0 not bound; None for each where it is not known.
        starts: where each begins in the sequence that it was cut from, from 0.
    """

    names: Sequence[str]
    codes: NDArray[np.uint8]
    labels: Sequence[int | None]
    starts: Sequence[int]

    def select(self, order: Sequence[int]) -> Sequences:
        """Those at these places, in this order."""
        return Sequences(
            [self.names[i] for i in order],
            self.codes[list(order)],
            [self.labels[i] for i in order],
            [self.starts[i] for i in order],
        )


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the network says of N sequences, and why.

    Attributes:
        sequences: the N sequences.
        logits: (N,) mean of both strands.
        probabilities: (N,) of binding, 0-1.
        saliency: (N, L, 4) centred gradient of the logit.
        integrated: (N, L, 4) integrated gradients, logit.
        convergence_delta: (N,) logit, by how much these miss completeness.
        changes: (N, L, 4) logit of each substitution less that of the sequence.
        settings: how all this was made.
    """

    sequences: Sequences
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float64]
    saliency: NDArray[np.float32]
    integrated: NDArray[np.float32]
    convergence_delta: NDArray[np.float32]
    changes: NDArray[np.float32]
    settings: AttributionSettings = field(default_factory=AttributionSettings)

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N, L, 4): which base is there."""
        return self.sequences.codes[:, :, None] == np.arange(4)

    @cached_property
    def tracks(self) -> dict[str, NDArray[np.float32]]:
        """One number per position, (N, L) logit, by method: what the base that is there adds."""
        return {
            "input_x_gradient": np.where(self.present, self.saliency, 0).sum(2, dtype=np.float32),
            "integrated_gradients": self.integrated.sum(2),
            "in_silico_mutagenesis": base_importance(self.changes),
        }

    def close_up(self, i: int) -> tuple[int, int] | None:
        """The stretch of sequence ``i`` with the largest effects of substitutions: (first, one past the last).

        As wide as the settings say; None where they say none, or it would be the whole sequence.
        """
        effects = np.abs(self.tracks["in_silico_mutagenesis"][i])
        width = self.settings.close_up
        if width is None or width >= len(effects):
            return None
        start = int(np.convolve(effects, np.ones(width), "valid").argmax())
        return start, start + width


def explain(model: TrainedModel, sequences: Sequences, settings: AttributionSettings | None = None) -> Explanation:
    """Explain what a model says of sequences; integrated gradients are most of the work.

    Args:
        model: left as found.
        sequences: as long as those that it was trained on.
        settings: ``AttributionSettings()`` if None.

    Raises:
        DemoError: the network cannot read sequences of that length.
    """
    settings = settings or AttributionSettings()
    network, codes = model.network, sequences.codes
    integrated = integrated_gradients(
        network,
        codes,
        baseline=settings.baseline,
        shuffles=settings.shuffles,
        steps=settings.steps,
        seed=settings.seed,
    )
    return Explanation(
        sequences,
        model.logits(codes),
        model.predict(codes),
        saliency(network, codes, centred=True),
        integrated.attributions,
        integrated.convergence_delta,
        in_silico_mutagenesis(network, codes),
        settings,
    )

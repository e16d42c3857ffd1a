"""Sequences explained: what the network says of each, and because of which bases, by one method or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.interpret.attribution import ATTRIBUTION_METHODS, Attribution, AttributionMethod
from demo.interpret.attribution.gradients import InputXGradient, IntegratedGradients
from demo.interpret.attribution.mutagenesis import InSilicoMutagenesis
from demo.runs.trained_model import TrainedModel
from demo.sequences import BINDING, Task
from demo.utils.checks import whole
from demo.utils.errors import DemoError
from demo.utils.settings import build, build_registered


def _default_methods() -> dict[str, AttributionMethod]:
    return {
        "input_x_gradient": InputXGradient(),
        "integrated_gradients": IntegratedGradients(),
        "in_silico_mutagenesis": InSilicoMutagenesis(),
    }


@dataclass(frozen=True)
class AttributionSettings:
    """How sequences are explained.

    Args:
        methods: by registered name, in the order of columns and panels.
        close_up: width of the close-up picture in bp; None for none.

    Raises:
        DemoError: there is no method, or a value is out of range.
    """

    methods: Mapping[str, AttributionMethod] = field(default_factory=_default_methods)
    close_up: int | None = 40

    def __post_init__(self) -> None:
        if not self.methods:
            raise DemoError("attribution.methods is empty.", exists=ATTRIBUTION_METHODS)
        if self.close_up is not None:
            whole("close_up", self.close_up, 5)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> AttributionSettings:
        """Settings from plain values, as ``conf/visualize.yaml`` has them under ``attribution``.

        Args:
            values: ``methods``, a list of registered names (all three if it is not there); ``close_up``; and the
                settings of methods. Those of other methods have no effect.

        Raises:
            DemoError: there is no such method or setting, or a value is out of range.
        """
        names = values.get("methods", list(_default_methods()))
        if not isinstance(names, list | tuple):
            raise DemoError(f"attribution.methods is {names!r}, and has to be a list.", exists=ATTRIBUTION_METHODS)
        methods, rest = build_registered(ATTRIBUTION_METHODS, names, values, "attribution")
        return build(cls, {**rest, "methods": methods}, "attribution")


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
        """Those with these indices, in this order."""
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
        attributions: by method, in the order of columns and panels.
        close_up_width: bp of the close-up picture; None for none.
        task: of the network.
    """

    sequences: Sequences
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float64]
    attributions: Mapping[str, Attribution]
    close_up_width: int | None
    task: Task = BINDING

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N, L, 4): which base is there."""
        return self.sequences.codes[:, :, None] == np.arange(self.task.alphabet.size)

    def close_up(self, i: int) -> tuple[int, int] | None:
        """The window of sequence ``i`` with the largest effects by the last method: (first, one past the last).

        None if none is wanted, or it would be the whole sequence.
        """
        effects = np.abs([*self.attributions.values()][-1].track[i])
        width = self.close_up_width
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
        DemoError: the network cannot read sequences of that length, or a method cannot explain it.
    """
    settings = settings or AttributionSettings()
    codes = sequences.codes
    attributions = {
        name: _checked(name, method.explain(model.network, codes), codes) for name, method in settings.methods.items()
    }
    return Explanation(
        sequences, model.logits(codes), model.predict(codes), attributions, settings.close_up, model.task
    )


def _checked(name: str, found: Attribution, codes: NDArray[np.uint8]) -> Attribution:
    """What a method returned, which may be the user's own.

    Raises:
        DemoError: it is not what ``AttributionMethod`` promises.
    """
    problem = None
    if not isinstance(found, Attribution):
        problem = f"returns a {type(found).__name__}, not an Attribution"
    elif np.shape(found.track) != codes.shape:
        problem = f"has a track of {np.shape(found.track)} for sequences of {codes.shape}"
    elif not np.isfinite(found.track).all():
        problem = "has a track with values that are not finite"
    elif len(found.titles) != len(codes):
        problem = f"has {len(found.titles)} titles for {len(codes)} sequences"
    if problem:
        raise DemoError(f"The attribution method {name} {problem}.", fix="docs/extending.md has an example")
    return found

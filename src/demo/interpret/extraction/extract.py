"""All motifs of one or more trained networks: those of equation 1, and those of the method chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demo.interpret.extraction import filters, modisco  # noqa: F401 (both register a method)
from demo.interpret.extraction.class_motifs import ClassMotifs
from demo.interpret.extraction.class_optimisation import ClassOptimisation, ClassOptimum, optimise_class
from demo.interpret.extraction.evidence import Separation, Support
from demo.interpret.extraction.methods import (
    EXTRACTION_METHODS,
    SHUFFLES,
    ExtractionInput,
    ExtractionMethod,
    FoundMotifs,
)
from demo.interpret.extraction.sketch import Sketch
from demo.motifs.motif import Motif
from demo.networks.inference import Rounded
from demo.utils.checks import real
from demo.utils.errors import DemoError
from demo.utils.settings import build, build_registered

DEFAULT_WINDOW_WIDTH = 15
"""Width of the best window without a JASPAR matrix to take it from: the median of JASPAR 2016 is 12 to 15."""

_RENAMED = {"most": "max_motifs", "least_gain": "min_gain", "least_sites": "min_sites", "sure": "top_fraction"}
"""Settings of runs of earlier versions."""

_GONE = ("refinement",)
"""Likewise: the headline motif takes the place of the refined motif."""


@EXTRACTION_METHODS.register("paper")
@dataclass(frozen=True)
class EquationOneAlone:
    """No motifs but those of equation 1, which every method gives: the paper's."""

    def extract(self, given: ExtractionInput) -> FoundMotifs:
        """None."""
        return FoundMotifs([])


@dataclass(frozen=True)
class Extraction:
    """How motifs are extracted.

    Args:
        method: for motifs beyond those of equation 1.
        paper: how equation 1 is solved.
        sketch: of the network, for which equation 1 is solved, too.
        trim: bits below which flanks are cut from all motifs but those of equation 1.

    Raises:
        DemoError: a value is out of range.
    """

    method: ExtractionMethod = field(default_factory=ClassMotifs)
    paper: ClassOptimisation = field(default_factory=ClassOptimisation)
    sketch: Sketch = field(default_factory=Sketch)
    trim: float = 0.25

    def __post_init__(self) -> None:
        real("trim", self.trim, 0, 2, open_high=True)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Extraction:
        """Settings from plain values, of a configuration or a run directory; nothing in them is imported.

        Args:
            values: ``method``, a registered name (``class`` if it is not there); ``paper``; ``trim``; and the settings
                of methods. Those of other methods have no effect.

        Raises:
            DemoError: there is no such method or setting, or a value is out of range.
        """
        renamed = {key: _current(value) if isinstance(value, Mapping) else value for key, value in values.items()}
        for gone in _GONE:
            renamed.pop(gone, None)
        name = str(renamed.pop("method", "class"))
        methods, rest = build_registered(EXTRACTION_METHODS, [name], renamed, "motif.extraction")
        return build(cls, {**rest, "method": methods[name]}, "motif.extraction")

    @property
    def method_name(self) -> str:
        """As the user types it."""
        return EXTRACTION_METHODS.name_of(type(self.method)) or type(self.method).__name__

    def plain(self) -> dict[str, Any]:
        """As the user types them: what ``of`` reads."""
        shared = {"paper": asdict(self.paper), "sketch": asdict(self.sketch), "trim": self.trim}
        return {"method": self.method_name, **shared} | asdict(self.method)  # type: ignore[call-overload]


def _current(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {_RENAMED.get(key, key): value for key, value in settings.items()}


@dataclass(frozen=True)
class ExtractedMotifs:
    """All motifs of a network, or of several together.

    Attributes:
        tf: symbol of the TF.
        optimum: of equation 1.
        of_sketch: whether that is the sketch's, and not the network's.
        full_optimum: it as a motif of all L positions.
        best_window: its most informative window, as in the paper.
        window_start: where that begins, from 0.
        found: what the method gives beyond equation 1, by name: ``"headline_motif"``, ``"class_motif"``,
            ``"class_motif_2"``, ...; ``"filter_<n>"``; ``"modisco_pos_<n>"``.
        support: of the headline motif and each class motif, by name.
        separation: on validation positives and their shuffles, of all but the full optimum, by name.
        notes: what is missing and why, one sentence each.
        settings: how all this was made.
        contrast: what positives are told from, in words.
    """

    tf: str
    optimum: ClassOptimum
    of_sketch: bool
    full_optimum: Motif
    best_window: Motif
    window_start: int
    found: dict[str, Motif]
    support: dict[str, Support]
    separation: dict[str, Separation]
    notes: list[str]
    settings: Extraction
    contrast: str = SHUFFLES

    @property
    def motifs(self) -> dict[str, Motif]:
        """All, by name, the headline motif first."""
        whole = self.best_window.width == self.full_optimum.width
        found = dict(self.found)
        first = {"headline_motif": found.pop("headline_motif")} if "headline_motif" in found else {}
        return (
            first | {"full_optimum": self.full_optimum} | ({} if whole else {"best_window": self.best_window}) | found
        )

    @property
    def class_motif(self) -> Motif | None:
        """The first; None if the method does not make any, or there is none."""
        return self.found.get("class_motif")

    @property
    def headline_motif(self) -> Motif | None:
        """None if the method does not make one, or no candidate tells validation positives from negatives."""
        return self.found.get("headline_motif")


def extract_motifs(
    networks: nn.Module | Sequence[nn.Module],
    training_positives: NDArray[np.uint8],
    validation_positives: NDArray[np.uint8],
    tf: str,
    settings: Extraction | None = None,
    window_width: int | None = None,
    sketch: nn.Module | None = None,
    training_negatives: NDArray[np.uint8] | None = None,
    validation_negatives: NDArray[np.uint8] | None = None,
) -> ExtractedMotifs:
    """Extract the motifs of a network, or of several trained on the same positives (seeds); they are left as found.

    Of several, class motifs are chosen among the optima of all; everything else uses their mean logit. Of JASPAR only
    the width of a matrix plays a part, as in the paper; the test set plays none.

    Args:
        networks: each takes real-valued (B, 4, L) DNA and returns (B,) logits.
        training_positives: (N, L) ``uint8``, values 0-4.
        validation_positives: (M, L) ``uint8``; what motifs are chosen and ranked by. None of the networks should have
            been trained on them: networks of several seeds share a split only if ``data`` is split by one seed.
        tf: symbol of the TF; motifs are named ``<tf>_<kind>``.
        settings: ``Extraction()`` if None.
        window_width: of the best window in bp: the width of the TF's JASPAR matrix, 15 if None; at most L.
        sketch: trained as by ``train_sketch``. Equation 1 is solved for it and for the networks, and
            the optimum whose best window separates validation data best is taken; None: for the networks alone.
        training_negatives, validation_negatives: (K, L) sequences of other classes, which positives are told from;
            None for shuffles.

    Returns:
        The motifs.

    Raises:
        DemoError: there are no networks or no sequences, or as the method has it: sequences too short for the settings,
            modisco-lite not installed.
    """
    settings = settings or Extraction()
    networks = [networks] if isinstance(networks, nn.Module) else list(networks)
    if not networks:
        raise DemoError("Motif extraction needs a network.")
    if not (len(training_positives) and len(validation_positives)):
        raise DemoError("Motif extraction needs training and validation positives.")
    prefix = "_".join(tf.split())
    given = ExtractionInput(
        networks,
        training_positives,
        validation_positives,
        prefix,
        settings.trim,
        training_negatives,
        validation_negatives,
    )
    length = training_positives.shape[1]
    # Where positions are fixed, all of them are the picture.
    width = length if given.task.positions else min(window_width or DEFAULT_WINDOW_WIDTH, length)
    solved = [
        solution
        for network in (sketch, given.network)
        if network is not None
        for solution in _equation_1(network, given, width, settings.paper)
    ]
    best = max(solved, key=lambda one: given.separation(one.window).information)

    method = settings.method.extract(replace(given, optima=[one.window for one in solved]))
    found = {motif.name.removeprefix(f"{prefix}_"): motif for motif in method.motifs}
    support = {name.removeprefix(f"{prefix}_"): value for name, value in method.support.items()}
    to_test = ({"full_optimum": best.full} if given.task.positions else {"best_window": best.window}) | found
    separations = {name: given.separation(motif) for name, motif in to_test.items()}
    return ExtractedMotifs(
        tf,
        best.optimum,
        best.network is sketch,
        best.full,
        best.window,
        best.start,
        found,
        support,
        separations,
        list(method.notes),
        settings,
        given.contrast,
    )


class _Solved(NamedTuple):
    """Equation 1 for a network and a start: the optimum, it as a motif, its best window, and where that begins."""

    network: nn.Module
    optimum: ClassOptimum
    full: Motif
    window: Motif
    start: int


def _equation_1(
    network: nn.Module, given: ExtractionInput, width: int, settings: ClassOptimisation
) -> Iterator[_Solved]:
    for optimum in optimise_class(Rounded(network), given.training_positives.shape[1], settings):
        full = optimum.motif(f"{given.prefix}_full_optimum", settings.pseudocount)
        start, window = full.windows_by_information(width)[0]
        yield _Solved(network, optimum, full, replace(window, name=f"{given.prefix}_best_window"), start)

"""All motifs of one trained network: the paper's, and the ones that hold up better."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demo.checks import choice, real
from demo.errors import DemoError
from demo.motifs.class_motif import rank_class_motifs
from demo.motifs.class_optimisation import ClassOptimisation, ClassOptimum, optimise_class
from demo.motifs.motif import Motif
from demo.motifs.refinement import Refinement, refine
from demo.motifs.separation import Separation, validation_separation
from demo.motifs.window_optimisation import WindowOptimisation

Method = Literal["class", "paper"]

DEFAULT_WINDOW_WIDTH = 15
"""Width of the best window where there is no JASPAR matrix to take it from: the median of JASPAR 2016 is 12 to 15."""


@dataclass(frozen=True)
class Extraction:
    """How motifs are extracted.

    Args:
        method: ``"paper"``: equation 1 as written, and the best window of its optimum. ``"class"``: these, and the
            class and the refined motif.
        paper: how equation 1 is solved.
        window: how windows are optimised.
        refinement: how the sites of the refined motif are counted.
        trim: bits below which flanks are cut from class and refined motif.
        least_information: bits per validation sequence that a class motif must tell about the label to be one. Where no
            candidate reaches it, there is no class motif: a network without knowledge has optima too.

    Raises:
        DemoError: a method that does not exist, or a value out of its range.
    """

    method: Method = "class"
    paper: ClassOptimisation = field(default_factory=ClassOptimisation)
    window: WindowOptimisation = field(default_factory=WindowOptimisation)
    refinement: Refinement = field(default_factory=Refinement)
    trim: float = 0.25
    least_information: float = 0.01

    def __post_init__(self) -> None:
        choice("motif.extraction.method", self.method, ("class", "paper"))
        real("motif.extraction.trim", self.trim, 0, 2, open_high=True)
        real("motif.extraction.least_information", self.least_information, -1e6, 1)


@dataclass(frozen=True)
class ExtractedMotifs:
    """What was found.

    Args:
        tf: symbol of the TF.
        optimum: of equation 1.
        full_optimum: it as a motif of all L positions.
        best_window: its most informative window, as the paper takes it.
        window_start: where that begins, from 0.
        class_motif: None where the method does not make it, or there is none.
        refined_motif: None where there is no class motif, or its sites have nothing in common.
        separation: on validation positives and their shuffles, by name: ``"best_window"``, ``"class_motif"``, ...
        notes: what is missing and why, one sentence each.
        settings: how all this was made.
    """

    tf: str
    optimum: ClassOptimum
    full_optimum: Motif
    best_window: Motif
    window_start: int
    class_motif: Motif | None
    refined_motif: Motif | None
    separation: dict[str, Separation]
    notes: list[str]
    settings: Extraction

    @property
    def motifs(self) -> dict[str, Motif]:
        """Those that there are, by name."""
        named = {
            "full_optimum": self.full_optimum,
            "best_window": self.best_window,
            "class_motif": self.class_motif,
            "refined_motif": self.refined_motif,
        }
        return {name: motif for name, motif in named.items() if motif is not None}


def extract_motifs(
    network: nn.Module,
    training_positives: NDArray[np.uint8],
    validation_positives: NDArray[np.uint8],
    tf: str,
    settings: Extraction | None = None,
    window_width: int | None = None,
) -> ExtractedMotifs:
    """Extract the motifs of ``network``, which is left as found.

    JASPAR has no part in it but for a number, the width of its matrix, as in the paper. The test set has none at all.

    Args:
        network: takes real-valued (B, 4, L) DNA, returns (B,) logits.
        training_positives: (N, L) ``uint8``, values 0-4.
        validation_positives: (M, L) ``uint8``; what class and refined motif are chosen by.
        tf: symbol of the TF; motifs are named ``<tf>_<kind>``.
        settings: ``Extraction()`` if None.
        window_width: positions of the best window: the width of the TF's JASPAR matrix, 15 if None; at most L.

    Returns:
        The motifs.

    Raises:
        DemoError: no sequences, or sequences too short for the settings.
    """
    settings = settings or Extraction()
    if not (len(training_positives) and len(validation_positives)):
        raise DemoError("Motif extraction needs training and validation positives.")
    length = training_positives.shape[1]
    prefix = "_".join(tf.split())
    optimum = optimise_class(network, length, settings.paper)
    full = optimum.motif(f"{prefix}_full_optimum", settings.paper.pseudocount)
    start, window = full.windows_by_information(min(window_width or DEFAULT_WINDOW_WIDTH, length))[0]
    window = Motif(f"{prefix}_best_window", window.ppm)

    class_motif = refined_motif = None
    notes: list[str] = []
    separations = {"best_window": validation_separation(window, validation_positives)}
    if settings.method == "class":
        name = f"{prefix}_class_motif"
        ranked = rank_class_motifs(
            network, training_positives, validation_positives, name, settings.window, settings.trim
        )
        if ranked and ranked[0].separation.information >= settings.least_information:
            class_motif = ranked[0].motif
            refined_motif = refine(
                network,
                class_motif,
                training_positives,
                validation_positives,
                f"{prefix}_refined_motif",
                settings.refinement,
                settings.trim,
            )
            separations["class_motif"] = validation_separation(class_motif, validation_positives)
            if refined_motif is None:
                notes.append("There is no refined motif: the sites counted have nothing in common.")
            else:
                separations["refined_motif"] = validation_separation(refined_motif, validation_positives)
        else:
            notes.append(_why_none(ranked[0].separation if ranked else None, settings.least_information))
    return ExtractedMotifs(tf, optimum, full, window, start, class_motif, refined_motif, separations, notes, settings)


def _why_none(best: Separation | None, least: float) -> str:
    if best is None:
        return "There is no class motif: the network has no optimum of a short window with 4 bits or more."
    return (
        "There is no class motif: the best optimum of a short window does not tell validation positives from their "
        f"shuffles ({best.information:.3f} bits per sequence, at least {least:g} wanted; AUROC {best.auroc:.3f})."
    )

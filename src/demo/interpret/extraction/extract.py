"""All motifs of a trained network, or of several: the paper's, and the ones that hold up better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demo.interpret.extraction.class_motif import rank_class_motifs
from demo.interpret.extraction.class_optimisation import ClassOptimisation, ClassOptimum, optimise_class
from demo.interpret.extraction.distinct_motifs import Distinction, Support, distinct_motifs
from demo.interpret.extraction.filter_motifs import FilterActivation, filter_motifs
from demo.interpret.extraction.mean_logit import MeanLogit
from demo.interpret.extraction.modisco import Modisco, modisco_motifs
from demo.interpret.extraction.refinement import Refinement, refine
from demo.interpret.extraction.separation import Separation, validation_separation
from demo.interpret.extraction.window_optimisation import WindowOptimisation
from demo.motifs.motif import Motif
from demo.utils.checks import choice, real
from demo.utils.errors import DemoError

Method = Literal["class", "paper", "activation", "modisco"]

METHODS = ("class", "paper", "activation", "modisco")
"""What ``motif=`` may be."""

DEFAULT_WINDOW_WIDTH = 15
"""Width of the best window where there is no JASPAR matrix to take it from: the median of JASPAR 2016 is 12 to 15."""


@dataclass(frozen=True)
class Extraction:
    """How motifs are extracted. Each method gives equation 1 as written and the best window of its optimum, and:

    Args:
        method: ``"paper"``: nothing else. ``"class"``: the class motifs and the refined motif. ``"activation"``: what
            the filters of the first layer answer to (DeepBind). ``"modisco"``: patterns of attributions (TF-MoDISco).
        paper: how equation 1 is solved.
        window: how windows are optimised.
        distinction: how distinct class motifs are told apart, and what makes one.
        refinement: how the sites of the refined motif are counted.
        activation: how windows of filters are counted.
        modisco: how patterns are found.
        trim: bits below which flanks are cut from all motifs but those of equation 1.

    Raises:
        DemoError: a method that does not exist, or a value out of its range.
    """

    method: Method = "class"
    paper: ClassOptimisation = field(default_factory=ClassOptimisation)
    window: WindowOptimisation = field(default_factory=WindowOptimisation)
    distinction: Distinction = field(default_factory=Distinction)
    refinement: Refinement = field(default_factory=Refinement)
    activation: FilterActivation = field(default_factory=FilterActivation)
    modisco: Modisco = field(default_factory=Modisco)
    trim: float = 0.25

    def __post_init__(self) -> None:
        choice("motif.extraction.method", self.method, METHODS)
        real("motif.extraction.trim", self.trim, 0, 2, open_high=True)


@dataclass(frozen=True)
class ExtractedMotifs:
    """What was found.

    Args:
        tf: symbol of the TF.
        optimum: of equation 1.
        full_optimum: it as a motif of all L positions.
        best_window: its most informative window, as the paper takes it.
        window_start: where that begins, from 0.
        found: what the method gives beyond equation 1, by name: ``"class_motif"``, ``"class_motif_2"``, ...,
            ``"refined_motif"``; ``"filter_<n>"``; ``"modisco_pos_<n>"``.
        support: of each class motif, by name.
        separation: on validation positives and their shuffles, of all but the full optimum, by name.
        notes: what is missing and why, one sentence each.
        settings: how all this was made.
    """

    tf: str
    optimum: ClassOptimum
    full_optimum: Motif
    best_window: Motif
    window_start: int
    found: dict[str, Motif]
    support: dict[str, Support]
    separation: dict[str, Separation]
    notes: list[str]
    settings: Extraction

    @property
    def motifs(self) -> dict[str, Motif]:
        """All, by name."""
        return {"full_optimum": self.full_optimum, "best_window": self.best_window} | self.found

    @property
    def class_motif(self) -> Motif | None:
        """The first; None where the method does not make it, or there is none."""
        return self.found.get("class_motif")

    @property
    def refined_motif(self) -> Motif | None:
        """None where there is no class motif, or its sites have nothing in common."""
        return self.found.get("refined_motif")


def extract_motifs(
    networks: nn.Module | Sequence[nn.Module],
    training_positives: NDArray[np.uint8],
    validation_positives: NDArray[np.uint8],
    tf: str,
    settings: Extraction | None = None,
    window_width: int | None = None,
) -> ExtractedMotifs:
    """Extract the motifs of a network, or of several trained on the same positives (seeds); they are left as found.

    Of several, class motifs are chosen among the optima of all, and all else asks their mean logit.
    JASPAR has no part in it but for a number, the width of its matrix, as in the paper. The test set has none at all.

    Args:
        networks: each takes real-valued (B, 4, L) DNA and returns (B,) logits.
        training_positives: (N, L) ``uint8``, values 0-4.
        validation_positives: (M, L) ``uint8``; what motifs are chosen and ranked by. None of the networks may have
            been trained on them: networks of several seeds share a split only where ``data`` is split by one seed.
        tf: symbol of the TF; motifs are named ``<tf>_<kind>``.
        settings: ``Extraction()`` if None.
        window_width: positions of the best window: the width of the TF's JASPAR matrix, 15 if None; at most L.

    Returns:
        The motifs.

    Raises:
        DemoError: no network, no sequences, sequences too short for the settings, or modisco-lite is not installed.
    """
    settings = settings or Extraction()
    networks = [networks] if isinstance(networks, nn.Module) else list(networks)
    if not networks:
        raise DemoError("Motif extraction needs a network.")
    if not (len(training_positives) and len(validation_positives)):
        raise DemoError("Motif extraction needs training and validation positives.")
    network = networks[0] if len(networks) == 1 else MeanLogit(networks)
    length = training_positives.shape[1]
    prefix = "_".join(tf.split())
    optimum = optimise_class(network, length, settings.paper)
    full = optimum.motif(f"{prefix}_full_optimum", settings.paper.pseudocount)
    start, window = full.windows_by_information(min(window_width or DEFAULT_WINDOW_WIDTH, length))[0]
    window = Motif(f"{prefix}_best_window", window.ppm)

    extracted = ExtractedMotifs(tf, optimum, full, window, start, {}, {}, {}, [], settings)
    if settings.method == "class":
        _add_class_motifs(extracted, networks, network, training_positives, validation_positives, prefix)
    elif settings.method == "activation":
        found = filter_motifs(
            network, training_positives, validation_positives, prefix, settings.activation, settings.trim
        )
        _add(extracted, found, prefix, "There is no filter whose windows have anything in common.")
    elif settings.method == "modisco":
        found = modisco_motifs(network, training_positives, prefix, settings.modisco, settings.trim)
        _add(extracted, found, prefix, "TF-MoDISco found no pattern that speaks for binding.")
    for name, motif in ({"best_window": window} | extracted.found).items():
        extracted.separation[name] = validation_separation(motif, validation_positives)
    return extracted


def _add_class_motifs(
    extracted: ExtractedMotifs,
    networks: Sequence[nn.Module],
    network: nn.Module,
    training_positives: NDArray[np.uint8],
    validation_positives: NDArray[np.uint8],
    prefix: str,
) -> None:
    settings = extracted.settings
    name = f"{prefix}_class_motif"
    ranked = rank_class_motifs(networks, training_positives, validation_positives, name, settings.window, settings.trim)
    starts = settings.window.starts * len(networks)
    distinct = distinct_motifs(
        ranked, starts, validation_positives, name, settings.distinction, settings.trim, settings.window.seed
    )
    for one in distinct:
        extracted.support[one.motif.name.removeprefix(f"{prefix}_")] = one.support
    why_none = _why_none(ranked[0].separation if ranked else None, settings.distinction.least_gain)
    _add(extracted, [one.motif for one in distinct], prefix, why_none)
    if distinct:
        refined = refine(
            network,
            distinct[0].motif,
            training_positives,
            validation_positives,
            f"{prefix}_refined_motif",
            settings.refinement,
            settings.trim,
        )
        why_none = "There is no refined motif: the sites counted have nothing in common."
        _add(extracted, [] if refined is None else [refined], prefix, why_none)


def _add(extracted: ExtractedMotifs, motifs: Sequence[Motif], prefix: str, why_none: str) -> None:
    """Put ``motifs`` in by the names they have without the TF's, or say why there are none."""
    extracted.found.update({motif.name.removeprefix(f"{prefix}_"): motif for motif in motifs})
    if not motifs:
        extracted.notes.append(why_none)


def _why_none(best: Separation | None, least: float) -> str:
    if best is None:
        return "There is no class motif: the network has no optimum of a short window with 4 bits or more."
    return (
        "There is no class motif: no optimum of a short window has sites that tell validation positives from their "
        f"shuffles (the best: {best.information:.3f} bits per sequence, at least {least:g} wanted, beyond chance; "
        f"AUROC {best.auroc:.3f})."
    )

"""Patterns of attributions by TF-MoDISco (Shrikumar et al. 2018, arXiv:1811.00416), as implemented in modisco-lite.

Where class optimisation makes an input that the network prefers, this looks at what it prefers in actual sequences:
stretches with high attributions (seqlets) are cut out, clustered by similarity and aligned. A motif counts the bases of
its seqlets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from demo.interpret.attribution.gradients import saliency
from demo.interpret.extraction.methods import EXTRACTION_METHODS, ExtractionInput, FoundMotifs
from demo.motifs.motif import Motif
from demo.networks.inference import frozen, logits_of
from demo.utils.checks import whole
from demo.utils.errors import DemoError

_PSEUDOCOUNT = 0.5  # sites per base: Jeffreys' prior


@dataclass(frozen=True)
class Modisco:
    """How patterns are found.

    Args:
        sequences: training positives considered, those with the highest logits; at least 1.
        window: core of a seqlet in bp, at least 5; modisco-lite's default is 21.
        flank: bp added on both sides of it, at least 0.
        seqlets: the most that are clustered, at least 100. Time grows with it.
        leiden_runs: clusterings tried, of which the best is taken, at least 1; modisco-lite's default of 50 takes many
            minutes.
        max_motifs: patterns kept, those with most seqlets; at least 1.

    Raises:
        DemoError: a value is out of its range.
    """

    sequences: int = 1000
    window: int = 15
    flank: int = 5
    seqlets: int = 1000
    leiden_runs: int = 4
    max_motifs: int = 8

    def __post_init__(self) -> None:
        whole("sequences", self.sequences, 1, 10_000_000)
        whole("window", self.window, 5, 1_000)
        whole("flank", self.flank, 0, 1_000)
        whole("seqlets", self.seqlets, 100, 10_000_000)
        whole("leiden_runs", self.leiden_runs, 1, 1_000)
        whole("max_motifs", self.max_motifs, 1, 1_000)


@EXTRACTION_METHODS.register("modisco")
@dataclass(frozen=True)
class ModiscoMotifs:
    """Patterns that speak for binding.

    Args:
        modisco: how they are found.
    """

    modisco: Modisco = field(default_factory=Modisco)

    def extract(self, given: ExtractionInput) -> FoundMotifs:
        """``<prefix>_modisco_pos_<n>``, n from 0, most seqlets first; ``nsites`` is their number.

        Hypothetical contributions are centred gradients of the logit (``saliency``),
        contributions those of the bases that are there.

        Raises:
            DemoError: modisco-lite is not installed, or the sequences are shorter than a seqlet.
        """
        settings, network = self.modisco, given.network
        if given.alphabet.size != 4:
            raise DemoError("TF-MoDISco reads four letters, as of DNA and RNA.", fix="motif=class")
        find_patterns = _modisco_lite()
        width = settings.window + 2 * settings.flank
        if given.training_positives.shape[1] < width:
            raise DemoError(
                f"Seqlets of {width} bp do not fit in sequences of {given.training_positives.shape[1]} bp.",
                fix="a smaller motif.extraction.modisco.window",
            )
        with frozen(network):
            order = np.argsort(-logits_of(network, given.training_positives), kind="stable")
        codes = given.training_positives[order[: settings.sequences]]
        patterns, _ = find_patterns(
            one_hot=(codes[:, :, None] == np.arange(given.alphabet.size)).astype(np.float32),
            hypothetical_contribs=saliency(network, codes, centred=True),
            sliding_window_size=settings.window,
            flank_size=settings.flank,
            max_seqlets_per_metacluster=settings.seqlets,
            n_leiden_runs=settings.leiden_runs,
        )
        motifs: list[Motif] = []
        for pattern in patterns or []:
            counts = np.asarray(pattern.sequence, np.float64) * len(pattern.seqlets)
            motif = Motif.from_counts(
                f"{given.prefix}_modisco_pos_{len(motifs)}", counts, pseudocount=_PSEUDOCOUNT, alphabet=given.alphabet
            )
            if motif.information_content.max() >= given.trim:
                motifs.append(motif.trim(given.trim))
        motifs = motifs[: settings.max_motifs]
        return FoundMotifs(motifs, notes=[] if motifs else ["TF-MoDISco found no pattern that speaks for binding."])


def _modisco_lite() -> Any:
    try:
        from modiscolite.tfmodisco import TFMoDISco
    except ImportError as error:
        raise DemoError(
            f"TF-MoDISco needs a package that is not installed: {error.name}.",
            fix="pip install 'deep-motif[modisco]', or motif=class",
        ) from error
    return TFMoDISco

"""Patterns of attributions, found anew by TF-MoDISco (Shrikumar et al. 2018, arXiv:1811.00416) as in modisco-lite.

Where class optimisation asks for an input that the network would like, this looks at what it likes in sequences that
are there: stretches with high attributions (seqlets) are cut out, clustered by how alike they are, and laid on one
another. A motif counts the bases of its seqlets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demo.interpret.attribution import saliency
from demo.motifs.motif import Motif
from demo.networks.frozen import frozen, logits_of
from demo.utils.checks import whole
from demo.utils.errors import DemoError

_PSEUDOCOUNT = 0.5  # sites per base: Jeffreys' prior


@dataclass(frozen=True)
class Modisco:
    """How patterns are found.

    Args:
        sequences: training positives looked at, those with the highest logits; at least 1.
        window: positions of the middle of a seqlet, at least 5; modisco-lite's default is 21.
        flank: positions added on both sides of it, at least 0.
        seqlets: at most so many are clustered, at least 100. Time grows with it.
        leiden_runs: clusterings tried, of which the best is taken, at least 1; modisco-lite's default of 50 takes many
            minutes.
        most: patterns kept, those of most seqlets; at least 1.

    Raises:
        DemoError: a value is out of its range.
    """

    sequences: int = 1000
    window: int = 15
    flank: int = 5
    seqlets: int = 1000
    leiden_runs: int = 4
    most: int = 8

    def __post_init__(self) -> None:
        whole("motif.extraction.modisco.sequences", self.sequences, 1)
        whole("motif.extraction.modisco.window", self.window, 5)
        whole("motif.extraction.modisco.flank", self.flank, 0)
        whole("motif.extraction.modisco.seqlets", self.seqlets, 100)
        whole("motif.extraction.modisco.leiden_runs", self.leiden_runs, 1)
        whole("motif.extraction.modisco.most", self.most, 1)


def modisco_motifs(
    network: nn.Module,
    training_positives: NDArray[np.uint8],
    prefix: str,
    settings: Modisco | None = None,
    trim: float = 0.25,
) -> list[Motif]:
    """The patterns that speak for binding.

    Hypothetical contributions are centred gradients of the logit (``demo.interpret.attribution.saliency``),
    contributions these at the bases that are there.

    Args:
        network: takes (B, 4, L), returns (B,) logits; left as found.
        training_positives: (N, L) ``uint8``, values 0-4.
        prefix: motifs are named ``<prefix>_modisco_pos_<n>``, n from 0.
        settings: ``Modisco()`` if None.
        trim: bits below which flanks are cut.

    Returns:
        Most seqlets first; ``nsites`` is their number. Empty where there is no pattern.

    Raises:
        DemoError: modisco-lite is not installed, or the sequences are shorter than a seqlet.
    """
    settings = settings or Modisco()
    find_patterns = _modisco_lite()
    width = settings.window + 2 * settings.flank
    if training_positives.shape[1] < width:
        raise DemoError(
            f"Seqlets of {width} positions do not fit in sequences of {training_positives.shape[1]}.",
            fix="a smaller motif.extraction.modisco.window",
        )
    with frozen(network):
        order = np.argsort(-logits_of(network, training_positives), kind="stable")
    codes = training_positives[order[: settings.sequences]]
    hypothetical = saliency(network, codes, centred=True)
    patterns, _ = find_patterns(
        one_hot=(codes[:, :, None] == np.arange(4)).astype(np.float32),
        hypothetical_contribs=hypothetical,
        sliding_window_size=settings.window,
        flank_size=settings.flank,
        max_seqlets_per_metacluster=settings.seqlets,
        n_leiden_runs=settings.leiden_runs,
    )
    motifs: list[Motif] = []
    for pattern in patterns or []:
        counts = np.asarray(pattern.sequence, np.float64) * len(pattern.seqlets)
        motif = Motif.from_counts(f"{prefix}_modisco_pos_{len(motifs)}", counts, pseudocount=_PSEUDOCOUNT)
        if motif.information_content.max() >= trim:
            motifs.append(motif.trim(trim))
    return motifs[: settings.most]


def _modisco_lite() -> Any:
    try:
        from modiscolite.tfmodisco import TFMoDISco
    except ImportError as error:
        raise DemoError(
            f"TF-MoDISco needs a package that is not installed: {error.name}.",
            fix="pip install 'deep-motif[modisco]', or motif=class",
        ) from error
    return TFMoDISco

"""The motifs of a network compared with JASPAR's: Tomtom's matches, and which fit bound sequences better.

These are the paper's two checks of a motif (Lanchantin et al. 2016): Tomtom with Pearson's correlation, and average
motif affinity (AMA) on the test sequences. Both only evaluate motifs; neither is used to choose one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.compare.ama import ama, best_hit
from demo.compare.known import KnownMatrices
from demo.compare.matches import OTHER, OWN, Match, MatchGroup, grouped
from demo.compare.tomtom import has_information, tomtom
from demo.motifs.jaspar import core_matrices, resolve_release
from demo.motifs.motif import Motif
from demo.sequences import SequenceSet
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    import pandas as pd

COMPARED = ("headline_motif", "class_motif", "best_window")
"""The kinds of motif that studies report. The first is counted at sites in peaks; the others are class optimisation's,
which the paper's claims are about."""

FURTHER = re.compile(r"class_motif_\d+")
"""Class motifs after the first: of partners, or of another binding mode. They never replace the first."""

_NOT_COMPARED = "full_optimum"
"""All positions of the input, most of which are uninformative."""


@dataclass(frozen=True)
class Affinity:
    """Average motif affinity of our motif and of the TF's own matrix, on labelled test sequences.

    Attributes:
        matrix_id: the TF's primary matrix, whatever Tomtom finds.
        outscored: share of the positives on which ours scores higher, 0-1; large for motifs that are merely sharp.
        auroc: of our scores, positives against negatives, 0-1.
        jaspar_auroc: of JASPAR's.
    """

    matrix_id: str
    outscored: float
    auroc: float
    jaspar_auroc: float


@dataclass(frozen=True)
class BestHit:
    """How well the best hit in a sequence separates labelled test sequences: log odds against their base frequencies.

    Attributes:
        auroc: of our motif's, positives against negatives, 0-1; unlike that of AMA, it does not reward sharpness.
        jaspar_auroc: of those of the TF's primary matrix.
    """

    auroc: float
    jaspar_auroc: float


@dataclass(frozen=True)
class MotifComparison:
    """One motif compared with one release.

    Attributes:
        best: Tomtom's best match; ``None`` if the motif is flat.
        own: the best of the TF's own matrices; ``None`` if there is none, or the motif is flat.
        related: the best of the TF's own, of heterodimers with it and of its family; ``None`` likewise.
        affinity: ``None`` if the TF has no matrix, or there are no test sequences.
        best_hit: ``None`` likewise, and in comparisons by earlier versions.
        groups: of significant matches that are nearly the same, best first.
    """

    best: Match | None
    own: Match | None
    related: Match | None
    affinity: Affinity | None
    groups: tuple[MatchGroup, ...] = ()
    best_hit: BestHit | None = None

    @property
    def match(self) -> Match | None:
        """The one to show: the head of the first group or, if no match is significant, the best."""
        return self.groups[0].head if self.groups else self.best


@dataclass(frozen=True)
class ReleaseComparison:
    """All motifs of a network compared with one release of JASPAR.

    Attributes:
        release: a year.
        matrices: number of the taxon's matrices in the release.
        own_matrices: ids of the TF's own, the primary one first.
        motifs: by kind, without missing kinds.
    """

    release: str
    matrices: int
    own_matrices: tuple[str, ...]
    motifs: Mapping[str, MotifComparison]


@dataclass(frozen=True)
class JasparComparison:
    """All motifs of a network compared with several releases.

    Attributes:
        tf: symbol of the TF whose matrices are its own; of another, or a matrix id, if the user named that.
        positives: number of test sequences that AMA was computed on.
        negatives: likewise.
        releases: oldest first.
        named: ``motif.known``, if the user gave it.
        peers: other programs whose motifs were compared, too; each is the kind of its first motif.
    """

    tf: str
    positives: int
    negatives: int
    releases: tuple[ReleaseComparison, ...]
    named: str | None = None
    peers: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of motif that studies report: ours, then the first of each other program."""
        return (*COMPARED, *self.peers)

    def of_release(self, release: str) -> ReleaseComparison | None:
        """The part about one release, given as a year."""
        return next((part for part in self.releases if part.release == release), None)


def compare_with_jaspar(
    motifs: Mapping[str, Motif],
    known: KnownMatrices,
    releases: Sequence[str],
    test: SequenceSet | None = None,
    peers: Sequence[str] = (),
) -> tuple[JasparComparison, dict[str, pd.DataFrame]]:
    """Compare the motifs of a network with all of JASPAR by Tomtom, and with the TF's own matrix by AMA.

    Args:
        motifs: by kind; all but ``full_optimum`` are compared.
        known: the TF's own matrices, and the database of the q-values.
        releases: of JASPAR (``"2016"``, ``"newest"``); one named twice counts once.
        test: labelled sequences for AMA, both labels, at least as long as the motifs; ``None`` for Tomtom only.
        peers: other programs whose motifs are among these.

    Returns:
        The comparison, and the full table of ``demo.compare.tomtom`` by release.

    Raises:
        DemoError: for an unknown release or taxon, or test sequences of only one label.
    """
    ours = {kind: motif for kind, motif in motifs.items() if kind != _NOT_COMPARED}
    scores = {kind: _scores(motif, test) for kind, motif in ours.items()} if test else {}
    parts: list[ReleaseComparison] = []
    tables: dict[str, pd.DataFrame] = {}
    for year in sorted({resolve_release(release) for release in releases}):
        targets, own, relation_of = known.database(year), known.own(year), known.relations(year)
        motif_of = {target.name: target for target in targets}
        jaspar = {matrix.motif.name: matrix for matrix in core_matrices(year)}
        informative = [motif for motif in ours.values() if has_information(motif)]
        if informative:
            tables[year] = tomtom(informative, targets)
        theirs = _scores(own[0], test) if test and own else None
        compared = {}
        for kind, motif in ours.items():
            matches = _matches(tables[year], motif, motif_of, relation_of) if has_information(motif) else []
            measured = _beside(scores[kind], theirs, test.labels == 1) if test and theirs else None
            compared[kind] = MotifComparison(
                best=matches[0] if matches else None,
                own=next((match for match in matches if match.relation == OWN), None),
                related=next((match for match in matches if match.relation != OTHER), None),
                affinity=Affinity(own[0].name, measured.outscored, measured.ama_auroc, measured.ama_auroc_theirs)
                if measured
                else None,
                best_hit=BestHit(measured.hit_auroc, measured.hit_auroc_theirs) if measured else None,
                groups=grouped(matches, motif_of, jaspar),
            )
        parts.append(ReleaseComparison(year, len(targets), tuple(motif.name for motif in own), compared))
    positives = int(test.labels.sum()) if test else 0
    negatives = len(test) - positives if test else 0
    return JasparComparison(known.factor, positives, negatives, tuple(parts), known.named, tuple(peers)), tables


def _matches(
    table: pd.DataFrame, motif: Motif, motif_of: Mapping[str, Motif], relation_of: Mapping[str, str]
) -> list[Match]:
    """Every matrix as a match of ``motif``, best first."""
    rows: list[dict[str, Any]] = table[table["Query_ID"] == motif.name].to_dict("records")
    return [
        Match(
            matrix_id=row["Target_ID"],
            name=motif_of[row["Target_ID"]].alt_name or row["Target_ID"],
            relation=relation_of.get(row["Target_ID"], OTHER),
            rank=rank,
            p=float(row["p-value"]),
            e=float(row["E-value"]),
            q=float(row["q-value"]),
            offset=int(row["Optimal_offset"]),
            overlap=int(row["Overlap"]),
            orientation=row["Orientation"],
        )
        for rank, row in enumerate(rows, 1)
    ]


class Beside(NamedTuple):
    """How a motif does beside another on labelled sequences, of a class against all others.

    Attributes:
        ama_auroc: by average motif affinity, 0-1.
        ama_auroc_theirs: of the other motif.
        outscored: share of the class's sequences on which ours has the higher affinity, 0-1.
        hit_auroc: by the best hit, 0-1.
        hit_auroc_theirs: of the other motif.
    """

    ama_auroc: float
    ama_auroc_theirs: float
    outscored: float
    hit_auroc: float
    hit_auroc_theirs: float


def beside(ours: Motif, theirs: Motif, test: SequenceSet, label: int = 1) -> Beside:
    """A motif beside another one, both of the alphabet of the sequences.

    Args:
        ours: as found.
        theirs: a known one.
        test: labelled sequences.
        label: of the class.

    Raises:
        DemoError: no sequence, or each, is of the class.
    """
    return _beside(_scores(ours, test), _scores(theirs, test), test.labels == label)


class _Scores(NamedTuple):
    """(N,) average motif affinities and best hits of a motif in the test sequences."""

    ama: NDArray[np.float64]
    hits: NDArray[np.float64]


def _scores(motif: Motif, test: SequenceSet) -> _Scores:
    # Laplace's rule, for sequences that lack a base.
    size = motif.alphabet.size
    counts = np.bincount(test.codes.ravel(), minlength=size + 1)[:size] + 1.0
    return _Scores(ama(motif, test.codes), best_hit(motif, test.codes, counts / counts.sum()))


def _beside(ours: _Scores, theirs: _Scores, bound: NDArray[np.bool_]) -> Beside:
    if bound.all() or not bound.any():
        raise DemoError("Average motif affinity needs sequences of both labels, but these have only one.")
    outscored = float((ours.ama > theirs.ama)[bound].mean())
    aurocs = (_auroc(scores, bound) for scores in (ours.ama, theirs.ama, ours.hits, theirs.hits))
    by_ama, by_ama_theirs, by_hit, by_hit_theirs = aurocs
    return Beside(by_ama, by_ama_theirs, outscored, by_hit, by_hit_theirs)


def _auroc(scores: NDArray[np.float64], bound: NDArray[np.bool_]) -> float:
    from sklearn.metrics import roc_auc_score

    # Sequences that have no window of known letters come last, in a number that can be sorted.
    return float(roc_auc_score(bound, np.maximum(scores, -1e300)))

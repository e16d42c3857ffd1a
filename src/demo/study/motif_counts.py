"""How many motifs match JASPAR and outscore it: the counts that the paper gives of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from demo.compare.comparison import (
    COMPARED,
    FURTHER,
    OTHER,
    OWN,
    JasparComparison,
    Match,
    MotifComparison,
    ReleaseComparison,
)

LENIENT, STRICT = 0.5, 0.05
"""q-values below which a match counts; the paper's is the first."""


@dataclass(frozen=True)
class MotifCounts:
    """One kind of motif against one release of JASPAR, over the data sets whose TF has a matrix there.

    Attributes:
        kind: of motif, ``"class_motif"``.
        release: of JASPAR, a year.
        sets: data sets whose TF has a matrix there, of which the others are parts.
        without_matrix: data sets left out, whose TF has none.
        without_motif: of ``sets``: the network gave no such motif, so that nothing below counts it.
        own_lenient: the TF's own matrix is matched at q < 0.5.
        own_strict: at q < 0.05.
        related_lenient: its own, that of a heterodimer with it or of its family is matched at q < 0.5.
        own_further: of those that the first class motif does not match at q < 0.05, a further one does; 0 for other
            kinds of motif.
        best_own: the best match of all is the TF's own, at q < 0.05.
        best_related: it is the TF's own, of a heterodimer with it or of its family, at q < 0.05.
        outscoring: average motif affinity above JASPAR's on more than half of the test positives.
        separating: AUROC of average motif affinity at least JASPAR's.
    """

    kind: str
    release: str
    sets: int
    without_matrix: int
    without_motif: int
    own_lenient: int
    own_strict: int
    related_lenient: int
    own_further: int
    best_own: int
    best_related: int
    outscoring: int
    separating: int


def motif_counts(comparisons: Iterable[JasparComparison], kind: str, release: str) -> MotifCounts | None:
    """Count over data sets; ``None`` where none was compared with this release.

    Args:
        comparisons: one for each data set.
        kind: of ``demo.compare.comparison.COMPARED``.
        release: a year.
    """
    parts = [part for comparison in comparisons if (part := comparison.of_release(release))]
    known = [part for part in parts if part.own_matrices]
    found = [part.motifs[kind] for part in known if kind in part.motifs]
    if not parts:
        return None
    return MotifCounts(
        kind=kind,
        release=release,
        sets=len(known),
        without_matrix=len(parts) - len(known),
        without_motif=len(known) - len(found),
        own_lenient=sum(_below(LENIENT, motif.own) for motif in found),
        own_strict=sum(_below(STRICT, motif.own) for motif in found),
        related_lenient=sum(_below(LENIENT, motif.related) for motif in found),
        own_further=sum(_only_further_ones_match(part) for part in known) if kind == "class_motif" else 0,
        best_own=sum(_best_is_related(motif, only_own=True) for motif in found),
        best_related=sum(_best_is_related(motif, only_own=False) for motif in found),
        outscoring=sum(motif.affinity is not None and motif.affinity.outscored > 0.5 for motif in found),
        separating=sum(_separates_as_well(motif) for motif in found),
    )


def releases_of(comparisons: Iterable[JasparComparison]) -> list[str]:
    """The releases that any of them is with, as years, oldest first."""
    return sorted({part.release for comparison in comparisons for part in comparison.releases})


def all_motif_counts(comparisons: Sequence[JasparComparison]) -> list[MotifCounts]:
    """``motif_counts`` of each kind of motif, and of each release."""
    counts = (motif_counts(comparisons, kind, release) for kind in COMPARED for release in releases_of(comparisons))
    return [count for count in counts if count]


def _below(q: float, match: Match | None) -> bool:
    return match is not None and match.q < q


def _only_further_ones_match(part: ReleaseComparison) -> bool:
    first = part.motifs.get("class_motif")
    if first is not None and _below(STRICT, first.own):
        return False
    return any(_below(STRICT, motif.own) for kind, motif in part.motifs.items() if FURTHER.fullmatch(kind))


def _best_is_related(motif: MotifComparison, only_own: bool) -> bool:
    if motif.best is None or motif.best.q >= STRICT:
        return False
    return motif.best.relation == OWN if only_own else motif.best.relation != OTHER


def _separates_as_well(motif: MotifComparison) -> bool:
    return motif.affinity is not None and motif.affinity.auroc >= motif.affinity.jaspar_auroc

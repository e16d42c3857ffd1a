"""The counts of the paper: how often motifs match or outscore JASPAR's, and models the baselines; also as sentences.

Headline motif, class motif and best window of equation 1 are counted separately, and so are the motifs of one network
and of an ensemble.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import median

from demo.compare.comparison import COMPARED, FURTHER, JasparComparison, MotifComparison, ReleaseComparison
from demo.compare.matches import OTHER, OWN, SIGNIFICANT, Match
from demo.networks.registry import BASELINES
from demo.study.study import Study, StudyRow

LENIENT, STRICT = 0.5, SIGNIFICANT
"""q-values below which a match counts; the paper uses the first."""

_KIND_TITLES = {
    "headline_motif": "Headline motif",
    "class_motif": "Class motif",
    "best_window": "Best window of equation 1",
}

ComparisonOf = Callable[[StudyRow], JasparComparison | None]

_OF_ONE: ComparisonOf = attrgetter("motifs")
_OF_ENSEMBLE: ComparisonOf = attrgetter("ensemble_motifs")
NETWORKS = (("", "", _OF_ONE), ("ensemble_", ", joint motifs", _OF_ENSEMBLE))
"""Whose motifs: the prefix of their columns, the suffix of titles, and how to get them from a row."""

_PAPER = {"own": "36 of 57", "ama": "29 of 57"}


@dataclass(frozen=True)
class MotifCounts:
    """Counts of one kind of motif against one JASPAR release, over the data sets whose TF has a matrix there.

    Attributes:
        kind: of motif, ``"class_motif"``.
        release: of JASPAR, a year.
        sets: data sets whose TF has a matrix there; the total for all counts below.
        without_matrix: data sets left out because their TF has none.
        without_motif: of ``sets``, those without such a motif, which no count below includes.
        own_lenient: the TF's own matrix is matched at q < 0.5.
        own_strict: at q < 0.05.
        related_lenient: its own, that of a heterodimer with it or of its family is matched at q < 0.5.
        own_further: not matched at q < 0.05 by the first class motif, but by a further one; 0 for other kinds.
        best_own: the best match is the TF's own, at q < 0.05.
        best_related: it is the TF's own, of a heterodimer with it or of its family, at q < 0.05.
        outscoring: average motif affinity above JASPAR's on more than half of the test positives.
        separating: AUROC of average motif affinity at least JASPAR's.
        hitting: AUROC of the best hit at least JASPAR's.
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
    hitting: int


def motif_counts(comparisons: Iterable[JasparComparison], kind: str, release: str) -> MotifCounts | None:
    """Count over data sets; ``None`` if none was compared with this release.

    Args:
        comparisons: one for each data set.
        kind: of ``JasparComparison.kinds``.
        release: a year.
    """
    parts = [part for comparison in comparisons if (part := comparison.of_release(release))]
    with_matrix = [part for part in parts if part.own_matrices]
    found = [part.motifs[kind] for part in with_matrix if kind in part.motifs]
    if not parts:
        return None
    return MotifCounts(
        kind=kind,
        release=release,
        sets=len(with_matrix),
        without_matrix=len(parts) - len(with_matrix),
        without_motif=len(with_matrix) - len(found),
        own_lenient=sum(_below(LENIENT, motif.own) for motif in found),
        own_strict=sum(_below(STRICT, motif.own) for motif in found),
        related_lenient=sum(_below(LENIENT, motif.related) for motif in found),
        own_further=sum(_only_further_ones_match(part) for part in with_matrix) if kind == "class_motif" else 0,
        best_own=sum(_best_is_related(motif, only_own=True) for motif in found),
        best_related=sum(_best_is_related(motif, only_own=False) for motif in found),
        outscoring=sum(motif.affinity is not None and motif.affinity.outscored > 0.5 for motif in found),
        separating=sum(
            motif.affinity is not None and motif.affinity.auroc >= motif.affinity.jaspar_auroc for motif in found
        ),
        hitting=sum(
            motif.best_hit is not None and motif.best_hit.auroc >= motif.best_hit.jaspar_auroc for motif in found
        ),
    )


def releases_of(comparisons: Iterable[JasparComparison]) -> list[str]:
    """The years of all releases that were compared with, oldest first."""
    return sorted({part.release for comparison in comparisons for part in comparison.releases})


def kinds_of(comparisons: Iterable[JasparComparison]) -> list[str]:
    """All kinds of motif that are reported: ours, then the first motif of each other program."""
    return list(dict.fromkeys([*COMPARED, *(kind for comparison in comparisons for kind in comparison.kinds)]))


def title_of_kind(kind: str) -> str:
    """A kind of motif as a heading."""
    return _KIND_TITLES.get(kind, f"First motif of {kind}")


def all_motif_counts(comparisons: Sequence[JasparComparison]) -> list[MotifCounts]:
    """``motif_counts`` for each kind of motif and each release."""
    kinds = kinds_of(comparisons)
    counts = (motif_counts(comparisons, kind, release) for kind in kinds for release in releases_of(comparisons))
    return [count for count in counts if count]


def comparisons(rows: Iterable[StudyRow], of: ComparisonOf) -> list[JasparComparison]:
    """Those there are, without those of which the user named the TF's matrix: the counts are of JASPAR's own."""
    return [comparison for row in rows if (comparison := of(row)) and comparison.named is None]


def motif_lines(study: Study) -> list[str]:
    """The paper's counts for each kind of motif and release, separately for simulated sets and ensembles."""
    lines = []
    for what, rows in (("", study.counted), ("SIMULATED data: ", study.simulated)):
        for _, added, of in NETWORKS:
            for counts in all_motif_counts(comparisons(rows, of)):
                lines += _count_lines(what, counts, added, paper=not what and of is _OF_ONE)
    return lines


def baseline_lines(rows: Sequence[StudyRow]) -> list[str]:
    """A line for each baseline: on how many sets it was trained, and its median and ours on these."""
    lines = []
    alone = sum(row.run.is_baseline for row in rows)
    if alone:
        lines.append(f"On {alone} of {len(rows)} sets only baselines were trained: the selected model is one of them.")
    for name in BASELINES:
        both = [(row.run.auroc, row.baselines[name]) for row in rows if name in row.baselines]
        if both and any(row.run.model_name != name for row in rows):
            ours, theirs = zip(*both, strict=True)
            lines.append(
                f"model={name} trained here: median AUROC {median(theirs):.4f}, selected models' {median(ours):.4f}, "
                f"which are higher on {sum(a > b for a, b in both)} of {len(both)} sets."
            )
    return lines


def leading_kind(rows: Sequence[StudyRow]) -> str:
    """The first kind of motif that any run has: the headline motif, except of ``motif=paper`` and earlier versions."""
    there = {kind for row in rows for part in (row.motifs.releases if row.motifs else ()) for kind in part.motifs}
    return next((kind for kind in COMPARED if kind in there), COMPARED[0])


def _count_lines(what: str, counts: MotifCounts, added: str, paper: bool) -> list[str]:
    title = f"{what}{title_of_kind(counts.kind)}{added}, JASPAR {counts.release}"
    if not counts.sets:
        return []
    left_out = f"not counted: {counts.without_matrix}, whose TF has no matrix there" if counts.without_matrix else ""
    of = f"of {counts.sets}"
    missing = f"no such motif on {counts.without_motif} {of}" if counts.without_motif else ""
    # The paper's claims are about class optimisation.
    papers = {
        name: f" (paper: {count})" if paper and counts.kind in ("class_motif", "best_window") else ""
        for name, count in _PAPER.items()
    }
    further = f"  On {counts.own_further} more, a further class motif of the run matches it at q < {STRICT:g}."
    notes = "; ".join(note for note in (missing, left_out) if note)
    return [
        f"{title}: own TF matched at q < {LENIENT:g} on {counts.own_lenient} {of}{papers['own']}, at q < {STRICT:g} on "
        f"{counts.own_strict} {of}{f' ({notes})' if notes else ''}.",
        *([further] if counts.own_further else []),
        f"  Best match at q < {STRICT:g}: the TF's own on {counts.best_own} {of}, own, heterodimer or family on "
        f"{counts.best_related} {of}; one of these matched at q < {LENIENT:g} on {counts.related_lenient} {of}.",
        f"  AMA above JASPAR's on more than half of the test positives for {counts.outscoring} {of}{papers['ama']}; "
        f"AMA AUROC at least JASPAR's on {counts.separating} {of}, best-hit AUROC on {counts.hitting}.",
    ]


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

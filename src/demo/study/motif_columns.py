"""What a study says of motifs: columns of its table, tables of their own, and the paper's counts.

Class motif, best window of equation 1 and refined motif are three things, and each has columns and tables of its own;
so have those of one network and those of an ensemble.
"""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

from demo.compare.comparison import COMPARED, JasparComparison, MotifComparison, ReleaseComparison
from demo.study.motif_counts import LENIENT, STRICT, MotifCounts, all_motif_counts, releases_of
from demo.study.rows import Row, Study

CELLS = (
    "best_match", "best_relation", "best_q", "own_matched", "own_q", "ama_outscored", "ama_auroc", "ama_auroc_jaspar",
)  # fmt: skip
"""Of each kind of motif and release: ``class_motif_2016_best_match``, ..."""

HEADER = ("data set", "best match", "is", "q", "own TF matched", "own q", "AMA above", "AMA AUROC", "JASPAR's")
"""Of the tables for readers: ``AMA above``: on this part of the test positives ours is higher than JASPAR's."""

_TITLES = {
    "class_motif": "Class motif",
    "best_window": "Best window of equation 1",
    "refined_motif": "Refined motif (sites counted in peaks)",
}
_PAPER = {"own": "36 of 57", "ama": "29 of 57"}


_OF_ONE: Callable[[Row], JasparComparison | None] = attrgetter("motifs")
_OF_ENSEMBLE: Callable[[Row], JasparComparison | None] = attrgetter("ensemble_motifs")
_NETWORKS = (("", "", _OF_ONE), ("ensemble_", ", seeds together", _OF_ENSEMBLE))
"""Whose motifs: what the names of their columns begin with, what is added to a title, and where they are in a row."""


def motif_columns(rows: Sequence[Row]) -> list[str]:
    """Names of the columns, for the releases that the motifs of ``rows`` were compared with."""
    return [
        f"{prefix}{kind}_{release}_{cell}"
        for prefix, _, of in _NETWORKS
        for kind in COMPARED
        for release in releases_of(_comparisons(rows, of))
        for cell in CELLS
    ]


def motif_values(row: Row) -> dict[str, object]:
    """Values by name of column; a run whose motifs were not compared has none."""
    values: dict[str, object] = {}
    for prefix, _, of in _NETWORKS:
        for part in (part for comparison in _comparisons([row], of) for part in comparison.releases):
            for kind in COMPARED:
                cells = _values(part.motifs.get(kind), part)
                names = (f"{prefix}{kind}_{part.release}_{cell}" for cell in CELLS)
                values |= dict(zip(names, cells, strict=True))
    return values


def motif_tables(rows: Sequence[Row], kinds: Sequence[str] = COMPARED) -> Iterator[tuple[str, list[list[str]]]]:
    """A title and a table, ``HEADER`` first, for each kind of motif and release."""
    for _, added, of in _NETWORKS:
        for kind in kinds:
            for release in releases_of(_comparisons(rows, of)):
                lines = [
                    [row.run.dataset, *_texts(_values(part.motifs.get(kind), part))]
                    for row in rows
                    if (comparison := of(row)) and (part := comparison.of_release(release))
                ]
                yield f"{_TITLES[kind]} against JASPAR {release}{added}", [list(HEADER), *lines]


def motif_lines(study: Study) -> list[str]:
    """The paper's counts, for each kind of motif and release; simulated sets apart, and ensembles."""
    lines = []
    for what, rows in (("", study.real), ("SIMULATED data: ", study.simulated)):
        for _, added, of in _NETWORKS:
            for counts in all_motif_counts(_comparisons(rows, of)):
                lines += _count_lines(what, counts, added, paper=not what and of is _OF_ONE)
    return lines


def _count_lines(what: str, counts: MotifCounts, added: str, paper: bool) -> list[str]:
    title = f"{what}{_TITLES[counts.kind]}{added}, JASPAR {counts.release}"
    left_out = f"not counted: {counts.without_matrix}, whose TF has no matrix there" if counts.without_matrix else ""
    if not counts.sets:
        return [f"{title}: {left_out}."]
    of = f"of {counts.sets}"
    missing = f"on {counts.without_motif} {of} the network gave none" if counts.without_motif else ""
    # The paper's claims are about what class optimisation gives.
    papers = {
        name: f" (paper: {count})" if paper and counts.kind != "refined_motif" else "" for name, count in _PAPER.items()
    }
    further = f"  On {counts.own_further} more a further class motif of the run matches it at q < {STRICT:g}."
    notes = "; ".join(note for note in (missing, left_out) if note)
    return [
        f"{title}: own TF matched at q < {LENIENT:g} on {counts.own_lenient} {of}{papers['own']}, at q < {STRICT:g} on "
        f"{counts.own_strict} {of}{f' ({notes})' if notes else ''}.",
        *([further] if counts.own_further else []),
        f"  Best match at q < {STRICT:g}: the TF's own on {counts.best_own} {of}, own, heterodimer or family on "
        f"{counts.best_related} {of}; one of these matched at q < {LENIENT:g} on {counts.related_lenient} {of}.",
        f"  AMA above JASPAR's on more than half of the test positives for {counts.outscoring} {of}{papers['ama']}; "
        f"AMA AUROC at least JASPAR's on {counts.separating} {of}.",
    ]


def _comparisons(rows: Sequence[Row], of: Callable[[Row], JasparComparison | None]) -> list[JasparComparison]:
    return [comparison for row in rows if (comparison := of(row))]


def _values(found: MotifComparison | None, part: ReleaseComparison) -> list[object]:
    """In the order of ``CELLS``."""
    best, own = (found.best, found.own) if found else (None, None)
    affinity = found.affinity if found else None
    if not part.own_matrices:
        matched = "no matrix"
    elif found is None:
        matched = "no motif"
    else:
        q = own.q if own else 1.0
        matched = next((f"q<{limit:g}" for limit in (STRICT, LENIENT) if q < limit), "no")
    return [
        f"{best.name} ({best.matrix_id})" if best else None,
        best.relation if best else None,
        best.q if best else None,
        matched,
        own.q if own else None,
        affinity.outscored if affinity else None,
        affinity.auroc if affinity else None,
        affinity.jaspar_auroc if affinity else None,
    ]


def _texts(values: Sequence[object]) -> list[str]:
    match, relation, q, matched, own_q, above, auroc, theirs = values
    return [
        *("-" if value is None else str(value) for value in (match, relation)),
        _format(q, ".1e"),
        str(matched),
        _format(own_q, ".1e"),
        _format(above, ".0%"),
        _format(auroc, ".3f"),
        _format(theirs, ".3f"),
    ]


def _format(value: object, how: str) -> str:
    return format(value, how) if isinstance(value, float) else "-"

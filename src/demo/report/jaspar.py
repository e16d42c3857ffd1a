"""The comparison of a run's motifs with JASPAR, as its page and the index show it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from demo.compare.comparison import JasparComparison, MotifComparison, ReleaseComparison
from demo.compare.comparison_files import alike_text, relation_text
from demo.motifs.jaspar import core_matrices
from demo.study.counts import MotifCounts, all_motif_counts, comparisons
from demo.study.study import StudyRow
from demo.utils.errors import DemoError

_SHOWN = 10
"""Number of matches of a motif on a page; the run's file has all."""


@dataclass(frozen=True)
class TomtomMatch:
    """A line of Tomtom's table, with JASPAR's name for the matrix."""

    name: str
    matrix_id: str
    p: float
    e: float
    q: float
    overlap: int
    offset: int
    orientation: str


@dataclass(frozen=True)
class Compared:
    """One kind of motif against one release.

    Attributes:
        kind: ``class motif``, ...
        found: results of Tomtom and AMA.
        relation: of its match to the factor, in words; empty if there is none, or the factor has no matrix.
        alike: the family and the factors of matrices that are nearly the same as the match.
        tomtom: its best matches with q of 0.5 or less.
    """

    kind: str
    found: MotifComparison
    relation: str
    alike: str
    tomtom: tuple[TomtomMatch, ...]


@dataclass(frozen=True)
class Release:
    """All motifs of a run against one release."""

    part: ReleaseComparison
    compared: tuple[Compared, ...]


def releases(folder: Path, comparison: JasparComparison | None, names: Mapping[str, str]) -> list[Release]:
    """The comparison of a run with JASPAR, newest release first.

    Args:
        folder: ``motifs`` of the run's directory, with Tomtom's tables.
        comparison: from there.
        names: kind of motif to its name in Tomtom's table.

    Raises:
        DemoError: there is no comparison, or a table cannot be read.
    """
    if comparison is None:
        raise DemoError("The motifs of this run were not compared with JASPAR.", where=str(folder))
    return [_release(folder, part, comparison.tf, names) for part in reversed(comparison.releases)]


def study_counts(rows: Sequence[StudyRow]) -> list[MotifCounts]:
    """The counts of the paper for each kind of motif and release; empty if nothing was compared."""
    counts = all_motif_counts(comparisons(rows, attrgetter("motifs")))
    return [count for count in counts if count.sets]


def _release(folder: Path, part: ReleaseComparison, tf: str, names: Mapping[str, str]) -> Release:
    table = _tomtom(folder / f"tomtom_{part.release}.tsv", part.release)
    compared = []
    for kind, found in part.motifs.items():
        relation = relation_text(found.match, tf) if found.match and part.own_matrices else ""
        alike = alike_text(found.groups[0]) if found.groups else ""
        matches = [match for query, match in table if query == names.get(kind)]
        compared.append(Compared(kind.replace("_", " "), found, relation, alike, tuple(matches[:_SHOWN])))
    return Release(part, tuple(compared))


def _tomtom(path: Path, release: str) -> list[tuple[str, TomtomMatch]]:
    """Query and match of each line; empty if no table was written because every motif was flat."""
    if not path.exists():
        return []
    names = {matrix.motif.name: matrix.motif.alt_name for matrix in core_matrices(release)}
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return [
                (
                    row["Query_ID"],
                    TomtomMatch(
                        names.get(row["Target_ID"], ""),
                        row["Target_ID"],
                        float(row["p-value"]),
                        float(row["E-value"]),
                        float(row["q-value"]),
                        int(row["Overlap"]),
                        int(row["Optimal_offset"]),
                        row["Orientation"],
                    ),
                )
                for row in csv.DictReader(file, delimiter="\t")
            ]
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise DemoError(f"{path.name} cannot be read ({error}).", where=str(path)) from error

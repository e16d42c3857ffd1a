"""The JASPAR matrices that a motif matches, and those of them that are nearly the same as one group.

JASPAR has up to thirty matrices of one site: those of a family, and of a factor that was found at the family's sites
(Zbtb2's is an ETS site). Which of them comes first by p-value is chance, so groups are named by what most members are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demo.motifs.alignment import align
from demo.motifs.jaspar import JasparMatrix, binds_alike
from demo.motifs.motif import Motif

OWN, HETERODIMER, FAMILY, OTHER = "own", "heterodimer", "family", "other"
"""Relation of a matrix to a TF: its own, of a heterodimer with it, of a factor of its family, of another."""

SIGNIFICANT = 0.05
"""q-value below which matches are grouped and drawn."""

_SAME = 0.75
"""Cosine similarity from which two matrices are one motif, as for the distinct motifs of a network."""

_MOST_GROUPS = 3


@dataclass(frozen=True)
class Match:
    """A known matrix, and its alignment with a motif.

    Attributes:
        matrix_id: ``"MA0139.1"``.
        name: JASPAR's, ``"CTCF"``.
        relation: to the TF: ``"own"``, ``"heterodimer"``, ``"family"`` or ``"other"``.
        rank: among all matrices of the release by p-value, from 1.
        p: Tomtom's p-value of the best alignment on either strand.
        e: expected number of matrices that match as well by chance: p times the number of matrices.
        q: Storey's q-value over the release.
        offset: start of the motif minus start of the matrix as oriented, in positions.
        overlap: number of positions that both cover.
        orientation: ``"-"`` if the matrix has to be reverse complemented, otherwise ``"+"``.
    """

    matrix_id: str
    name: str
    relation: str
    rank: int
    p: float
    e: float
    q: float
    offset: int
    overlap: int
    orientation: str


@dataclass(frozen=True)
class MatchGroup:
    """Matches whose matrices are nearly the same.

    Attributes:
        head: the best match; with a ``family``, the best of a single factor of this family.
        family: TFClass family of at least half of the matrices, as JASPAR names it; empty if there is none.
        members: factors of the family, or of all matrices if there is none, best first.
        others: factors of the other matrices, best first.
    """

    head: Match
    family: str
    members: tuple[str, ...]
    others: tuple[str, ...]


def grouped(
    matches: Sequence[Match], motifs: Mapping[str, Motif], jaspar: Mapping[str, JasparMatrix]
) -> tuple[MatchGroup, ...]:
    """Up to three groups of the significant matches, best first, each of another part of the motif.

    Args:
        matches: all, best first.
        motifs: of these, by id.
        jaspar: those of JASPAR among them, by id, for their families.
    """
    left = [match for match in matches if match.q < SIGNIFICANT]
    groups: list[MatchGroup] = []
    explained: set[int] = set()
    while left and len(groups) < _MOST_GROUPS:
        first = motifs[left[0].matrix_id]
        alike = [match for match in left if align(first, motifs[match.matrix_id]).similarity >= _SAME]
        left = [match for match in left if match not in alike]
        covered = _covered(alike[0])
        # What resembles the site of an earlier group is found again there, less well.
        if 2 * len(covered - explained) > len(covered):
            groups.append(_group(alike, jaspar))
            explained |= covered
    return tuple(groups)


def _covered(match: Match) -> set[int]:
    """The positions of the motif that the matrix is aligned with."""
    start = max(-match.offset, 0)
    return set(range(start, start + match.overlap))


def _families(matrix: JasparMatrix | None) -> list[str]:
    """Those whose members bind similar sites."""
    return [family for family in matrix.families if binds_alike(family)] if matrix else []


def _group(alike: Sequence[Match], jaspar: Mapping[str, JasparMatrix]) -> MatchGroup:
    single = {match.matrix_id: _families(jaspar.get(match.matrix_id)) for match in alike if "::" not in match.name}
    counts = Counter(family for families in single.values() for family in families)
    family, count = counts.most_common(1)[0] if counts else ("", 0)
    if 2 * count < len(single):
        family = ""
    of_family = [match for match in alike if family in single.get(match.matrix_id, ())] if family else list(alike)
    members = _factors(of_family)
    others = [name for name in _factors(alike) if name not in members]
    return MatchGroup(of_family[0], family, tuple(members), tuple(others))


def _factors(matches: Sequence[Match]) -> list[str]:
    """The factors of the matrices, each once, in any species' spelling."""
    names: dict[str, str] = {}
    for match in matches:
        name = match.name.partition("(var.")[0]
        names.setdefault(name.upper(), name)
    return list(names.values())

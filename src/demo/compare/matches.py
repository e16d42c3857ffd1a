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

_ANY_SITE = ("C2H2 zinc finger", "Other ")
"""Classes whose members have no site in common."""


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
        head: the best match by a matrix of a single factor, of the ``family`` if there is one.
        family: that of at least half of the single factors' matrices after TFClass, as JASPAR names it, or else their
            class; empty if there is neither, or if it is one of zinc fingers of any site.
        members: single factors, of the family if there is one, best first.
        others: other factors and heterodimers, best first.
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


def _group(alike: Sequence[Match], jaspar: Mapping[str, JasparMatrix]) -> MatchGroup:
    single = [match for match in alike if "::" not in match.name]
    known = {match.matrix_id: jaspar[match.matrix_id] for match in single if match.matrix_id in jaspar}
    families = {key: [name for name in matrix.families if binds_alike(name)] for key, matrix in known.items()}
    classes = {
        key: [name for name in matrix.classes if not name.startswith(_ANY_SITE)] for key, matrix in known.items()
    }
    family, of_family = "", single or list(alike)
    for names in (families, classes):
        counts = Counter(name for each in names.values() for name in each)
        commonest, count = counts.most_common(1)[0] if counts else ("", 0)
        if 2 * count >= len(single) > 0 < count:
            family, of_family = commonest, [m for m in single if commonest in names.get(m.matrix_id, ())]
            break
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

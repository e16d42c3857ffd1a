"""JASPAR's matrices (Mathelier et al., Nucleic Acids Res 44:D110, 2016), from the releases inside pyjaspar: offline.

A matrix belongs to a TF if its name is the TF's symbol, ignoring case (mouse ``Gata1`` counts for ``GATA1``), and
it is from the requested taxon. ``MAX::MYC`` is a heterodimer and belongs to neither alone; ``JUND(var.2)`` is a
variant and belongs to JUND. Of each base id (``MA0139``) only the latest version counts.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from demo.motifs.motif import Motif
from demo.utils.errors import DemoError, nearest

PAPER_RELEASE = "2016"
"""The release used by Lanchantin et al. (2016): 519 CORE vertebrate matrices."""

VERTEBRATES = "vertebrates"

# TFClass families of zinc fingers by their number of fingers, whose members bind different motifs: subfamilies replace
# them, or CTCF would count as a relative's motif in a set of YY1.
_FAMILIES_BY_COUNT = (
    "more than 3 adjacent zinc finger",
    "multiple dispersed zinc finger",
    "three adjacent zinc finger",
)

# MEME's distribution of JASPAR has six decimals, which affects improbable windows in average motif affinity.
_DECIMALS = 6


@dataclass(frozen=True)
class JasparMatrix:
    """One CORE matrix.

    Args:
        motif: ``name`` is the matrix id (``"MA0139.1"``), ``alt_name`` JASPAR's name (``"CTCF"``).
        partners: symbols of the TFs that bind together, in upper case; only one unless it is a heterodimer.
        variant: whether JASPAR calls it a variant (``"JUND(var.2)"``).
        taxon: ``"vertebrates"``, ``"insects"``, ...
        species: NCBI taxonomy ids (``"9606"``).
        families: TF families, as JASPAR names them, after TFClass.
        classes: TF classes, which comprise families, likewise.
    """

    motif: Motif
    partners: tuple[str, ...]
    variant: bool
    taxon: str
    species: tuple[str, ...]
    families: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Relatives:
    """Matrices related to a TF: of ``heterodimers`` with it, and of others of its ``family``."""

    heterodimers: list[Motif]
    family: list[Motif]


def releases() -> list[str]:
    """The installed releases, oldest first: ``["2014", "2016", ...]``."""
    return sorted(_release_files())


def core_matrices(release: str | None = PAPER_RELEASE) -> tuple[JasparMatrix, ...]:
    """Every CORE matrix of a release, all taxa, latest version of each base id, sorted by id. Read once per process.

    Args:
        release: a year (``"2016"``, ``"JASPAR2016"``); None or ``"newest"`` for the newest installed.

    Raises:
        DemoError: for an unknown release.
    """
    return _read_release(resolve_release(release))


def core_motifs(release: str | None = PAPER_RELEASE, taxon: str = VERTEBRATES) -> list[Motif]:
    """The CORE motifs of one taxon, sorted by matrix id: the database that Tomtom searches.

    Args:
        release: as in :func:`core_matrices`.
        taxon: JASPAR's taxonomic group.

    Raises:
        DemoError: for a release or a taxon that is not there.
    """
    return [matrix.motif for matrix in _of_taxon(release, taxon)]


def matrices_of(
    tf: str, release: str | None = PAPER_RELEASE, taxon: str = VERTEBRATES, species: str | None = None
) -> list[Motif]:
    """The matrices that belong to ``tf``, the primary one first; empty if JASPAR has none.

    Args:
        tf: gene symbol, in any case (``"CTCF"``).
        release: as in :func:`core_matrices`.
        taxon: JASPAR's taxonomic group; ``CTCF`` is also a fly's.
        species: NCBI taxonomy id (``"9606"``) of one species; None for the whole taxon.

    Raises:
        DemoError: for a release or a taxon that is not there.
    """
    own = [m for m in _of_taxon(release, taxon) if m.partners == (tf.upper(),)]
    if species is not None:
        own = [m for m in own if species in m.species]
    # The oldest base id is the TF's main motif; later ones are half-sites, extensions and variants.
    return [m.motif for m in sorted(own, key=lambda m: (m.variant, m.motif.name))]


def primary_matrix(tf: str, release: str | None = PAPER_RELEASE, taxon: str = VERTEBRATES) -> Motif:
    """The primary matrix of ``tf``: not a variant if there is a choice, with the oldest base id.

    Raises:
        DemoError: if JASPAR has no matrix of this TF; lists its heterodimers or similar names that have one.
    """
    own = matrices_of(tf, release, taxon)
    if own:
        return own[0]
    around = relatives_of(tf, release, taxon)
    exists = [f"{m.alt_name} ({m.name})" for m in (around.heterodimers + around.family)[:8]]
    if not exists:
        exists = nearest(tf, sorted({m.alt_name for m in core_motifs(release, taxon)}))
    raise DemoError(
        f"JASPAR {resolve_release(release)} has no matrix of {tf} for {taxon}.",
        exists=exists or None,
        fix="use another release or TF; many cofactors, such as EP300 and TAF7, have no motif of their own",
    )


def relatives_of(tf: str, release: str | None = PAPER_RELEASE, taxon: str = VERTEBRATES) -> Relatives:
    """Matrices of the heterodimers that ``tf`` is part of, and of other members of its families.

    A TF's families are those of its own matrices and, if it has none, of its heterodimers. Families of zinc fingers
    that only share their number of fingers ("More than 3 adjacent zinc fingers") are replaced by their subfamilies,
    which JASPAR does not name (``demo.motifs.jaspar``).

    Raises:
        DemoError: for a release or a taxon that is not there.
    """
    symbol = tf.upper()
    matrices = _of_taxon(release, taxon)
    own = [m for m in matrices if m.partners == (symbol,)]
    heterodimers = [m for m in matrices if symbol in m.partners and len(m.partners) > 1]
    families = {family for m in own or heterodimers for family in m.families if binds_alike(family)}
    zinc_fingers = SUBFAMILY.get(symbol, frozenset())
    family = [
        m
        for m in matrices
        if symbol not in m.partners and (families.intersection(m.families) or zinc_fingers.intersection(m.partners))
    ]
    return Relatives([m.motif for m in heterodimers], [m.motif for m in family])


def binds_alike(family: str) -> bool:
    """Whether members of a family bind similar sites: not if it only counts zinc fingers."""
    return not any(part in family.lower() for part in _FAMILIES_BY_COUNT)


def _of_taxon(release: str | None, taxon: str) -> list[JasparMatrix]:
    matrices = core_matrices(release)
    chosen = [m for m in matrices if m.taxon == taxon.lower()]
    if not chosen:
        raise DemoError(f"JASPAR has no taxon {taxon!r}.", exists=sorted({m.taxon for m in matrices if m.taxon}))
    return chosen


def _release_files() -> dict[str, Path]:
    from pyjaspar import jaspar_releases
    from pyjaspar.utils import data_dir

    files = {name.removeprefix("JASPAR"): Path(data_dir()) / file for name, file in jaspar_releases.items()}
    return {year: file for year, file in files.items() if file.is_file()}


def resolve_release(release: str | None) -> str:
    """The year of a release: ``"newest"`` or None is the latest installed.

    Raises:
        DemoError: there is no such release.
    """
    installed = releases()
    if not installed:
        raise DemoError("pyjaspar is installed without its databases.", fix="pip install --force-reinstall pyjaspar")
    if release is None or release.lower() == "newest":
        return installed[-1]
    year = str(release).upper().removeprefix("JASPAR")
    if year not in installed:
        raise DemoError(f"There is no JASPAR release {release!r}.", exists=[*installed, "newest"])
    return year


@cache
def _read_release(year: str) -> tuple[JasparMatrix, ...]:
    """One query per table, because pyjaspar's reader makes 4 per matrix: 2.5 s for the 2026 release."""
    uri = f"{_release_files()[year].as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        rows = database.execute("SELECT ID, BASE_ID, VERSION, NAME, COLLECTION FROM MATRIX").fetchall()
        latest: dict[str, tuple[int, str, int, str, str]] = {}
        for row in rows:
            base_id, version = row[1], row[2]
            if base_id not in latest or version > latest[base_id][2]:
                latest[base_id] = row
        core = sorted((row for row in latest.values() if row[4] == "CORE"), key=lambda row: row[1])
        counts = _counts(database, {row[0] for row in core})
        species = _grouped(database, "SELECT ID, TAX_ID FROM MATRIX_SPECIES")
        families = _grouped(database, "SELECT ID, VAL FROM MATRIX_ANNOTATION WHERE TAG = 'family'")
        classes = _grouped(database, "SELECT ID, VAL FROM MATRIX_ANNOTATION WHERE TAG = 'class'")
        taxa = dict(database.execute("SELECT ID, VAL FROM MATRIX_ANNOTATION WHERE TAG = 'tax_group'"))
    return tuple(
        _matrix(f"{base_id}.{version}", name, counts[key], taxa.get(key, ""), species[key], families[key], classes[key])
        for key, base_id, version, name, _ in core
    )


def _counts(database: sqlite3.Connection, keys: set[int]) -> dict[int, np.ndarray]:
    """(W, 4) counts of each matrix."""
    columns: defaultdict[int, dict[str, list[float]]] = defaultdict(lambda: {base: [] for base in "ACGT"})
    for key, base, value in database.execute("SELECT ID, row, val FROM MATRIX_DATA ORDER BY ID, row, col"):
        if key in keys:
            columns[key][base].append(value)
    return {key: np.array([by_base[base] for base in "ACGT"]).T for key, by_base in columns.items()}


def _grouped(database: sqlite3.Connection, query: str) -> defaultdict[int, list[str]]:
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for key, value in database.execute(query):
        groups[key].append(str(value).strip())
    return groups


def _matrix(
    matrix_id: str,
    name: str,
    counts: np.ndarray,
    taxon: str,
    species: list[str],
    families: list[str],
    classes: list[str],
) -> JasparMatrix:
    sites = counts.sum(axis=1)
    ppm = [[float(f"{p:.{_DECIMALS}f}") for p in row] for row in counts / sites[:, None]]
    symbols, _, variant = re.sub(r"\s+", "", name).partition("(var.")
    partners = tuple(symbol.upper() for symbol in symbols.split("::"))
    motif = Motif(matrix_id, np.array(ppm), float(sites.max()), alt_name=name.strip())
    return JasparMatrix(motif, partners, bool(variant), taxon, tuple(species), tuple(families), tuple(classes))


# Related zinc fingers: the subfamilies of TFClass (Wingender et al., Nucleic Acids Res 46:D343, 2018). JASPAR gives
# its families, which for C2H2 zinc fingers only reflect the number of fingers: CTCF, YY1 and ZBTB7A share a family but
# not a motif. The level below groups relatives: CTCF and CTCFL.
_SUBFAMILIES = (
    # 2.3.3, more than 3 adjacent fingers.
    {"GLI1", "GLI2", "GLI3", "GLIS1", "GLIS2", "GLIS3", "ZIC1", "ZIC2", "ZIC3", "ZIC4", "ZIC5"},
    {"SNAI1", "SNAI2", "SNAI3", "SCRT1", "SCRT2"},
    {"ZBTB7A", "ZBTB7B", "ZBTB7C"},
    {"YY1", "YY2", "ZFP42"},
    {"ZNF148", "ZNF281"},
    {"OVOL1", "OVOL2"},
    {"GFI1", "GFI1B"},
    {"BCL6", "BCL6B"},
    {"ZNF76", "ZNF143"},
    {"ZNF652", "ZBTB47"},
    {"ZNF362", "ZNF384"},
    {"ZXDA", "ZXDB", "ZXDC"},
    {"ZNF222", "ZNF223", "ZNF230", "ZNF155", "ZNF221", "ZNF224", "ZNF225", "ZNF284", "ZNF235", "ZNF45", "ZNF229",
     "ZNF227", "ZNF226", "ZNF234"},
    {"CTCF", "CTCFL"},
    {"ZNF146", "ZNF260"},
    # 2.3.4, several dispersed fingers.
    {"MAZ", "VEZF1", "PATZ1"},
)  # fmt: skip
"""Those with two factors in JASPAR 2026 that Tomtom finds similar (q < 0.05). The 18 others with two factors in JASPAR,
many of them KRAB zinc fingers, are left out: none has two similar matrices."""

SUBFAMILY = {symbol: frozenset(subfamily) for subfamily in _SUBFAMILIES for symbol in subfamily}
"""Symbol of a zinc finger, in upper case, to all factors of its subfamily, including itself."""

"""Motifs of a run as files: MEME, JASPAR and TRANSFAC text, logos, ``motifs.json``."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from demo.compare.comparison import Match, compare_with_jaspar
from demo.compare.comparison_files import write_comparison
from demo.interpret.extraction.extract import ExtractedMotifs
from demo.motifs.alignment import Alignment, align, save_aligned_pair
from demo.motifs.formats import write_all_formats
from demo.motifs.jaspar import VERTEBRATES, matrices_of, resolve_release
from demo.motifs.motif import Motif
from demo.plotting.logo import save_logo
from demo.sequences import SequenceSet
from demo.utils.errors import DemoError
from demo.utils.files import write_json

_log = logging.getLogger(__name__)

_TITLES = {
    "full_optimum": "optimum of equation 1, all positions",
    "best_window": "best window of that optimum",
    "refined_motif": "refined motif (sites counted in positives)",
}


@dataclass(frozen=True)
class KnownMotif:
    """The TF's own matrix, to be drawn below ours.

    Args:
        motif: ``name`` is the matrix id, ``alt_name`` JASPAR's name.
        release: JASPAR's release (``"2016"``).
    """

    motif: Motif
    release: str

    @classmethod
    def of(cls, tf: str, release: str, taxon: str = VERTEBRATES) -> KnownMotif | None:
        """The primary matrix of a TF in a release of JASPAR; ``None`` where it has none.

        Raises:
            DemoError: for a release or a taxon that is not there.
        """
        own = matrices_of(tf, release, taxon)
        return cls(own[0], resolve_release(release)) if own else None


@dataclass(frozen=True)
class JudgedBy:
    """What motifs are judged by once they are found. None of it has a part in finding them.

    Args:
        tf: gene symbol of the TF, as JASPAR has it.
        releases: of JASPAR (``"2016"``, ``"newest"``).
        test: labelled sequences for AMA; ``None`` for Tomtom only.
        taxon: JASPAR's taxonomic group.

    Raises:
        DemoError: for a release that is not there, or releases that are no list.
    """

    tf: str
    releases: Sequence[str]
    test: SequenceSet | None = None
    taxon: str = VERTEBRATES

    def __post_init__(self) -> None:
        if not isinstance(self.releases, list | tuple):
            raise DemoError(
                f"motif.compare_with is {self.releases!r}, no list.", fix="'motif.compare_with=[2016,newest]'"
            )
        object.__setattr__(self, "releases", tuple(resolve_release(str(release)) for release in self.releases))


def write_motifs(
    folder: str | os.PathLike[str],
    extracted: ExtractedMotifs,
    known: KnownMotif | None = None,
    judged_by: JudgedBy | None = None,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Write the motifs of a run; files of the same names are replaced, each whole or not at all.

    ``motifs.meme``, ``motifs.jaspar``, ``motifs.transfac`` hold all motifs; each has a logo ``<name>.png`` and
    ``.svg``; all but the full optimum have ``<name>_and_jaspar.png`` and ``.svg``, ours over the known one;
    ``motifs.json`` says the rest. With ``judged_by``, ``tomtom_<release>.tsv`` and ``comparison.json`` say what JASPAR
    has like them, and how they do beside its matrix. DNA has two strands and a motif no direction of its own: with a
    known motif, best window, class and refined motif are written in its direction (``reverse_complemented`` in the
    JSON), else as they were found.

    Args:
        folder: made if need be.
        extracted: what ``extract_motifs`` returned.
        known: the TF's JASPAR matrix; None if there is none, which is logged and said in the JSON.
        judged_by: releases of JASPAR and test sequences; None for no comparison.

    Returns:
        What ``motifs.json`` says of each motif, by name, and the content of ``comparison.json``, if there is one.

    Raises:
        DemoError: a file cannot be written.
    """
    folder = Path(folder)
    motifs: dict[str, Motif] = {}
    entries: dict[str, dict[str, Any]] = {}
    alignments: dict[str, Alignment] = {}
    for name, found in extracted.motifs.items():
        motif = replace(found, alt_name=f"{extracted.tf} {name.replace('_', ' ')}")
        entry: dict[str, Any] = {}
        if known is not None and name != "full_optimum":
            motif, alignments[name] = _in_direction_of(known.motif, motif, entry)
        motifs[name] = motif
        entries[name] = _facts(motif, extracted, name) | entry
        save_logo(motif.logo_heights, folder / name, f"{extracted.tf}: {title_of(name, extracted)}")

    matches: dict[str, Match] = {}
    compared: dict[str, Any] | None = None
    if judged_by is not None:
        comparison, tables = compare_with_jaspar(
            motifs, judged_by.tf, judged_by.releases, judged_by.test, judged_by.taxon
        )
        write_comparison(folder, comparison, tables)
        compared = asdict(comparison)
        part = comparison.of_release(known.release) if known is not None else None
        matches = {name: found.primary for name, found in part.motifs.items() if found.primary} if part else {}
    if known is not None:
        for name, alignment in alignments.items():
            path = folder / f"{name}_and_jaspar"
            _draw_pair(path, motifs[name], known, alignment, matches.get(name))

    notes = list(extracted.notes)
    notes += [_means_nothing(name) for name, found in extracted.separation.items() if not found.tells_apart]
    if known is None:
        notes.append(f"JASPAR has no matrix of {extracted.tf}: there is nothing to draw beside its motifs.")
    for note in notes:
        _log.warning(note)
    write_all_formats(folder, list(motifs.values()))
    content = {
        "tf": extracted.tf,
        "method": extracted.settings.method,
        "motifs": entries,
        "optimum": {
            "probability": extracted.optimum.probability,
            "objective_at_start": float(extracted.optimum.trace[0]),
            "objective_at_end": float(extracted.optimum.trace[-1]),
        },
        "jaspar": None if known is None else _jaspar(known),
        "notes": notes,
        "settings": asdict(extracted.settings),
    }
    write_json(folder / "motifs.json", content)
    return entries, compared


def title_of(name: str, extracted: ExtractedMotifs) -> str:
    """What a motif is, in a line, with what speaks for it."""
    if name in _TITLES:
        return _TITLES[name]
    what = name.replace("_", " ")
    if name not in extracted.support:
        return f"{what} ({extracted.motifs[name].nsites:.0f} sites)"
    support = extracted.support[name]
    return f"{what} ({support.starts} of {support.all_starts} starts, stability {support.stability:.2f})"


def _in_direction_of(known: Motif, motif: Motif, entry: dict[str, Any]) -> tuple[Motif, Alignment]:
    """``motif`` turned to read as ``known`` does, where the two lie best; both said in ``entry``."""
    alignment = align(motif, known)
    turned = alignment.orientation == "-"
    if turned:
        motif = motif.reverse_complement()
        # Both read backwards: what stuck out at one end now does at the other.
        alignment = Alignment(known.width - motif.width - alignment.offset, "+", alignment.similarity)
    entry["reverse_complemented"] = turned
    entry["alignment"] = alignment._asdict()
    return motif, alignment


def _draw_pair(
    path: Path, motif: Motif, known: KnownMotif, alignment: Alignment, match: Match | None
) -> tuple[Path, Path]:
    """Ours over the known one, as Tomtom lays them where it did; else where they are most alike."""
    score = f"JASPAR {known.release}   similarity {alignment.similarity:.2f}"
    if match is None:
        return save_aligned_pair(motif, known.motif, alignment.offset, alignment.orientation, path, score=score)
    score += f"   q = {match.q:.1g}"
    return save_aligned_pair(motif, known.motif, match.offset, match.orientation, path, score=score)


def _means_nothing(name: str) -> str:
    return (
        f"The {name.replace('_', ' ')} does not tell validation positives from their shuffles: what JASPAR has like it "
        "means nothing."
    )


def _facts(motif: Motif, extracted: ExtractedMotifs, name: str) -> dict[str, Any]:
    separation = extracted.separation.get(name)
    facts: dict[str, Any] = {
        "name": motif.name,
        "consensus": motif.consensus,
        "width": motif.width,
        "information_content_bits": motif.total_information,
        "nsites": motif.nsites,
        "validation_separation": None if separation is None else separation._asdict(),
        "tells_apart": None if separation is None else separation.tells_apart,
    }
    if name == "best_window":
        facts["start"] = extracted.window_start
    if name in extracted.support:
        facts["support"] = asdict(extracted.support[name])
    return facts


def _jaspar(known: KnownMotif) -> dict[str, Any]:
    motif = known.motif
    return {
        "release": known.release,
        "matrix_id": motif.name,
        "name": motif.alt_name,
        "consensus": motif.consensus,
        "width": motif.width,
        "information_content_bits": motif.total_information,
    }

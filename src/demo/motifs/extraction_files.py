"""Motifs of a run as files: MEME, JASPAR and TRANSFAC text, logos, ``motifs.json``."""

from __future__ import annotations

import logging
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from demo.files import write_json
from demo.motifs.alignment import Alignment, align
from demo.motifs.extraction import ExtractedMotifs
from demo.motifs.formats import write_jaspar, write_meme, write_transfac
from demo.motifs.logo import save_aligned_pair, save_logo
from demo.motifs.motif import Motif

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


def write_motifs(
    folder: str | os.PathLike[str], extracted: ExtractedMotifs, known: KnownMotif | None = None
) -> list[Path]:
    """Write the motifs of a run; files of the same names are replaced, each whole or not at all.

    ``motifs.meme``, ``motifs.jaspar``, ``motifs.transfac`` hold all motifs; each has a logo ``<name>.png`` and
    ``.svg``; all but the full optimum have ``<name>_and_jaspar.png`` and ``.svg``, ours over the known one;
    ``motifs.json`` says the rest. DNA has two strands and a motif no direction of its own: with a known motif, best
    window, class and refined motif are written in its direction (``reverse_complemented`` in the JSON), else as they
    were found.

    Args:
        folder: made if need be.
        extracted: what ``extract_motifs`` returned.
        known: the TF's JASPAR matrix; None if there is none, which is logged and said in the JSON.

    Returns:
        The files written.

    Raises:
        DemoError: a file cannot be written.
    """
    folder = Path(folder)
    motifs: dict[str, Motif] = {}
    entries: dict[str, dict[str, Any]] = {}
    files: list[Path] = []
    for name, found in extracted.motifs.items():
        motif = replace(found, alt_name=f"{extracted.tf} {name.replace('_', ' ')}")
        entry: dict[str, Any] = {}
        if known is not None and name != "full_optimum":
            motif, alignment = _in_direction_of(known.motif, motif, entry)
            files += _draw_pair(folder / f"{name}_and_jaspar", motif, known, alignment)
        motifs[name] = motif
        entries[name] = _facts(motif, extracted, name) | entry
        files += save_logo(motif, folder / name, f"{extracted.tf}: {title_of(name, extracted)}")

    notes = list(extracted.notes)
    if known is None:
        notes.append(f"JASPAR has no matrix of {extracted.tf}: there is nothing to draw beside its motifs.")
    for note in notes:
        _log.warning(note)
    for ending, write in (("meme", write_meme), ("jaspar", write_jaspar), ("transfac", write_transfac)):
        write(folder / f"motifs.{ending}", list(motifs.values()))
        files.append(folder / f"motifs.{ending}")
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
    return [*files, folder / "motifs.json"]


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


def _draw_pair(path: Path, motif: Motif, known: KnownMotif, alignment: Alignment) -> tuple[Path, Path]:
    score = f"JASPAR {known.release}   similarity {alignment.similarity:.2f}"
    return save_aligned_pair(motif, known.motif, alignment.offset, alignment.orientation, path, score=score)


def _facts(motif: Motif, extracted: ExtractedMotifs, name: str) -> dict[str, Any]:
    separation = extracted.separation.get(name)
    facts: dict[str, Any] = {
        "name": motif.name,
        "consensus": motif.consensus,
        "width": motif.width,
        "information_content_bits": motif.total_information,
        "nsites": motif.nsites,
        "validation_separation": None if separation is None else separation._asdict(),
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

"""Motifs of a run as files: MEME, JASPAR and TRANSFAC text, logos, ``motifs.json``."""

from __future__ import annotations

import logging
import os
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from demo.compare.comparison import JasparComparison, beside, compare_with_jaspar
from demo.compare.comparison_files import COMPARISON, family_of, q_text, write_comparison
from demo.compare.known import KnownMatrices
from demo.compare.matches import Match
from demo.compare.peers import Peer
from demo.compare.tomtom import has_information, tomtom
from demo.interpret.extraction.evidence import Separation
from demo.interpret.extraction.extract import ExtractedMotifs
from demo.interpret.extraction.methods import SHUFFLES
from demo.motifs.alignment import Alignment, align, save_aligned_pair
from demo.motifs.formats import read_motifs, write_all_formats, write_meme
from demo.motifs.jaspar import resolve_release
from demo.motifs.motif import UNIFORM, Motif
from demo.plotting.logo import save_logo
from demo.plotting.site_profile import save_site_profile
from demo.sequences import SequenceSet
from demo.utils.errors import DemoError
from demo.utils.files import write_json, write_text

_log = logging.getLogger(__name__)

DESCRIPTION = "motifs.json"
"""In the folder of a run's motifs: what there is to say of each."""

KNOWN = "known.meme"
"""There, too: the TF's motifs that the user gave as a file."""

PEERS = "peers.meme"
"""There, too: the motifs of other programs."""

_LARGE, _CAPTION = 2.0, 62
"""Scale of the logo of the headline motif, and characters in a line below it."""

_TITLES = {
    "full_optimum": "optimum of equation 1, all positions",
    "best_window": "best window of that optimum",
}


@dataclass(frozen=True)
class KnownMotif:
    """The TF's own matrix, drawn below ours.

    Args:
        motif: ``name`` is the matrix id, ``alt_name`` JASPAR's name.
        release: JASPAR's release (``"2016"``); ``None`` if the user gave the motif.
    """

    motif: Motif
    release: str | None

    @classmethod
    def of(cls, known: KnownMatrices, release: str) -> KnownMotif | None:
        """The primary matrix of a TF in a release of JASPAR, or in the user's file; ``None`` if there is none.

        Raises:
            DemoError: there is no such release or taxon.
        """
        motif = known.primary(release)
        return None if motif is None else cls(motif, None if known.from_file else resolve_release(release))

    @property
    def source(self) -> str:
        """Where it is from, for pictures."""
        return f"JASPAR {self.release}" if self.release else "motif.known"


@dataclass(frozen=True)
class Database:
    """Known motifs in a file of the user's.

    Args:
        name: of the file.
        motifs: in it, of one alphabet.
        test: labelled sequences, on which ours are compared with their best match.
    """

    name: str
    motifs: Sequence[Motif]
    test: SequenceSet

    @classmethod
    def of(cls, path: str, test: SequenceSet) -> Database:
        """Read a file, whose motifs must have the alphabet of the test sequences.

        Raises:
            DemoError: it cannot be read, or they have another.
        """
        alphabet = test.task.alphabet
        motifs = [motif for motif in read_motifs(path) if has_information(motif)]
        for motif in motifs:
            if motif.alphabet.letters != alphabet.letters:
                raise DemoError(
                    f"The motif {motif.name} is of {motif.alphabet.title}, and the network reads {alphabet.title}.",
                    where=path,
                    fix="motif.database=<motifs of that alphabet, in MEME's format>",
                )
        if not motifs:
            raise DemoError("All motifs of this database are flat.", where=path)
        # As the network reads them: on one strand or two.
        return cls(Path(path).name.partition(".")[0], [replace(motif, alphabet=alphabet) for motif in motifs], test)

    def matches(self, folder: Path, motifs: Mapping[str, Motif], label: int) -> dict[str, dict[str, Any]]:
        """The best match of each motif but the full optimum, by Tomtom, and how both do on test sequences of the class;
        all matches are written to a table."""
        asked = {name: motif for name, motif in motifs.items() if name != "full_optimum" and has_information(motif)}
        if not asked:
            return {}
        table = tomtom(list(asked.values()), self.motifs)
        write_text(folder / f"tomtom_{self.name}.tsv", table[table["q-value"] <= 0.5].to_csv(sep="\t", index=False))
        best = {row["Query_ID"]: row for row in table[::-1].to_dict("records")}
        found = {}
        known = {motif.name: motif for motif in self.motifs}
        for name, motif in asked.items():
            row = best[motif.name]
            theirs = known[row["Target_ID"]]
            found[name] = {
                "database": self.name,
                "name": theirs.alt_name or theirs.name,
                "id": theirs.name,
                "consensus": row["Target_consensus"],
                "p": float(row["p-value"]),
                "q": float(row["q-value"]),
                **beside(motif, theirs, self.test, label)._asdict(),
            }
        return found


@dataclass(frozen=True)
class JudgedBy:
    """What motifs are judged by once they are found. None of it plays a part in finding them.

    Args:
        known: the TF's own matrices.
        releases: of JASPAR (``"2016"``, ``"newest"``).
        test: labelled sequences for AMA; ``None`` for Tomtom only.

    Raises:
        DemoError: there is no such release, or ``releases`` is not a list.
    """

    known: KnownMatrices
    releases: Sequence[str]
    test: SequenceSet | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.releases, list | tuple):
            raise DemoError(
                f"motif.compare_with is {self.releases!r}, and has to be a list.",
                fix="'motif.compare_with=[2016,newest]'",
            )
        object.__setattr__(self, "releases", tuple(resolve_release(str(release)) for release in self.releases))


def write_motifs(
    folder: str | os.PathLike[str],
    extracted: ExtractedMotifs,
    known: KnownMotif | None = None,
    judged_by: JudgedBy | None = None,
    peers: Sequence[tuple[Peer, Separation]] = (),
    junction: int | None = None,
    database: Database | None = None,
    label: int = 1,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Write the motifs of a run; files of an earlier extraction are replaced or removed.

    ``motifs.meme``, ``motifs.jaspar``, ``motifs.transfac`` hold all motifs; each has a logo ``<name>.png`` and
    ``.svg``, the headline motif a large one over the family that it looks like; all but the full optimum have
    ``<name>_and_jaspar.png`` and ``.svg``: ours over the best match among the TF's own matrices or, of a TF without
    any, over the best match, if it is significant. With ``judged_by``, ``tomtom_<release>.tsv`` and
    ``comparison.json`` hold JASPAR's matches, and how the motifs do beside its matrix. ``motifs.json``, the rest, is
    written last. DNA has two strands and a motif no direction of its own: with a known motif, all but the full optimum
    are written in its direction (``reverse_complemented`` in the JSON).

    Args:
        folder: created if need be.
        extracted: what ``extract_motifs`` returned.
        known: the TF's own matrix; None if there is none, which is logged and noted in the JSON.
        judged_by: releases of JASPAR and test sequences; None for no comparison.
        peers: motifs of other programs, and how they separate validation data; they are drawn and compared, too, and
            written to ``peers.meme``.
        junction: position, from 1, after which logos of the whole sequence have a line.
        database: known motifs, whatever they are of: Tomtom's matches go to ``tomtom_<its name>.tsv``.
        label: of the class that these are the motifs of, among those of the database's test sequences.

    Returns:
        What ``motifs.json`` says of each motif, by name, and the content of ``comparison.json``; None without it.

    Raises:
        DemoError: a file cannot be written.
    """
    folder = Path(folder)
    _remove_earlier(folder)
    motifs: dict[str, Motif] = {}
    facts: dict[str, Any] = {}
    alignments: dict[str, Alignment] = {}
    for name, found in extracted.motifs.items():
        motif = replace(found, alt_name=f"{extracted.tf} {name.replace('_', ' ')}")
        entry: dict[str, Any] = {}
        if known is not None and name != "full_optimum":
            motif, alignments[name] = _in_direction_of(known.motif, motif, entry)
        motifs[name] = motif
        facts[name] = _facts(motif, extracted, name) | entry
    write_all_formats(folder, list(motifs.values()))
    titles = {name: title_of(name, extracted) for name in motifs}
    for peer, separated in peers:
        motif, entry = peer.motif, {"from": peer.file}
        if known is not None:
            motif, alignments[peer.kind] = _in_direction_of(known.motif, motif, entry)
        motifs[peer.kind], titles[peer.kind] = motif, f"{motif.alt_name}, from {Path(peer.file).name}"
        facts[peer.kind] = _facts_of(motif, separated) | entry
    if peers:
        write_meme(folder / PEERS, [replace(motifs[peer.kind], background=np.array(UNIFORM)) for peer, _ in peers])
    compared, comparison = None, None
    drawn: dict[str, tuple[Motif, Match, str]] = {}
    if judged_by is not None:
        compared, tables = compare_with_jaspar(
            motifs,
            judged_by.known,
            judged_by.releases,
            judged_by.test,
            [peer.kind for peer, _ in peers if peer.is_first],
        )
        write_comparison(folder, compared, tables)
        comparison = asdict(compared)
        drawn = _best_matches(compared, known, judged_by.known)
        if judged_by.known.from_file:
            write_meme(folder / KNOWN, judged_by.known.from_file)
    if database is not None:
        for name, best in database.matches(folder, motifs, label).items():
            facts[name]["match"] = best
    for name, motif in motifs.items():
        path, title = folder / name, f"{extracted.tf}: {titles[name]}"
        if name == "headline_motif":
            caption = textwrap.wrap(family_of(compared, name), _CAPTION) if compared else []
            save_logo(motif.logo_heights, path, title, letters=motif.letters, caption=caption, scale=_LARGE)
        else:
            whole = junction if motif.width == extracted.full_optimum.width else None
            save_logo(motif.logo_heights, path, title, letters=motif.letters, junction=whole)
        if name in extracted.support:
            _draw_sites(folder / f"{name}_sites", extracted, name)
    for name, (matrix, match, source) in drawn.items():
        text = f"{source}   {q_text(match)}"
        path = folder / f"{name}_and_jaspar"
        save_aligned_pair(motifs[name], matrix, match.offset, match.orientation, path, score=text)
    for name, alignment in alignments.items():
        if known is not None and name not in drawn:
            text = f"{known.source}   similarity {alignment.similarity:.2f}"
            path = folder / f"{name}_and_jaspar"
            save_aligned_pair(motifs[name], known.motif, alignment.offset, alignment.orientation, path, score=text)

    notes = list(extracted.notes)
    vain = "it means little" if judged_by is None else "matches in JASPAR mean nothing"
    notes += [
        f"The {name.replace('_', ' ')} does not tell validation positives from {extracted.contrast}: {vain}."
        for name, found in extracted.separation.items()
        if not found.tells_apart
    ]
    if known is None and judged_by is None:
        if database is None:
            notes.append("Motifs are compared with nothing: motif.database=<MEME file> names known ones.")
    elif known is None:
        instead = "its motifs are drawn over their best matches" if drawn else "none is drawn beside its motifs"
        notes.append(
            f"JASPAR has no matrix of {extracted.tf}: {instead}. If you know one, name it: "
            "motif.known=<JASPAR id, factor or MEME file>."
        )
    for note in notes:
        _log.warning(note)
    content = {
        "tf": extracted.tf,
        "method": extracted.settings.method_name,
        "motifs": facts,
        "optimum": {
            "of": "sketch" if extracted.of_sketch else "network",
            "probability": extracted.optimum.probability,
            "objective_at_start": float(extracted.optimum.trace[0]),
            "objective_at_end": float(extracted.optimum.trace[-1]),
        },
        "junction": junction,
        "jaspar": _jaspar(known) if known is not None and known.release is not None else None,
        "notes": notes,
        "settings": extracted.settings.plain(),
    }
    write_json(folder / DESCRIPTION, content)
    return facts, comparison


def _remove_earlier(folder: Path) -> None:
    """Remove what an earlier extraction wrote, and nothing else: its motifs need not be found this time.

    Its logos are known by the motifs in ``motifs.meme``, which is written before them and removed after them.
    ``motifs.json`` is removed first: without it the folder is known to be incomplete.
    """
    (folder / DESCRIPTION).unlink(missing_ok=True)
    meme = folder / "motifs.meme"
    text = meme.read_text("utf-8", "replace") if meme.is_file() else ""
    # All are named <prefix>_<kind>, as in ``extract_motifs``, and one of them is the full optimum.
    prefix = re.search(r"^MOTIF (\S*)full_optimum\b", text, re.M)
    # No slash: what the folder of somebody else names is not looked for outside of it.
    kinds = rf"^MOTIF {re.escape(prefix[1])}([\w.+-]+)" if prefix else r"(?!)"
    names = ["full_optimum", *re.findall(kinds, text, re.M)]
    if (folder / PEERS).is_file():
        names += re.findall(r"^MOTIF ([a-z][a-z0-9_]*)", (folder / PEERS).read_text("utf-8", "replace"), re.M)
    for name in names:
        for logo in (name, f"{name}_and_jaspar", f"{name}_sites"):
            for ending in ("png", "svg"):
                (folder / f"{logo}.{ending}").unlink(missing_ok=True)
    for path in [
        *folder.glob("tomtom_*.tsv"),
        *folder.glob("motifs.*"),
        folder / COMPARISON,
        folder / KNOWN,
        folder / PEERS,
    ]:
        path.unlink(missing_ok=True)


def title_of(name: str, extracted: ExtractedMotifs) -> str:
    """What a motif is, in a line, with its support."""
    if name in _TITLES:
        return _TITLES[name]
    what = name.replace("_", " ")
    if name not in extracted.support:
        return f"{what} ({extracted.motifs[name].nsites:.0f} sites)"
    support = extracted.support[name]
    if name == "headline_motif":
        return f"headline motif ({extracted.motifs[name].nsites:,.0f} sites)"
    return f"{what} ({support.starts} of {support.all_starts} starts, stability {support.stability:.2f})"


def _in_direction_of(known: Motif, motif: Motif, entry: dict[str, Any]) -> tuple[Motif, Alignment]:
    """``motif`` on the strand of ``known``, and their best alignment; ``entry`` gets both."""
    alignment = align(motif, known)
    reverse = alignment.orientation == "-"
    if reverse:
        motif = motif.reverse_complement()
        # Both are reversed: what stuck out at one end now does at the other.
        alignment = Alignment(known.width - motif.width - alignment.offset, "+", alignment.similarity)
    entry["reverse_complemented"] = reverse
    entry["alignment"] = alignment._asdict()
    return motif, alignment


def _draw_sites(path: Path, extracted: ExtractedMotifs, name: str) -> None:
    """Where the sites of a class motif lie in validation positives, and in what they are told from."""
    profile, centrality = extracted.support[name].profile, extracted.support[name].centrality
    what = f"{extracted.tf}, {name.replace('_', ' ')}"
    if extracted.contrast == SHUFFLES:
        title = f"{what}: sites in validation peaks, central p = {centrality.p_value:.1g}"
        save_site_profile(path, profile.length, profile.positives, profile.shuffles, title)
        return
    save_site_profile(
        path,
        profile.length,
        profile.positives,
        profile.shuffles,
        f"{what}: sites, central p = {centrality.p_value:.1g}",
        names=("validation sequences", extracted.contrast),
        middle=f"{extracted.motifs[name].alphabet.unit} from the middle of the sequence",
    )


def _best_matches(
    compared: JasparComparison, known: KnownMotif | None, matrices: KnownMatrices
) -> dict[str, tuple[Motif, Match, str]]:
    """The matrix that each motif is drawn over, their match, and where the matrix is from.

    It is the match that the run's summary names: the best of the TF's own, or the head of the first group.
    """
    year = known.release if known is not None and known.release else None
    part = compared.of_release(year) if year else next(iter(compared.releases[::-1]), None)
    if part is None:
        return {}
    motif_of = {motif.name: motif for motif in matrices.database(part.release)}
    given = {motif.name for motif in matrices.from_file}
    found = {}
    for name, motif in part.motifs.items():
        match = motif.own if known is not None else motif.groups[0].head if motif.groups else None
        if match is not None:
            source = "motif.known" if match.matrix_id in given else f"JASPAR {part.release}"
            found[name] = (motif_of[match.matrix_id], match, source)
    return found


def _facts(motif: Motif, extracted: ExtractedMotifs, name: str) -> dict[str, Any]:
    facts = _facts_of(motif, extracted.separation.get(name))
    if name == "best_window":
        facts["start"] = extracted.window_start
    if name in extracted.support:
        facts["support"] = asdict(extracted.support[name])
    return facts


def _facts_of(motif: Motif, separation: Separation | None) -> dict[str, Any]:
    return {
        "name": motif.name,
        "consensus": motif.consensus,
        "width": motif.width,
        "information_content_bits": motif.total_information,
        "nsites": motif.nsites,
        "validation_separation": None if separation is None else separation._asdict(),
        "tells_apart": None if separation is None else separation.tells_apart,
    }


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

"""The comparison of a run's motifs with JASPAR, as files and as lines for the terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.compare.comparison import Affinity, BestHit, JasparComparison, MotifComparison, ReleaseComparison
from demo.compare.matches import FAMILY, HETERODIMER, OTHER, OWN, Match, MatchGroup
from demo.utils.checks import from_plain
from demo.utils.environment import typed
from demo.utils.errors import DemoError
from demo.utils.files import atomic_write, read_json, write_json

if TYPE_CHECKING:
    import pandas as pd

COMPARISON = "comparison.json"
"""In the folder of a run's motifs."""

_RELATIONS = {
    OWN: "{tf}'s own",
    HETERODIMER: "a heterodimer with {tf}",
    FAMILY: "of {tf}'s family",
    OTHER: "of another factor",
}

LARGEST_Q = 0.5
"""Threshold of the rows written: Tomtom's default, and the paper's."""


def write_comparison(folder: Path, comparison: JasparComparison, tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write ``comparison.json``, and ``tomtom_<release>.tsv`` with matches of q <= 0.5 in Tomtom's columns.

    Tables of other releases are removed: they would be taken for this comparison's.

    Returns:
        The files.

    Raises:
        DemoError: a file cannot be written.
    """
    paths = {release: folder / f"tomtom_{release}.tsv" for release in tables}
    for old in set(folder.glob("tomtom_*.tsv")) - set(paths.values()):
        old.unlink()
    for release, table in tables.items():
        with atomic_write(paths[release]) as temporary:
            table[table["q-value"] <= LARGEST_Q].to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    write_json(folder / COMPARISON, asdict(comparison))
    return [*paths.values(), folder / COMPARISON]


def read_comparison(folder: Path) -> JasparComparison | None:
    """What ``write_comparison`` wrote into the folder of a run's motifs, if anything.

    Raises:
        DemoError: the file is damaged, or from another version.
    """
    path = folder / COMPARISON
    return comparison_from(read_json(path), str(path)) if path.exists() else None


def comparison_from(content: Mapping[str, Any], where: str | None = None) -> JasparComparison:
    """A comparison from the content of its JSON file, which is also in ``result.json``.

    Raises:
        DemoError: the content is damaged, or from another version; ``where`` is its file.
    """
    try:
        releases = tuple(
            ReleaseComparison(
                _year(part["release"]),
                int(part["matrices"]),
                tuple(map(str, part["own_matrices"])),
                {str(kind): _motif_comparison(entry) for kind, entry in part["motifs"].items()},
            )
            for part in content["releases"]
        )
        named = content.get("named")
        return JasparComparison(
            str(content["tf"]),
            int(content["positives"]),
            int(content["negatives"]),
            releases,
            None if named is None else str(named),
            tuple(map(str, content.get("peers", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DemoError(
            f"This comparison with JASPAR has an invalid format ({error}).",
            where=where,
            fix=f"extract the motifs again: {typed('visualize')} run=<run directory> force=true",
        ) from error


def _year(release: str) -> str:
    # It is part of file names.
    if not re.fullmatch(r"\d{4}", release, re.ASCII):
        raise ValueError(f"release {release!r}")
    return release


def _motif_comparison(entry: Mapping[str, Any]) -> MotifComparison:
    matches = {name: entry[name] and _match(entry[name]) for name in ("best", "own", "related")}
    hit = entry.get("best_hit")
    return MotifComparison(
        **matches,
        affinity=entry["affinity"] and from_plain(Affinity, entry["affinity"]),
        # Earlier versions had neither.
        best_hit=hit and from_plain(BestHit, hit),
        groups=tuple(map(_group, entry.get("groups", ()))),
    )


def _group(entry: Mapping[str, Any]) -> MatchGroup:
    members, others = (tuple(map(str, entry[name])) for name in ("members", "others"))
    return MatchGroup(_match(entry["head"]), str(entry["family"]), members, others)


def _match(entry: Mapping[str, Any]) -> Match:
    match = from_plain(Match, entry)
    if match.relation not in _RELATIONS or match.orientation not in ("+", "-"):
        raise ValueError(f"a match is {match.relation!r} and {match.orientation!r}")
    return match


def comparison_numbers(comparison: JasparComparison) -> dict[str, float | str]:
    """The values of a comparison for W&B, with names like ``class_motif/2016/q_of_own``."""
    numbers: dict[str, float | str] = {}
    for part in comparison.releases:
        for kind, found in part.motifs.items():
            prefix = f"{kind}/{part.release}"
            if found.best:
                numbers |= {f"{prefix}/best_match": found.best.name, f"{prefix}/q_of_best": found.best.q}
                numbers |= {f"{prefix}/family": family_text(found, part)}
            if found.own:
                numbers[f"{prefix}/q_of_own"] = found.own.q
            if found.affinity:
                numbers |= {f"{prefix}/ama_outscored": found.affinity.outscored}
                numbers |= {f"{prefix}/ama_auroc": found.affinity.auroc}
                numbers |= {f"{prefix}/ama_auroc_jaspar": found.affinity.jaspar_auroc}
            if found.best_hit:
                numbers |= {f"{prefix}/hit_auroc": found.best_hit.auroc}
                numbers |= {f"{prefix}/hit_auroc_jaspar": found.best_hit.jaspar_auroc}
    return numbers


def match_text(found: MotifComparison, part: ReleaseComparison, tf: str) -> str:
    """Tomtom's best matches of a motif as a group, and the TF's own matrix if it is not the first of these."""
    if found.match is None:
        return "flat: nothing to compare"
    text = group_text(found.groups[0], part, tf) if found.groups else matrix_text(found.match, part, tf)
    if found.own is None or found.own.matrix_id == found.match.matrix_id:
        return text
    return f"{text}; {tf}'s own {found.own.matrix_id} ranks {found.own.rank}, {q_text(found.own)}"


def group_text(group: MatchGroup, part: ReleaseComparison, tf: str) -> str:
    """A group in a line: ``Ets family: ELK3 (MA0759.3, q = 0.00024), ELK1, ETV4, ETV5, 24 more, also Zbtb2``."""
    return _family(group) + ", ".join([matrix_text(group.head, part, tf), *_alike(group)])


def family_text(found: MotifComparison, part: ReleaseComparison) -> str:
    """What a motif looks like, in a line to stand under its logo: ``Ets family: ELK3, ELK1, ETV4, ETV5, 24 more, also
    Zbtb2 (JASPAR 2026, q = 0.00024)``."""
    if not found.groups:
        return f"like no matrix of JASPAR {part.release} (q < 0.05)"
    group = found.groups[0]
    names = ", ".join([group.head.name, *_alike(group)])
    return f"{_family(group)}{names} (JASPAR {part.release}, {q_text(group.head)})"


def family_of(comparison: JasparComparison, kind: str) -> str:
    """``family_text`` of a kind of motif in the newest release; empty if it was not compared."""
    part = comparison.releases[-1] if comparison.releases else None
    return family_text(part.motifs[kind], part) if part and kind in part.motifs else ""


def _family(group: MatchGroup) -> str:
    """``Ets family: ``, for the groups that have one."""
    name = re.sub(r"(-related)?( factors)?$", "", group.family)
    return f"{name} family: " if name else ""


def alike_text(group: MatchGroup) -> str:
    """What a group has besides its head: ``Ets-related, like ELK1, ETV4, ETV5, 24 more, also Zbtb2``."""
    like = ", ".join(_alike(group))
    return ", ".join(part for part in (group.family, f"like {like}" if like else "") if part)


def _alike(group: MatchGroup) -> list[str]:
    factors = [*group.members[1:4], *_rest(len(group.members) - 4)]
    others = [*group.others[:3], *_rest(len(group.others) - 3)]
    return [*factors, f"also {', '.join(others)}"] if others else factors


def _rest(count: int) -> list[str]:
    return [f"{count} more"] if count > 0 else []


def matrix_text(match: Match, part: ReleaseComparison, tf: str) -> str:
    """A match with its matrix, its relation to the TF if that has matrices of its own there, and q."""
    relation = f"{relation_text(match, tf)}, " if part.own_matrices else ""
    return f"{match.name} ({match.matrix_id}, {relation}{q_text(match)})"


def q_text(match: Match) -> str:
    """The q-value of a match, as everywhere in a terminal and in pictures."""
    return f"q = {match.q:.2g}"


def relation_text(match: Match, tf: str) -> str:
    """The relation of a match to the TF, in words."""
    return _RELATIONS[match.relation].format(tf=tf)


def affinity_text(found: MotifComparison) -> str:
    """AMA and best hit of a motif beside those of the TF's own matrix; empty if there is nothing to compare."""
    affinity, hit = found.affinity, found.best_hit
    if affinity is None:
        return ""
    text = _affinity_text(affinity.matrix_id, affinity.outscored, affinity.auroc, affinity.jaspar_auroc)
    return text if hit is None else f"{text}; of the best hit {hit.auroc:.3f} vs {hit.jaspar_auroc:.3f}"


def match_texts(match: Mapping[str, Any]) -> tuple[str, str]:
    """The best match in a database of the user's, as ``motifs.json`` has it, in words: the match, and how the motif
    does beside it on test sequences, which is empty in files of earlier versions."""
    text = "{name} ({consensus}) in {database}, q = {q:.1e}".format(**match)
    if "ama_auroc" not in match:
        return text, ""
    measured = (float(match[name]) for name in ("outscored", "ama_auroc", "ama_auroc_theirs"))
    hit, theirs = float(match["hit_auroc"]), float(match["hit_auroc_theirs"])
    return text, f"{_affinity_text(match['name'], *measured)}; of the best hit {hit:.3f} vs {theirs:.3f}"


def _affinity_text(whose: str, outscored: float, auroc: float, theirs: float) -> str:
    return f"AMA above {whose}'s on {outscored:.0%} of the test positives, AUROC {auroc:.3f} vs {theirs:.3f}"

"""The motifs of a run, read back from its directory, and drawn over JASPAR's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from demo.compare.comparison import FURTHER, JasparComparison
from demo.compare.comparison_files import family_of, group_text, match_texts
from demo.compare.matches import OWN, Match
from demo.interpret.extraction.centrality import Centrality, SiteProfile
from demo.interpret.extraction.files import KNOWN, PEERS
from demo.motifs.alignment import Alignment
from demo.motifs.formats import read_meme
from demo.motifs.formats.meme import Meme
from demo.motifs.jaspar import core_matrices, resolve_release
from demo.motifs.motif import DEFAULT_NSITES, Motif
from demo.report.charts import Axis, Line, line_chart
from demo.report.elements import number, scientific
from demo.report.logos import aligned_logos, logo_with_axes
from demo.utils.checks import from_plain
from demo.utils.errors import DemoError
from demo.utils.files import read_json

_LAST = "full_optimum"

_FIRST = ("headline_motif", "class_motif", "best_window", _LAST)
"""Kinds of motif in the order of a page, before any others. The first that a run has represents it in the index."""

_ABOUT = {
    "headline_motif": "base counts of sites in what the network calls bound, less those found by chance; of all "
    "candidates, the one that tells most validation peaks from negatives, with more weight for strong peaks",
    "class_motif": "the optimum of a short window placed in shuffled peaks that the network scores highest; neither "
    "JASPAR nor the test set was used to choose it",
    "best_window": "the most informative window of the full optimum, as wide as the JASPAR matrix, as in the paper",
    "full_optimum": "equation 1 of the paper: the whole input that the network, or a sketch of it, scores highest",
}


_ABOUT_LABELLED = _ABOUT | {
    "headline_motif": "letter counts of sites in what the network takes for the class, less those found by chance; of "
    "all candidates, the one that tells most validation sequences of the class from the others",
    "class_motif": "the optimum of a short window placed in shuffled sequences of the class that the network scores "
    "highest; the test set was not used to choose it",
    "best_window": "the most informative window of the full optimum",
}

_ANOTHER = "another optimum of the same kind: a partner's site, half a site, or a variant"


class FoundBy(NamedTuple):
    """How often class optimisation found a motif.

    Attributes:
        starts: number that found it.
        all_starts: number of all starts.
        networks: number of networks of these starts.
        stability: 0-1.
    """

    starts: int
    all_starts: int
    networks: int
    stability: float


@dataclass(frozen=True)
class Found:
    """One motif of a run.

    Attributes:
        kind: ``headline_motif``, ``class_motif``, ...
        motif: as the run wrote it.
        alignment: with the TF's JASPAR matrix, if any.
        source: the file that the motif of another program is from; ``None`` for ours.
        separation: AUROC of validation peaks against their shuffles by this motif alone, 0-1; ``None`` if unknown.
        tells_apart: whether it separates them better than chance; ``None`` if unknown.
        support: how often it was found; ``None`` for motifs that do not come from several starts.
        centrality: how central its sites are in validation peaks; ``None`` if unknown.
        profile: where along validation peaks they lie; ``None`` if unknown.
        match: the best one in a database of the user's, and how the motif does beside it, in words; if there is one.
    """

    kind: str
    motif: Motif
    alignment: Alignment | None
    source: str | None
    separation: float | None
    tells_apart: bool | None
    support: FoundBy | None
    centrality: Centrality | None
    profile: SiteProfile | None
    match: tuple[str, str] | None = None


@dataclass(frozen=True)
class RunMotifs:
    """All motifs of a run.

    Attributes:
        found: in the order of a page.
        own_matrix: the TF's own, if any.
        release: of JASPAR, if that is from there.
        given: the TF's motifs that the user gave as a file, by name.
        notes: from the extraction.
        junction: position, from 1, after which the full optimum has a line.
        classes: of several, how many motifs each has, in the order of ``found``.
    """

    found: tuple[Found, ...]
    own_matrix: Motif | None
    release: str | None
    given: Mapping[str, Motif]
    notes: tuple[str, ...]
    junction: int | None = None
    classes: tuple[int, ...] = ()

    @property
    def meme(self) -> str:
        """All of them but other programs' as MEME text."""
        return Meme.text([one.motif for one in self.found if one.source is None])

    @property
    def letters(self) -> str:
        """Of the alphabet of its motifs."""
        return self.found[0].motif.alphabet.letters

    @property
    def first(self) -> Found:
        """The one that represents the run."""
        return self.found[0]

    @property
    def firsts(self) -> tuple[Found, ...]:
        """The one that represents the run; of several classes, that of each."""
        starts = accumulate(self.classes[:-1], initial=0)
        return tuple(self.found[start] for start in starts)


@dataclass(frozen=True)
class Drawn:
    """A motif as a page shows it.

    Attributes:
        heading: its kind.
        about: a sentence that explains the kind.
        family: what the headline motif looks like, below its own large drawing; ``None`` for others.
        drawing: of the headline motif alone; others aligned with the best of the factor's own matrices or, if it has
            none, with the best match.
        others: aligned with matches that are not like those above; and where its sites lie.
        facts: (name, value).
        further: whether it is one of many from first-layer filters or attributions.
    """

    heading: str
    about: str
    family: str | None
    drawing: Markup
    others: tuple[Markup, ...]
    facts: tuple[tuple[str, str], ...]
    further: bool


def read_motifs(folder: Path) -> RunMotifs:
    """The motifs of a run.

    Args:
        folder: ``motifs`` of its directory.

    Raises:
        DemoError: there are none, or their format is invalid.
    """
    description, meme = folder / "motifs.json", folder / "motifs.meme"
    classes = sorted(path.parent for path in folder.glob("*/motifs.json"))
    if classes and not description.exists():
        return _of_classes([(path.name, read_motifs(path)) for path in classes])
    if not description.exists():
        raise DemoError("The run has no motifs: motifs/motifs.json is missing.", where=str(folder))
    content = read_json(description)
    peers = read_meme(folder / PEERS) if (folder / PEERS).exists() else []
    by_name = {motif.name: motif for motif in [*read_meme(meme), *peers]}
    try:
        found = [_found(kind, entry, by_name) for kind, entry in content["motifs"].items()]
        own_matrix, release = _own_matrix(content["jaspar"])
        given = {motif.name: motif for motif in read_meme(folder / KNOWN)} if (folder / KNOWN).exists() else {}
        notes = tuple(map(str, content["notes"]))
        # Not in files of earlier versions.
        junction = None if content.get("junction") is None else int(content["junction"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DemoError(f"motifs.json has an invalid format ({error}).", where=str(description)) from error
    if not found:
        raise DemoError("The run has no motifs: motifs.json is empty.", where=str(description))
    own_matrix = next(iter(given.values()), own_matrix)
    return RunMotifs(tuple(sorted(found, key=_order)), own_matrix, release, given, notes, junction)


def _of_classes(classes: Sequence[tuple[str, RunMotifs]]) -> RunMotifs:
    """The motifs of several classes, each with the name of its class before its kind."""
    found = [replace(one, kind=f"{name}: {one.kind}") for name, motifs in classes for one in motifs.found]
    named: dict[str, list[str]] = {}
    for name, motifs in classes:
        for note in motifs.notes:
            named.setdefault(note, []).append(name)
    notes = (note if len(names) == len(classes) else f"{', '.join(names)}: {note}" for note, names in named.items())
    counts = tuple(len(motifs.found) for _, motifs in classes)
    return RunMotifs(tuple(found), None, None, {}, tuple(notes), classes[0][1].junction, counts)


def drawn(motifs: RunMotifs, comparison: JasparComparison | None, labelled: bool = False) -> list[Drawn]:
    """Every motif, aligned with known matrices.

    Args:
        motifs: of a run.
        comparison: with JASPAR, if any.
        labelled: whether they are of labelled sequences, not of peaks.
    """
    return [_draw(found, motifs, comparison, labelled) for found in motifs.found]


def _draw(found: Found, motifs: RunMotifs, comparison: JasparComparison | None, labelled: bool) -> Drawn:
    motif, name, kind = found.motif, found.kind.replace("_", " "), found.kind.rpartition(": ")[2]
    release = motifs.release or (comparison.releases[-1].release if comparison and comparison.releases else None)
    part = comparison.of_release(release) if comparison and release else None
    judged = part.motifs.get(found.kind) if part else None
    groups = judged.groups if judged else ()
    matches = [group.head for group in groups]
    if judged is not None and judged.own is not None:
        own = judged.own
        unlike = (group.head for group in groups if own.name not in (*group.members, *group.others))
        matches = [own, *(match for match in unlike if match.relation != OWN)]
    if release is not None and matches:
        drawing, *others = (_over_match(motif, match, motifs, release) for match in matches)
    else:
        others = []
        if found.alignment is not None and motifs.own_matrix is not None:
            drawing = _over(motif, motifs.own_matrix, found.alignment, _source(motifs.own_matrix, motifs, release))
        else:
            drawing = logo_with_axes(motif, motif.alt_name or motif.name, motifs.junction if kind == _LAST else None)
    family = None
    if kind == "headline_motif":
        family = family_of(comparison, found.kind) if comparison else ""
        if matches or found.alignment is not None:
            drawing, others = logo_with_axes(motif, motif.alt_name or motif.name), [drawing, *others]
    if found.profile is not None:
        others.append(_sites(found.profile, motif.alphabet.unit, labelled))
    facts = [("found by another program", found.source)] if found.source else []
    facts += [("consensus", motif.consensus)] if kind != _LAST else []
    facts += [("width", f"{motif.width} {motif.alphabet.unit}"), ("information", f"{motif.total_information:.1f} bits")]
    if motif.nsites != DEFAULT_NSITES:
        facts.append(("sites counted", f"{motif.nsites:,.0f}"))
    if found.separation is not None:
        nothing = "" if found.tells_apart is not False else ", not above chance"
        facts.append(("alone, validation AUROC", f"{number(found.separation)}{nothing}"))
    if found.support is not None:
        starts, of, networks, stability = found.support
        where = f", in {networks} networks" if networks > 1 else ""
        facts += [("found by", f"{starts} of {of} starts{where}"), ("stability", f"{stability:.2f}")]
    if found.match is not None:
        match_text, beside = found.match
        facts += [("best match", match_text), *([("beside it, on the test set", beside)] if beside else [])]
    if found.centrality is not None:
        where = "sites near the middle" if labelled else "sites near the peak centre"
        facts.append((where, _middle(found.centrality, motif.alphabet.unit)))
    if found.alignment is not None:
        facts.append(("similarity to its own matrix (cosine)", f"{found.alignment.similarity:.2f}"))
    if part is not None and comparison is not None:
        facts += [(f"matches in JASPAR {part.release}", group_text(group, part, comparison.tf)) for group in groups]
    about = (_ABOUT_LABELLED if labelled else _ABOUT).get(kind, _ANOTHER if FURTHER.fullmatch(kind) else "")
    further = _order(found)[0] == len(_FIRST) and found.source is None
    return Drawn(name[0].upper() + name[1:], about, family, drawing, tuple(others), tuple(facts), further)


def _middle(centrality: Centrality, unit: str) -> str:
    """The centrality of its sites, as text."""
    inside, expected = (f"{part:.0%}".replace("%", "\u00a0%") for part in (centrality.inside, centrality.expected))
    within = f"{inside} of {centrality.sites:,} within {centrality.region // 2} {unit} of it, {expected} by chance"
    return f"{within}, p = {scientific(centrality.p_value)}"


def _sites(profile: SiteProfile, unit: str, labelled: bool) -> Markup:
    """The number of sites against the distance from the middle of the peaks, or of labelled sequences."""
    ours, others, one = ("sequences", "others", "sequence") if labelled else ("peaks", "shuffles", "peak")
    counts = (*profile.positives, *profile.shuffles)
    edges = [profile.length * (i / len(profile.positives) - 0.5) for i in range(len(profile.positives) + 1)]
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    lines = [
        Line(others, list(zip(middles, profile.shuffles, strict=True)), "chance"),
        Line(f"validation {ours}", list(zip(middles, profile.positives, strict=True)), "ours"),
    ]
    x = Axis(f"{unit} from the middle of the {one}", edges[0], edges[-1])
    y = Axis("sites", 0, max(*counts, 1) * 1.1, whole=True)
    label = f"Sites of the motif along the {ours} and {others if labelled else 'their shuffles'}"
    # With its legend, beside the logos.
    return Markup(f'<div class="sites">{line_chart(lines, x, y, label)}</div>')


def _over_match(motif: Motif, match: Match, motifs: RunMotifs, release: str) -> Markup:
    """Aligned as by Tomtom."""
    matrix = motifs.given.get(match.matrix_id) or _matrix(match.matrix_id, release)
    alignment = Alignment(match.offset, match.orientation, float("nan"))
    return _over(motif, matrix, alignment, _source(matrix, motifs, release), f", q = {scientific(match.q)}")


def _source(matrix: Motif, motifs: RunMotifs, release: str | None) -> str:
    return "motif.known" if matrix.name in motifs.given else f"JASPAR {release}"


def _over(ours: Motif, theirs: Motif, alignment: Alignment, source: str, score: str = "") -> Markup:
    if alignment.orientation not in ("+", "-") or not -ours.width < alignment.offset < theirs.width:
        raise DemoError(f"The motif {ours.name} and {theirs.name} cannot be aligned as this run says they are.")
    strand = "" if alignment.orientation == "+" else ", reverse"
    name = f"{theirs.alt_name} ({theirs.name})" if theirs.alt_name else theirs.name
    return aligned_logos(ours, theirs, alignment, (ours.alt_name or ours.name, f"{name}, {source}{strand}{score}"))


def _found(kind: str, entry: Mapping[str, Any], by_name: Mapping[str, Motif]) -> Found:
    alignment, separation, support = (entry.get(name) for name in ("alignment", "validation_separation", "support"))
    return Found(
        kind,
        by_name[entry["name"]],
        from_plain(Alignment, alignment) if alignment else None,
        str(entry["from"]) if "from" in entry else None,
        float(separation["auroc"]) if separation else None,
        entry.get("tells_apart"),
        from_plain(FoundBy, support) if support else None,
        from_plain(Centrality, support["centrality"]) if support and "centrality" in support else None,
        _profile(support["profile"]) if support and "profile" in support else None,
        match_texts(entry["match"]) if "match" in entry else None,
    )


def _profile(entry: Mapping[str, Any]) -> SiteProfile:
    positives, shuffles = ([int(count) for count in entry[name]] for name in ("positives", "shuffles"))
    if not 0 < len(positives) == len(shuffles) or min(*positives, *shuffles) < 0 or int(entry["length"]) < 1:
        raise ValueError(f"a profile of sites is {entry!r:.80}")
    return SiteProfile(int(entry["length"]), positives, shuffles)


def _own_matrix(entry: Mapping[str, Any] | None) -> tuple[Motif | None, str | None]:
    """The matrix that the run was aligned with, from its release."""
    if entry is None:
        return None, None
    release = resolve_release(entry["release"])
    return _matrix(entry["matrix_id"], release), release


def _matrix(matrix_id: str, release: str) -> Motif:
    for matrix in core_matrices(release):
        if matrix.motif.name == matrix_id:
            return matrix.motif
    raise DemoError(
        f"JASPAR {release} has no matrix {matrix_id}.", fix="install the version of pyjaspar used for the run"
    )


def _order(found: Found) -> tuple[int, bool]:
    """Its position on a page: ``_FIRST``, further class motifs after the first, the full optimum, all others."""
    own = found.kind.rpartition(": ")[2]
    kind = "class_motif" if FURTHER.fullmatch(own) else own
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST), kind != own

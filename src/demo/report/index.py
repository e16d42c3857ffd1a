"""The first page of a report: every data set of a study in one table, Fig. 2a, and the counts of the paper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from demo.compare.comparison import Affinity
from demo.compare.matches import Match
from demo.report.charts import Axis, Bar, bar_chart, interval
from demo.report.elements import FOLDER, Part, number, signed
from demo.report.jaspar import study_counts
from demo.report.logos import logo
from demo.report.motifs import RunMotifs
from demo.study.counts import MotifCounts
from demo.study.figure import labels
from demo.study.study import Study, StudyRow


@dataclass(frozen=True)
class Shown:
    """A motif in the table.

    Attributes:
        logo: of it or, if it is long, of its most informative window.
        kind: ``class motif``; of several classes after the name of its own.
        tells_apart: whether it separates peaks from shuffles; ``None`` if unknown.
        consensus: of it.
    """

    logo: Markup
    kind: str
    tells_apart: bool | None
    consensus: str


@dataclass(frozen=True)
class Entry:
    """One line of the table.

    Attributes:
        row: the data set.
        page: link to its page.
        motifs: the one that represents it or, of several classes, that of each of the first; empty if there is none.
        interval: test AUROC with its interval, DeepBind's as a tick.
        release: the newest JASPAR release that its motif was compared with, if any.
        match: Tomtom's match there; also ``None`` if the motif is flat.
        family: of most matrices that are nearly the same as the match; empty if there is none.
        affinity: AMA and that of the factor's own matrix; also ``None`` if it has no matrix.
    """

    row: StudyRow
    page: str
    motifs: tuple[Shown, ...]
    interval: Markup
    release: str | None
    match: Match | None
    family: str
    affinity: Affinity | None


@dataclass(frozen=True)
class Table:
    """Data sets of one kind, ``real`` or ``simulated``, and how many of their motifs match JASPAR's."""

    name: str
    title: str
    entries: tuple[Entry, ...]
    motif_counts: tuple[MotifCounts, ...]


@dataclass(frozen=True)
class Count:
    """A number of the study and the paper's."""

    value: str
    of: str
    paper: str | None


def tables(study: Study, pages: Mapping[str, str], motifs: Mapping[str, Part[RunMotifs]]) -> list[Table]:
    """The tables of real and of simulated sets, if there are any.

    Args:
        study: its selected runs.
        pages: data set to the name of its page.
        motifs: data set to its motifs.
    """
    axis = _auroc_axis([*study.real, *study.simulated])
    sorts = (("real", "Real data", study.real), ("simulated", "Simulated data", study.simulated))
    return [
        Table(
            name,
            title,
            tuple(_entry(row, pages, motifs[row.run.dataset].value, axis) for row in rows),
            tuple(study_counts(study.counted if name == "real" else rows)),
        )
        for name, title, rows in sorts
        if rows
    ]


def counts(study: Study) -> list[Count]:
    """The counts of the paper's results, for the sets of this study with DeepBind's AUC."""
    numbers = study.comparison
    if numbers is None:
        return []
    return [
        Count(
            f"{numbers.wins} of {numbers.count}",
            f"sets with a test AUROC above DeepBind's published one ({numbers.losses} lower, {numbers.ties} ties)",
            "92 of 108",
        ),
        Count(number(numbers.median), "median test AUROC", "0.951"),
        Count(number(numbers.published_median), "median of DeepBind's on the same sets", "0.931"),
        Count(signed(numbers.mean_difference), "mean difference", None),
    ]


def figure(study: Study, pages: Mapping[str, str]) -> Markup | None:
    """Fig. 2a of the paper, each bar a link to its page; ``None`` if no set has a published AUC."""
    rows = study.compared
    if not rows:
        return None
    bars = [
        Bar(
            name=name,
            value=row.difference,
            low=row.run.interval[0] - row.deepbind,
            high=row.run.interval[1] - row.deepbind,
            link=_href(row, pages),
            title=f"{row.run.dataset}: {number(row.run.auroc)}, DeepBind {number(row.deepbind)}",
            pale=bool(row.is_inside),
        )
        for name, row in zip(labels(rows), rows, strict=True)
        if row.difference is not None and row.deepbind is not None
    ]
    return bar_chart(bars, "test AUROC, ours − DeepBind's", "Difference of the test AUROC from DeepBind's, by data set")


_CLASSES = 4
"""Classes whose motifs are in the table."""


def _entry(row: StudyRow, pages: Mapping[str, str], motifs: RunMotifs | None, axis: Axis) -> Entry:
    run = row.run
    low, high = run.interval
    drawing = interval(run.auroc, low, high, row.deepbind, axis, f"AUROC {number(run.auroc)}")
    part = row.motifs.releases[-1] if row.motifs and row.motifs.releases else None
    found = part.motifs.get(motifs.first.kind) if part and motifs else None
    return Entry(
        row,
        _href(row, pages),
        tuple(
            Shown(logo(one.motif), one.kind.replace("_", " "), one.tells_apart, one.motif.consensus)
            for one in (motifs.firsts[:_CLASSES] if motifs else ())
        ),
        drawing,
        part.release if part and found else None,
        found.match if found else None,
        found.groups[0].family if found and found.groups else "",
        found.affinity if found else None,
    )


def _href(row: StudyRow, pages: Mapping[str, str]) -> str:
    return f"{FOLDER}/{pages[row.run.dataset]}"


def _auroc_axis(rows: Sequence[StudyRow]) -> Axis:
    """From a round number below every value to 1, shared by both tables."""
    values = [value for row in rows for value in (*row.run.interval, row.deepbind) if value is not None]
    return Axis("AUROC", min(math.floor(min(values, default=0.5) * 20) / 20, 0.95), 1.0)

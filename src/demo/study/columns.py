"""Every number that a study reports for a data set: one list for CSV, tables and pages.

Headline motif, class motif and best window of equation 1 have separate columns, and so have the motifs of one network
and of an ensemble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from demo.compare.comparison import MotifComparison, ReleaseComparison
from demo.networks.registry import BASELINES
from demo.study.counts import LENIENT, NETWORKS, STRICT, ComparisonOf, comparisons, kinds_of, releases_of, title_of_kind
from demo.study.statistics import SeedEnsemble
from demo.study.study import StudyRow

_FOUR = "{:.4f}".format


@dataclass(frozen=True)
class Column:
    """One value of each data set.

    Attributes:
        name: in ``study.csv``.
        value: of a data set, if any.
        title: in tables and on pages; ``None`` if the ``text`` of another column shows it.
        text: of a data set, in tables and on pages.
        in_terminal: whether it is in the terminal's table.
    """

    name: str
    value: Callable[[StudyRow], object]
    title: str | None = None
    text: Callable[[StudyRow], str] = str
    in_terminal: bool = False


def _shown(
    name: str,
    value: Callable[[StudyRow], object],
    title: str,
    form: Callable[..., str] = str,
    in_terminal: bool = False,
) -> Column:
    """A column whose text is its formatted value, or ``-`` if there is none."""
    return Column(name, value, title, lambda row: _text(value(row), form), in_terminal)


def _text(value: object, form: Callable[..., str]) -> str:
    return "-" if value is None else form(value)


def _of_published(name: str) -> Callable[[StudyRow], object]:
    return lambda row: row.run.published and getattr(row.run.published, name)


def _of_ensemble(value: Callable[[SeedEnsemble], object]) -> Callable[[StudyRow], object]:
    return lambda row: value(row.ensemble) if row.ensemble else None


def _baseline_here(name: str) -> Column:
    """Test AUROC of a baseline trained with its defaults; shown in separate tables."""
    return Column(f"{name}_here_auroc", lambda row: row.baselines.get(name))


def _interval(auroc: float, interval: tuple[float, float]) -> str:
    return f"{auroc:.4f} ({interval[0]:.4f}-{interval[1]:.4f})"


def _difference_text(row: StudyRow) -> str:
    return "-" if row.difference is None else f"{row.difference:+.4f}{' (in)' if row.is_inside else ''}"


def _ensemble_difference(row: StudyRow) -> float | None:
    return row.ensemble.auroc - row.deepbind if row.ensemble and row.deepbind is not None else None


COLUMNS = (
    Column(
        "dataset", attrgetter("run.dataset"),
        "data set", lambda row: f"{row.run.dataset}{' (trial)' if row.run.is_trial else ''}", in_terminal=True,
    ),
    Column("tf", attrgetter("run.tf")),
    Column("cell_line", attrgetter("run.cell_line")),
    Column("data_source", attrgetter("run.data_source")),
    Column(
        "test_auroc", attrgetter("run.auroc"),
        "test AUROC (95 %)", lambda row: _interval(row.run.auroc, row.run.interval), in_terminal=True,
    ),
    Column("auroc_low", lambda row: row.run.interval[0]),
    Column("auroc_high", lambda row: row.run.interval[1]),
    _shown("test_accuracy", attrgetter("run.accuracy"), "accuracy", _FOUR),
    _shown("deepbind_auc", attrgetter("deepbind"), "DeepBind", _FOUR, in_terminal=True),
    Column("difference", attrgetter("difference"), "difference", _difference_text, in_terminal=True),
    Column("deepbind_inside_interval", attrgetter("is_inside")),
    _shown("deepbind_top500_auc", _of_published("deepbind_top500"), "DeepBind-500", _FOUR),
    _shown("meme_sum_auc", _of_published("meme_sum"), "MEME-SUM", _FOUR),
    _shown("meme_m1_auc", _of_published("meme_m1"), "MEME-M1", _FOUR),
    *map(_baseline_here, BASELINES),
    _shown("model", attrgetter("run.model_name"), "model", in_terminal=True),
    Column("conv_layers", lambda row: row.run.model.get("conv_layers")),
    Column("pool", lambda row: row.run.model.get("pool")),
    Column("highway_layers", lambda row: row.run.model.get("highway_layers")),
    Column("pretrained", attrgetter("run.pretrained")),
    Column("parameters", attrgetter("run.parameters")),
    Column("steps", attrgetter("run.steps")),
    _shown("seed", attrgetter("run.seed"), "seed"),
    _shown("candidates", attrgetter("candidates"), "candidates"),
    _shown("validation_auroc", attrgetter("run.validation_auroc"), "validation", _FOUR, in_terminal=True),
    _shown("seconds_training", attrgetter("run.seconds"), "training, s", "{:.0f}".format),
    _shown("ensemble_seeds", _of_ensemble(lambda ensemble: len(ensemble.seeds)), "seeds"),
    Column(
        "ensemble_auroc", _of_ensemble(attrgetter("auroc")), "ensemble (95 %)",
        lambda row: _interval(row.ensemble.auroc, row.ensemble.interval) if row.ensemble else "-", in_terminal=True,
    ),
    Column("ensemble_low", _of_ensemble(lambda ensemble: ensemble.interval[0])),
    Column("ensemble_high", _of_ensemble(lambda ensemble: ensemble.interval[1])),
    Column("ensemble_difference", _ensemble_difference),
    Column("run", lambda row: str(row.run.directory)),
    Column("selected_by", lambda row: str(row.chosen_by.directory)),
)  # fmt: skip
"""The columns of ``study.csv`` before those of motifs, in order."""


class MotifCell(NamedTuple):
    """One value of a motif against one JASPAR release; ``title`` is for separate tables."""

    name: str
    title: str
    value: Callable[[MotifComparison, ReleaseComparison], object]
    form: Callable[..., str] = str


_NOTHING = MotifComparison(None, None, None, None)
"""For missing kinds of motif."""


def _own_matched(found: MotifComparison, part: ReleaseComparison) -> str:
    if not part.own_matrices:
        return "no matrix"
    if found is _NOTHING:
        return "no motif"
    q = found.own.q if found.own else 1.0
    return next((f"q<{limit:g}" for limit in (STRICT, LENIENT) if q < limit), "no")


MOTIF_CELLS = (
    MotifCell("best_match", "best match", lambda f, _: f"{f.best.name} ({f.best.matrix_id})" if f.best else None),
    MotifCell("best_relation", "is", lambda f, _: f.best and f.best.relation),
    MotifCell("best_q", "q", lambda f, _: f.best and f.best.q, "{:.1e}".format),
    MotifCell("own_matched", "own TF matched", _own_matched),
    MotifCell("own_q", "own q", lambda f, _: f.own and f.own.q, "{:.1e}".format),
    MotifCell("ama_outscored", "AMA above", lambda f, _: f.affinity and f.affinity.outscored, "{:.0%}".format),
    MotifCell("ama_auroc", "AMA AUROC", lambda f, _: f.affinity and f.affinity.auroc, "{:.3f}".format),
    MotifCell("ama_auroc_jaspar", "JASPAR's", lambda f, _: f.affinity and f.affinity.jaspar_auroc, "{:.3f}".format),
    MotifCell("hit_auroc", "best-hit AUROC", lambda f, _: f.best_hit and f.best_hit.auroc, "{:.3f}".format),
    MotifCell("hit_auroc_jaspar", "JASPAR's", lambda f, _: f.best_hit and f.best_hit.jaspar_auroc, "{:.3f}".format),
)
"""For each kind of motif and release: ``class_motif_2016_best_match``, ... ``AMA above``: the share of test positives
on which our motif scores higher than JASPAR's."""


def columns(rows: Sequence[StudyRow]) -> list[Column]:
    """All columns of ``study.csv``; those of motifs depend on the JASPAR releases that were compared with."""
    return [
        *COLUMNS,
        *(
            Column(f"{prefix}{kind}_{release}_{cell.name}", partial(_motif_value, of, kind, release, cell))
            for prefix, _, of in NETWORKS
            for kind in kinds_of(comparisons(rows, of))
            for release in releases_of(comparisons(rows, of))
            for cell in MOTIF_CELLS
        ),
    ]


def table(rows: Sequence[StudyRow], shown: Sequence[Column]) -> list[list[str]]:
    """The titles, then a line for each data set."""
    return [[str(column.title) for column in shown], *([column.text(row) for column in shown] for row in rows)]


def motif_tables(rows: Sequence[StudyRow], kinds: Sequence[str] | None = None) -> Iterator[tuple[str, list[list[str]]]]:
    """A heading and a table, titles first, for each kind of motif and release."""
    for _, added, of in NETWORKS:
        for kind in kinds or kinds_of(comparisons(rows, of)):
            for release in releases_of(comparisons(rows, of)):
                lines = [
                    [
                        row.run.dataset,
                        *(_text(_motif_value(of, kind, release, cell, row), cell.form) for cell in MOTIF_CELLS),
                    ]
                    for row in rows
                    if (comparison := of(row)) and comparison.of_release(release)
                ]
                titles = ["data set", *(cell.title for cell in MOTIF_CELLS)]
                yield f"{title_of_kind(kind)} compared with JASPAR {release}{added}", [titles, *lines]


def baseline_table(rows: Sequence[StudyRow]) -> list[list[str]]:
    """Titles and a line for each data set; empty if no baseline was trained here."""
    there = [name for name in BASELINES if any(name in row.baselines for row in rows)]
    if not there:
        return []
    # No labelled sequences are among DeepBind's sets.
    published = ["DeepBind, published"] if any(not row.run.is_labelled for row in rows) else []
    lines = [
        [row.run.dataset, row.run.model_name]
        + [_text(auroc, _FOUR) for auroc in (row.run.auroc, *map(row.baselines.get, there))]
        + [_text(row.deepbind, _FOUR) for _ in published]
        for row in rows
    ]
    return [["data set", "selected", "AUROC", *there, *published], *lines]


def of_use(columns: Sequence[Column], rows: Sequence[StudyRow]) -> list[Column]:
    """The columns; where all sets are of labelled sequences, those that any has something in."""
    if any(not row.run.is_labelled for row in rows):
        return list(columns)
    return [column for column in columns if any(column.text(row) != "-" for row in rows)]


def _motif_value(of: ComparisonOf, kind: str, release: str, cell: MotifCell, row: StudyRow) -> object:
    comparison = of(row)
    part = comparison.of_release(release) if comparison else None
    return cell.value(part.motifs.get(kind, _NOTHING), part) if part else None

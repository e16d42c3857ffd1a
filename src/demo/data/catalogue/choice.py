"""The data set that ``tf=`` means, and the list that ``tf=?`` prints."""

import os
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from demo.data.catalogue.sets import (
    TEST_SUFFIX,
    TRAIN_SUFFIX,
    DataSet,
    by_name,
    key,
    on_disk,
    published,
    to_hydra,
)
from demo.sequences.sequence_set import count_records
from demo.utils.errors import DemoError, counted, nearest

DEFAULT_CELL_LINE = "K562"
"""Used if a TF has several data sets and ``cell=`` is not given (the paper's 108 sets are from this line)."""


@dataclass(frozen=True)
class Resolution:
    """The data set that ``tf=`` means.

    Attributes:
        dataset: the chosen one; not on disk only if no matching set is.
        others: the other matching sets, those on disk first, then those from K562.
        message: for the log: which was chosen, why, and how to choose another.
    """

    dataset: DataSet
    others: tuple[DataSet, ...]
    message: str


class UnknownTF(DemoError):
    """``tf=`` matches nothing that is published or on disk. (A JASPAR matrix of that name may still exist.)"""


def resolve(
    tf: str, data_dir: str | os.PathLike[str] | None, cell: str | None = None, lab: str | None = None
) -> Resolution:
    """The data set that ``tf=`` (with ``cell=`` and ``lab=``) means.

    Names match exactly except for case: ``CTCF`` is never ``CTCFL``. Sets on disk are preferred to those that are only
    published, complete ones to those that lack a file, then K562 to other cell lines, then the largest by training
    records (by name if not on disk).

    Args:
        tf: a TF (``CTCF``) or the full name of a data set, whose parentheses may be written ``-``; quotes around it are
            removed.
        data_dir: where to look, see ``on_disk``; ``None`` for published sets only.
        cell: only sets from this cell line.
        lab: only sets from this lab.

    Raises:
        UnknownTF: nothing of that name is published or on disk.
        DemoError: no set of that name is from that cell line and lab; or the set on disk lacks a file, or exists twice;
            or see ``on_disk``.
    """
    local = on_disk(data_dir)
    fitting = _narrow(tf, _named(tf, local), cell, lab)
    exact = [s for s in fitting if key(s.name) == key(tf)]
    pool = exact or fitting
    usable = [s for s in pool if s.complete] or [s for s in pool if s.on_disk] or pool
    preferred = [s for s in usable if key(s.cell_line or "") == key(DEFAULT_CELL_LINE)] or usable
    sizes = {s: count_records(s.train_path) for s in preferred if s.complete and s.train_path and len(preferred) > 1}
    chosen = min(preferred, key=lambda s: (-sizes.get(s, 0), by_name(s)))
    _check_files(chosen, [s for s in local if s.name == chosen.name])

    others = tuple(sorted((s for s in fitting if s is not chosen), key=_nearest_first))
    reasons = _reasons(chosen, bool(exact), len(preferred) < len(usable), preferred, sizes)
    return Resolution(chosen, others, _message(tf, chosen, others, reasons))


def _named(tf: str, local: list[DataSet]) -> list[DataSet]:
    """All sets, on disk and published, whose TF or full name is ``tf``."""
    names_local = {s.name for s in local}
    everything = local + [s for s in published() if s.name not in names_local]
    named = [s for s in everything if key(tf) in (key(s.tf), key(s.name))]
    if named:
        return named
    close = nearest(key(tf), {s.tf for s in everything} | {to_hydra(s.name) for s in everything})
    raise UnknownTF(
        f"No data set is called {tf!r}, and none is of a transcription factor of that name.",
        exists=close or f"nothing similar among {len(everything)} data sets",
        fix="'tf=?' lists them all",
    )


def _narrow(tf: str, sets: list[DataSet], cell: str | None, lab: str | None) -> list[DataSet]:
    """Those of ``sets`` from that cell line and lab."""
    of_cell = [s for s in sets if cell is None or key(s.cell_line or "") == key(cell)]
    if not of_cell:
        raise DemoError(
            f"No data set of tf={tf} is from the cell line {cell}.",
            exists=sorted({s.cell_line or "one without cell line" for s in sets}, key=str.casefold),
            fix="leave out cell=, or name one of these",
        )
    of_lab = [s for s in of_cell if lab is None or key(s.lab or "") == key(lab)]
    if not of_lab:
        raise DemoError(
            f"No data set of tf={tf}{'' if cell is None else f' and cell={cell}'} is from the lab {lab}.",
            exists=sorted({s.lab or "one without lab" for s in of_cell}, key=str.casefold),
            fix="leave out lab=, or name one of these",
        )
    return of_lab


def _check_files(chosen: DataSet, copies: list[DataSet]) -> None:
    """Raise a ``DemoError`` if the chosen set exists twice, or lacks one of its files."""
    present = [path for s in copies for path in (s.train_path, s.test_path) if path]
    if len(copies) > 1:
        raise DemoError(
            f"The files of the data set {chosen.name} are in more than one folder.",
            exists=[str(path) for path in present],
            fix="keep one training and one test file, in one folder, or name that folder with data.dir=",
        )
    if chosen.on_disk and not chosen.complete:
        kind, suffix = ("training", TRAIN_SUFFIX) if chosen.train_path is None else ("test", TEST_SUFFIX)
        raise DemoError(
            f"The {kind} file of the data set {chosen.name} is missing.",
            exists=str(present[0]),
            fix=f"put {present[0].name.removesuffix(TRAIN_SUFFIX).removesuffix(TEST_SUFFIX)}{suffix} beside it",
        )


def _reasons(
    chosen: DataSet, exact: bool, by_cell_line: bool, preferred: list[DataSet], sizes: dict[DataSet, int]
) -> str:
    place = "on disk" if chosen.on_disk else "published"
    reasons = []
    if exact:
        reasons.append("that is its full name")
    if by_cell_line:
        reasons.append(f"{DEFAULT_CELL_LINE} is the default cell line")
    if sizes:
        reasons.append(f"it is the largest of {len(sizes)} {place} ({sizes[chosen]:,} training sequences)")
    elif len(preferred) > 1:
        reasons.append(f"it is the first by name of {len(preferred)} {place}")
    return "; ".join(reasons) or f"it is the only match {place}"


def _message(tf: str, chosen: DataSet, others: tuple[DataSet, ...], reasons: str) -> str:
    sentences = [f"tf={tf} is {chosen.name}{'' if chosen.on_disk else ', which is not on disk'}: {reasons}."]
    here = [to_hydra(s.name) + ("" if s.complete else " (lacks a file)") for s in others if s.on_disk]
    away = [to_hydra(s.name) for s in others if not s.on_disk]
    if here:
        sentences.append(f"Also on disk: {', '.join(here)}.")
    if away:
        more = f" and {len(away) - 3} more" if len(away) > 3 else ""
        sentences.append(f"Also published, not on disk: {', '.join(away[:3])}{more}.")
    if others:
        sentences.append(f"To choose another: tf={to_hydra(others[0].name)}, or cell= and lab=.")
    return " ".join(sentences)


def _nearest_first(dataset: DataSet) -> tuple[bool, bool, tuple[str, str]]:
    """Sort key of the sets that were not chosen: on disk first, then K562, then the name."""
    return not dataset.on_disk, key(dataset.cell_line or "") != key(DEFAULT_CELL_LINE), by_name(dataset)


_WIDTH = 100
_OWN_PARAGRAPH = 20
"""Number of published sets from which a cell line is listed separately, not under "others"."""


def listing(data_dir: str | os.PathLike[str] | None) -> str:
    """The data sets on disk, one per line, then the TFs that are only published, by cell line, then how to choose one.

    Args:
        data_dir: where to look, see ``on_disk``; ``None`` for published sets only.

    Raises:
        DemoError: as ``on_disk``. A damaged file does not raise: its line says so.
    """
    local = on_disk(data_dir)
    names = {s.name for s in local}
    away = [s for s in published() if s.name not in names]
    place = "" if data_dir is None else f" in {os.fspath(data_dir)}"
    lines = [f"On disk{place}: {counted(len(local), 'data set')}"]
    if local:
        lines += _table(local)
    tfs = len({s.tf for s in away})
    lines += [
        "",
        "Published by DeepBind (Alipanahi et al. 2015), not on disk: "
        f"{counted(len(away), 'data set')} of {counted(tfs, 'TF')}",
        "(by cell line; in brackets, the number of sets if a TF has several)",
    ]
    for title, sets in _by_cell_line(away):
        lines.append(f"  {title}: {len(sets)}")
        lines += textwrap.wrap(_tfs(sets), _WIDTH, initial_indent="    ", subsequent_indent="    ")
    lines += ["", f"To choose one: {_how_to_take(local or away)}"]
    return "\n".join(lines)


def _table(sets: list[DataSet]) -> list[str]:
    rows = [("name for tf=", "TF", "cell line", "training", "DeepBind AUC")]
    rows += [(to_hydra(s.name), s.tf, s.cell_line or "-", _training(s), _published_auc(s)) for s in sets]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return [
        f"  {name:<{widths[0]}}  {tf:<{widths[1]}}  {cell:<{widths[2]}}  {training:>{widths[3]}}  {auc:>{widths[4]}}"
        for name, tf, cell, training, auc in rows
    ]


def _training(dataset: DataSet) -> str:
    if dataset.train_path is None:
        return "no training file"
    try:
        count = f"{count_records(dataset.train_path):,}"
    except DemoError:
        return "cannot be read"
    return count if dataset.test_path else f"{count}, no test file"


def _published_auc(dataset: DataSet) -> str:
    auc = dataset.published.deepbind if dataset.published else None
    return "-" if auc is None else f"{auc:.3f}"


def _by_cell_line(sets: Iterable[DataSet]) -> list[tuple[str, list[DataSet]]]:
    """The default cell line first, then the others by size, the small ones together."""
    groups: dict[str, list[DataSet]] = defaultdict(list)
    for dataset in sets:
        groups[dataset.cell_line or ""].append(dataset)
    large = [cell for cell in groups if cell == DEFAULT_CELL_LINE or len(groups[cell]) >= _OWN_PARAGRAPH]
    large.sort(key=lambda cell: (cell != DEFAULT_CELL_LINE, -len(groups[cell]), cell))
    small = [dataset for cell in groups if cell not in large for dataset in groups[cell]]
    named = [(cell, groups[cell]) for cell in large]
    return [*named, (f"{len(groups) - len(large)} other cell lines", small)] if small else named


def _tfs(sets: list[DataSet]) -> str:
    """``ATF3, CTCF (5), E2F6 (2)``: each TF once, with its number of sets."""
    counts = Counter(s.tf for s in sets)
    return ", ".join(tf if counts[tf] == 1 else f"{tf} ({counts[tf]})" for tf in sorted(counts, key=str.casefold))


def _how_to_take(sets: list[DataSet]) -> str:
    example = next((s for s in sets if "(" in s.name), sets[0])
    return (
        f"tf={example.tf}, or with cell={example.cell_line or DEFAULT_CELL_LINE} or lab= if there are several, "
        f"or the full name:\n  tf={to_hydra(example.name)}"
    )

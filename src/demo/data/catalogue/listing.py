"""The text that ``tf=?`` prints."""

import os
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable

from demo.data.catalogue.choice import DEFAULT_CELL_LINE
from demo.data.catalogue.sets import DataSet, on_disk, published, to_hydra
from demo.sequences.seqgz import count_records
from demo.utils.errors import DemoError

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
    lines = [f"On disk{place}: {len(local)} data sets"]
    if local:
        lines += _table(local)
    tfs = len({s.tf for s in away})
    lines += [
        "",
        f"Published by DeepBind (Alipanahi et al. 2015), not on disk: {len(away)} data sets of {tfs} TFs",
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

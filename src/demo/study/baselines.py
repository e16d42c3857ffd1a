"""The baselines that were trained here, beside the published ones: same splits, same negatives, same test set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from demo.networks.registry import BASELINES as NAMES
from demo.study.runs import Run
from demo.study.selection import representatives

if TYPE_CHECKING:
    from demo.study.rows import Row

COLUMNS = tuple(f"{name}_here_auroc" for name in NAMES)
"""Their columns in ``study.csv``: test AUROC, empty where there is no run of the baseline with its defaults."""


def trained_here(runs: Sequence[Run], seed: int | None) -> dict[str, float]:
    """Test AUROC of each baseline with its defaults, by its name.

    Args:
        runs: of one data set.
        seed: of the runs; ``None`` for the lowest of each.
    """
    return {run.model_name: run.auroc for run in representatives(runs, seed) if run.model_name in NAMES}


def baseline_values(row: Row) -> dict[str, float | None]:
    """One data set, by the names of ``COLUMNS``."""
    return {column: row.baselines.get(name) for name, column in zip(NAMES, COLUMNS, strict=True)}


def baseline_lines(rows: Sequence[Row]) -> list[str]:
    """A line for each baseline: on how many sets it was trained, and its median beside ours on these."""
    lines = []
    alone = sum(row.run.is_baseline for row in rows)
    if alone:
        lines.append(f"On {alone} of {len(rows)} sets baselines alone were trained: the selected model is one of them.")
    for name in NAMES:
        both = [(row.run.auroc, row.baselines[name]) for row in rows if name in row.baselines]
        if both and any(row.run.model_name != name for row in rows):
            ours, theirs = zip(*both, strict=True)
            lines.append(
                f"model={name} trained here: median AUROC {median(theirs):.4f}, selected models' {median(ours):.4f}, "
                f"which are higher on {sum(a > b for a, b in both)} of {len(both)} sets."
            )
    return lines


def baseline_table(rows: Sequence[Row]) -> list[list[str]]:
    """Header and a line for each data set; empty where no baseline was trained here."""
    there = [name for name in NAMES if any(name in row.baselines for row in rows)]
    if not there:
        return []
    header = ["data set", "selected", "AUROC", *there, "DeepBind, published"]
    return [header, *([row.run.dataset, row.run.model_name, *map(_number, _aurocs(row, there))] for row in rows)]


def _aurocs(row: Row, names: Sequence[str]) -> list[float | None]:
    of: Mapping[str, float] = row.baselines
    return [row.run.auroc, *(of.get(name) for name in names), row.deepbind]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"

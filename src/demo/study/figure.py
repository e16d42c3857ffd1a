"""Figure 2a of the paper: how much higher our test AUROC is than DeepBind's, data set by data set."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from demo.files import atomic_write
from demo.study.rows import Row, Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that colour-blind readers tell apart (Okabe & Ito 2008).
_HIGHER, _LOWER = "#0072B2", "#D55E00"
_DPI = 300

_WIDTH = 7.2
"""Inches: two columns of a journal, so that the labels are read at the size they are drawn."""
_TITLE_WIDTH = 5.6
"""Inches that the title needs."""
_BARS = 54
"""At most in one row of the figure: 108 sets make two."""


def figure_2a(study: Study, title: bool = True) -> Figure | None:
    """Bars of the difference, largest first; whiskers are our 95 % bootstrap intervals.

    Args:
        study: its sets with a published AUC are drawn; simulated ones never are.
        title: whether counts, medians and how partial the study is stand above it.

    Returns:
        The figure, or ``None`` where no set has a published AUC.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, numbers = study.compared, study.comparison
    if numbers is None:
        return None
    panels = math.ceil(len(rows) / _BARS)
    in_panel = math.ceil(len(rows) / panels)
    width = min(_WIDTH, max(_TITLE_WIDTH, 1.2 + 0.26 * in_panel))
    figure = Figure(figsize=(width, 0.55 * title + 2.5 * panels + 0.7), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(panels, 1, sharey=True, squeeze=False)[:, 0]
    names = labels(rows)
    for number, axis in enumerate(axes):
        part = slice(number * in_panel, (number + 1) * in_panel)
        _bars(axis, rows[part], names[part], in_panel)
    figure.legend(handles=_legend(), fontsize=7, frameon=False, loc="outside lower center", ncols=2)
    figure.supylabel("test AUROC, Deep Motif $-$ DeepBind (published)", fontsize=8)
    if title:
        figure.suptitle(
            f"Deep Motif's test AUROC is higher on {numbers.wins} of {numbers.count} sets: "
            f"median {numbers.median:.3f} against {numbers.published_median:.3f}\n{study.coverage}",
            fontsize=8,
        )
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write ``<path>.png`` and ``<path>.pdf``.

    Raises:
        DemoError: they cannot be written.
    """
    with atomic_write(path.with_suffix(".png")) as temporary:
        figure.savefig(temporary, format="png", dpi=_DPI)
    with atomic_write(path.with_suffix(".pdf")) as temporary:
        figure.savefig(temporary, format="pdf", metadata={"CreationDate": None})


def labels(rows: Sequence[Row]) -> list[str]:
    """The TF of each row; with cell line where a TF comes twice, the whole name where that comes twice too."""
    short = [row.run.tf for row in rows]
    longer = [f"{row.run.tf} {row.run.cell_line or ''}".strip() for row in rows]
    times, times_longer = Counter(short), Counter(longer)
    return [
        tf if times[tf] == 1 else with_cell if times_longer[with_cell] == 1 else row.run.dataset
        for tf, with_cell, row in zip(short, longer, rows, strict=True)
    ]


def _bars(axis: Axes, rows: Sequence[Row], names: Sequence[str], places: int) -> None:
    position = np.arange(len(rows))
    difference = np.array([row.difference for row in rows], float)
    deepbind = np.array([row.deepbind for row in rows], float)
    low, high = np.array([row.run.interval for row in rows], float).T
    colours = [_HIGHER if value >= 0 else _LOWER for value in difference]
    bars = axis.bar(position, difference, width=0.72, color=colours, linewidth=0.5, edgecolor=colours)
    for bar, row in zip(bars, rows, strict=True):
        if row.is_inside:
            bar.set_facecolor((*bar.get_facecolor()[:3], 0.35))
    whiskers = np.clip([difference - (low - deepbind), (high - deepbind) - difference], 0, None)
    axis.errorbar(position, difference, whiskers, fmt="none", ecolor="0.2", elinewidth=0.6, capsize=1.5, capthick=0.6)
    axis.axhline(0, color="black", linewidth=0.6)
    axis.set_xticks(position, names, rotation=90, fontsize=7 if places <= 40 else 6)
    # All rows of the figure have bars of one width.
    axis.set_xlim(-0.7, places - 0.3)
    axis.tick_params(axis="y", labelsize=7)
    axis.tick_params(axis="x", length=0)
    axis.spines[["top", "right", "bottom"]].set_visible(False)
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:+.2f}" if abs(value) > 1e-9 else "0")


def _legend() -> list[object]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=_HIGHER, edgecolor=_HIGHER, label="Deep Motif higher"),
        Patch(facecolor=_LOWER, edgecolor=_LOWER, label="Deep Motif lower"),
        Patch(facecolor="0.8", edgecolor="0.5", label="pale: DeepBind inside the interval"),
        Line2D([], [], color="0.2", linewidth=0.6, marker="|", markersize=4, label="95 % bootstrap interval"),
    ]

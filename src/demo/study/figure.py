"""Figure 2a of the paper: our test AUROC minus DeepBind's, by data set."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from demo.study.study import Study, StudyRow
from demo.utils.files import atomic_write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that colour-blind readers can distinguish (Okabe & Ito 2008).
_HIGHER, _LOWER = "#0072B2", "#D55E00"
_DPI = 300

_WIDTH = 7.2
"""Inches: two columns of a journal, so that labels keep their font size."""
_BARS = 54
"""Maximal number of bars in a row of the figure: 108 sets make two."""
_FEWEST = 14
"""Minimal number of slots in a row, so that a few bars are not too wide."""
_LONGEST = 18
"""Maximal number of characters of a label."""


def figure_2a(study: Study, title: bool = True) -> Figure | None:
    """Bars of the differences, largest first; whiskers are our 95 % bootstrap intervals.

    Args:
        study: its real sets with a published AUC are drawn.
        title: whether to show counts, medians and coverage above.

    Returns:
        The figure, or ``None`` if no set has a published AUC.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, numbers = study.compared, study.comparison
    if numbers is None:
        return None
    panels = math.ceil(len(rows) / _BARS)
    places = max(_FEWEST, math.ceil(len(rows) / panels))
    width = min(_WIDTH, 1.2 + 0.28 * places)
    figure = Figure(figsize=(width, 0.8 + 2.4 * panels), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(panels, 1, sharey=True, squeeze=False)[:, 0]
    names = labels(rows)
    # Bars have the same width in all rows; a few bars are centred.
    spare = (places - len(rows)) / 2 if panels == 1 else 0.0
    ends = (-0.7 - spare, places - 0.3 - spare)
    for number, axis in enumerate(axes):
        part = slice(number * places, (number + 1) * places)
        _bars(axis, rows[part], names[part], ends)
    columns = 4 if width > 6 else 2
    figure.legend(handles=_legend(), loc="outside lower center", ncols=columns, fontsize=7, frameon=False)
    figure.supylabel("test AUROC, ours $-$ DeepBind's published", fontsize=8)
    if title:
        figure.suptitle(
            f"Test AUROC higher than DeepBind's on {numbers.wins} of {numbers.count} sets; "
            f"median {numbers.median:.3f} against {numbers.published_median:.3f}\n{study.coverage}",
            fontsize=8 if width > 6 else 7,
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


def labels(rows: Sequence[StudyRow]) -> list[str]:
    """A short label for each row: its TF; if that is ambiguous also the cell line, the lab, the antibody, or else a
    number."""
    tries: list[Callable[[StudyRow], str]] = [
        lambda row: row.run.tf,
        lambda row: f"{row.run.tf} {row.run.cell_line}",
        lambda row: f"{row.run.tf} {row.run.dataset.rpartition('_')[2]}",
        lambda row: f"{row.run.tf} {_antibody(row.run.dataset)}",
    ]
    counts = [Counter(map(make, rows)) for make in tries]
    seen: Counter[str] = Counter()
    names = []
    for row in rows:
        unique = (make(row) for make, count in zip(tries, counts, strict=True) if count[make(row)] == 1)
        name = next(unique, None)
        if name is None:
            seen[row.run.tf] += 1
            name = f"{row.run.tf} #{seen[row.run.tf]}"
        names.append(name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…")
    return names


def _antibody(dataset: str) -> str:
    """``sc-13125`` of ``UBTF_K562_UBF_(sc-13125)_Stanford``, ``Pol2-4H8`` of ``POLR2A_K562_Pol2-4H8_HudsonAlpha``."""
    antibody = "_".join(dataset.split("_")[2:-1])
    in_brackets = re.search(r"\(([^()]+)\)$", antibody)
    return in_brackets.group(1) if in_brackets else antibody


def _bars(axis: Axes, rows: Sequence[StudyRow], names: Sequence[str], ends: tuple[float, float]) -> None:
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
    axis.set_xticks(position, names, rotation=90, fontsize=7 if ends[1] - ends[0] <= 40 else 6)
    axis.set_xlim(*ends)
    axis.tick_params(axis="y", labelsize=7)
    axis.tick_params(axis="x", length=0)
    axis.spines[["top", "right", "bottom"]].set_visible(False)
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:+.3g}" if abs(value) > 1e-9 else "0")


def _legend() -> list[object]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=_HIGHER, edgecolor=_HIGHER, label="ours higher"),
        Patch(facecolor=_LOWER, edgecolor=_LOWER, label="ours lower"),
        Patch(facecolor="0.8", edgecolor="0.5", label="pale: interval includes DeepBind"),
        Line2D([], [], color="0.2", linewidth=0.6, marker="|", markersize=4, label="95 % bootstrap interval"),
    ]

"""What pages are called, and what numbers look like."""

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from demo.utils.duration import duration

FOLDER = "sets"
"""Folder of the data sets' pages beside ``index.html``."""

_LONGEST = 80


def page_names(datasets: Iterable[str]) -> dict[str, str]:
    """A file name for each data set that every file system takes and no link or page can trip over.

    Names of plain letters are kept; in others each odd letter becomes ``-``, and a part of the name's checksum tells
    them apart, as it does names that differ in case only.

    Returns:
        Data set to ``<name>.html``.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for dataset in datasets:
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", dataset).strip(".-")[:_LONGEST]
        if name != dataset or name.lower() in taken:
            name = f"{name}-{hashlib.sha256(dataset.encode()).hexdigest()[:8]}".lstrip("-")
        taken.add(name.lower())
        names[dataset] = f"{name}.html"
    return names


def link(target: Path, folder: Path) -> str:
    """The relative URL of a file as seen from a page in ``folder``."""
    return quote(Path(os.path.relpath(target.resolve(), folder.resolve())).as_posix())


def number(value: float | None, decimals: int = 3) -> str:
    """``0.971``; a dash where there is none."""
    return "–" if value is None else f"{value:.{decimals}f}"


def signed(value: float | None, decimals: int = 3) -> str:
    """``+0.018`` or ``−0.018``; a dash where there is none."""
    return "–" if value is None else f"{value:+.{decimals}f}".replace("-", "−")


def scientific(value: float | None) -> str:
    """``0.04``, ``2 × 10⁻⁷``: small numbers as people write them; a dash where there is none."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 0.001:
        return f"{value:.2g}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def duration_or_dash(seconds: float | None) -> str:
    """``42 s``, ``7 min``, ``1 h 05 min``; a dash where there is none."""
    return "–" if seconds is None else duration(seconds)

"""Elements of pages: parts that may be missing, drawings, links, formatted numbers and durations."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar
from urllib.parse import quote

from markupsafe import Markup, escape

from demo.utils.errors import DemoError


def duration(seconds: float) -> str:
    """``"1 h 02 min"``, ``"3 min"``, ``"20 s"``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


FOLDER = "sets"
"""Folder of the data sets' pages, next to ``index.html``."""

_LONGEST = 80

_NETWORKS = {
    "deepbind": "DeepBind's network",
    "kmer": "gapped k-mers",
    "pwm": "JASPAR's matrix",
    "positions": "a weight for each letter at each position",
}
"""Baselines in words."""

T = TypeVar("T")


@dataclass(frozen=True)
class Part(Generic[T]):
    """Part of a page, or why it is missing.

    Attributes:
        value: ``None`` if it is missing.
        missing: the reason, if it is missing.
    """

    value: T | None
    missing: str | None


def part(make: Callable[[], T]) -> Part[T]:
    """Make a part; if it raises a ``DemoError``, that is why it is missing."""
    try:
        return Part(make(), None)
    except DemoError as error:
        where = f" ({error.where})" if error.where else ""
        return Part(None, f"{error.what}{where}")


def svg(
    width: float, height: float, label: str, kind: str, inside: str, role: Literal["img", "group"] = "img"
) -> Markup:
    """A drawing.

    Args:
        width: in pixels, before scaling by style sheets.
        height: likewise.
        label: description for screen readers; any text.
        kind: its classes.
        inside: SVG elements, already escaped.
        role: ``group`` if it contains links.
    """
    return Markup(
        f'<svg class="{kind}" role="{role}" aria-label="{escape(label)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">{inside}</svg>'
    )


def page_names(datasets: Iterable[str]) -> dict[str, str]:
    """A file name for each data set that is safe in all file systems, links and pages.

    Names of plain characters are kept; in others special characters become ``-``, and part of the name's checksum makes
    them unique, as for names that differ only in case.

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


def model_words(model_name: str) -> tuple[str, str]:
    """A model for readers: ``("3 conv + 5 highway layers", "pool=1, steps=9")`` for ``conv3_hw5,pool=1,steps=9``."""
    network, *settings = model_name.split(",")
    layers = re.fullmatch(r"conv(\d+)_hw(\d+)", network)
    words = f"{layers[1]} conv + {layers[2]} highway layers" if layers else _NETWORKS.get(network, network)
    return words, ", ".join(settings)


def number(value: float | None, decimals: int = 3) -> str:
    """``0.971``; a dash for ``None``."""
    return "–" if value is None else f"{value:.{decimals}f}"


def signed(value: float | None, decimals: int = 3) -> str:
    """``+0.018`` or ``−0.018``; a dash for ``None``."""
    return "–" if value is None else f"{value:+.{decimals}f}".replace("-", "−")


def scientific(value: float | None) -> str:
    """``0.04``, ``2 × 10⁻⁷``; a dash for ``None``."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 0.001:
        return f"{value:.2g}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def duration_or_dash(seconds: float | None) -> str:
    """``42 s``, ``7 min``, ``1 h 05 min``; a dash for ``None``."""
    return "–" if seconds is None else duration(seconds)

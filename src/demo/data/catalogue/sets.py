"""The available data sets: those DeepBind published, and those on disk.

A data set is named as in DeepBind, ``<TF>_<cell line>_<antibody ...>_<lab>``, and consists of two files:
``<name>_AC.seq.gz`` (training) and ``<name>_B.seq.gz`` (test). The published test AUCs are those of Alipanahi et al.
2015, in ``deepbind_published_auc.csv``.
"""

import csv
import logging
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from demo.utils.errors import DemoError

TRAIN_SUFFIX = "_AC.seq.gz"
TEST_SUFFIX = "_B.seq.gz"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PublishedAuc:
    """Test AUCs of Alipanahi et al. 2015 for one data set, 0-1; ``None`` if the table has none."""

    deepbind: float | None
    """DeepBind trained on all peaks: the baseline of the Deep Motif paper."""
    deepbind_top500: float | None
    """DeepBind trained on the 500 best peaks."""
    meme_sum: float | None
    """Sum over five MEME motifs."""
    meme_m1: float | None
    """The first MEME motif."""


@dataclass(frozen=True)
class DataSet:
    """One data set: its name and parts, its files (``None``: not on disk), and published AUCs."""

    name: str
    tf: str
    cell_line: str | None
    lab: str | None
    train_path: Path | None = None
    test_path: Path | None = None
    published: PublishedAuc | None = None

    @property
    def on_disk(self) -> bool:
        """Whether at least one of its two files was found."""
        return self.train_path is not None or self.test_path is not None

    @property
    def complete(self) -> bool:
        """Whether both of its files were found."""
        return self.train_path is not None and self.test_path is not None


@cache
def published() -> tuple[DataSet, ...]:
    """The 505 data sets that DeepBind published, by name; 108 of them from K562. Their paths are ``None``."""
    table = files("demo").joinpath("deepbind_published_auc.csv").read_text(encoding="utf-8")
    sets = [
        DataSet(
            name=row["dataset"],
            tf=row["tf"],
            cell_line=row["cell_line"],
            lab=row["dataset"].rsplit("_", 1)[1],
            published=PublishedAuc(
                deepbind=_auc(row["deepbind_auc"]),
                deepbind_top500=_auc(row["deepbind_top500_auc"]),
                meme_sum=_auc(row["meme_sum_auc"]),
                meme_m1=_auc(row["meme_m1_auc"]),
            ),
        )
        for row in csv.DictReader(table.splitlines())
    ]
    return tuple(sorted(sets, key=by_name))


def on_disk(data_dir: str | os.PathLike[str] | None) -> list[DataSet]:
    """The data sets in a folder and its immediate subfolders, by name.

    A set counts if one of its two files exists. Sets that are not published count, too: their TF is the name up to the
    first ``_``; cell line and lab are taken from the name if published ones are in their positions.

    Args:
        data_dir: the folder, if any.

    Raises:
        DemoError: there is no such folder, or it cannot be read.
    """
    if data_dir is None:
        return []
    found: dict[tuple[Path, str], dict[str, Path]] = {}
    for path in _files_of(Path(data_dir)):
        for suffix in (TRAIN_SUFFIX, TEST_SUFFIX):
            name = path.name.removesuffix(suffix)
            # A name that begins with a dot belongs to a file that is still being written.
            if name not in ("", path.name) and not name.startswith("."):
                found.setdefault((path.parent, name), {})[suffix] = path
    sets = [described(name, paths.get(TRAIN_SUFFIX), paths.get(TEST_SUFFIX)) for (_, name), paths in found.items()]
    return sorted(sets, key=by_name)


def to_hydra(name: str) -> str:
    """How to type the name of a data set on the command line: with ``-`` for parentheses, which shells and Hydra
    interpret. ``resolve`` accepts both forms."""
    return name.replace("(", "-").replace(")", "-")


def key(text: str) -> str:
    """The form in which names are compared: without quotes, with ``-`` for parentheses, in lower case."""
    return to_hydra(str(text).strip().strip("\"'")).casefold()


def by_name(dataset: DataSet) -> tuple[str, str]:
    """Sort key of data sets."""
    return dataset.name.casefold(), str(dataset.train_path or dataset.test_path)


def _files_of(folder: Path) -> Iterator[Path]:
    """The files in ``folder`` and its immediate subfolders."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DemoError(
            f"Cannot look for data sets in this folder: {error.strerror or error}.",
            where=str(folder),
            fix="name the folder with data.dir= or DEMO_DATA",
        ) from error
    for entry in entries:
        if not entry.is_dir():
            yield entry
            continue
        try:
            yield from (path for path in sorted(entry.iterdir()) if not path.is_dir())
        except OSError as error:
            _log.warning("Could not look for data sets in %s: %s.", entry, error.strerror or error)


def described(name: str, train_path: Path | None, test_path: Path | None) -> DataSet:
    """The set of this name and these files: as published if the name is, otherwise according to its name."""
    known = _published_by_key().get(key(name))
    if known is not None:
        return DataSet(known.name, known.tf, known.cell_line, known.lab, train_path, test_path, known.published)
    parts = name.split("_")
    cell_lines = {key(s.cell_line or ""): s.cell_line for s in published()}
    labs = {key(s.lab or ""): s.lab for s in published()}
    cell_line = cell_lines.get(key(parts[1])) if len(parts) > 1 else None
    lab = labs.get(key(parts[-1])) if len(parts) > 2 else None
    return DataSet(name, parts[0], cell_line, lab, train_path, test_path)


@cache
def _published_by_key() -> dict[str, DataSet]:
    return {key(s.name): s for s in published()}


def _auc(text: str) -> float | None:
    value = float(text) if text else math.nan
    return None if math.isnan(value) else value

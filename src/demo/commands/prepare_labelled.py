"""``deep-motif prepare data=labelled``: a table that is checked and split, from a user's labelled sequences."""

import logging
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from demo.data.catalogue import DataSet
from demo.data.labelled import prepared
from demo.data.labelled.read import LabelledData, read_labelled
from demo.data.labelled.settings import LabelledSettings
from demo.data.sources import DEFAULT_FOLDER, data_folder, labelled_data
from demo.runs.result import git_commit, versions
from demo.utils.config import composed, override_value
from demo.utils.environment import typed
from demo.utils.errors import DemoError
from demo.utils.files import check_not_input, checksums
from demo.utils.settings import build

_log = logging.getLogger(__name__)

_OF_BOTH = ("tf", "out", "force", "plugins", "data")
"""Settings that are not of peaks alone."""

_DONE = ("label", "length", "crop", "pad", "test_fraction", "fold", "split_seed")
"""Settings of labelled sequences that have had their effect once these are prepared."""


def prepare_labelled(values: Mapping[str, Any]) -> DataSet:
    """Check and split labelled sequences, and write them as one table; a training on it has the same split.

    Args:
        values: ``conf/prepare.yaml`` with an option of ``data``, as plain values.

    Returns:
        The data set, in its table.

    Raises:
        DemoError: a setting or a file is unusable, or the data set exists already.
    """
    usual, data = composed("prepare"), values["data"]
    if data["source"] != "labelled":
        raise DemoError(
            f"data={data['source']} is for training; prepare makes data sets.", fix="data=labelled, or peaks="
        )
    if data["path"] == "???":
        raise DemoError("data.path= is not given.", fix="data.path=sequences.tsv, with columns sequence and label")
    if of_peaks := [name for name in usual if name not in _OF_BOTH and values[name] != usual[name]]:
        raise DemoError(
            f"{of_peaks[0]}= is for peaks, not for labelled sequences.",
            exists=[f"data.{name}" for name in data if name not in ("source", "dir")],
            fix="leave it out",
        )
    settings = build(
        LabelledSettings, {name: data[name] for name in data if name not in ("source", "path", "test", "dir")}, "data"
    )
    name = None if values["tf"] == "???" else str(values["tf"])
    with TemporaryDirectory(prefix="deep-motif-") as scratch:
        given = labelled_data(name, data["path"], data["test"], data_folder(data["dir"]), Path(scratch))
        assert given.train_path and given.test_path
        files = prepared.files_of(Path(str(values["out"] or DEFAULT_FOLDER)), given.name, force=values["force"])
        for file in files:
            check_not_input(file, [given.train_path, given.test_path])
        read = read_labelled(given.train_path, given.test_path, settings)
        sources = checksums(given.train_path, given.test_path)
    prepared.write(
        files,
        read,
        {
            "what": "labelled sequences, checked and split",
            "data_set": given.name,
            "sources": {"path": data["path"], "test": data["test"], "sha256": sources},
            "settings": asdict(settings),
            "versions": versions(),
            "git_commit": git_commit(),
        },
    )
    _log.info(_what_came_out(read, settings, files))
    return DataSet(given.name, given.name, None, None, files[0], files[0])


def _what_came_out(read: LabelledData, settings: LabelledSettings, files: tuple[Path, Path]) -> str:
    counts, (table, note) = prepared.counts_of(read), files
    parts = list(next(iter(counts.values())))
    width = max(10, *map(len, counts))
    lines = [f"{'class':<{width}}{''.join(f'{part:>12}' for part in parts)}"]
    lines += [f"{label:<{width}}{''.join(f'{of[part]:>12,}' for part in parts)}" for label, of in counts.items()]
    words = [*typed("train").split(), "data=labelled", f"data.path={table}"]
    words += [
        f"data.{key}={override_value(key, value)}"
        for key, value in asdict(settings).items()
        if key not in _DONE and value != getattr(LabelledSettings(), key)
    ]
    return "\n".join(
        [*read.notes, *lines, str(table), f"Note of what it was made of:\n  {note}", f"Next: {shlex.join(words)}"]
    )

"""What a W&B run has logged, decoded from its own file: what the dashboard will show."""

import json
import re
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import MetricRecord, Record, RunRecord

_BLOCK = 32_768
"""Bytes of a block of the file: LevelDB's log format, after W&B's own header of 7 bytes."""

_FIRST, _LAST = (1, 2), (1, 4)
"""Types of the parts of a record: whole, first, middle, last."""

_DOCS = Path(__file__).resolve().parents[1] / "docs" / "wandb.md"


@dataclass
class WandbLog:
    """What a run has logged.

    Attributes:
        run: name, group, job type, tags.
        config: setting to value.
        history: one dictionary for each step.
        summary: final values.
        metrics: the metrics that were defined, by name.
        artifacts: name of each artifact to its type, and to where each of its files is now.
        exit_code: of the run; ``None`` if it has not ended.
    """

    run: RunRecord = field(default_factory=RunRecord)
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, MetricRecord] = field(default_factory=dict)
    artifacts: dict[str, tuple[str, dict[str, Path]]] = field(default_factory=dict)
    exit_code: int | None = None

    def logged(self, key: str) -> list[Any]:
        """All values of a metric."""
        return [row[key] for row in self.history if key in row]

    def table(self, key: str) -> dict[str, Any]:
        """The first table that was logged as ``key``, as the dashboard reads it: from its artifact."""
        return next(
            json.loads(files[f"{key}.table.json"].read_text())
            for kind, files in self.artifacts.values()
            if kind == "run_table" and f"{key}.table.json" in files
        )

    @property
    def names(self) -> set[str]:
        """Everything that was logged, without what W&B adds."""
        keys = self.summary.keys() | {key for row in self.history for key in row}
        return {key.removesuffix("_table") for key in keys if not key.startswith("_")}


def read_log(folder: Path) -> WandbLog:
    """The only run of a ``wandb`` folder, which W&B's own process may still be writing."""
    (path,) = folder.glob("offline-run-*/*.wandb")
    deadline = time.monotonic() + 60
    while (log := _read(path)).exit_code is None and time.monotonic() < deadline:
        time.sleep(0.1)
    return log


def documented(heading: str) -> list[str]:
    """Regular expressions for the names in the tables of a section of docs/wandb.md."""
    section = _DOCS.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    names = re.findall(r"^\| `([^`]+)`", section.partition("\nArtifacts")[0], re.MULTILINE)
    return [re.sub(r"<\w+>", "[^/]+", name) for name in names]


def _read(path: Path) -> WandbLog:
    log = WandbLog()
    for content in _contents(path.read_bytes()):
        record = Record.FromString(content)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            log.run = record.run
            _update(log.config, record.run.config.update)
        elif kind == "config":
            _update(log.config, record.config.update)
        elif kind == "history":
            log.history.append({})
            _update(log.history[-1], record.history.item)
        elif kind == "summary":
            _update(log.summary, record.summary.update)
        elif kind == "metric":
            log.metrics[record.metric.name] = record.metric
        elif kind == "artifact":
            files = {entry.path: Path(entry.local_path) for entry in record.artifact.manifest.contents}
            log.artifacts[record.artifact.name] = record.artifact.type, files
        elif kind == "exit":
            log.exit_code = record.exit.exit_code
    return log


def _update(values: dict[str, Any], items: Any) -> None:
    for item in items:
        *path, last = item.nested_key or [item.key]
        inner = values
        for key in path:
            inner = inner.setdefault(key, {})
        inner[last] = json.loads(item.value_json)


def _contents(data: bytes) -> Iterator[bytes]:
    assert data.startswith(b":W&B"), "not a log of W&B"
    position, content = 7, b""
    while position < len(data):
        left = _BLOCK - position % _BLOCK
        if left < 7:
            position += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, position)
        if kind == 0:
            return
        part = data[position + 7 : position + 7 + length]
        content = part if kind in _FIRST else content + part
        position += 7 + length
        if kind in _LAST:
            yield content

"""What a W&B run has logged, decoded from its own files: what the dashboard will show."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import MetricRecord, Record, RunRecord

_BLOCK = 32_768
"""Bytes of a block of the file: LevelDB's log format, after W&B's own header of 7 bytes."""

_FIRST, _LAST = (1, 2), (1, 4)
"""Types of the parts of a record: whole, first, middle, last."""


@dataclass
class WandbLog:
    """What a run has logged.

    Attributes:
        run: name, group, job type, tags.
        config: setting to value.
        history: one dictionary for each step.
        summary: final values.
        metrics: the metrics that were defined, by name or pattern.
        artifacts: type of each artifact to the names of its files.
    """

    run: RunRecord = field(default_factory=RunRecord)
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, MetricRecord] = field(default_factory=dict)
    artifacts: dict[str, list[str]] = field(default_factory=dict)

    def logged(self, key: str) -> list[Any]:
        """All values of a metric."""
        return [row[key] for row in self.history if key in row]


def read_log(folder: Path) -> WandbLog:
    """The only run in a ``wandb`` folder."""
    (path,) = folder.glob("offline-run-*/*.wandb")
    log = WandbLog()
    for content in _contents(path.read_bytes()):
        record = Record.FromString(content)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            log.run = record.run
            log.config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
        elif kind == "config":
            log.config |= {_key(item): json.loads(item.value_json) for item in record.config.update}
        elif kind == "history":
            log.history.append({_key(item): json.loads(item.value_json) for item in record.history.item})
        elif kind == "summary":
            log.summary |= {_key(item): json.loads(item.value_json) for item in record.summary.update}
        elif kind == "metric":
            log.metrics[record.metric.name or record.metric.glob_name] = record.metric
        elif kind == "artifact":
            names = [entry.path for entry in record.artifact.manifest.contents]
            log.artifacts[record.artifact.type] = names
    return log


def _key(item: Any) -> str:
    return item.key or ".".join(item.nested_key)


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

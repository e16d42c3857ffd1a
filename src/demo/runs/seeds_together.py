"""The joint motifs of several seeds of one model, kept in ``motifs/`` next to the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from demo.runs.directory import RunDirectory
from demo.runs.result import MotifResult
from demo.utils.errors import DemoError
from demo.utils.files import checksums, read_json, write_json

TOGETHER = "together.json"
"""In the folder of the joint motifs: their networks, and the results."""


def motif_folder(seeds: Sequence[Path]) -> Path:
    """The folder of the joint motifs of several runs of one model: next to these.

    Args:
        seeds: the run directories, at least one.
    """
    return RunDirectory(seeds[0].parent).motifs


def keep(seeds: Sequence[Path], made: MotifResult) -> None:
    """Record that the joint motifs of these runs are complete, and which networks they are from.

    Args:
        seeds: the run directories.
        made: their joint motifs.

    Raises:
        DemoError: the file cannot be written.
    """
    write_json(motif_folder(seeds) / TOGETHER, {"networks": _networks(seeds), **asdict(made)})


def made_together(seeds: Sequence[Path], settings: Mapping[str, Any] | None = None) -> MotifResult | None:
    """What ``keep`` was given; ``None`` if there is nothing, or if networks or settings differ.

    A damaged file counts as missing: the motifs are extracted again.

    Args:
        seeds: the run directories.
        settings: of the motifs; ``None`` for any.
    """
    path = motif_folder(seeds) / TOGETHER
    if not path.exists():
        return None
    try:
        made = read_json(path)
        if made.pop("networks", None) != _networks(seeds):
            return None
        motifs = MotifResult.of(made)
    except (DemoError, KeyError, TypeError, ValueError):
        return None
    return motifs if settings in (None, motifs.settings) else None


def _networks(seeds: Sequence[Path]) -> dict[str, str]:
    """Name of each run to the SHA-256 of its checkpoint, since a seed may have been retrained."""
    checkpoints = {path.name: RunDirectory(path).best_checkpoint for path in seeds}
    return {name: checksums(path)[path.name] for name, path in checkpoints.items() if path.exists()}

"""The motifs of several seeds of one model together, as they are kept in ``motifs/`` beside the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from demo.runs.directory import RunDirectory
from demo.runs.result import MotifResult
from demo.utils.environment import typed
from demo.utils.errors import DemoError
from demo.utils.files import checksums, read_json, write_json

TOGETHER = "together.json"
"""In the folder of their motifs: of which networks they are, and what came out."""


def motif_folder(seeds: Sequence[Path]) -> Path:
    """Where the motifs of several runs of one model are: beside these.

    Args:
        seeds: the run directories, at least one.
    """
    return RunDirectory(seeds[0].parent).motifs


def keep(seeds: Sequence[Path], made: MotifResult) -> None:
    """Note that the motifs beside these runs are made, and of which networks.

    Args:
        seeds: the run directories.
        made: their motifs.

    Raises:
        DemoError: the file cannot be written.
    """
    write_json(motif_folder(seeds) / TOGETHER, {"networks": _networks(seeds), **asdict(made)})


def made_together(seeds: Sequence[Path], settings: Mapping[str, Any] | None = None) -> MotifResult | None:
    """What ``keep`` was given; ``None`` where there is nothing, or motifs of other networks or settings.

    Args:
        seeds: the run directories.
        settings: of the motif; ``None`` for any.

    Raises:
        DemoError: the file is damaged.
    """
    path = motif_folder(seeds) / TOGETHER
    if not path.exists():
        return None
    try:
        made = read_json(path)
        if made.pop("networks", None) != _networks(seeds):
            return None
        motifs = MotifResult.of(made)
    except (DemoError, KeyError, TypeError, ValueError) as error:
        fix = f"extract them again: {typed('visualize')} run='runs/<data set>/<model>/seed*'"
        raise DemoError("The motifs of several seeds are damaged.", where=str(path), fix=fix) from error
    return motifs if settings in (None, motifs.settings) else None


def _networks(seeds: Sequence[Path]) -> dict[str, str]:
    """Name of each run to the SHA-256 of its checkpoint: the same seed may have been trained again."""
    checkpoints = {path.name: RunDirectory(path).best_checkpoint for path in seeds}
    return {name: checksums(path)[path.name] for name, path in checkpoints.items() if path.exists()}

"""A digest of a report's inputs, so that an up-to-date report is not written again (0.1 s per page)."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import demo
from demo.runs.seeds_together import motif_folder

if TYPE_CHECKING:
    from demo.study import Study

NAME = "made_of.sha256"


def made_of(study: Study, colours: str, data: Path | None) -> str:
    """A digest of everything the pages show: the study, the settings, and the runs' files by name, size and time.

    Args:
        study, colours, data: as for ``demo.report.write.write_report``.
    """
    digest = hashlib.sha256(repr((demo.__version__, colours, data, study)).encode())
    for row in (*study.real, *study.simulated):
        # Another process may be writing there. Then the digest differs, as it should.
        with suppress(FileNotFoundError):
            together = motif_folder([row.run.directory]).glob("*")
            for path in (*sorted(row.run.directory.rglob("*")), *sorted(together)):
                status = path.lstat()
                digest.update(repr((str(path), status.st_size, status.st_mtime_ns)).encode())
    return digest.hexdigest()


def is_current(folder: Path, digest: str) -> bool:
    """Whether the report in ``folder`` exists and has this digest."""
    stamp = folder / NAME
    return (folder / "index.html").exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == digest

"""A study as HTML pages: an index of all data sets and a page for each. They work offline.

``demo.report.write.write_report`` writes them. Here is what tells whether they are up to date, so that they need not be
written again (0.1 s per page).
"""

import hashlib
from contextlib import suppress
from pathlib import Path

import demo
from demo.runs.ensemble_motifs import motif_folder
from demo.study.study import Study

DIGEST = "made_of.sha256"
"""In the folder of a report: of what it was made."""


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
    stamp = folder / DIGEST
    return (folder / "index.html").exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == digest

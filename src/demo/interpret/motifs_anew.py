"""Motifs of finished runs, made again: of one, or of several seeds of a model together."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from demo.runs.directory import RunDirectory
from demo.runs.finished import FinishedRun
from demo.runs.seeds_together import keep
from demo.utils.config import make, plain
from demo.utils.errors import DemoError
from demo.utils.files import files_in

_log = logging.getLogger(__name__)


def motifs_anew(
    runs: Sequence[FinishedRun], target: RunDirectory, wanted: DictConfig, folder: Path | None
) -> dict[str, Any]:
    """Extract the motifs of the networks of ``runs`` together; those that were there before are taken away.

    Args:
        runs: of one model on the same data, at least one; the first one's validation positives choose.
        target: claimed; its ``motifs/`` is written.
        wanted: settings, as ``conf/motif/class.yaml``, with an extraction.
        folder: where data are now; ``None`` for where the run found them.

    Returns:
        What ``result.json`` says of motifs.

    Raises:
        DemoError: the data are not there any more, or as ``demo.interpret.run_motifs.make_motifs``.
    """
    # Here, not above: they wait for Lightning, and motifs are mostly there already.
    from demo.data.run_data import make_data
    from demo.interpret.extraction.files import JudgedBy, KnownMotif
    from demo.interpret.run_motifs import make_motifs, motif_label

    _log.info("Extracting motifs ...")
    first = runs[0]
    settings, tf = plain(wanted), first.result["tf"]
    data = make_data(first.config, *first.data_files(folder))
    if data.length != first.model.length:
        raise DemoError(
            f"The model reads sequences of {first.model.length} letters, the run's data have {data.length}.",
            where=str(first.model.path),
            fix="train again with force=true",
        )
    extraction = make(wanted.extraction)
    known = KnownMotif.of(tf, str(settings["release"]), settings["taxon"])
    judged_by = JudgedBy(tf, settings["compare_with"], data.test_set(), settings["taxon"])
    label = motif_label(tf, first.model.data_source)
    networks = [run.model.network for run in runs]
    motifs, comparison = make_motifs(target, networks, data, label, extraction, known, judged_by)
    return {"settings": settings, "motifs": motifs, "comparison": comparison}


def motifs_of_seeds(runs: Sequence[FinishedRun], wanted: DictConfig, folder: Path | None) -> dict[str, Any]:
    """Extract the motifs of several seeds of one model, whose optima are pooled, to ``motifs/`` beside the seeds.

    Args:
        runs: at least two.
        wanted: settings, as ``conf/motif/class.yaml``.
        folder: where data are now; ``None`` for where the runs found them.

    Returns:
        As ``motifs_anew``.

    Raises:
        DemoError: the runs are of several models or data, the settings make no motifs, or as ``motifs_anew``.
    """
    parents = sorted({str(run.directory.path.absolute().parent) for run in runs})
    data = {str(run.config.get("data_sha256")) for run in runs}
    if len(parents) > 1 or len(data) > 1:
        raise DemoError(
            "Motifs are made together of the seeds of one model on one data set; these are runs of several.",
            exists=parents if len(parents) > 1 else [str(run.directory.path) for run in runs],
            fix="run='runs/<data set>/<model>/seed*'",
        )
    if wanted.extraction is None:
        raise DemoError("These runs were made without motifs.", fix="motif=class")
    together = RunDirectory(Path(parents[0]))
    with together.claim():
        made = motifs_anew(runs, together, wanted, folder)
        keep([run.directory.path for run in runs], made)
    return made


def where_to_look(run: RunDirectory) -> list[str]:
    """The files of its ``motifs/``, for the terminal."""
    pictures = [path.name for path in files_in(run.motifs, "*.png")]
    tables = [path.name for path in files_in(run.motifs, "*.[mjt]*")]
    return [
        f"  motifs and their logos in {run.motifs}",
        f"    {', '.join(pictures)} (and .svg)",
        f"    {', '.join(tables)}",
    ]

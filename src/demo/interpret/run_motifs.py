"""The motifs of a run's network: extracted, compared and written to its ``motifs/``."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from demo.compare.comparison_files import COMPARISON
from demo.data.datamodule import PeakDataModule
from demo.interpret.extraction.extract import Extraction, extract_motifs
from demo.interpret.extraction.files import JudgedBy, KnownMotif, write_motifs
from demo.runs.directory import RunDirectory, read_json


def motif_label(tf: str, data_source: str) -> str:
    """What motifs are named by: the transcription factor, and that its data were simulated where they were."""
    return f"{tf} simulated" if data_source == "simulated" else tf


def make_motifs(
    run: RunDirectory,
    networks: nn.Module | Sequence[nn.Module],
    data: PeakDataModule,
    label: str,
    extraction: Extraction,
    known: KnownMotif | None,
    judged_by: JudgedBy | None,
) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """Extract the motifs of a network, or of several, and write them in place of those that are there.

    Args:
        run: whose ``motifs/`` is written.
        networks: with the weights of their best checkpoints.
        data: set up; its validation positives choose.
        label: from ``motif_label``.
        extraction: how.
        known: the TF's own matrix, drawn beside them; ``None`` where JASPAR has none.
        judged_by: what they are compared with; ``None`` for nothing.

    Returns:
        What ``motifs.json`` says of each motif, and the content of ``comparison.json`` where they were compared.

    Raises:
        DemoError: sequences are too short for the settings, or a file cannot be written.
    """
    extracted = extract_motifs(
        networks,
        data.train_positives,
        data.validation_positives,
        label,
        extraction,
        window_width=known.motif.width if known else None,
    )
    # A logo of a motif that is not found this time would pass for one of these.
    run.clear_motifs()
    write_motifs(run.motifs, extracted, known, judged_by)
    comparison = None if judged_by is None else read_json(run.motifs / COMPARISON)
    return read_json(run.motifs / "motifs.json")["motifs"], comparison

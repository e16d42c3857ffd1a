"""The motifs of a run's network: extracted, compared and written to its ``motifs/``."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from demo.compare.jaspar import matrices_of, resolve_release
from demo.datamodule import PeakDataModule
from demo.motifs.extraction import Extraction, extract_motifs
from demo.motifs.extraction_files import KnownMotif, write_motifs
from demo.run_directory import RunDirectory, read_json


def motif_label(tf: str, data_source: str) -> str:
    """What motifs are named by: the transcription factor, and that its data were simulated where they were."""
    return f"{tf} simulated" if data_source == "simulated" else tf


def find_known_motif(tf: str, release: str, taxon: str) -> KnownMotif | None:
    """The TF's own matrix in a release of JASPAR, ``None`` where it has none.

    Raises:
        DemoError: there is no such release or taxon.
    """
    own = matrices_of(tf, str(release), taxon)
    return KnownMotif(own[0], resolve_release(str(release))) if own else None


def make_motifs(
    run: RunDirectory,
    network: nn.Module,
    data: PeakDataModule,
    label: str,
    extraction: Extraction,
    known: KnownMotif | None,
) -> Mapping[str, Any]:
    """Extract the motifs of a network and write them to the run directory: what happens at fit end, and afterwards.

    Args:
        run: whose ``motifs/`` is written.
        network: with the weights of its best checkpoint.
        data: set up.
        label: from ``motif_label``.
        extraction: how.
        known: the TF's own matrix, drawn beside them; ``None`` where JASPAR has none.

    Returns:
        What ``motifs.json`` says of each motif.

    Raises:
        DemoError: sequences are too short for the settings, or a file cannot be written.
    """
    extracted = extract_motifs(
        network,
        data.train_positives,
        data.validation_positives,
        label,
        extraction,
        window_width=known.motif.width if known else None,
    )
    write_motifs(run.motifs, extracted, known)
    return read_json(run.motifs / "motifs.json")["motifs"]

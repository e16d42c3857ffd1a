"""Fit a baseline in the place of training: no epochs, one checkpoint, and its motif where it has one."""

from dataclasses import replace
from typing import Any

from demo.data.datamodule import PeakDataModule
from demo.motifs.formats import write_all_formats
from demo.networks import Baseline
from demo.networks.checkpoint import CARD, write_checkpoint
from demo.plotting.logo import save_logo
from demo.runs.directory import RunDirectory


def fit_baseline(network: Baseline, data: PeakDataModule, card: dict[str, Any], run: RunDirectory) -> dict[str, Any]:
    """Fit ``network`` on the training part and write it to the run's best checkpoint, as training would have.

    Args:
        network: gets its weights.
        data: set up. Its test file stays closed.
        card: what the checkpoint says about itself; gets the settings that were chosen.
        run: claimed.

    Returns:
        The network's settings, those that were chosen among them.
    """
    chosen = network.fit(*data.training_set(), data.validation_codes, data.validation_labels)
    settings: dict[str, Any] = card["network"] | chosen
    state = {f"network.{name}": value for name, value in network.state_dict().items()}
    write_checkpoint(run.best_checkpoint, {CARD: card | {"network": settings}, "state_dict": state})
    return settings


def write_known_motif(network: Baseline, tf: str, run: RunDirectory) -> dict[str, Any]:
    """Write the matrix that a baseline scores with to ``motifs/``, which nothing was learned for.

    Args:
        network: fitted.
        tf: the transcription factor.
        run: claimed.

    Returns:
        What ``result.json`` says of it, by its name; empty where the baseline has no motif.
    """
    if network.motif is None:
        return {}
    motif = replace(network.motif, alt_name=f"{network.motif.alt_name} (JASPAR's own, not learned)")
    write_all_formats(run.motifs, [motif])
    save_logo(motif.logo_heights, run.motifs / "jaspar_matrix", f"{tf}: JASPAR's {motif.name}, not learned")
    facts = {"name": motif.name, "consensus": motif.consensus, "width": motif.width}
    return {"jaspar_matrix": facts | {"information_content_bits": motif.total_information, "nsites": motif.nsites}}

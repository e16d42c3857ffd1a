"""Show what a trained run has learned and why it says what it says: what ``python visualize.py`` does."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from demo.attribution.explanation import AttributionSettings, Explanation, explain
from demo.attribution.picture import save_tracks
from demo.attribution.selection import read_sequences, top_positives
from demo.attribution.values import write_values
from demo.checks import flag, whole
from demo.configuration import make, plain
from demo.errors import DemoError
from demo.files import write_json
from demo.loading import TrainedModel, load
from demo.run_data import find_run_data
from demo.run_directory import RunDirectory
from demo.sequences import read_seq_gz
from demo.sources import data_folder
from demo.summary import motif_lines

_log = logging.getLogger(__name__)


def visualize(config: DictConfig, motif_defaults: DictConfig) -> None:
    """Bring the motifs of a run up to date, explain sequences, and say what was written where.

    Args:
        config: ``conf/visualize.yaml`` with the command's overrides.
        motif_defaults: ``conf/motif/class.yaml``, for settings that a run of an older version does not have.

    Raises:
        DemoError: there is no such finished run, or a setting or the input is not usable.
    """
    run, result, trained = _finished_run(Path(str(config.run)).expanduser())
    top = whole("top", config.top, 0)
    settings: AttributionSettings = make(config.attribution)
    model = load(run.path)
    torch.set_num_threads(trained.trainer.threads)
    folder = data_folder(config.data.dir)
    wanted = config.get("motif") or OmegaConf.merge(motif_defaults, trained.motif)
    assert isinstance(wanted, DictConfig)
    lines = _motifs(run, result, trained, wanted, flag("force", config.force), model, folder)
    if top:
        if config.input is None:
            _, test_path = find_run_data(run, result, trained, folder)
            sequences = top_positives(model, read_seq_gz(test_path), top)
            place = run.attributions / "test_positives"
        else:
            sequences = read_sequences(model, Path(config.input).expanduser(), top)
            place = run.attributions / _file_name(Path(config.input).name.removesuffix(".gz").rpartition(".")[0])
        explanation = explain(model, sequences, settings)
        lines += _write(place, explanation, _model_name(result))
    _log.info("\n".join(["", f"{_model_name(result)}  {result['model_name']}, seed {result['seed']}", *lines]))


def _finished_run(path: Path) -> tuple[RunDirectory, dict[str, Any], DictConfig]:
    """The run directory, its result and its configuration."""
    run = RunDirectory(path)
    if path.is_file():
        raise DemoError(
            "run= names a run directory, and this is a file.", where=str(path), fix=f"run={path.parents[1]}"
        )
    # First what is wrong most often, said by the loader: no such folder, no checkpoint.
    load(path)
    result = run.finished_result()
    if result is None or not run.config.is_file():
        raise DemoError(
            "This run is not finished.",
            where=str(path),
            fix="the python train.py command that began it goes on with it",
        )
    trained = OmegaConf.load(run.config)
    assert isinstance(trained, DictConfig)
    return run, result, trained


def _motifs(
    run: RunDirectory,
    result: dict[str, Any],
    trained: DictConfig,
    wanted: DictConfig,
    force: bool,
    model: TrainedModel,
    folder: Path | None,
) -> list[str]:
    """Extract the motifs of the run where that is called for; what there is then, for the terminal."""
    if wanted.extraction is None:
        return ["  no motifs, as the settings have it; motif=class makes them"]
    if force or result["motif"]["settings"] != plain(wanted) or not (run.motifs / "motifs.json").exists():
        _extract(run, result, trained, wanted, model, find_run_data(run, result, trained, folder))
    pictures = sorted(path.name for path in run.motifs.glob("*.png"))
    return [*motif_lines(result["motif"]), f"  motifs, as files: {run.motifs}", f"    {', '.join(pictures)}"]


def _extract(
    run: RunDirectory,
    result: dict[str, Any],
    trained: DictConfig,
    wanted: DictConfig,
    model: TrainedModel,
    files: tuple[Path, Path],
) -> None:
    """Make the motifs anew and keep them in the run directory and in ``result``."""
    # Here, not above: they wait for Lightning, and motifs are mostly there already.
    from demo.motifs.extraction_files import JudgedBy, KnownMotif
    from demo.run_data import make_data
    from demo.run_motifs import make_motifs, motif_label

    _log.info("Extracting motifs ...")
    begin = time.monotonic()
    settings, tf = plain(wanted), result["tf"]
    data = make_data(trained, *files)
    if data.length != model.length:
        raise DemoError(
            f"The model reads sequences of {model.length} letters, the run's data have {data.length}.",
            where=str(model.path),
            fix="train again with force=true",
        )
    extraction = make(wanted.extraction)
    known = KnownMotif.of(tf, str(settings["release"]), settings["taxon"])
    judged_by = JudgedBy(tf, settings["compare_with"], data.test_set(), settings["taxon"])
    with run.claim():
        # A logo of a motif that is not found this time would pass for one of these.
        for path in run.motifs.glob("*"):
            path.unlink()
        label = motif_label(tf, result["data_source"])
        motifs, comparison = make_motifs(run, model.network, data, label, extraction, known, judged_by)
        result["motif"] = {"settings": settings, "motifs": motifs, "comparison": comparison}
        result["seconds_motif"] = round(time.monotonic() - begin, 1)
        write_json(run.result, result)


def _write(folder: Path, explanation: Explanation, model_name: str) -> list[str]:
    """Pictures and values of the sequences explained; what there is, for the terminal."""
    for path in folder.glob("*"):
        path.unlink()
    values = write_values(folder, explanation)
    width, close_up = explanation.sequences.codes.shape[1], explanation.settings.close_up
    lines = [f"  attributions in {folder}", "    probability  logit   file"]
    for i, name in enumerate(explanation.sequences.names):
        stem = f"{i + 1:02d}_{_file_name(name)}"
        window = explanation.window(i, close_up) if close_up is not None and close_up < width else None
        save_tracks(explanation, i, folder / stem, model_name, shaded=window)
        if window:
            save_tracks(explanation, i, folder / f"{stem}_close_up", model_name, window)
        lines.append(f"    {explanation.probabilities[i]:.4f}     {explanation.logits[i]:7.2f}   {stem}.png")
    lines.append(f"    each as .svg, too{', and close up' if close_up and close_up < width else ''}")
    return [*lines, f"    values: {', '.join(path.name for path in values)}"]


def _model_name(result: Mapping[str, Any]) -> str:
    simulated = "   SIMULATED DATA" if result["data_source"] == "simulated" else ""
    cell = f" in {result['cell_line']}" if result["cell_line"] else ""
    return f"{result['tf']}{cell}{simulated}"


def _file_name(name: str) -> str:
    """A sequence's name as a file's: what shells and file systems trip over is a hyphen."""
    return re.sub(r"[^\w.+]+", "-", name).strip("-.")[:80] or "sequence"

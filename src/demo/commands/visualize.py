"""Show what a trained run has learned and why it says what it says: what ``python visualize.py`` does."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from hydra import compose
from omegaconf import DictConfig, OmegaConf

from demo.commands.run_paths import run_paths
from demo.data.sources import data_folder
from demo.interpret.attribution.explanation import AttributionSettings, Explanation, Sequences, explain
from demo.interpret.attribution.picture import save_tracks
from demo.interpret.attribution.selection import read_sequences, top_positives
from demo.interpret.attribution.values import write_values
from demo.interpret.motifs_anew import motifs_anew, motifs_of_seeds, where_to_look
from demo.runs.directory import RunDirectory
from demo.runs.finished import FinishedRun, open_run
from demo.runs.summary import motif_lines
from demo.sequences import read_seq_gz
from demo.utils.checks import flag, whole
from demo.utils.config import check_given, make, plain
from demo.utils.errors import DemoError
from demo.utils.files import write_json

_log = logging.getLogger(__name__)


def visualize_command(config: DictConfig) -> None:
    """Bring the motifs of a run up to date, explain sequences, and say what was written where.

    Args:
        config: ``conf/visualize.yaml`` with the command's overrides.

    Raises:
        DemoError: ``run=`` is not given, there is no such finished run, or a setting or the input is not usable.
    """
    check_given(config, {"run": "run=runs/<data set>/<model>/seed<k>, as python train.py named it"})
    # For settings that a run of an older version does not have.
    motif_defaults = compose("train").motif
    runs = [open_run(Path(path)) for path in run_paths(config.run)]
    run = runs[0]
    torch.set_num_threads(run.config.trainer.threads)
    wanted = _motif_settings(config, motif_defaults, run.config.motif)
    data = data_folder(config.data.dir)
    if len(runs) > 1:
        if config.input is not None:
            paths = [str(one.directory.path) for one in runs]
            raise DemoError("Sequences are explained by one run at a time.", exists=paths)
        made = motifs_of_seeds(runs, wanted, data)
        _log.info("\n".join(_of_seeds(runs, made)))
        return
    settings: AttributionSettings = make(config.attribution)
    force = flag("force", config.force)
    # Before the motifs, which may take a minute: a mistake in the input is said at once.
    sequences, folder = _sequences(run, config, data)

    if wanted.extraction is not None and (force or not _has_motifs(run, wanted)):
        _extract(run, wanted, data)
    lines = ["", f"{run.name}   {run.result['model_name']}, seed {run.result['seed']}"]
    if wanted.extraction is None:
        lines.append("  no motifs, as the settings have it; motif=class makes them")
    else:
        lines += motif_lines(run.result["motif"])
    if sequences is not None:
        lines += _write(folder, explain(run.model, sequences, settings), run.name)
    if wanted.extraction is not None:
        lines += where_to_look(run.directory)
    _log.info("\n".join(lines))


def _motif_settings(config: DictConfig, defaults: DictConfig, of_run: DictConfig) -> DictConfig:
    """Those of the group that the command names (``motif=paper``), or the run's with what it changes of them."""
    asked = config.get("motif") or OmegaConf.create({})
    assert isinstance(asked, DictConfig)
    if "extraction" in asked and (asked.extraction is None or "_target_" in asked.extraction):
        return asked
    if asked and of_run.extraction is None:
        of_run = defaults
    # Of plain dictionaries: Hydra's take no settings that a file does not name, such as a seed.
    wanted = OmegaConf.merge(*(plain(part) for part in (defaults, of_run, asked)))
    assert isinstance(wanted, DictConfig)
    return wanted


def _sequences(run: FinishedRun, config: DictConfig, data: Path | None) -> tuple[Sequences | None, Path]:
    """What is to be explained, and the folder for it; ``None`` for nothing."""
    top = whole("top", config.top, 0)
    attributions = run.directory.attributions
    if top == 0:
        return None, attributions
    if config.input is None:
        _, test_path = run.data_files(data)
        return top_positives(run.model, read_seq_gz(test_path), top), attributions / "test_positives"
    path = Path(config.input)
    return read_sequences(run.model, path, top), attributions / _file_name(Path(path.name.removesuffix(".gz")).stem)


def _has_motifs(run: FinishedRun, wanted: DictConfig) -> bool:
    return run.result["motif"]["settings"] == plain(wanted) and (run.directory.motifs / "motifs.json").exists()


def _extract(run: FinishedRun, wanted: DictConfig, folder: Path | None) -> None:
    """Make the motifs anew and keep them in the run directory and in ``run.result``."""
    begin = time.monotonic()
    with run.directory.claim():
        run.result["motif"] = motifs_anew([run], run.directory, wanted, folder)
        run.result["seconds_motif"] = round(time.monotonic() - begin, 1)
        write_json(run.directory.result, run.result)


def _of_seeds(runs: Sequence[FinishedRun], made: Mapping[str, Any]) -> list[str]:
    """What came out of several seeds, for the terminal."""
    first, seeds = runs[0], [run.result["seed"] for run in runs]
    return [
        "",
        f"{first.name}   {first.result['model_name']}, seeds {', '.join(map(str, seeds))} together",
        f"  chosen by validation positives of seed {seeds[0]}, of which the others saw most in training",
        *motif_lines(made),
        *where_to_look(RunDirectory(first.directory.path.parent)),
    ]


def _write(folder: Path, explanation: Explanation, model_name: str) -> list[str]:
    """Pictures and values of the sequences explained; what there is, for the terminal."""
    for path in folder.glob("*"):
        path.unlink()
    values = write_values(folder, explanation)
    lines = [f"  attributions in {folder}", "    probability  logit   picture"]
    for i, name in enumerate(explanation.sequences.names):
        stem, window = f"{i + 1:02d}_{_file_name(name)}", explanation.close_up(i)
        save_tracks(explanation, i, folder / stem, model_name, shaded=window)
        if window:
            save_tracks(explanation, i, folder / f"{stem}_close_up", model_name, window)
        pictures = f"{stem}.png, {stem}_close_up.png" if window else f"{stem}.png"
        lines.append(f"    {explanation.probabilities[i]:.4f}     {explanation.logits[i]:7.2f}   {pictures} (and .svg)")
    return [*lines, f"    {', '.join(path.name for path in values)}"]


def _file_name(name: str) -> str:
    """A sequence's name as a file's: what shells and file systems trip over is a hyphen."""
    return re.sub(r"[^\w.+]+", "-", name).strip("-.")[:80] or "sequence"

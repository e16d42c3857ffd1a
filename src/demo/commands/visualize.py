"""Show what a trained run has learned and why it says what it says: what ``python visualize.py`` does."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra import compose
from omegaconf import DictConfig, OmegaConf

from demo.commands.run_paths import run_paths
from demo.data.sources import data_folder
from demo.interpret.attribution.explanation import AttributionSettings, Explanation, Sequences, explain
from demo.interpret.attribution.explanation_files import ARRAYS, OVERVIEW, TABLE, file_name, write_explanation
from demo.interpret.attribution.selection import read_sequences, top_positives
from demo.interpret.extraction.extract import Extraction
from demo.interpret.extraction.files import DESCRIPTION
from demo.interpret.motifs_anew import motifs_anew, motifs_of_seeds, where_to_look
from demo.networks import Baseline
from demo.runs.directory import RunDirectory
from demo.runs.finished import FinishedRun, open_run
from demo.runs.summary import motif_lines
from demo.sequences import read_seq_gz
from demo.utils.checks import flag, whole
from demo.utils.config import check_given, plain
from demo.utils.errors import DemoError
from demo.utils.files import write_json
from demo.utils.hardware import use_threads

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
    use_threads(run.config.trainer.threads)
    wanted = _motif_settings(config, motif_defaults, run.config.motif)
    if not config.get("motif") and isinstance(run.model.network, Baseline):
        wanted.extraction = None  # as in training: what it scores with is known
    data = data_folder(config.data.dir)
    if len(runs) > 1:
        if config.input is not None:
            paths = [str(one.directory.path) for one in runs]
            raise DemoError("Sequences are explained by one run at a time.", exists=paths)
        made = motifs_of_seeds(runs, wanted, data)
        _log.info("\n".join(_of_seeds(runs, made)))
        return
    settings = AttributionSettings.of(plain(config.attribution))
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
    if "extraction" in asked and (asked.extraction is None or set(defaults) <= set(asked)):
        return asked
    if asked and of_run.extraction is None:
        of_run = defaults
    # Plain dictionaries: Hydra's accept no settings that a file does not name, such as a seed.
    general = OmegaConf.masked_copy(defaults, [str(name) for name in defaults if name != "extraction"])
    wanted = OmegaConf.merge(*(plain(part) for part in (general, of_run, asked)))
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
    path = Path(str(config.input)).expanduser()
    return read_sequences(run.model, path, top), attributions / file_name(Path(path.name.removesuffix(".gz")).stem)


def _has_motifs(run: FinishedRun, wanted: DictConfig) -> bool:
    there = run.result["motif"]["settings"]
    if there["extraction"] is None or not (run.directory.motifs / DESCRIPTION).exists():
        return False
    # As objects: names of an earlier version and defaults that it did not have make no difference.
    same, other = ({**one, "extraction": Extraction.of(one["extraction"])} for one in (there, plain(wanted)))
    return same == other


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
    lines = [f"  attributions in {folder}", "    probability  logit   picture"]
    for i, pictures in enumerate(write_explanation(folder, explanation, model_name)):
        lines.append(f"    {explanation.probabilities[i]:.4f}     {explanation.logits[i]:7.2f}   {pictures} (and .svg)")
    return [*lines, f"    {OVERVIEW}, {TABLE}, {ARRAYS}"]

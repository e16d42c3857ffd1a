"""``deep-motif visualize``: what a trained network has learned, and how it makes its predictions."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig

from demo.data.sources import data_folder
from demo.interpret.attribution.explanation import AttributionSettings, Explanation, Sequences, explain
from demo.interpret.attribution.explanation_files import ARRAYS, OVERVIEW, TABLE, file_name, write_explanation
from demo.interpret.attribution.selection import read_sequences, top_positives
from demo.interpret.extraction.extract import Extraction
from demo.interpret.extraction.files import DESCRIPTION
from demo.interpret.run_motifs import class_folder, extract_again, motifs_of_seeds, where_to_look
from demo.runs.directory import RunDirectory, run_paths
from demo.runs.finished import FinishedRun, open_run
from demo.runs.result import MotifResult
from demo.runs.settings import MotifSettings
from demo.runs.summary import motif_lines
from demo.runs.trained_model import TrainedModel
from demo.sequences import read_seq_gz
from demo.utils.checks import flag, whole
from demo.utils.config import check_given, composed, plain
from demo.utils.environment import typed
from demo.utils.errors import DemoError
from demo.utils.hardware import use_threads
from demo.utils.settings import build

_log = logging.getLogger(__name__)


def visualize_command(config: DictConfig) -> None:
    """Bring the motifs of a run up to date, explain sequences, and print what was written where.

    Args:
        config: ``conf/visualize.yaml`` with the command's overrides.

    Raises:
        DemoError: ``run=`` is not given, there is no such finished run, or a setting or the input is unusable.
    """
    check_given(config, {"run": f"run=runs/<data set>/<model>/seed<k>, as {typed('train')} named it"})
    values = plain(config)
    runs = [open_run(Path(path)) for path in run_paths(values["run"])]
    run = runs[0]
    use_threads(run.settings.trainer.threads)
    wanted = _motif_settings(values.get("motif"), run.settings.motif)
    if not values.get("motif") and run.settings.is_fitted_at_once:
        # As in training: a baseline has no motif to extract.
        wanted = replace(wanted, extraction=None)
    data = data_folder(values["data"]["dir"])
    if len(runs) > 1:
        if values["input"] is not None:
            paths = [str(one.directory.path) for one in runs]
            raise DemoError("Only one run at a time can explain sequences.", exists=paths)
        made = motifs_of_seeds(runs, wanted, data)
        _log.info("\n".join(_of_seeds(runs, made)))
        return
    settings = AttributionSettings.of(values["attribution"])
    force = flag("force", values["force"])
    run.directory.check_links()
    # Before the motifs, which may take a minute, so that mistakes in the input are reported at once.
    explained = _sequences(run, values["input"], values["top"], data)

    if wanted.extraction is not None and (force or not _has_motifs(run, wanted)):
        run = _extract(run, wanted, data)
    lines = ["", f"{run.name}   {run.result.model_name}, seed {run.result.seed}"]
    if wanted.extraction is None:
        lines.append("  no motifs (extraction is off; motif=class turns it on)")
    else:
        lines += motif_lines(run.result.motif)
    for model, sequences, folder in explained:
        lines += _write(folder, explain(model, sequences, settings), run.name)
    if wanted.extraction is not None:
        lines += where_to_look(run.directory)
    _log.info("\n".join(lines))


def _motif_settings(asked: Mapping[str, Any] | None, of_run: MotifSettings) -> MotifSettings:
    """Those of the group that the command names (``motif=paper``), or the run's with the command's changes.

    Missing settings, as in runs of older versions, have the defaults of ``conf/motif/class.yaml``.
    """
    defaults = composed("train")["motif"]
    asked = asked or {}
    if "extraction" in asked and (asked["extraction"] is None or set(defaults) <= set(asked)):
        return build(MotifSettings, asked, "motif")
    base = of_run.plain()
    if asked and base["extraction"] is None:
        base = dict(defaults)
    # Without the defaults of the extraction: the run may use another method.
    merged = _merged({**defaults, **base}, asked)
    return build(MotifSettings, merged, "motif")


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes``, section by section."""
    merged = dict(base)
    for name, value in changes.items():
        there = merged.get(name)
        merged[name] = _merged(there, value) if isinstance(there, Mapping) and isinstance(value, Mapping) else value
    return merged


def _sequences(
    run: FinishedRun, given: str | None, top: int, data: Path | None
) -> list[tuple[TrainedModel, Sequences, Path]]:
    """The sequences to explain, by which model, and the folder for the results; of several classes, for each."""
    attributions, task = run.directory.attributions, run.model.task
    if whole("top", top, 0) == 0:
        return []
    labels = range(len(task.classes)) if task.outputs > 1 else [1]
    models = {label: run.model.of_class(label) if task.outputs > 1 else run.model for label in labels}
    if given is None:
        test = read_seq_gz(run.data_file("test", data)) if task.is_binding else run.open_data(data).test_set()
        explained = []
        for label, model in models.items():
            of_class = replace(test, labels=(test.labels == label).astype(np.uint8))
            count = top if task.is_binding else min(top, int(of_class.labels.sum()))
            folder = "test_positives" if task.outputs == 1 else f"test_{class_folder(task, label)}"
            explained.append((model, top_positives(model, of_class, count), attributions / folder))
        return explained
    path = Path(given)
    name = file_name(Path(path.name.removesuffix(".gz")).stem)
    return [
        (
            model,
            read_sequences(model, path, top),
            attributions / (name if task.outputs == 1 else f"{name}_{class_folder(task, label)}"),
        )
        for label, model in models.items()
    ]


def _has_motifs(run: FinishedRun, wanted: MotifSettings) -> bool:
    there = build(MotifSettings, run.result.motif.settings, "motif")
    if there.extraction is None or wanted.extraction is None or not (run.directory.motifs / DESCRIPTION).exists():
        return False
    # As objects, so that names and missing defaults of earlier versions make no difference.
    same = replace(there, extraction=None) == replace(wanted, extraction=None)
    return same and Extraction.of(there.extraction) == Extraction.of(wanted.extraction)


def _extract(run: FinishedRun, wanted: MotifSettings, folder: Path | None) -> FinishedRun:
    """Extract the motifs again into the run directory; the run with the new ones."""
    begin = time.monotonic()
    with run.directory.claim():
        motif = extract_again([run], run.directory, wanted, folder)
        result = replace(run.result, motif=motif, seconds_motif=round(time.monotonic() - begin, 1))
        result.write(run.directory.result)
    return replace(run, result=result)


def _of_seeds(runs: Sequence[FinishedRun], made: MotifResult) -> list[str]:
    """The joint motifs of several seeds, for the terminal."""
    first, seeds = runs[0], [run.result.seed for run in runs]
    return [
        "",
        f"{first.name}   {first.result.model_name}, joint motifs of seeds {', '.join(map(str, seeds))}",
        f"  chosen on validation positives of seed {seeds[0]}, most of which the other seeds were trained on",
        *motif_lines(made),
        *where_to_look(RunDirectory(first.directory.path.parent)),
    ]


def _write(folder: Path, explanation: Explanation, model_name: str) -> list[str]:
    """Write pictures and values of the explained sequences; their list, for the terminal."""
    lines = [f"  attributions in {folder}", "    probability  logit   picture"]
    for i, pictures in enumerate(write_explanation(folder, explanation, model_name)):
        lines.append(f"    {explanation.probabilities[i]:.4f}     {explanation.logits[i]:7.2f}   {pictures} (and .svg)")
    return [*lines, f"    {OVERVIEW}, {TABLE}, {ARRAYS}"]

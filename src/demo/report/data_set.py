"""The page of one data set: its selected run, and the test sequences that it is surest of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from demo.compare.comparison import JasparComparison
from demo.report.charts import (
    ClassCurves,
    TestCurves,
    TrainingCurves,
    class_curves,
    test_curves,
    training_curves,
)
from demo.report.elements import Part, link, part
from demo.report.jaspar import Release, releases
from demo.report.logos import track
from demo.report.motifs import Drawn, RunMotifs, drawn, read_motifs
from demo.report.provenance import Defaults, Provenance, Reproduction, provenance_of, reproduction, stored_config
from demo.runs.directory import RunDirectory
from demo.runs.ensemble_motifs import made_together, motif_folder
from demo.runs.result import FailedRun, RunResult
from demo.sequences import SequenceSet, decode, read_seq_gz
from demo.study.columns import COLUMNS
from demo.study.statistics import read_predictions
from demo.study.study import StudyRow
from demo.utils.errors import DemoError
from demo.utils.files import files_in, read_json, read_yaml

if TYPE_CHECKING:
    from demo.runs.finished import FinishedRun
    from demo.runs.trained_model import TrainedModel


@dataclass(frozen=True)
class MotifSection:
    """Motifs of one network, or joint motifs of several; each part may be missing.

    Attributes:
        motifs: the motifs.
        drawings: of these.
        comparison: with JASPAR, if any.
        jaspar: results of Tomtom and average motif affinity.
        meme: text of ``motifs.meme``.
    """

    motifs: Part[RunMotifs]
    drawings: Part[list[Drawn]]
    comparison: JasparComparison | None
    jaspar: Part[list[Release]]
    meme: str | None


@dataclass(frozen=True)
class DataSetPage:
    """What the page of a data set shows; each part may be missing.

    Attributes:
        row: the data set, its selected run, and its comparisons.
        result: the content of its ``result.json``.
        motifs: its motifs.
        together: joint motifs of the ensemble's seeds, if any.
        training: curves.
        test: curves.
        classes: of several classes, their ROC curves and confusions; ``None`` of two.
        strongest: test sequences with saliency.
        provenance: of the run.
        config: text of ``config.yaml``.
        again: how to reproduce it; ``None`` if not requested.
        numbers: (title, text) of every column of the study.
        files: (name, relative URL) of the run's own files.
    """

    row: StudyRow
    result: Mapping[str, Any]
    motifs: MotifSection
    together: MotifSection | None
    training: Part[TrainingCurves]
    test: Part[TestCurves]
    classes: Part[ClassCurves] | None
    strongest: Part[list[Strong]]
    provenance: Part[Provenance]
    config: Part[str]
    again: Part[Reproduction] | None
    numbers: list[tuple[str, str]]
    files: list[tuple[str, str]]


def data_set_page(
    row: StudyRow, motifs: Part[RunMotifs], folder: Path, data: Path | None, defaults: Defaults | None
) -> DataSetPage:
    """Gather the contents of the page.

    Args:
        row: the data set.
        motifs: of its selected run.
        folder: where the page is written, for its links.
        data: folder of the data files, if they were moved.
        defaults: as for ``demo.report.write.write_report``.

    Raises:
        DemoError: ``result.json`` has disappeared since the study was made.
    """
    run = RunDirectory(row.run.directory)
    result = read_json(run.result)
    return DataSetPage(
        row=row,
        result=result,
        motifs=_section(run.motifs, motifs, row.motifs, row.run.is_labelled),
        together=_together(row),
        training=part(lambda: training_curves(run.metrics, _best_epoch(result))),
        test=part(lambda: test_curves(run.predictions)),
        classes=part(lambda: _class_curves(run)) if row.run.classes else None,
        strongest=part(lambda: strongest(run, data)),
        provenance=part(lambda: provenance_of(run, result)),
        config=part(lambda: stored_config(run.config)),
        again=None if defaults is None else part(lambda: _again(run, row, defaults)),
        numbers=[(column.title, column.text(row)) for column in COLUMNS if column.title],
        files=_files(run, folder),
    )


def _class_curves(run: RunDirectory) -> ClassCurves:
    result = RunResult.read(run.result)
    assert not isinstance(result, FailedRun), "it is in the study"
    return class_curves(run.predictions, result.test)


def _again(run: RunDirectory, row: StudyRow, defaults: Defaults) -> Reproduction:
    stored, of = read_yaml(run.config), row.run
    simulated = of.data_source == "simulated"
    files = read_json(run.result)["data"]
    labelled = (str(files["train"]), str(files["test"])) if of.is_labelled else None
    return reproduction(stored, tf=of.tf, dataset=of.dataset, simulated=simulated, defaults=defaults, labelled=labelled)


def _section(
    folder: Path, motifs: Part[RunMotifs], comparison: JasparComparison | None, labelled: bool
) -> MotifSection:
    """The section for the motifs in a folder."""
    found = motifs.value
    called = {one.kind: one.motif.name for one in found.found} if found else {}
    return MotifSection(
        motifs=motifs,
        drawings=Part(None, motifs.missing) if found is None else part(lambda: drawn(found, comparison, labelled)),
        comparison=comparison,
        jaspar=part(lambda: releases(folder, comparison, called)),
        meme=found.meme if found else None,
    )


def _together(row: StudyRow) -> MotifSection | None:
    """The section for the joint motifs of the ensemble."""
    if row.ensemble is None:
        return None
    seeds = row.ensemble.directories
    # If this cannot be read, the study says why.
    if part(lambda: made_together(seeds)).value is None:
        return None
    folder = motif_folder(seeds)
    return _section(folder, part(lambda: read_motifs(folder)), row.ensemble_motifs, row.run.is_labelled)


def _best_epoch(result: Mapping[str, Any]) -> int | None:
    epoch = result["validation"].get("epoch")
    return epoch if isinstance(epoch, int) else None


def _files(run: RunDirectory, folder: Path) -> list[tuple[str, str]]:
    """The files of interest that exist."""
    # Of several classes each has a folder.
    motifs = [path for depth in ("*.*", "*/*.*") for path in files_in(run.motifs, depth)]
    paths = [run.result, run.config, run.predictions, run.metrics, run.best_checkpoint, *motifs]
    return [(path.relative_to(run.path).as_posix(), link(path, folder)) for path in paths if path.is_file()]


COUNT = 5
"""Number of sequences on a page."""


@dataclass(frozen=True)
class Strong:
    """One test sequence: its name, what it is, its predicted log odds, and its drawing."""

    name: str
    label: str
    logit: float
    drawing: Markup


def strongest(run: RunDirectory, data: Path | None) -> list[Strong]:
    """The test sequences with the highest scores; the height of a letter is its gradient times input.

    Args:
        run: its directory; its best checkpoint is read.
        data: folder of the data files, if they were moved.

    Raises:
        DemoError: predictions, test file or checkpoint are missing, or the test file has changed.
    """
    # torch takes seconds to import, and reports without checkpoints do not need it.
    from demo.interpret.attribution.gradients import input_x_gradient
    from demo.runs.finished import open_run

    finished = open_run(run.path)
    alphabet = finished.model.task.alphabet
    chosen = _strongest_peaks if finished.model.task.is_binding else _strongest_of_classes
    strong: list[Strong] = []
    for model, test, labels in chosen(finished, data):
        logits = model.logits(test.codes)
        gradients = input_x_gradient(model.network, test.codes, centred=True).sum(2)
        drawings = (
            track(letters, values, f"Saliency of {name}", alphabet)
            for name, letters, values in zip(test.ids, decode(test.codes, alphabet), gradients, strict=True)
        )
        strong += map(Strong, test.ids, labels, map(float, logits), drawings)
    return strong


Chosen = Iterator[tuple["TrainedModel", SequenceSet, list[str]]]
"""A model of one logit, sequences, and what each is."""


def _strongest_peaks(finished: FinishedRun, data: Path | None) -> Chosen:
    """The test sequences of the highest scores, which are known."""
    run = finished.directory
    ids, labels, scores = read_predictions(run.predictions)
    test = read_seq_gz(finished.data_file("test", data))
    if test.ids != ids:
        raise DemoError(
            "The predictions are for other sequences than those of the test file.", where=str(run.predictions)
        )
    best = np.argsort(-scores, kind="stable")[:COUNT]
    yield finished.model, test.select(best), ["peak" if labels[i] else "shuffled, not bound" for i in best]


_OF_CLASS, _MOST_CLASSES = 2, 8
"""Sequences of each of several classes, and of how many."""


def _strongest_of_classes(finished: FinishedRun, data: Path | None) -> Chosen:
    """The test sequences that the network is surest of: of the positive class, or of each of several."""
    model, task = finished.model, finished.model.task
    test = finished.open_data(data).test_set()
    for label in range(min(len(task.classes), _MOST_CLASSES)) if task.outputs > 1 else [1]:
        of_class = model.of_class(label) if task.outputs > 1 else model
        logits = of_class.logits(test.codes)
        best = np.argsort(-logits, kind="stable")[: _OF_CLASS if task.outputs > 1 else COUNT]
        said = [f"{task.classes[test.labels[i]]}, taken for {task.classes[label]}" for i in best]
        yield of_class, test.select(best), said

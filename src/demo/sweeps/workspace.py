"""The layout of a project's workspace in Weights & Biases: results, curves, motifs and sweeps of its runs.

Needs the package wandb-workspaces, which writes workspaces as code.
"""

from __future__ import annotations

import os
from typing import Any

import wandb
import wandb_workspaces.reports.v2 as wr
import wandb_workspaces.workspaces as ws

from demo.runs.wandb_run import CURVES
from demo.sweeps.board import DONE
from demo.utils.errors import DemoError
from demo.utils.wandb import is_online

# A section takes any kind of panel, and their types have nothing in common that wandb-workspaces exports.
Panels = list[Any]

_COLUMNS = (
    "config:dataset.value", "config:data_source.value", "summary:model_name", "summary:best/val_auroc",
    "summary:test/auroc", "summary:test/auroc_low", "summary:test/auroc_high", "summary:deepbind/auc",
    "summary:deepbind/difference", "summary:parameters", "summary:seconds_training",
)  # fmt: skip
"""Columns of the table of runs, from the left."""

_TABLE_1 = (
    (wr.Config("model.conv_layers"), "convolutions"),
    (wr.Config("model.pool"), "pooling"),
    (wr.Config("model.highway_layers"), "highway layers"),
    (wr.SummaryMetric("best/val_auroc"), "validation AUROC"),
)
"""The axes of the parallel coordinates, and their titles."""

_LOGOS = (
    "headline_motif",
    "headline_motif_and_jaspar",
    "class_motif_and_jaspar",
    "best_window_and_jaspar",
    "full_optimum",
)

_MOST_BARS = 110
"""One for each of the paper's 108 data sets."""


def save_workspace(project: str, entity: str | None, name: str) -> str:
    """Save the workspace; its address.

    Args:
        project: the W&B project.
        entity: its user or team; ``None`` for the user's default one.
        name: of the workspace.

    Raises:
        DemoError: the user is not logged in, or W&B refused.
    """
    if not is_online():
        mode = os.environ.get("WANDB_MODE")
        raise DemoError(
            f"Weights & Biases is off: WANDB_MODE={mode}."
            if mode
            else "You are not logged in to Weights & Biases, or it does not answer.",
            fix="unset WANDB_MODE" if mode else "wandb login",
        )
    try:
        owner = entity or wandb.Api().default_entity
        if not owner:
            raise DemoError("Weights & Biases knows no default entity of yours.", fix="--entity NAME")
        return str(workspace(owner, project, name).save().url)
    except (wandb.errors.Error, ValueError) as error:
        raise DemoError(f"Weights & Biases refused the workspace: {error}") from error


def workspace(entity: str, project: str, name: str) -> ws.Workspace:
    """The workspace, not saved.

    Args:
        entity: user or team.
        project: the W&B project.
        name: of the workspace.
    """
    sections = {
        "Results": _results(),
        "Training": [_curve(name, name, axis) for name, (axis, _) in CURVES.items()],
        "Motifs": _motifs(),
        "Sweep": _sweep(),
    }
    return ws.Workspace(
        entity=entity,
        project=project,
        name=name,
        sections=[ws.Section(name=title, panels=panels, is_open=True) for title, panels in sections.items()],
        runset_settings=ws.RunsetSettings(pinned_columns=list(_COLUMNS)),
    )


def _results() -> Panels:
    """Test AUROC, alone and against DeepBind's, and the curves of the test set."""
    ours, difference = wr.SummaryMetric("test/auroc"), wr.SummaryMetric("deepbind/difference")
    theirs = wr.SummaryMetric("deepbind/auc")
    return [
        wr.BarPlot(title="Test AUROC", metrics=[ours], max_bars_to_show=_MOST_BARS),
        wr.BarPlot(title="Test AUROC, ours - DeepBind's", metrics=[difference], max_bars_to_show=_MOST_BARS),
        wr.ScatterPlot(title="Test AUROC against DeepBind's", x=theirs, y=ours),
        _test_curve("ROC", "test/roc_table", "fpr", "tpr"),
        _test_curve("Precision and recall", "test/precision_recall_table", "recall", "precision"),
    ]


def _motifs() -> Panels:
    """The table of motifs, and their logos."""
    logos = [wr.MediaBrowser(title=name.replace("_", " "), media_keys=[f"motif/{name}"]) for name in _LOGOS]
    return [wr.WeavePanelSummaryTable(table_name="motifs"), *logos]


def _sweep() -> Panels:
    """The search over Table 1 of the paper, its progress, the study and Fig. 2a."""
    columns = [wr.ParallelCoordinatesPlotColumn(metric, display_name=title) for metric, title in _TABLE_1]
    return [
        wr.ParallelCoordinatesPlot(title="Table 1 of the paper and validation AUROC", columns=columns),
        _curve("Validation AUROC of the best models, mean of data sets", "sweep/mean_best_val_auroc", DONE),
        _curve("Runs left", "sweep/left", DONE),
        wr.WeavePanelSummaryTable(table_name="sweep/runs"),
        wr.WeavePanelSummaryTable(table_name="study"),
        wr.MediaBrowser(title="Fig. 2a of the paper", media_keys=["figure_2a"]),
    ]


def _curve(title: str, metric: str, axis: str) -> wr.LinePlot:
    return wr.LinePlot(title=title, x=axis, y=[metric], smoothing_type="none")


def _test_curve(title: str, table: str, x: str, y: str) -> wr.CustomChart:
    """A curve that ``wandb.plot`` has logged."""
    return wr.CustomChart(
        query={"summaryTable": {"tableKey": table}},
        chart_name="wandb/area-under-curve/v0",
        chart_fields={"x": x, "y": y, "class": "class"},
        chart_strings={"title": title, "x-axis-title": x, "y-axis-title": y},
    )

"""A trained model as a notebook shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from demo.runs.directory import RunDirectory
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    from demo.runs.trained_model import TrainedModel


def model_card(model: TrainedModel) -> str:
    """What the model is, and how well it did on the test set where its run says so, as an HTML table."""
    weights = sum(p.numel() for p in model.network.parameters())
    source = "simulated: says nothing about real binding" if model.data_source == "simulated" else model.data_source
    facts = [
        ("data set", model.dataset),
        ("data", source),
        ("network", f"{type(model.network).__name__}, {weights:,} weights, reads {model.length} bp"),
        *_measures(_result(model)),
        ("checkpoint", model.path),
    ]
    rows = Markup("").join(Markup("<tr><th>{}</th><td>{}</td></tr>").format(name, value) for name, value in facts)
    return Markup("<table><caption>Binding of <strong>{}</strong></caption>{}</table>").format(model.tf, rows)


def _result(model: TrainedModel) -> dict[str, Any]:
    """``result.json`` beside the checkpoint's folder; empty where the file lies alone, or its run is not finished."""
    try:
        return RunDirectory(model.path.parent.parent).finished_result() or {}
    except DemoError:
        # The model itself is sound, and what a damaged result says is not shown.
        return {}


def _measures(result: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        test = result["test"]
        low, high = test["auroc_ci"]
        measures = [("test AUROC", f"{test['auroc']:.3f} (95 % interval {low:.3f} to {high:.3f})")]
        published = result["published"].get("deepbind_auc")
    except (KeyError, TypeError, ValueError, AttributeError):
        return []
    return measures if published is None else [*measures, ("DeepBind's published AUC", f"{published:.3f}")]

"""Charts of training and of the test."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from demo.report.charts import Axis, Line, axis_around, line_chart
from demo.study.ensemble import read_predictions
from demo.utils.errors import DemoError


@dataclass(frozen=True)
class TrainingCurves:
    """Charts over the epochs: the losses, and validation AUROC with average precision."""

    loss: Markup
    validation: Markup


@dataclass(frozen=True)
class TestCurves:
    """Charts of the test set: receiver operating characteristic, precision against recall."""

    roc: Markup
    precision_recall: Markup


def training_curves(metrics: Path, best_epoch: int | None) -> TrainingCurves:
    """The charts of ``metrics.csv``.

    Args:
        metrics: the file.
        best_epoch: the one whose weights were kept, from 1; ``None`` if not recorded.

    Raises:
        DemoError: the file is missing, or has an invalid format.
    """
    columns = _columns(metrics, ("epoch", "train/loss", "val/loss", "val/auroc", "val/average_precision"))
    epochs, train, loss, auroc, precision = columns
    x = Axis("epoch", 0, max(epochs), whole=True)
    mark = None if best_epoch is None else (float(best_epoch), f"epoch {best_epoch}, kept")
    losses = [Line("training", _points(epochs, train), "theirs"), Line("validation", _points(epochs, loss), "ours")]
    measures = [
        Line("average precision", _points(epochs, precision), "theirs"),
        Line("AUROC", _points(epochs, auroc), "ours"),
    ]
    return TrainingCurves(
        line_chart(losses, x, _axis("loss", losses, metrics), "Training and validation loss by epoch", mark),
        line_chart(measures, x, _axis("validation", measures, metrics), "Validation AUROC by epoch", mark),
    )


def test_curves(predictions: Path) -> TestCurves:
    """The charts of ``predictions.tsv``.

    Raises:
        DemoError: the file is missing or unreadable, or has only one class.
    """
    _, labels, scores = read_predictions(predictions)
    if not 0 < labels.sum() < len(labels):
        raise DemoError("The predictions do not include both positives and negatives.", where=str(predictions))
    false_rate, true_rate, _ = roc_curve(labels, scores)
    precision, recall, _ = precision_recall_curve(labels, scores, drop_intermediate=True)
    share = float(labels.mean())
    roc = [
        Line("chance", [(0, 0), (1, 1)], "chance"),
        Line(f"AUROC {roc_auc_score(labels, scores):.3f}", _points(false_rate, true_rate), "ours"),
    ]
    curve = [
        Line(f"chance {share:.2f}", [(0, share), (1, share)], "chance"),
        Line(
            f"average precision {average_precision_score(labels, scores):.3f}",
            _points(recall[::-1], precision[::-1]),
            "ours",
        ),
    ]
    return TestCurves(
        line_chart(roc, Axis("false positive rate", 0, 1), Axis("true positive rate", 0, 1), "ROC curve, test set"),
        line_chart(curve, Axis("recall", 0, 1), Axis("precision", 0, 1), "Precision-recall curve, test set"),
    )


def _points(x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
    """Points without NaN; epochs without a number are left out."""
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True) if math.isfinite(b)]


def _axis(title: str, lines: Sequence[Line], metrics: Path) -> Axis:
    values = [y for line in lines for _, y in line.points]
    if not all(line.points for line in lines):
        raise DemoError("metrics.csv has no numbers to draw.", where=str(metrics))
    return axis_around(title, values)


def _columns(path: Path, names: Sequence[str]) -> list[list[float]]:
    """Columns of a CSV file as numbers; an empty cell is NaN."""
    if not path.exists():
        raise DemoError(f"{path.name} is missing.", where=str(path))
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        columns = [[float(row[name] or "nan") for row in rows] for name in names]
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise DemoError(f"{path.name} cannot be read ({error}).", where=str(path)) from error
    if not rows:
        raise DemoError(f"{path.name} has no epochs.", where=str(path))
    return columns

"""Charts as inline SVG, coloured by the page's style sheet: lines, bars, intervals; and those of training and test."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from demo.metrics import ClassMeasures, Evaluation
from demo.report.elements import svg
from demo.study.statistics import read_class_predictions, read_predictions
from demo.utils.errors import DemoError

_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 12, 10, 36
_WIDTH, _HEIGHT = 380, 250


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        name: in the legend.
        points: (x, y), in order of x.
        kind: ``ours``, ``theirs`` or ``chance``: the CSS class for its colour.
    """

    name: str
    points: Sequence[tuple[float, float]]
    kind: str


@dataclass(frozen=True)
class Axis:
    """An axis from ``low`` to ``high``, with its title; ``whole``: in whole numbers, as of epochs."""

    title: str
    low: float
    high: float
    whole: bool = False

    def ticks(self, about: int = 5) -> list[float]:
        """``about`` round numbers within it, roughly."""
        span = self.high - self.low
        step = 10.0 ** math.floor(math.log10(span / about))
        step = min((step * m for m in (1, 2, 5, 10)), key=lambda s: abs(span / s - about))
        step = max(step, 1.0) if self.whole else step
        first = math.ceil(self.low / step - 1e-9)
        return [i * step for i in range(first, math.floor(self.high / step + 1e-9) + 1)]

    def place(self, value: float, start: float, end: float) -> float:
        """The position of ``value`` between the pixels ``start`` and ``end``."""
        return start + (value - self.low) / (self.high - self.low) * (end - start)


@dataclass(frozen=True)
class Bar:
    """A bar of ``bar_chart``: from 0 to ``value``, with the interval ``low`` to ``high``."""

    name: str
    value: float
    low: float
    high: float
    link: str
    title: str
    pale: bool


def axis_around(title: str, values: Sequence[float]) -> Axis:
    """An axis a little wider than the values."""
    low, high = min(values), max(values)
    spare = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return Axis(title, low - spare, high + spare)


def line_chart(lines: Sequence[Line], x: Axis, y: Axis, label: str, mark: tuple[float, str] | None = None) -> Markup:
    """Lines with axes and a legend.

    Args:
        lines: drawn in order, later ones on top.
        x: horizontal axis.
        y: vertical axis.
        label: description for screen readers.
        mark: x of a vertical line, and its label.
    """
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = [_grid(x, y, right, bottom)]
    if mark is not None:
        at = x.place(mark[0], _LEFT, right)
        anchor = "end" if at > (_LEFT + right) / 2 else "start"
        gap = -5 if anchor == "end" else 5
        parts.append(
            f'<path class="mark" d="M{at:.1f} {_TOP}V{bottom}"/>'
            f'<text class="tick" text-anchor="{anchor}" x="{at + gap:.1f}" y="{bottom - 8}">{escape(mark[1])}</text>'
        )
    for line in lines:
        places = [f"{x.place(a, _LEFT, right):.1f} {y.place(b, bottom, _TOP):.1f}" for a, b in line.points]
        different = [p for i, p in enumerate(places) if i == 0 or p != places[i - 1]]
        if len(different) > 1:
            parts.append(f'<path class="line {line.kind}" d="M{"L".join(different)}"/>')
        else:
            # A line of one point would not be seen.
            at_x, at_y = different[0].split()
            parts.append(f'<circle class="dot {line.kind}" cx="{at_x}" cy="{at_y}" r="3.6"/>')
    legend = "".join(f'<li class="{line.kind}"><span class="swatch"></span>{escape(line.name)}</li>' for line in lines)
    drawing = svg(_WIDTH, _HEIGHT, label, "chart", "".join(parts))
    return Markup(f'{drawing}<ul class="legend">{legend}</ul>')


def bar_chart(bars: Sequence[Bar], y_title: str, label: str) -> Markup:
    """Bars around 0 with whiskers, each a link, with vertical names below."""
    y = axis_around(y_title, [0.0, *(bar.low for bar in bars), *(bar.high for bar in bars)])
    step = min(max(940 / len(bars), 15), 68)
    longest = max(len(bar.name) for bar in bars)
    width, plot = _LEFT + 8 + step * len(bars) + _RIGHT, 230
    bottom = _TOP + plot
    zero = y.place(0, bottom, _TOP)
    parts = [_y_axis(y, width - _RIGHT, bottom)]
    for i, bar in enumerate(bars):
        middle = _LEFT + 8 + step * (i + 0.5)
        top = y.place(bar.value, bottom, _TOP)
        low, high = y.place(bar.low, bottom, _TOP), y.place(bar.high, bottom, _TOP)
        kind = ("ours" if bar.value >= 0 else "theirs") + (" pale" if bar.pale else "")
        parts.append(
            f'<a href="{escape(bar.link)}"><title>{escape(bar.title)}</title>'
            f'<rect class="hit" x="{middle - step / 2:.1f}" y="{_TOP}" width="{step:.1f}" height="{plot}"/>'
            f'<rect class="bar {kind}" x="{middle - step * 0.36:.1f}" y="{min(top, zero):.1f}" '
            f'width="{step * 0.72:.1f}" height="{abs(top - zero):.1f}"/>'
            f'<path class="whisker" d="M{middle:.1f} {low:.1f}V{high:.1f}m-2.5 0h5M{middle - 2.5:.1f} {low:.1f}h5"/>'
            f'<text class="tick" text-anchor="end" transform="translate({middle + 3.5:.1f} {bottom + 8}) '
            f'rotate(-90)">{escape(bar.name)}</text></a>'
        )
    parts.append(f'<path class="axis" d="M{_LEFT} {zero:.1f}H{width - _RIGHT:g}"/>')
    return svg(width, bottom + 14 + 6.6 * longest, label, "chart bars", "".join(parts), role="group")


def interval(value: float, low: float, high: float, other: float | None, axis: Axis, label: str) -> Markup:
    """A value and its interval as dot and line, and another value as a tick; for a table."""
    width, height = 120, 18
    at = [axis.place(v, 4, width - 4) for v in (value, low, high)]
    parts = [
        f'<path class="scale" d="M4 {height / 2}H{width - 4}"/>',
        f'<path class="line ours" d="M{at[1]:.1f} {height / 2}H{at[2]:.1f}"/>',
        f'<circle class="dot" cx="{at[0]:.1f}" cy="{height / 2}" r="3.6"/>',
    ]
    if other is not None:
        parts.insert(1, f'<path class="tickmark" d="M{axis.place(other, 4, width - 4):.1f} 2V{height - 2}"/>')
    return svg(width, height, label, "interval", "".join(parts))


def _grid(x: Axis, y: Axis, right: float, bottom: float) -> str:
    parts = [_y_axis(y, right, bottom)]
    for tick in x.ticks():
        at = x.place(tick, _LEFT, right)
        parts.append(f'<text class="tick" text-anchor="middle" x="{at:.1f}" y="{bottom + 14}">{tick:g}</text>')
    parts.append(
        f'<path class="axis" d="M{_LEFT} {bottom}H{right}"/>'
        f'<text class="tick" text-anchor="middle" x="{(_LEFT + right) / 2}" y="{bottom + 30}">{escape(x.title)}</text>'
    )
    return "".join(parts)


def _y_axis(y: Axis, right: float, bottom: float) -> str:
    parts = []
    for tick in y.ticks():
        at = y.place(tick, bottom, _TOP)
        parts.append(
            f'<path class="gridline" d="M{_LEFT} {at:.1f}H{right:g}"/>'
            f'<text class="tick" text-anchor="end" x="{_LEFT - 6}" y="{at + 3.5:.1f}">{round(tick, 10):g}</text>'
        )
    middle = (_TOP + bottom) / 2
    parts.append(
        f'<text class="tick" text-anchor="middle" transform="translate(11 {middle:g}) rotate(-90)">'
        f"{escape(y.title)}</text>"
    )
    return "".join(parts)


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


@dataclass(frozen=True)
class ClassRow:
    """One of several classes on the test set: its name, how many of its sequences are taken for each of the classes
    shown, and its measures against all others; its ROC curve."""

    name: str
    counts: list[int]
    measures: ClassMeasures
    roc: Markup


@dataclass(frozen=True)
class ClassCurves:
    """How well several classes are told apart.

    Attributes:
        rows: of the classes shown, in the order of their labels.
        accuracy: fraction of sequences taken for what they are, 0-1.
        accuracy_ci: its 95 % interval.
        count: of test sequences.
        classes: how many there are.
    """

    rows: list[ClassRow]
    accuracy: float
    accuracy_ci: tuple[float, float]
    count: int
    classes: int


_MOST_CLASSES = 20


def class_curves(predictions: Path, test: Evaluation) -> ClassCurves:
    """The confusion matrix and the ROC curves of ``predictions.tsv``; of many classes those of the first twenty.

    Args:
        predictions: the file.
        test: measures of the run, as it recorded them.

    Raises:
        DemoError: the file is missing or unreadable, or the run recorded no measures of classes.
    """
    _, labels, p, names = read_class_predictions(predictions)
    if test.classes is None or list(test.classes.each) != list(names):
        raise DemoError("The predictions are of other classes than the results.", where=str(predictions))
    rows = []
    x, y = Axis("false positive rate", 0, 1), Axis("true positive rate", 0, 1)
    for number, name in enumerate(names[:_MOST_CLASSES]):
        measures = test.classes.each[name]
        false_rate, true_rate, _ = roc_curve(labels == number, p[:, number])
        lines = [
            Line("chance", [(0, 0), (1, 1)], "chance"),
            Line(f"{name} {measures.auroc:.3f}", _points(false_rate, true_rate), "ours"),
        ]
        roc = line_chart(lines, x, y, f"ROC curve of {name}, test set")
        rows.append(ClassRow(name, test.classes.confusion[number][:_MOST_CLASSES], measures, roc))
    return ClassCurves(rows, test.classes.accuracy, test.classes.accuracy_ci, len(labels), len(names))


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

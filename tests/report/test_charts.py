import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from demo.metrics import evaluate
from demo.report.charts import Axis, Bar, Line, axis_around, bar_chart, class_curves, interval, line_chart


@pytest.mark.parametrize(
    "low, high, ticks",
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 93, [0, 20, 40, 60, 80]),
        (-0.02, 0.1, [-0.02, 0, 0.02, 0.04, 0.06, 0.08, 0.1]),
    ],
)
def test_ticks_are_round_and_inside(low: float, high: float, ticks: list[float]) -> None:
    assert Axis("", low, high).ticks() == pytest.approx(ticks)


def test_epochs_are_whole() -> None:
    assert Axis("epoch", 0, 1, whole=True).ticks() == [0, 1] and Axis("epoch", 0, 3, whole=True).ticks() == [0, 1, 2, 3]


def test_one_point_is_seen() -> None:
    drawing = line_chart([Line("one", [(1, 0.5)], "theirs")], Axis("x", 0, 1), Axis("y", 0, 1), "label")
    assert 'class="dot theirs"' in drawing and "line theirs" not in drawing


def test_an_axis_around_one_value_has_a_width() -> None:
    for value in (0.0, 0.7, -3.0):
        axis = axis_around("", [value])
        assert axis.low < value < axis.high and axis.ticks()


def test_a_line_goes_where_its_points_are() -> None:
    drawing = line_chart([Line("<b>", [(0, 0), (0.5, 1), (1, 1)], "ours")], Axis("x", 0, 1), Axis("y", 0, 1), "label")
    ElementTree.fromstring(f"<div>{drawing}</div>")
    path = re.search(r'class="line ours" d="M(\S+) (\S+)L(\S+) (\S+)L(\S+) (\S+)"', drawing)
    assert path is not None
    x0, y0, x1, y1, x2, y2 = map(float, path.groups())
    assert x0 < x1 < x2 and x1 - x0 == pytest.approx(x2 - x1) and y0 > y1 == y2
    assert "&lt;b&gt;" in drawing and "<b>" not in drawing


def test_bars_stand_on_zero_and_lead_somewhere() -> None:
    bars = [
        Bar("A", 0.1, 0.05, 0.15, "sets/A.html", "A: 0.9", False),
        Bar("B", -0.05, -0.1, 0.01, "sets/B.html", "B: 0.8", True),
    ]
    drawing = bar_chart(bars, "difference", "label")
    ElementTree.fromstring(drawing)
    (kind_a, top_a, height_a), (kind_b, top_b, height_b) = re.findall(
        r'class="bar ([a-z ]+)" .*?y="(\S+)" .*?height="(\S+)"', drawing
    )
    assert (kind_a, kind_b) == ("ours", "theirs pale")
    assert float(top_a) + float(height_a) == pytest.approx(float(top_b), abs=0.11)
    assert float(height_a) == pytest.approx(2 * float(height_b), abs=0.2)
    assert drawing.count('href="sets/') == 2


def test_an_interval_shows_the_other_value_where_there_is_one() -> None:
    axis = Axis("AUROC", 0.5, 1)
    assert "tickmark" in interval(0.9, 0.85, 0.95, 0.8, axis, "label")
    assert "tickmark" not in interval(0.9, 0.85, 0.95, None, axis, "label")


def test_each_of_several_classes_has_a_row_of_confusions_and_a_curve(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    labels = np.arange(90, dtype=np.uint8) % 3
    logits = random.normal(size=(90, 3)) + 2 * np.eye(3)[labels]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    names = ["EI", "IE", "<N>"]
    lines = ["\t".join([f"s{i}", names[labels[i]], *map(str, p[i])]) for i in range(90)]
    (tmp_path / "predictions.tsv").write_text("\n".join(["\t".join(["sequence_id", "label", *names]), *lines]) + "\n")
    test = evaluate(labels, logits, 200, names)
    curves = class_curves(tmp_path / "predictions.tsv", test)
    assert [row.name for row in curves.rows] == names and [sum(row.counts) for row in curves.rows] == [30] * 3
    assert curves.rows[0].measures.auroc_ci[0] < curves.rows[0].measures.auroc < 1
    assert all(f"&lt;N&gt; {curves.rows[2].measures.auroc:.3f}" in row.roc for row in curves.rows[2:])
    assert curves.accuracy_ci[0] < curves.accuracy == np.mean(p.argmax(1) == labels) < curves.accuracy_ci[1]

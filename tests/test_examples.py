"""The tutorial runs, and what its cells end with draws itself."""

import ast
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warm import python

pytestmark = pytest.mark.slow

TUTORIAL = Path(__file__).resolve().parents[1] / "examples" / "tutorial.py"


def shown(cell: str, names: dict[str, Any]) -> object:
    """Run a cell as a notebook does; the value of its last line where that is an expression."""
    tree = ast.parse(cell, TUTORIAL.name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, TUTORIAL.name, "exec"), names)
    return eval(compile(ast.Expression(last.value), TUTORIAL.name, "eval"), names) if last else None


def test_the_tutorial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEMO_DATA", raising=False)
    monkeypatch.setattr(subprocess, "run", lambda command, check: python(*command[1:], cwd=tmp_path).check_returncode())
    cells = re.split(r"^# %%.*\n", TUTORIAL.read_text(encoding="utf-8"), flags=re.MULTILINE)
    names: dict[str, Any] = {"__file__": str(TUTORIAL), "__name__": "__main__"}
    values = [value for cell in cells if (value := shown(cell, names)) is not None]

    model, predicted, shape, motif, ppm, matches, *_ = values
    html = model._repr_html_()  # type: ignore[attr-defined]
    assert "CTCF" in html and "simulated" in html and "AUROC" in html
    assert len(predicted) == 5 and predicted["probability"].min() > 0.8  # type: ignore[arg-type, index]
    assert shape == (2, 101, 4)
    assert motif._repr_svg_().lstrip().startswith("<?xml")  # type: ignore[attr-defined]
    assert isinstance(ppm, np.ndarray) and ppm.shape[1] == 4
    assert "<table" in matches._repr_html_()  # type: ignore[attr-defined]
    assert matches["Target_ID"].iloc[0] == "MA0139.1" and matches["q-value"].iloc[0] < 0.05  # type: ignore[index]
    said = capsys.readouterr().out
    bound, shuffled = map(float, re.findall(r"mean probability (\S+) of 500", said))
    assert bound > 0.6 > 0.4 > shuffled
    assert (tmp_path / "tutorial_runs" / "study" / "report" / "index.html").exists()

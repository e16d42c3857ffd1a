"""The test sequences that a network is surest of, and which of their bases make it sure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from demo.errors import DemoError
from demo.files import checksums
from demo.report.letters import track
from demo.run_directory import RunDirectory
from demo.sequences import decode, read_seq_gz
from demo.study.ensemble import read_predictions

COUNT = 5
"""Sequences of a page."""


@dataclass(frozen=True)
class Strong:
    """One test sequence: its name, whether it is a peak, the predicted log odds of binding, and its letters."""

    name: str
    bound: bool
    logit: float
    drawing: Markup


def strongest(run: RunDirectory, result: Mapping[str, Any], sums: Mapping[str, str]) -> list[Strong]:
    """The test sequences with the highest scores; each letter as high as its gradient times input.

    Args:
        run: its directory; its best checkpoint is read.
        result: the content of ``result.json``.
        sums: SHA-256 of the data files when the run was made, by name.

    Raises:
        DemoError: predictions, test file or checkpoint are not there, or the test file is another one by now.
    """
    # torch takes seconds to import, and a report without checkpoints does not need it.
    from demo.attribution import input_x_gradient
    from demo.loading import load

    if not run.predictions.exists():
        raise DemoError("predictions.tsv is not there.", where=str(run.predictions))
    ids, labels, scores = read_predictions(run.predictions)
    test = read_seq_gz(_test_file(result, sums))
    if test.ids != ids:
        raise DemoError("The predictions are not of the sequences of this test file.", where=str(run.predictions))
    if not run.best_checkpoint.exists():
        raise DemoError("The checkpoint is not there.", where=str(run.best_checkpoint))
    best = np.argsort(-scores, kind="stable")[:COUNT]
    codes = test.codes[best]
    model = load(run.path)
    gradients = input_x_gradient(model.network, codes, centred=True).sum(2)
    return [
        Strong(ids[i], bool(labels[i]), float(logit), track(sequence, values, f"Saliency of {ids[i]}"))
        for i, logit, sequence, values in zip(best, model.logits(codes), decode(codes), gradients, strict=True)
    ]


def _test_file(result: Mapping[str, Any], sums: Mapping[str, str]) -> Path:
    data = result.get("data")
    if not isinstance(data, Mapping) or not isinstance(data.get("test"), str):
        raise DemoError("The run does not say which test file it had.")
    path = Path(data["test"])
    if not path.exists():
        raise DemoError("The test file is not there.", where=str(path))
    if path.name in sums and checksums(path)[path.name] != sums[path.name]:
        raise DemoError("The test file is another one than the run had.", where=str(path))
    return path

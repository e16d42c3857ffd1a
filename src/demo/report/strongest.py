"""The most confidently predicted test sequences, and the contribution of each base."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from demo.report.logos import track
from demo.runs.directory import RunDirectory
from demo.sequences import decode, read_seq_gz
from demo.study.ensemble import read_predictions
from demo.utils.errors import DemoError

COUNT = 5
"""Number of sequences on a page."""


@dataclass(frozen=True)
class Strong:
    """One test sequence: its name, whether it is a peak, its predicted log odds of binding, and its drawing."""

    name: str
    bound: bool
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
    from demo.interpret.attribution import input_x_gradient
    from demo.runs.finished import open_run

    ids, labels, scores = read_predictions(run.predictions)
    finished = open_run(run.path)
    test = read_seq_gz(finished.data_file("test", data))
    if test.ids != ids:
        raise DemoError(
            "The predictions are for other sequences than those of the test file.", where=str(run.predictions)
        )
    best = np.argsort(-scores, kind="stable")[:COUNT]
    codes = test.codes[best]
    logits = finished.model.logits(codes)
    gradients = input_x_gradient(finished.model.network, codes, centred=True).sum(2)
    return [
        Strong(ids[i], bool(labels[i]), float(logit), track(letters, values, f"Saliency of {ids[i]}"))
        for i, logit, letters, values in zip(best, logits, decode(codes), gradients, strict=True)
    ]

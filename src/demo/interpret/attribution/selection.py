"""Which sequences are explained: those of a FASTA file, or the bound test sequences that the network is surest of."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.interpret.attribution.explanation import Sequences
from demo.runs.trained_model import TrainedModel
from demo.sequences import FastaRecord, SequenceSet, encode, iterate_fasta
from demo.utils.environment import typed
from demo.utils.errors import DemoError

_MAX_LENGTH = 10_000
_MAX_RECORDS = 10_000
_log = logging.getLogger(__name__)


def top_positives(model: TrainedModel, test: SequenceSet, top: int) -> Sequences:
    """The ``top`` bound sequences with the highest probabilities, highest first.

    Raises:
        DemoError: there are fewer bound ones, or they are of another length than the model's.
    """
    if test.length != model.length:
        raise DemoError(
            f"The model reads sequences of {model.length} bp, the test set's have {test.length} bp.",
            where=str(model.path),
            fix="name the run that was trained on these data",
        )
    positives = test.positives
    if top > len(positives):
        raise DemoError(
            f"top is {top}, and the test set has {len(positives)} bound sequences.", fix=f"top={len(positives)}"
        )
    best = positives.select(np.argsort(-model.logits(positives.codes), kind="stable")[:top])
    return Sequences(best.ids, best.codes, [1] * len(best), [0] * len(best))


def read_sequences(model: TrainedModel, path: Path, top: int) -> Sequences:
    """The ``top`` sequences of a FASTA file with the highest probabilities, highest first; all if there are fewer.

    Of a sequence longer than the model's, the window with the highest logit is taken.

    Args:
        path: plain or gzipped.

    Raises:
        DemoError: it cannot be read as FASTA, a sequence is shorter than the model's or longer than 10,000 bp, or there
            are more than 10,000.
    """
    names: list[str] = []
    starts: list[int] = []
    windows: list[NDArray[np.uint8]] = []
    for record in iterate_fasta(path, as_written=not model.task.is_binding):
        _check_length(record, model.length, path)
        if len(names) == _MAX_RECORDS:
            raise DemoError(
                f"This file has more than {_MAX_RECORDS:,} sequences.",
                where=str(path),
                fix=f"keep those that you want to look at; {typed('predict')} scores many",
            )
        start, window = _best_window(model, record)
        if len(record.sequence) > model.length:
            _log.info(
                "%s has %s bp, the model reads %d: explained at %d-%d, where the logit is highest.",
                record.name, f"{len(record.sequence):,}", model.length, start + 1, start + model.length,
            )  # fmt: skip
        names.append(record.name)
        starts.append(start)
        windows.append(window)
    codes = np.stack(windows)
    order = np.argsort(-model.logits(codes), kind="stable")[:top]
    if len(order) < len(names):
        _log.info(
            "%d of %d sequences are explained, those with the highest probabilities; top=%d explains all.",
            len(order), len(names), len(names),
        )  # fmt: skip
    return Sequences(names, codes, [None] * len(names), starts).select(order.tolist())


def _check_length(record: FastaRecord, length: int, path: Path) -> None:
    width = len(record.sequence)
    if width < length:
        raise DemoError(
            f"The sequence {record.name!r} has {width} bp, the model reads {length}.",
            where=f"{path}, line {record.line}",
            fix=f"give at least {length} bp of the genome around it; unknown flanks may be N",
        )
    if width > _MAX_LENGTH:
        raise DemoError(
            f"The sequence {record.name!r} has {width:,} bp; at most {_MAX_LENGTH:,} are searched for a window.",
            where=f"{path}, line {record.line}",
            fix="cut out the peak that you want to look at",
        )


def _best_window(model: TrainedModel, record: FastaRecord) -> tuple[int, NDArray[np.uint8]]:
    """Start of the window that the model finds most likely bound, and its codes."""
    codes = encode([record.sequence], alphabet=model.task.alphabet)[0]
    if len(codes) == model.length:
        return 0, codes
    windows = np.lib.stride_tricks.sliding_window_view(codes, model.length)
    start = int(model.logits(np.ascontiguousarray(windows)).argmax())
    return start, windows[start].copy()

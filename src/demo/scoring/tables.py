"""Rows scored by one model or several, as fast as the machine allows, as lines of a TSV table."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.metrics import probabilities
from demo.networks.inference import check_finite, predict_logits
from demo.networks.registry import task_of
from demo.runs.pretrained import Trunk
from demo.runs.trained_model import TrainedModel
from demo.scoring.rows import Row, Source
from demo.scoring.words import WordNetwork
from demo.sequences import Task, encode, reverse_complement
from demo.utils.compilation import code_is_kept
from demo.utils.errors import DemoError

_log = logging.getLogger(__name__)

_ON_CPU, _ELSEWHERE = 32, 4096
"""Sequences at a time, of networks that have no word tables."""


class FastLogits:
    """Log odds of binding as ``predict_logits`` gives them, within 1e-5, faster.

    Args:
        network: (B, 4, L) to (B,) logits, in evaluation mode; must not change afterwards.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.words = WordNetwork(network) if not task_of(network).arguments and WordNetwork.suits(network) else None

    def __call__(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N,) mean logits of both strands of (N, L) codes A C G T N = 0 1 2 3 4."""
        if self.words is None:
            on_cpu = next(self.network.parameters()).device.type == "cpu"
            return predict_logits(self.network, codes, _ON_CPU if on_cpu else _ELSEWHERE)
        logits = np.empty(len(codes), np.float32)
        with torch.inference_mode(), code_is_kept():
            for start in range(0, len(codes), _ELSEWHERE):
                part = codes[start : start + _ELSEWHERE]
                strands = np.stack([part, reverse_complement(part)], 1).reshape(-1, part.shape[1])
                both = self.network.classify(self.words.strongest(strands))  # type: ignore[operator]
                logits[start : start + _ELSEWHERE] = both.unflatten(0, (-1, 2)).mean(1).numpy()
        return logits


class Ensemble:
    """Models of one TF as one: the mean of their logits, and the mean of their calibrated probabilities.

    Source of the latter: Lakshminarayanan, Pritzel & Blundell 2017, equation 2.

    Args:
        models: one or more, of one TF and one sequence length.
        device: where they run; they are moved there.

    Attributes:
        length: of a sequence in bp.
        tf: the transcription factor.
        task: what they read and tell apart.
        trunks: that they were fine-tuned from, as far as these are still there; one that is not is logged.

    Raises:
        DemoError: there is none, or they differ in these.
    """

    def __init__(self, models: Sequence[TrainedModel], device: torch.device) -> None:
        if not models:
            raise DemoError("There is no run to predict with.", fix="run=<run directory>")
        for what, values in (
            ("sequence length", [model.length for model in models]),
            ("transcription factor", [model.tf for model in models]),
            ("alphabet or classes", [model.task for model in models]),
        ):
            if len(set(values)) > 1:
                raise DemoError(
                    f"These runs differ in their {what}: they cannot be averaged.",
                    exists="; ".join(f"{model.path}: {value}" for model, value in zip(models, values, strict=True)),
                    fix="predict with each on its own",
                )
        self.models = list(models)
        self.length, self.tf, self.task = models[0].length, models[0].tf, models[0].task
        self._logits = [FastLogits(model.network.to(device)) for model in models]
        self.trunks = _trunks(models)

    def __call__(self, codes: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logits (N,) and probabilities (N,), 0-1, of (N, L) codes; of K classes (N, K)."""
        logits = [fast(codes).astype(np.float64) for fast in self._logits]
        for each in logits:
            check_finite(each)
        classes = len(self.task.classes)
        chances = [probabilities(x, model.temperature, classes) for x, model in zip(logits, self.models, strict=True)]
        return np.mean(logits, axis=0), np.mean(chances, axis=0)

    def pretrained_on(self, codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """(N,) which of (N, L) sequences share a 20-mer with those that any of the trunks was trained on."""
        return np.any([trunk.seen(codes) for trunk in self.trunks], axis=0)


def _trunks(models: Iterable[TrainedModel]) -> list[Trunk]:
    """Each trunk of the models once."""
    found: dict[str, Trunk] = {}
    for model in models:
        try:
            trunk = Trunk.of_run(model.run)
            if trunk is not None:
                # Read now, so that a damaged file is known before scoring.
                found.setdefault(trunk.checksum, trunk).kmers  # noqa: B018
        except DemoError as error:
            _log.warning("%s Which sequences it was trained on is unknown. %s", error.what, error.where)
    return list(found.values())


_BATCH = 2048
"""Rows in memory at a time."""

SCORES = ("logit", "probability")
COMPARED_SCORES = ("ref_logit", "alt_logit", "logit_difference", "ref_probability", "alt_probability")
"""Columns that follow those of the source; ``logit_difference`` is ALT less REF."""

PRETRAINED_ON = "pretrained_on"
"""The last column, of fine-tuned networks and sequences that are not compared: whether their trunk was trained on a
sequence that shares a 20-mer with this one, ``yes`` or ``no``."""


class ScoredRow(NamedTuple):
    """A row with its scores.

    Attributes:
        row: what was scored.
        scores: as ``columns`` after those of the source; of several classes, the name of the most probable one, and the
            probability of each.
    """

    row: Row
    scores: tuple[Any, ...]


def columns(source: Source, ensemble: Ensemble) -> tuple[str, ...]:
    """Names of all columns of the table."""
    if ensemble.task.outputs > 1:
        best = ("best_for",) if source.best_of_line else ()
        return (*source.columns, *best, "predicted", *(f"probability_{name}" for name in ensemble.task.classes))
    if source.compares:
        return source.columns + COMPARED_SCORES
    return source.columns + SCORES + ((PRETRAINED_ON,) if ensemble.trunks else ())


def score(source: Source, ensemble: Ensemble) -> Iterator[ScoredRow]:
    """Each row of a source with its scores, or the best of each line; a batch is in memory at a time.

    Raises:
        DemoError: a letter is no nucleotide, the source has no row or all were skipped, or what the source raises.
    """
    rows = _all_scored(source, ensemble)
    if source.best_of_line and ensemble.task.outputs > 1:
        return _best_for_each(rows, ensemble.task)
    if source.best_of_line:
        rows = (max(windows, key=_logit) for _, windows in groupby(rows, key=_line))
    return _counted(rows, source, ensemble.trunks) if ensemble.trunks and not source.compares else rows


def _counted(rows: Iterable[ScoredRow], source: Source, trunks: Iterable[Trunk]) -> Iterator[ScoredRow]:
    """The rows, and among the remarks of their source how many of them a trunk was trained on."""
    names = ", ".join(trunk.name for trunk in trunks)
    remark = f"share a 20-mer with sequences that the trunk {names} was trained on"
    source.remarks[remark] = 0
    for each in rows:
        source.remarks[remark] += each.scores[-1] == "yes"
        yield each


def _best_for_each(rows: Iterable[ScoredRow], task: Task) -> Iterator[ScoredRow]:
    """For each class the window of each line that is most probably of it, and its name in a field of its own, which is
    empty where there is one window."""
    for _, windows in groupby(rows, key=_line):
        first, *others = islice(windows, 2)
        if not others:
            yield _with_field(first, "")
            continue
        best = [first] * len(task.classes)
        for window in chain(others, windows):
            for label, so_far in enumerate(best):
                if window.scores[1 + label] > so_far.scores[1 + label]:
                    best[label] = window
        yield from (_with_field(window, name) for window, name in zip(best, task.classes, strict=True))


def _with_field(scored: ScoredRow, field: str) -> ScoredRow:
    return scored._replace(row=scored.row._replace(fields=(*scored.row.fields, field)))


def _logit(scored: ScoredRow) -> float:
    return float(scored.scores[0])


def _line(scored: ScoredRow) -> int:
    return scored.row.line


def _all_scored(source: Source, ensemble: Ensemble) -> Iterator[ScoredRow]:
    any_row = False
    while batch := list(islice(source.rows, _BATCH)):
        any_row = True
        yield from _scored(batch, source.name, ensemble)
    if not any_row:
        raise DemoError("There is nothing to score here.", where=source.name, exists=reasons(source) or None)


def _scored(batch: list[Row], name: str, ensemble: Ensemble) -> Iterator[ScoredRow]:
    each = len(batch[0].sequences)
    codes = encode(
        [sequence for row in batch for sequence in row.sequences],
        locate=lambda i: f"{name}, line {batch[i // each].line}",
        alphabet=ensemble.task.alphabet,
    )
    if ensemble.task.outputs > 1:
        _, chances = ensemble(codes)
        for row, p in zip(batch, chances.tolist(), strict=True):
            yield ScoredRow(row, (ensemble.task.classes[int(np.argmax(p))], *p))
        return
    logits, probabilities = (values.reshape(-1, each) for values in ensemble(codes))
    if each == 1:
        table = np.concatenate([logits, probabilities], axis=1)
    else:
        table = np.concatenate([logits, logits[:, 1:] - logits[:, :1], probabilities], axis=1)
    if not ensemble.trunks or each > 1:
        for row, scores in zip(batch, table.tolist(), strict=True):
            yield ScoredRow(row, tuple(scores))
        return
    for row, scores, overlaps in zip(batch, table.tolist(), ensemble.pretrained_on(codes), strict=True):
        yield ScoredRow(row, (*scores, "yes" if overlaps else "no"))


def reasons(source: Source) -> str:
    """What was skipped and why, in words; empty if nothing was."""
    return "; ".join(f"{count:,} skipped, {reason}" for reason, count in source.skipped.most_common(10))


def tsv(names: Sequence[str], rows: Iterable[ScoredRow]) -> Iterator[str]:
    """Lines of a table with tabs: header, then one line per row."""
    yield "\t".join(names) + "\n"
    for row, scores in rows:
        yield (
            "\t".join([*row.fields, *(value if isinstance(value, str) else f"{value:.9g}" for value in scores)]) + "\n"
        )

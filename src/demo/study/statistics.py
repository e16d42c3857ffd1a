"""AUROCs on the test sets: of several seeds of a model as one classifier, and against published ones."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.metrics import auroc_interval, evaluate
from demo.runs.directory import RunDirectory
from demo.study.runs import Run
from demo.utils.errors import DemoError

TIE_DECIMALS = 4
"""AUROCs that are equal to this many decimals tie."""


@dataclass(frozen=True)
class Comparison:
    """Comparison of AUROCs over N data sets.

    Attributes:
        count: N.
        wins: ours is higher.
        losses: ours is lower.
        ties: equal to four decimals.
        wins_inside: wins whose bootstrap interval includes the published value.
        losses_inside: losses likewise.
        median: of our AUROCs, 0-1.
        published_median: of the published AUROCs on the same sets, 0-1.
        mean_difference: ours minus published.
        sign_p: two-sided sign test without ties; ``None`` if all tie.
        wilcoxon_p: two-sided Wilcoxon signed-rank test without zero differences; ``None`` if there are no others.
    """

    count: int
    wins: int
    losses: int
    ties: int
    wins_inside: int
    losses_inside: int
    median: float
    published_median: float
    mean_difference: float
    sign_p: float | None
    wilcoxon_p: float | None


def compare(
    ours: Sequence[float], intervals: Sequence[tuple[float, float]], published: Sequence[float]
) -> Comparison | None:
    """Count, test and average the differences; ``None`` without data sets.

    Args:
        ours: (N,) AUROCs, 0-1.
        intervals: (N, 2) their bootstrap intervals, low and high.
        published: (N,) AUROCs on the same data sets.
    """
    if not ours:
        return None
    # Imported here and below, so that a sweep starts its workers without waiting for it.
    from scipy.stats import binomtest, wilcoxon

    difference = np.subtract(ours, published)
    rounded = difference.round(TIE_DECIMALS)
    wins, losses = rounded > 0, rounded < 0
    within = np.array([inside(interval, value) for interval, value in zip(intervals, published, strict=True)])
    decided = int(wins.sum() + losses.sum())
    return Comparison(
        count=len(ours),
        wins=int(wins.sum()),
        losses=int(losses.sum()),
        ties=len(ours) - decided,
        wins_inside=int((wins & within).sum()),
        losses_inside=int((losses & within).sum()),
        median=float(np.median(ours)),
        published_median=float(np.median(published)),
        mean_difference=float(difference.mean()),
        sign_p=float(binomtest(int(wins.sum()), decided).pvalue) if decided else None,
        wilcoxon_p=float(wilcoxon(difference).pvalue) if difference.any() else None,
    )


def inside(interval: tuple[float, float], value: float) -> bool:
    """Whether ``value`` lies in the interval (low, high)."""
    low, high = interval
    return low <= value <= high


@dataclass(frozen=True)
class SeedEnsemble:
    """The mean probability of several seeds, on the test set.

    Attributes:
        seeds: its members.
        directories: their run directories.
        auroc: on the test set, 0-1.
        interval: its 95 % bootstrap interval, (low, high).
    """

    seeds: tuple[int, ...]
    directories: tuple[Path, ...]
    auroc: float
    interval: tuple[float, float]


def ensemble_of(runs: Sequence[Run]) -> SeedEnsemble:
    """Average the members' ``predictions.tsv`` (Lakshminarayanan, Pritzel & Blundell 2017, equation 2).

    Args:
        runs: at least one, with the same data set and model and different seeds.

    Raises:
        DemoError: a file of predictions cannot be read, or has another test set than the others.
    """
    from sklearn.metrics import roc_auc_score

    if runs[0].classes:
        return _ensemble_of_classes(runs)
    tables = [read_predictions(RunDirectory(run.directory).predictions) for run in runs]
    ids, labels, _ = tables[0]
    for run, (other_ids, other_labels, _) in zip(runs, tables, strict=True):
        if other_ids != ids or not np.array_equal(other_labels, labels):
            raise DemoError(
                "The seeds of this model were tested on different sequences.",
                where=str(RunDirectory(run.directory).predictions),
                fix="retrain these seeds with force=true",
            )
    mean = np.mean([scores for _, _, scores in tables], axis=0)
    seeds, directories = (tuple(run.seed for run in runs), tuple(run.directory for run in runs))
    return SeedEnsemble(seeds, directories, float(roc_auc_score(labels, mean)), auroc_interval(labels, mean))


def _ensemble_of_classes(runs: Sequence[Run]) -> SeedEnsemble:
    tables = [read_class_predictions(RunDirectory(run.directory).predictions) for run in runs]
    ids, labels, _, names = tables[0]
    for run, (other_ids, other_labels, _, other_names) in zip(runs, tables, strict=True):
        if other_ids != ids or other_names != names or not np.array_equal(other_labels, labels):
            raise DemoError(
                "The seeds of this model were tested on different sequences.",
                where=str(RunDirectory(run.directory).predictions),
                fix="retrain these seeds with force=true",
            )
    mean = np.log(np.maximum(np.mean([p for _, _, p, _ in tables], axis=0), 1e-300))
    measured = evaluate(labels, mean, names=names)
    seeds, directories = (tuple(run.seed for run in runs), tuple(run.directory for run in runs))
    return SeedEnsemble(seeds, directories, measured.auroc, measured.auroc_ci)


def read_class_predictions(path: Path) -> tuple[list[str], NDArray[np.uint8], NDArray[np.float64], list[str]]:
    """Ids, labels (N,), probabilities (N, K) and names of the classes of a run's test set.

    Raises:
        DemoError: the file is missing or damaged, or of two classes.
    """
    if not path.exists():
        raise DemoError(f"{path.name} is missing.", where=str(path), fix="force=true starts the run over")
    try:
        with open(path, newline="", encoding="utf-8") as file:
            header, *rows = list(csv.reader(file, delimiter="\t"))
        names = header[2:]
        labels = [names.index(row[1]) for row in rows]
        p = np.array([[float(value) for value in row[2:]] for row in rows])
        if len(names) < 3 or p.shape != (len(rows), len(names)) or not ((p >= 0) & (p <= 1)).all():
            raise ValueError("it has not a probability of each of several classes")
        return [row[0] for row in rows], np.array(labels, np.uint8), p, names
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise DemoError(
            f"The predictions of this run cannot be read ({error}).", where=str(path), fix="force=true starts it over"
        ) from error


def read_predictions(path: Path) -> tuple[list[str], NDArray[np.uint8], NDArray[np.float64]]:
    """Ids, labels (N,) and probabilities (N,) of a run's test set.

    Raises:
        DemoError: the file is missing or damaged.
    """
    if not path.exists():
        raise DemoError(f"{path.name} is missing.", where=str(path), fix="force=true starts the run over")
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        labels, scores = [int(row["label"]) for row in rows], np.array([float(row["score"]) for row in rows])
        if not set(labels) <= {0, 1} or not ((scores >= 0) & (scores <= 1)).all():
            raise ValueError("a label is neither 0 nor 1, or a score is outside 0 to 1")
        return [row["sequence_id"] for row in rows], np.array(labels, np.uint8), scores
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise DemoError(
            f"The predictions of this run cannot be read ({error}).", where=str(path), fix="force=true starts it over"
        ) from error

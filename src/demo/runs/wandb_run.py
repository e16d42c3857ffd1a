"""What Weights & Biases shows of a run: curves on their axes, final numbers, motifs, and the files worth keeping.

docs/wandb.md lists every name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import wandb
from numpy.typing import NDArray

from demo.compare.comparison import JasparComparison
from demo.compare.comparison_files import comparison_from, comparison_numbers, match_text, relation_text
from demo.runs.directory import RunDirectory
from demo.runs.result import RunResult
from demo.runs.settings import LoggerSettings
from demo.sequences import Task
from demo.utils.files import files_in
from demo.utils.wandb import RunLogger, log_artifact, start

STEP, EPOCH = "trainer/global_step", "epoch"
"""The axes: training batches, as Lightning's logger names them, and epochs, from 1."""

CURVES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "train/loss_step": (STEP, ()),
    "train/learning_rate": (STEP, ()),
    "train/loss": (EPOCH, ("min", "last")),
    "val/loss": (EPOCH, ("min", "last")),
    "val/auroc": (EPOCH, ("max", "last")),
    "val/average_precision": (EPOCH, ("max", "last")),
}
"""Name of each curve to its axis, and to what the summary holds of it."""

MOTIF_COLUMNS = (
    "motif", "logo", "consensus", "bits", "sites", "separates", "JASPAR", "best match", "which is", "q", "own q",
    "AMA AUROC", "JASPAR's AMA AUROC",
)  # fmt: skip
"""Columns of the table ``motifs``."""


@contextmanager
def logged_run(
    folder: RunDirectory, dataset: str, settings: LoggerSettings, config: Mapping[str, Any], tags: list[str]
) -> Iterator[RunLogger | None]:
    """The W&B run of a training; marked as failed if the block raises.

    Args:
        folder: of the run.
        dataset: its name, the default group.
        settings: of logging; without W&B, the context is ``None``.
        config: the resolved configuration.
        tags: of the run.

    Raises:
        DemoError: W&B cannot use an environment variable.
    """
    if not settings.wandb:
        yield None
        return
    name = f"{dataset}/{folder.path.parent.name}/{folder.path.name}"
    logger = start(folder.path, name, settings.project, settings.group or dataset, "train", config, tags)
    run = logger.experiment
    for axis in (STEP, EPOCH):
        run.define_metric(axis, hidden=True)
    for curve, (axis, kept) in CURVES.items():
        run.define_metric(curve, step_metric=axis, summary=",".join(kept) or None)
    try:
        yield logger
    except BaseException:
        run.finish(exit_code=1)
        raise
    run.finish()


def log_result(
    run: wandb.Run,
    result: RunResult,
    folder: RunDirectory,
    labels: NDArray[np.uint8],
    probabilities: NDArray[np.float64],
    artifacts: bool | None,
) -> None:
    """Log the final numbers, curves of the test set, motifs and files of a run.

    Args:
        run: from ``logged_run``.
        result: its result.
        folder: its directory; all files but the result are there.
        labels: (N,) of the test set, 1 or 0; 0 to K - 1 of K classes.
        probabilities: (N,) of binding, 0-1; their ROC and precision-recall curves are drawn; (N, K) of K classes.
        artifacts: whether to keep model, predictions and motifs as artifacts; ``None``: if the run is online.
    """
    comparison = comparison_from(result.motif.comparison) if result.motif.comparison else None
    captions = motif_captions(result, comparison)
    logos = {
        f"motif/{name}": wandb.Image(str(path), caption=captions.get(name.partition("_and_")[0]))
        for name, path in motif_pictures(folder).items()
    }
    validation = result.validation
    best = {"best/val_auroc": validation.auroc, "best/val_average_precision": validation.average_precision}
    if result.best_epoch is not None:
        best["best/epoch"] = result.best_epoch
    table = {"motifs": _motif_table(result, comparison, motif_pictures(folder))} if result.motif.motifs else {}
    run.log({**best, **_test_curves(labels, probabilities, result.task), **logos, **table})
    run.summary.update(final_numbers(result) | (comparison_numbers(comparison) if comparison else {}))
    if artifacts or (artifacts is None and not run.offline):
        _log_files(run, result, folder)


def final_numbers(result: RunResult) -> dict[str, float | str | bool]:
    """The summary of a run: its test AUROC and interval, DeepBind's, size and time."""
    low, high = result.test.auroc_ci
    numbers: dict[str, float | str | bool] = {
        "test/auroc": result.test.auroc,
        "test/auroc_low": low,
        "test/auroc_high": high,
        "test/average_precision": result.test.average_precision,
        **({"test/accuracy": result.test.classes.accuracy} if result.test.classes else {}),
        "parameters": result.parameters,
        "model_name": result.model_name,
        "seconds": result.seconds,
        "seconds_training": result.seconds_training,
        "seconds_motif": result.seconds_motif,
        "temperature": result.calibration["temperature"],
    }
    deepbind = result.published.deepbind if result.published else None
    # It was not measured on simulated sequences.
    if deepbind is not None and result.data_source != "simulated":
        numbers |= {
            "deepbind/auc": deepbind,
            "deepbind/difference": result.test.auroc - deepbind,
            "deepbind/inside_interval": low <= deepbind <= high,
        }
    return numbers


def motif_captions(result: RunResult, comparison: JasparComparison | None) -> dict[str, str]:
    """For each motif: its consensus and information, and its best match in the newest release with the q-value."""
    captions = {}
    for kind, facts in result.motif.motifs.items():
        caption = f"{facts['consensus']} ({facts['information_content_bits']:.1f} bits)"
        part = comparison.releases[-1] if comparison and comparison.releases else None
        if part and comparison and kind in part.motifs:
            caption += f"; JASPAR {part.release}: {match_text(part.motifs[kind], part, comparison.tf)}"
        captions[kind] = caption
    return captions


def motif_pictures(folder: RunDirectory) -> dict[str, Path]:
    """Name of each motif, as in the result, and what it is drawn with, to its logo."""
    own = {path.stem: path for path in files_in(folder.motifs, "*.png")}
    return own | {f"{path.parent.name}_{path.stem}": path for path in files_in(folder.motifs, "*/*.png")}


def _motif_table(result: RunResult, comparison: JasparComparison | None, pictures: Mapping[str, Path]) -> wandb.Table:
    """A line for each motif and release of JASPAR, with its logo."""
    table = wandb.Table(columns=list(MOTIF_COLUMNS))
    for kind, facts in result.motif.motifs.items():
        picture = pictures.get(kind)
        own = [
            kind,
            wandb.Image(str(picture)) if picture else None,
            facts["consensus"],
            facts["information_content_bits"],
            facts.get("nsites"),
            facts.get("tells_apart"),
        ]
        parts = [part for part in (comparison.releases if comparison else ()) if kind in part.motifs]
        for part in parts:
            found = part.motifs[kind]
            best, affinity = found.best, found.affinity
            table.add_data(
                *own,
                part.release,
                f"{best.name} ({best.matrix_id})" if best else None,
                relation_text(best, result.tf) if best else None,
                best.q if best else None,
                found.own.q if found.own else None,
                affinity.auroc if affinity else None,
                affinity.jaspar_auroc if affinity else None,
            )
        if not parts:
            table.add_data(*own, *[None] * (len(MOTIF_COLUMNS) - len(own)))
    return table


def _test_curves(labels: NDArray[np.uint8], probabilities: NDArray[np.float64], task: Task) -> dict[str, Any]:
    # wandb's annotations are narrower than what it accepts.
    truth: Any = labels.tolist()
    if task.outputs > 1:
        names, each = list(task.classes), probabilities.tolist()
        predicted: Any = probabilities.argmax(1).tolist()
        return {
            "test/roc": wandb.plot.roc_curve(truth, each, names),
            "test/precision_recall": wandb.plot.pr_curve(truth, each, names),
            "test/confusion": wandb.plot.confusion_matrix(y_true=truth, preds=predicted, class_names=names),
        }
    bound: Any = [1]
    both: Any = [[1 - p, p] for p in probabilities.tolist()]
    names = ["not bound", "bound"] if task.is_binding else list(task.classes)
    return {
        "test/roc": wandb.plot.roc_curve(truth, both, names, bound),
        "test/precision_recall": wandb.plot.pr_curve(truth, both, names, bound),
    }


def _log_files(run: wandb.Run, result: RunResult, folder: RunDirectory) -> None:
    about: dict[str, Any] = {
        "dataset": result.dataset,
        "data_source": result.data_source,
        "model": result.model_name,
        "seed": result.seed,
    }
    numbers = {"val_auroc": result.validation.auroc, "test_auroc": result.test.auroc}
    log_artifact(run, "model", [folder.best_checkpoint], "best checkpoint by validation AUROC", about | numbers)
    log_artifact(run, "predictions", [folder.predictions], "calibrated probabilities of the test set", about | numbers)
    motifs = [path for path in files_in(folder.motifs, "*") if path.is_file()] + files_in(folder.motifs, "*/*")
    if motifs:
        log_artifact(run, "motifs", motifs, "matrices, logos and matches in JASPAR", about)

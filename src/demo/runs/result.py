"""The result of a run, and what produced it: the only module that writes and reads ``result.json``."""

from __future__ import annotations

import math
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import demo
from demo.data.catalogue import PublishedAuc
from demo.metrics import Classes, ClassMeasures, Evaluation
from demo.networks.registry import network_name, role_of
from demo.runs.settings import MotifSettings
from demo.sequences.task import Task
from demo.utils.checks import check_types
from demo.utils.errors import DemoError
from demo.utils.files import read_json, write_json
from demo.utils.settings import build


@dataclass(frozen=True)
class DataFacts:
    """The data of a run.

    Attributes:
        train: path of the training file.
        test: path of the test file.
        length: bp of each sequence.
        train_positives: number in the training part.
        validation_positives: number in the validation part.
        negatives: where negatives came from.
        task: alphabet, strands and classes (``Task.plain``); ``None`` for those of a transcription factor.
        class_counts: of labelled sequences, the number in training and validation by class; otherwise ``None``.
    """

    train: str
    test: str
    length: int
    train_positives: int
    validation_positives: int
    negatives: str
    task: Mapping[str, Any] | None = None
    class_counts: Mapping[str, Mapping[str, int]] | None = None


@dataclass(frozen=True)
class MotifResult:
    """The motifs of a run.

    Attributes:
        settings: of their extraction, ``MotifSettings.plain``.
        motifs: the entries of ``motifs.json``, by name.
        comparison: with JASPAR, the content of ``comparison.json``, if any.
    """

    settings: Mapping[str, Any]
    motifs: Mapping[str, Any] = field(default_factory=dict)
    comparison: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> MotifResult:
        """From a file, possibly of an earlier version.

        Raises:
            DemoError: the settings are invalid.
            TypeError: something else is missing or has the wrong type.
        """
        settings = build(MotifSettings, values["settings"], "motif").plain()
        made = cls(**{**values, "settings": settings})
        check_types(made)
        for name, facts in made.motifs.items():
            about = facts if isinstance(facts, Mapping) else {}
            bits = about.get("information_content_bits")
            if not isinstance(about.get("consensus"), str) or not isinstance(bits, int | float) or not bits < math.inf:
                raise TypeError(f"motif {name} is {facts!r:.200}")
        return made


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes:
        dataset: name of the data set.
        tf: the transcription factor.
        cell_line: as published; ``None`` if unknown.
        lab: as published; ``None`` if unknown.
        data_source: ``encode``, ``user`` or ``simulated``.
        data: that it was trained on.
        model_name: the model and the settings that differ from the defaults, ``conv4_hw5,pool=1``.
        model: ``name`` and arguments of the network, with what a baseline chose.
        role: ``candidate`` or ``baseline``.
        seed: of everything random.
        validation: of the best checkpoint.
        best_epoch: its epoch, from 1; ``None`` if there were no epochs.
        test: of the best checkpoint, on the test set.
        published: AUCs of Alipanahi et al. 2015, if any.
        parameters: number of weights of the network.
        epochs: of training.
        steps: training batches.
        precision: of training.
        device: of training.
        threads: of torch.
        versions: of the libraries that affect the numbers.
        git_commit: of the code; ``None`` outside a checkout.
        machine: host, platform, command.
        hyperparameter_samples: trials of the hyperparameter search, if any.
        calibration: temperature, and reliability before and after.
        motif: its motifs.
        resumed_after_epochs: epochs done when the run was resumed; ``None`` if it was not.
        seconds: in total; seconds_training and seconds_motif are parts of it.
        ended: ISO 8601, UTC.
        pretrained: the trunk that it was fine-tuned from, and measures without the sequences that this had seen
            (``demo.runs.pretrained``); ``None`` if it was trained from scratch.
    """

    dataset: str
    tf: str
    cell_line: str | None
    lab: str | None
    data_source: str
    data: DataFacts
    model_name: str
    model: Mapping[str, Any]
    role: str
    seed: int
    validation: Evaluation
    best_epoch: int | None
    test: Evaluation
    published: PublishedAuc | None
    parameters: int
    epochs: int
    steps: int
    precision: str
    device: str
    threads: int
    versions: Mapping[str, str]
    git_commit: str | None
    machine: Mapping[str, str | None]
    hyperparameter_samples: Mapping[str, Any] | None
    calibration: Mapping[str, Any]
    motif: MotifResult
    resumed_after_epochs: int | None
    seconds: float
    seconds_training: float
    seconds_motif: float
    ended: str
    pretrained: Mapping[str, Any] | None = None

    @property
    def task(self) -> Task:
        """What its network reads and tells apart."""
        return Task.of(self.data.task)

    @property
    def trunk(self) -> str | None:
        """Name of the trunk that it was fine-tuned from."""
        return None if self.pretrained is None else str(self.pretrained.get("name"))

    def write(self, path: Path) -> None:
        """Write ``result.json``, whole or not at all.

        Raises:
            DemoError: the file cannot be written.
        """
        content = asdict(self)
        content["validation"]["epoch"] = content.pop("best_epoch")
        published = content["published"] or {}
        content["published"] = {f"{name}_auc": auc for name, auc in published.items()}
        write_json(path, {**content, "status": "finished"})

    @staticmethod
    def read(path: Path) -> RunResult | FailedRun:
        """Read what ``write`` of this or an earlier version wrote, or why the run failed.

        Raises:
            DemoError: the file cannot be read, or is not a result.
        """
        content = read_json(path)
        if content.get("status") != "finished":
            details = content.get("details")
            return FailedRun(str(content.get("error", "no reason is given")), None if details is None else str(details))
        try:
            return _result(content)
        except (DemoError, KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error).splitlines()[0]
            raise DemoError(
                f"This is not the result of a run ({reason}).",
                where=str(path),
                fix="move it away and run the same command again",
            ) from error


@dataclass(frozen=True)
class FailedRun:
    """A run that failed.

    Attributes:
        error: the reason.
        details: a traceback, if any.
    """

    error: str
    details: str | None = None

    def write(self, path: Path) -> None:
        """Write ``result.json``, whole or not at all.

        Raises:
            DemoError: the file cannot be written.
        """
        write_json(path, {"status": "failed", **asdict(self)})


def _result(content: Mapping[str, Any]) -> RunResult:
    """The result in the content of a file; formats of earlier versions are converted."""
    validation = dict(content["validation"])
    epoch = validation.pop("epoch", None)
    model = dict(content["model"])
    if "_target_" in model:
        model = {"name": network_name(model)} | {key: value for key, value in model.items() if key != "_target_"}
    published = {name.removesuffix("_auc"): auc for name, auc in (content["published"] or {}).items()}
    values = {
        "role": "baseline" if role_of(str(model["name"])).baseline else "candidate",
        "best_epoch": epoch,
        **{name: value for name, value in content.items() if name != "status"},
        "data": DataFacts(**content["data"]),
        "model": model,
        "validation": _evaluation(validation),
        "test": _evaluation(content["test"]),
        "published": PublishedAuc(**published) if published else None,
        "motif": MotifResult.of(content["motif"]),
    }
    known = {each.name for each in fields(RunResult)}
    result = RunResult(**{name: value for name, value in values.items() if name in known})
    check_types(result)
    if result.pretrained is not None:
        _check_pretrained(result.pretrained)
    return result


def _check_pretrained(facts: Mapping[str, Any]) -> None:
    """That it says what a summary shows; ``TypeError`` or ``KeyError`` if not."""
    parts = [facts["test"], facts["validation"]]
    without = [part["without_overlapping"] for part in parts if part["without_overlapping"] is not None]
    whole = [facts["steps"], *(part[name] for part in parts for name in ("overlapping", "sequences"))]
    if not isinstance(facts["name"], str) or not all(isinstance(number, int) for number in whole):
        raise TypeError(f"pretrained is {facts!r:.200}")
    if not all(isinstance(part["auroc"], float) for part in without):
        raise TypeError(f"pretrained is {facts!r:.200}")


def _evaluation(values: Mapping[str, Any]) -> Evaluation:
    low, high = values["auroc_ci"]
    classes = values.get("classes")
    measures = Evaluation(
        **{**values, "auroc_ci": (float(low), float(high)), "classes": None if classes is None else _classes(classes)}
    )
    if not all(0 <= float(value) <= 1 for value in (measures.auroc, measures.average_precision, low, high)):
        raise ValueError("a metric is outside 0 to 1")
    return measures


def _classes(values: Mapping[str, Any]) -> Classes:
    each = {
        str(name): ClassMeasures(**{**measures, "auroc_ci": tuple(map(float, measures["auroc_ci"]))})
        for name, measures in values["each"].items()
    }
    made = Classes(**{**values, "accuracy_ci": tuple(map(float, values["accuracy_ci"])), "each": each})
    check_types(made)
    if len(made.confusion) != len(each) or any(len(row) != len(each) for row in made.confusion):
        raise ValueError("the confusion matrix is not one of the classes")
    return made


_PACKAGES = ("torch", "pytorch-lightning", "torchmetrics", "hydra-core", "numpy", "numba", "pyjaspar", "scikit-learn")


def versions() -> dict[str, str]:
    """Versions of this package, Python, and the libraries that affect the numbers."""
    return {"demo": demo.__version__, "python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def git_commit() -> str | None:
    """The commit of the code, with ``-dirty`` if files differ from it; ``None`` outside a checkout."""
    folder = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--match="],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip() or None


def machine() -> dict[str, str | None]:
    """The host's name and processor, and which GPUs this process sees (``None``: all)."""
    return {
        "host": platform.node(),
        "platform": platform.platform(),
        "cuda_visible_devices": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "command": " ".join(sys.argv),
    }

"""The result of a run that nobody ran."""

from typing import Any

from demo.metrics import Evaluation
from demo.runs.result import DataFacts, MotifResult, RunResult
from demo.runs.settings import MotifSettings


def made_result(**changes: Any) -> RunResult:
    """A result without motifs, with changes to its attributes; ``auroc`` is that of validation."""
    auroc = changes.pop("auroc", 0.9)
    values: dict[str, Any] = {
        "dataset": "TOY_K562_toy_Stanford",
        "tf": "TOY",
        "cell_line": "K562",
        "lab": "Stanford",
        "data_source": "user",
        "data": DataFacts("data/TOY_AC.seq.gz", "data/TOY_B.seq.gz", 60, 360, 40, "dinucleotide shuffles"),
        "model_name": "conv3_hw5",
        "model": {"name": "demonet", "conv_layers": 3, "highway_layers": 5, "pool": 2},
        "role": "candidate",
        "seed": 0,
        "validation": Evaluation(auroc, (0.85 * auroc, min(1.0, 1.05 * auroc)), 0.9, 40, 40),
        "best_epoch": 2,
        "test": Evaluation(0.91, (0.88, 0.94), 0.92, 60, 60),
        "published": None,
        "parameters": 1000,
        "epochs": 4,
        "steps": 48,
        "precision": "32-true",
        "device": "cpu",
        "threads": 1,
        "versions": {"torch": "2"},
        "git_commit": None,
        "machine": {"host": "h", "platform": "Linux", "command": "train.py tf=TOY"},
        "hyperparameter_samples": None,
        "calibration": {"temperature": 1.5},
        "motif": MotifResult(MotifSettings().plain()),
        "resumed_after_epochs": None,
        "seconds": 3.0,
        "seconds_training": 2.0,
        "seconds_motif": 0.0,
        "ended": "2026-11-26T01:00:00.000+00:00",
    }
    return RunResult(**(values | changes))

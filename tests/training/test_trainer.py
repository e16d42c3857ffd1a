"""Lightning's options of the Trainer, as a user types them."""

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from demo.runs.settings import TrainerSettings, deciding_settings
from demo.training.trainer import fit
from demo.utils.errors import DemoError
from warm import python

NETWORK = {"model": {"name": "demonet"}}
EARLY = {"_target_": "pytorch_lightning.callbacks.EarlyStopping", "monitor": "val/auroc", "patience": 3}


@pytest.mark.parametrize(
    "settings, batches, epochs",
    [
        ({"steps": 100}, 23, 5),
        ({"epochs": 2}, 23, 2),
        ({"max_epochs": 2}, 23, 2),
        ({"max_steps": 47}, 23, 3),
        ({"max_steps": 47, "epochs": 2}, 23, 2),
        ({"max_steps": 12, "accumulate_grad_batches": 4}, 23, 2),
        ({"steps": 100, "limit_train_batches": 10}, 10, 10),
        ({"steps": 100, "limit_train_batches": 0.5}, 11, 10),
    ],
)
def test_how_many_epochs(settings: dict[str, float], batches: int, epochs: int) -> None:
    trainer = TrainerSettings(**settings)  # type: ignore[arg-type]
    assert trainer.batches_of(23) == batches and trainer.epochs_of(batches) == epochs


def test_what_decides_a_result_is_part_of_the_run() -> None:
    """And a run of an earlier version, which lacks these settings, is the same run."""
    before = deciding_settings({**NETWORK, "trainer": {"steps": 10}})
    now = {**NETWORK, "trainer": {"steps": 10, "devices": 1, "accumulate_grad_batches": 1, "max_steps": None}}
    assert deciding_settings(now) == before
    watching = {"bar": {"_target_": "demo.training.callbacks.ProgressBar"}, "none": None}
    watching["rate"] = {"_target_": "pytorch_lightning.callbacks.LearningRateMonitor"}
    assert deciding_settings({**now, "callbacks": watching}) == before
    free = {"fast_dev_run": True, "strategy": "ddp", "cuda_graphs": False}
    assert deciding_settings({**NETWORK, "trainer": {"steps": 10, **free}}) == before
    for name, value in (("devices", 2), ("gradient_clip_val", 1.0), ("limit_val_batches", 2), ("max_steps", 3)):
        assert deciding_settings({**NETWORK, "trainer": {"steps": 10, name: value}}) == before | {
            f"trainer.{name}": value
        }
    early = deciding_settings({**now, "callbacks": {"early_stopping": EARLY}})
    assert early == before | {"callbacks.early_stopping": "monitor:val/auroc+patience:3"}


def test_a_full_gpu_says_what_to_type() -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError(
            "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of ..."
        )

    trainer = SimpleNamespace(fit=full, num_devices=1)
    setup = SimpleNamespace(classifier=None, data=None, settings=SimpleNamespace(data=SimpleNamespace(batch_size=1024)))
    with pytest.raises(DemoError, match=r"1,024 sequences(.|\n)*Tried to allocate 20.00 MiB(.|\n)*data.batch_size=256"):
        fit(trainer, setup)  # type: ignore[arg-type]


def train(data: Path, runs: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    small = ["model.channels=16", "data.batch_size=32", "optimizer.learning_rate=0.01", "motif=none"]
    command = ["train.py", "tf=TOY", f"data.dir={data}", f"paths.runs={runs}", *small, *overrides]
    return python(*command)


def result(runs: Path) -> tuple[dict[str, object], pd.DataFrame, Path]:
    (path,) = runs.rglob("result.json")
    return json.loads(path.read_text()), pd.read_csv(path.parent / "metrics.csv"), path.parent


@pytest.mark.slow
def test_two_processes_train_one_network(tiny_data: Path, tmp_path: Path) -> None:
    options = ["trainer.devices=2", "trainer.accelerator=cpu", "trainer.strategy=ddp", "trainer.epochs=3"]
    done = train(tiny_data, tmp_path, *options, "logger=tensorboard")
    assert done.returncode == 0, done.stderr
    found, metrics, run = result(tmp_path)
    assert ",devices=2" in run.parent.name and metrics.epoch.tolist() == [1, 2, 3] and (found["steps"] == 69)
    # What the processes measured together, each on its part, is what one process measures on the whole.
    assert metrics["val/auroc"].max() == pytest.approx(found["validation"]["auroc"], abs=1e-6)  # type: ignore[index]
    assert metrics["train/loss"].iloc[-1] < metrics["train/loss"].iloc[0]
    assert list((run / "tensorboard").glob("events*"))


@pytest.mark.slow
def test_a_diverging_process_says_so(tiny_data: Path, tmp_path: Path) -> None:
    done = train(
        tiny_data, tmp_path, "trainer.devices=2", "trainer.accelerator=cpu", "trainer.epochs=10", "logger=csv",
        "optimizer.learning_rate=1", "optimizer.weight_decay=10",
    )  # fmt: skip
    assert done.returncode == 2 and "Error: Training diverged" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_limits_clipping_accumulation_and_early_stopping(tiny_data: Path, tmp_path: Path) -> None:
    options = ["trainer.limit_train_batches=10", "trainer.accumulate_grad_batches=4", "trainer.gradient_clip_val=0.5"]
    callbacks = ["callbacks=[default,early_stopping,model_summary]", "callbacks.early_stopping.patience=1"]
    # Learns nothing, so that validation AUROC soon fails to rise.
    slow = ["optimizer.learning_rate=1e-9", "trainer.epochs=30", "logger=csv"]
    done = train(tiny_data, tmp_path, *options, *callbacks, *slow)
    assert done.returncode == 0, done.stderr
    assert "Trainable params" in done.stdout + done.stderr
    found, metrics, run = result(tmp_path)
    assert found["epochs"] == len(metrics) < 30 and found["steps"] == 10 * len(metrics)
    assert metrics.step.iloc[0] == 3, "10 batches by 4"
    assert "early_stopping=" in run.parent.name


@pytest.mark.slow
def test_an_exact_number_of_steps_ends_within_an_epoch_and_is_validated(tiny_data: Path, tmp_path: Path) -> None:
    assert train(tiny_data, tmp_path, "trainer.max_steps=30", "logger=csv").returncode == 0
    found, metrics, _ = result(tmp_path)
    assert metrics.step.tolist() == [23, 30] and (found["epochs"], found["steps"]) == (2, 30)


@pytest.mark.slow
def test_a_trial_run_writes_nothing_and_a_refusal_of_lightning_is_bad_input(tiny_data: Path, tmp_path: Path) -> None:
    done = train(tiny_data, tmp_path, "trainer.fast_dev_run=true")
    assert done.returncode == 0 and "Nothing was written" in done.stdout and not list(tmp_path.iterdir())
    refused = train(tiny_data, tmp_path, "callbacks=[default,learning_rate]", "logger=csv", "trainer.epochs=1")
    assert refused.returncode == 2 and "no logger" in refused.stderr and "Traceback" not in refused.stderr

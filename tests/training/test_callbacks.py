import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint

from demo.networks.checkpoint import read_checkpoint
from demo.runs.directory import RunDirectory
from demo.training.callbacks import LastCheckpoint, MetricsTable, RunCheckpoints, resume_point
from trained import checkpoint, network


def test_the_table_of_a_run_that_is_resumed_after_its_last_epoch_is_written(tmp_path: Path) -> None:
    nobody: Any = None
    table = MetricsTable(tmp_path / "metrics.csv")
    table.load_state_dict({"rows": [dict.fromkeys(MetricsTable.COLUMNS, 1.0)]})
    table.on_fit_end(nobody, nobody)
    assert (tmp_path / "metrics.csv").read_text() == ",".join(MetricsTable.COLUMNS) + "\n1.0,1.0,1.0,1.0,1.0,1.0\n"


"""Checkpoints while a run trains: whatever ends it, there is one to resume from, or it starts over."""


def in_training(epoch: int) -> dict[str, object]:
    """What Lightning hands over at the end of an epoch."""
    state = {"epoch": epoch, "global_step": epoch * 10, "pytorch-lightning_version": "2", "loops": {}, "callbacks": {}}
    return {**checkpoint(temperature=None), **state, "optimizer_states": []}


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """After three epochs, the second of which was the best."""
    run = RunDirectory(tmp_path / "seed0")
    writer = RunCheckpoints(run)
    for epoch in range(3):
        if epoch == 1:
            writer.save_checkpoint(in_training(epoch), run.best_checkpoint)
        writer.save_checkpoint(in_training(epoch), run.last_checkpoint)
    return run


def test_the_last_two_are_kept_and_the_last_is_resumed_from(run: RunDirectory) -> None:
    assert sorted(os.listdir(run.checkpoints)) == ["best.ckpt", "last.ckpt", "previous.ckpt"]
    assert [read_checkpoint(path)["epoch"] for path in (run.previous_checkpoint, run.last_checkpoint)] == [1, 2]
    net = network(seed=1)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert resume_point(run, net) == (run.last_checkpoint, 3)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_nothing_there_is_the_beginning(tmp_path: Path) -> None:
    assert resume_point(RunDirectory(tmp_path), network()) is None


def test_what_is_resumed_from_is_written_first_last_and_every_half_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of six epochs, a minute each but for two quick ones."""
    clock = iter([0, 0, 60, 60, 80, 85, 120, 120])  # read before and after what is written
    monkeypatch.setattr("demo.training.callbacks.time.monotonic", lambda: float(next(clock, 121)))
    trainer = pl.Trainer(max_epochs=6, logger=False, enable_checkpointing=False, accelerator="cpu")
    written = []
    monkeypatch.setattr(ModelCheckpoint, "on_train_epoch_end", lambda *_: written.append(trainer.current_epoch))
    last, module = LastCheckpoint(tmp_path), pl.LightningModule()
    for epoch in range(6):
        trainer.fit_loop.epoch_progress.current.completed = epoch
        last.on_train_epoch_end(trainer, module)
    assert written == [0, 1, 4, 5]
    trainer.should_stop = True
    last.on_train_epoch_end(trainer, module)
    assert written == [0, 1, 4, 5, 5]


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


DAMAGES = [
    lambda path: path.write_bytes(path.read_bytes()[:1000]),
    lambda path: path.write_bytes(b""),
    flip_a_bit,
    lambda path: torch.save(checkpoint(), path),  # whole, and not of a training
    lambda path: torch.save({**in_training(2), "state_dict": {}}, path),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_last_one_makes_room_for_the_one_before(
    run: RunDirectory, damage: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    damage(run.last_checkpoint)
    assert resume_point(run, network()) == (run.previous_checkpoint, 2)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING and "resumes from the one before" in record.getMessage()
    # The next one that is written does not put the damaged one in the place of the whole one.
    RunCheckpoints(run).save_checkpoint(in_training(2), run.last_checkpoint)
    assert [read_checkpoint(path)["epoch"] for path in (run.previous_checkpoint, run.last_checkpoint)] == [1, 2]


def test_killed_between_the_two_renames(run: RunDirectory) -> None:
    os.replace(run.last_checkpoint, run.previous_checkpoint)
    assert run.is_begun and resume_point(run, network()) == (run.previous_checkpoint, 3)


def test_a_disk_that_is_full_loses_no_checkpoint(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Exception, match="free some space"):
        RunCheckpoints(run).save_checkpoint(in_training(3), run.last_checkpoint)
    monkeypatch.undo()
    assert resume_point(run, network()) == (run.previous_checkpoint, 3)


def test_where_both_are_damaged_training_starts_over(run: RunDirectory, caplog: pytest.LogCaptureFixture) -> None:
    for path in (run.last_checkpoint, run.previous_checkpoint):
        path.write_bytes(b"")
    assert resume_point(run, network()) is None and not run.is_begun
    assert "starts over" in caplog.records[-1].getMessage()


@pytest.mark.parametrize("damage", [*DAMAGES[:3], lambda path: path.unlink()])
def test_without_the_best_training_starts_over(
    run: RunDirectory, damage: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    damage(run.best_checkpoint)
    assert resume_point(run, network()) is None and not run.is_begun
    (record,) = caplog.records
    assert "best checkpoint is missing or damaged: training starts over" in record.getMessage()


def test_a_folder_in_the_place_of_a_checkpoint_is_not_removed(run: RunDirectory) -> None:
    run.last_checkpoint.unlink()
    run.last_checkpoint.mkdir()
    with pytest.raises(IsADirectoryError):
        resume_point(run, network())
    assert run.last_checkpoint.is_dir()


def test_weights_of_another_network_are_not_resumed_from(run: RunDirectory) -> None:
    assert resume_point(run, network(channels=8)) is None

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from demo.runs.directory import RunDirectory, run_name
from demo.runs.result import FailedRun
from demo.runs.settings import RunSettings
from demo.utils.errors import DemoError
from demo.utils.files import write_json
from made_result import made_result

MODEL = {"name": "demonet", "conv_layers": 3, "highway_layers": 5, "pool": 2}


def settings(**changes: object) -> RunSettings:
    """Settings of a run with changes, ``model__pool=1`` for ``model.pool``."""
    values: dict[str, Any] = {
        "model": dict(MODEL),
        "data": {"source": "auto", "dir": None, "batch_size": 64},
        "optimizer": {"name": "adamw", "learning_rate": 0.002},
        "trainer": {"steps": 100, "threads": 1, "accelerator": "auto"},
        "seed": 0,
        "force": False,
        "tf": "X",
    }
    for name, value in changes.items():
        section, _, key = name.rpartition("__")
        (values[section] if section else values)[key] = value
    return RunSettings.of(values)


def name_of(**changes: object) -> str:
    return run_name(settings(**changes).deciding, settings().deciding)


def test_a_run_is_named_by_what_ran() -> None:
    assert name_of() == "conv3_hw5/seed0"
    assert name_of(model__conv_layers=4, model__highway_layers=7) == "conv4_hw7/seed0"
    assert name_of(model__pool=1, optimizer__learning_rate=0.01) == "conv3_hw5,pool=1,learning_rate=0.01/seed0"
    assert name_of(seed=3) == "conv3_hw5/seed3"
    alone = settings(model={"name": "demonet", "channels": 8})  # as a YAML of one's own may have it
    assert run_name(alone.deciding, settings().deciding) == "conv3_hw5,channels=8/seed0"


def test_where_and_how_it_is_computed_is_not_part_of_the_name() -> None:
    assert name_of(data__dir="/somewhere", data__source="encode", trainer__threads=8, force=True) == name_of()


def test_another_configuration_or_other_data_are_refused_by_name(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.check_settings(settings().deciding, {"a": "1"})  # an empty folder holds nothing else
    run.write_config(settings(), "X", {"a": "1"})
    run.check_settings(settings().deciding, {"a": "1"})
    with pytest.raises(DemoError, match=r"model\.pool: 2 there, 1 now") as error:
        run.check_settings(settings(model__pool=1).deciding, {"a": "1"})
    assert "force=true" in str(error.value) and str(run.path) in str(error.value)
    with pytest.raises(DemoError, match="data file a: 1 there, 2 now"):
        run.check_settings(settings().deciding, {"a": "2"})


def claim_and_wait(path: Path, claimed: "multiprocessing.synchronize.Event") -> None:
    with RunDirectory(path).claim():
        claimed.set()
        multiprocessing.Event().wait(60)


def test_one_process_has_a_run_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    claimed = context.Event()
    process = context.Process(target=claim_and_wait, args=(tmp_path, claimed))
    process.start()
    try:
        assert claimed.wait(30)
        with pytest.raises(DemoError, match="Another process"), RunDirectory(tmp_path).claim():
            pass
    finally:
        process.kill()
        process.join()
    with RunDirectory(tmp_path).claim():
        assert (tmp_path / ".lock").exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DemoError, match="Cannot write"), RunDirectory(tmp_path / "file" / "run").claim():
        pass


def test_only_a_finished_result_counts(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    assert run.finished_result() is None
    FailedRun("no reason").write(run.result)
    assert run.finished_result() is None
    finished = made_result()
    finished.write(run.result)
    assert run.finished_result() == finished


@pytest.mark.parametrize("content", ["", "{", "[]", '{"status": "finished"}', '{"status": "finished", "motif": [1]}'])
def test_a_damaged_result_is_none_and_a_line_says_so(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    run = RunDirectory(tmp_path)
    run.result.write_text(content)
    assert run.finished_result() is None
    (record,) = caplog.records
    assert "counts as unfinished" in record.getMessage() and str(run.result) in record.getMessage()


def test_a_folder_in_the_place_of_the_result_is_an_error(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.result.mkdir()
    with pytest.raises(DemoError, match="directory"):
        run.finished_result()


@pytest.mark.parametrize("content", ["", "model: {", "model: 1", "[]", "model:\n  conv_layers: 3\n"])
def test_a_damaged_configuration_is_told_from_another_one(tmp_path: Path, content: str) -> None:
    run = RunDirectory(tmp_path)
    run.config.write_text(content)
    with pytest.raises(DemoError, match=r"(?s)configuration is damaged.*config.yaml.*force=true"):
        run.check_settings(settings().deciding, {})


def test_a_claim_removes_what_dead_writers_left_in_the_run(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    folders = (tmp_path, run.checkpoints, run.motifs, run.attributions / "test_positives")
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".demo-0123abcd.part").write_text("half")
        (folder / "whole.png").write_text("whole")
    with run.claim():
        assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [".lock", *4 * ["whole.png"]]


def test_a_result_forgets_motifs_before_their_files_are_replaced(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    finished = made_result()
    finished.write(run.result)
    assert run.finished_result(finished.motif.settings) == finished
    run.forget_motifs()
    assert run.finished_result({**finished.motif.settings, "extraction": {}}) is None
    assert run.finished_result() is not None


def test_clear_keeps_what_is_not_a_runs(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    for path in (run.result, run.metrics, run.best_checkpoint, run.motifs / "a.png", tmp_path / "notes.txt"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    run.clear()
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["notes.txt"]


def test_nan_is_not_written_as_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        write_json(tmp_path / "r.json", {"auroc": float("nan")})
    assert not list(tmp_path.iterdir())
    write_json(tmp_path / "r.json", {"auroc": 0.5})
    assert json.loads((tmp_path / "r.json").read_text()) == {"auroc": 0.5}


def test_a_name_too_long_for_a_folder_is_cut_and_still_its_own() -> None:
    names = [name_of(**{f"model__setting_{i}": "x" * 20 for i in range(10)}, model__last=last) for last in (1, 2)]
    assert all(len(name) < 255 and name.endswith("/seed0") for name in names)
    assert len(set(names)) == 2


def test_clear_removes_folders_in_the_place_of_files_and_links_without_what_they_lead_to(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    run = RunDirectory(tmp_path / "run")
    for path in (run.config, run.result / "inside", run.last_checkpoint):
        path.mkdir(parents=True)
    run.motifs.symlink_to(elsewhere)
    run.clear()
    assert (elsewhere / "kept").exists()
    assert not any(path.exists() for path in (run.config, run.result, run.last_checkpoint, run.motifs))


@pytest.mark.parametrize("name", ["attributions", "motifs", "motifs/motifs.meme", "result.json", ".lock", "wandb"])
def test_nothing_is_written_to_where_a_link_in_it_leads(tmp_path: Path, name: str) -> None:
    run, elsewhere = RunDirectory(tmp_path / "run"), tmp_path / "elsewhere"
    link = run.path / name
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    with pytest.raises(DemoError, match=r"(?s)leads elsewhere.*remove the link"), run.claim():
        pass
    assert not elsewhere.exists()
    # Links to what is in the run, such as W&B's to its latest log, and to the run itself do no harm.
    link.unlink()
    link.symlink_to("there")
    (tmp_path / "also").symlink_to(run.path)
    with RunDirectory(tmp_path / "also").claim():
        pass

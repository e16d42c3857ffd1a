from dataclasses import replace
from pathlib import Path

import pytest

from demo.runs.directory import RunDirectory
from demo.runs.finished import FinishedRun
from demo.runs.settings import RunSettings
from demo.utils.errors import DemoError
from demo.utils.files import checksums
from interpret.extraction.known_network import site_model
from made_result import made_result


def run(folder: Path, source: str, cell_line: str | None = None) -> FinishedRun:
    """A run of data that lie in ``simulated/`` beside it, where its result says they are elsewhere."""
    files = {part: folder / "simulated" / f"TOY_{part}.seq.gz" for part in ("train", "test")}
    for part, path in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(part)
    data = replace(made_result().data, **{part: f"elsewhere/{path.name}" for part, path in files.items()})
    result = made_result(cell_line=cell_line, data=data)
    settings = RunSettings({"name": "demonet"}, {"name": "adamw"})
    directory = RunDirectory(folder / "TOY_set" / "model" / "seed0")
    model = replace(site_model(), data_source=source)
    return FinishedRun(directory, model, result, settings, checksums(*files.values()))


def test_simulated_data_are_called_so(tmp_path: Path) -> None:
    assert run(tmp_path, "simulated").name == "TOY   SIMULATED DATA"
    assert run(tmp_path, "encode", "K562").name == "TOY in K562"


def test_data_are_found_beside_the_run_and_told_by_their_checksums(tmp_path: Path) -> None:
    finished = run(tmp_path, "simulated")
    train, test = (finished.data_file(part, None) for part in ("train", "test"))
    assert (train.read_text(), test.read_text()) == ("train", "test")
    # Another file of the same name in the folder that the user names does not pass for it.
    other = tmp_path / "other"
    other.mkdir()
    (other / test.name).write_text("another test set")
    assert finished.data_file("test", other) == test
    test.unlink()
    with pytest.raises(DemoError, match="has changed since the run"):
        finished.data_file("test", other)
    with pytest.raises(DemoError, match="data file of this run is missing"):
        finished.data_file("test", None)

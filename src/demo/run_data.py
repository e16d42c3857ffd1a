"""The data of a run: made from its configuration, and found again afterwards."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from demo.configuration import plain
from demo.errors import DemoError
from demo.files import checksums
from demo.run_directory import RunDirectory

if TYPE_CHECKING:
    from demo.datamodule import PeakDataModule


def make_data(config: DictConfig, train_path: Path, test_path: Path) -> "PeakDataModule":
    """The data of a run with this configuration, read and split; the test file stays closed.

    Raises:
        DemoError: a setting is out of range, or the training file cannot be used.
    """
    from demo.datamodule import PeakDataModule

    settings = {name: value for name, value in plain(config.data).items() if name not in ("source", "dir")}
    data = PeakDataModule(train_path, test_path, seed=config.seed, **settings)
    data.setup()
    return data


def find_run_data(
    run: RunDirectory, result: Mapping[str, Any], config: DictConfig, folder: Path | None
) -> tuple[Path, Path]:
    """The training and the test file that a run was made from.

    Looked for where they were then, in ``folder``, and among the simulated sets beside the run.

    Args:
        run: a finished run.
        result: the content of its ``result.json``.
        config: that of its ``config.yaml``.
        folder: where data are now; ``None`` for nowhere.

    Raises:
        DemoError: a file is not found, or what is there under its name is another.
    """
    folders = [*([folder] if folder else []), run.path.absolute().parents[2] / "simulated"]
    return _find(result, config, folders, "train"), _find(result, config, folders, "test")


def _find(result: Mapping[str, Any], config: DictConfig, folders: list[Path], part: str) -> Path:
    stored = Path(result["data"][part])
    there = [path for path in (stored, *(place / stored.name for place in folders)) if path.is_file()]
    wanted = config["data_sha256"][stored.name]
    for path in there:
        if checksums(path)[stored.name] == wanted:
            return path
    raise DemoError(
        "This file is not the one that the run was made from." if there else "A data file of this run is not there.",
        where=str(there[0] if there else stored),
        exists=f"the run's has the SHA-256 {wanted}" if there else None,
        fix="data.dir=<folder> that holds it",
    )

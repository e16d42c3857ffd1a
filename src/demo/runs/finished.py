"""A finished run, opened again: its model, its result, its configuration and its data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from omegaconf import DictConfig, OmegaConf
from yaml import YAMLError

from demo.runs.directory import RunDirectory
from demo.runs.trained_model import TrainedModel, load
from demo.utils.errors import DemoError
from demo.utils.files import checksums


@dataclass(frozen=True)
class FinishedRun:
    """What a finished run left.

    Attributes:
        directory: its run directory.
        model: its best checkpoint.
        result: the content of ``result.json``.
        config: that of ``config.yaml``.
    """

    directory: RunDirectory
    model: TrainedModel
    result: dict[str, Any]
    config: DictConfig

    @property
    def name(self) -> str:
        """The TF, the cell line, and that its data are simulated where they are."""
        cell = f" in {self.result['cell_line']}" if self.result["cell_line"] else ""
        return f"{self.result['tf']}{cell}{'   SIMULATED DATA' if self.model.data_source == 'simulated' else ''}"

    def data_files(self, folder: Path | None) -> tuple[Path, Path]:
        """The training and the test file that the run was made from, told from others by their checksums.

        Looked for where they were then, in ``folder``, and among the simulated sets beside the run.

        Args:
            folder: where data are now; ``None`` for nowhere.

        Raises:
            DemoError: a file is not found, or what is there under its name is another.
        """
        return self.data_file("train", folder), self.data_file("test", folder)

    def data_file(self, part: Literal["train", "test"], folder: Path | None) -> Path:
        """One of the two; see ``data_files``."""
        folders = [*([folder] if folder else []), self.directory.path.absolute().parents[2] / "simulated"]
        try:
            stored = Path(self.result["data"][part])
            wanted = self.config["data_sha256"][stored.name]
        except (KeyError, TypeError) as error:
            raise DemoError("This run does not say what its data were.", where=str(self.directory.path)) from error
        there = [path for path in (stored, *(folder / stored.name for folder in folders)) if path.is_file()]
        for path in there:
            if checksums(path)[stored.name] == wanted:
                return path
        raise DemoError(
            "This is not the file that the run was made from." if there else "A data file of this run is not there.",
            where=str(there[0] if there else stored),
            exists=f"the run's has the SHA-256 {wanted}" if there else None,
            fix="data.dir=<folder> that holds it",
        )


def open_run(path: Path) -> FinishedRun:
    """Open the run directory ``path``.

    Raises:
        DemoError: there is none, it holds no checkpoint, its configuration is damaged, or the run is not finished.
    """
    if path.is_file():
        raise DemoError(
            "A run directory is wanted, and this is a file.",
            where=str(path),
            fix="name the folder that holds its result.json",
        )
    model = load(path)
    directory = RunDirectory(path)
    result = directory.finished_result()
    if result is None or not directory.config.is_file():
        raise DemoError(
            "This run is not finished.",
            where=str(path),
            fix="the python train.py command that began it goes on with it",
        )
    try:
        config = OmegaConf.load(directory.config)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise DemoError(
            f"The configuration of this run cannot be read ({error}).", where=str(directory.config)
        ) from error
    if not isinstance(config, DictConfig):
        raise DemoError("The configuration of this run holds no settings.", where=str(directory.config))
    return FinishedRun(directory, model, result, config)

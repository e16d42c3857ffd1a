"""A finished run: its model, result, settings and data.

The content of a run directory is only data, whoever made it: nothing in it is imported, instantiated or interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from demo.data.sources import JOINED
from demo.runs.directory import RunDirectory
from demo.runs.result import RunResult
from demo.runs.settings import RunSettings
from demo.runs.trained_model import TrainedModel, load
from demo.utils.environment import typed
from demo.utils.errors import DemoError
from demo.utils.files import checksums, read_yaml

if TYPE_CHECKING:
    from demo.data.datamodule import SequenceDataModule


@dataclass(frozen=True)
class FinishedRun:
    """A finished run.

    Attributes:
        directory: its run directory.
        model: its best checkpoint.
        result: its results.
        settings: its settings.
        data_sums: SHA-256 of its data files, by name.
    """

    directory: RunDirectory
    model: TrainedModel
    result: RunResult
    settings: RunSettings
    data_sums: Mapping[str, str]

    @property
    def name(self) -> str:
        """The TF, the cell line, and a warning if the data are simulated."""
        cell = f" in {self.result.cell_line}" if self.result.cell_line else ""
        return f"{self.result.tf}{cell}{'   SIMULATED DATA' if self.model.data_source == 'simulated' else ''}"

    def open_data(self, folder: Path | None) -> SequenceDataModule:
        """The data that the run was trained on, with the same split; the test file is not opened.

        Args:
            folder: where the data are now; ``None`` for where the run found them.

        Raises:
            DemoError: a file is missing or has changed, or its sequences do not have the length that the model reads.
        """
        # Imported here, because it waits for Lightning.
        from demo.data.labelled.module import data_module

        train, test = self.data_file("train", folder), self.data_file("test", folder)
        data = data_module(train, test, self.settings.data, name=self.result.dataset, seed=self.settings.seed)
        data.setup()
        if data.length != self.model.length:
            raise DemoError(
                f"The model reads sequences of {self.model.length} bp, but the run's data have {data.length} bp.",
                where=str(self.model.path),
                fix="train again with force=true",
            )
        return data

    def data_file(self, part: Literal["train", "test"], folder: Path | None) -> Path:
        """The training or test file of the run, identified by its checksum.

        It is looked for where it was then, in ``folder``, and among the files made next to the run.

        Args:
            part: which of the two.
            folder: where the data are now; ``None`` if unknown.

        Raises:
            DemoError: the file is missing, or has changed.
        """
        made = [self.directory.path.absolute().parents[2] / name for name in ("simulated", JOINED)]
        folders = [*([folder] if folder else []), *made]
        stored = Path(self.result.data.train if part == "train" else self.result.data.test)
        wanted = self.data_sums.get(stored.name)
        if wanted is None:
            raise DemoError("This run does not record which data it used.", where=str(self.directory.config))
        there = [path for path in (stored, *(folder / stored.name for folder in folders)) if path.is_file()]
        for path in there:
            if checksums(path)[stored.name] == wanted:
                return path
        raise DemoError(
            "This file has changed since the run." if there else "A data file of this run is missing.",
            where=str(there[0] if there else stored),
            exists=f"the run used the file with SHA-256 {wanted}" if there else None,
            fix="data.dir=<folder with the original file>",
        )


def open_run(path: Path) -> FinishedRun:
    """Open the run directory ``path``.

    Raises:
        DemoError: it does not exist, has no checkpoint or a damaged configuration, or the run is not finished.
    """
    if path.is_file():
        raise DemoError(
            "This is a file, not a run directory.",
            where=str(path),
            fix="name the folder that holds its result.json",
        )
    model = load(path)
    directory = RunDirectory(path)
    result = directory.finished_result()
    if result is None or not directory.config.is_file():
        raise DemoError(
            "This run is not finished.", where=str(path), fix=f"run the same {typed('train')} command to resume it"
        )
    stored = read_yaml(directory.config)
    try:
        settings = RunSettings.of(stored)
    except DemoError as error:
        raise DemoError(
            f"The configuration of this run is invalid: {error.what}",
            where=str(directory.config),
            exists=error.exists,
        ) from error
    sums = stored.get("data_sha256")
    return FinishedRun(
        directory,
        model,
        result,
        settings,
        {str(name): str(value) for name, value in sums.items()} if isinstance(sums, dict) else {},
    )

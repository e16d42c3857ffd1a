"""A finished run, opened again: its model, its result, its settings and its data.

Whatever lies in a run directory is data, whoever made it: nothing of it is imported, instantiated or interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from demo.runs.directory import RunDirectory
from demo.runs.result import RunResult
from demo.runs.settings import RunSettings
from demo.runs.trained_model import TrainedModel, load
from demo.utils.errors import DemoError
from demo.utils.files import checksums, read_yaml

if TYPE_CHECKING:
    from demo.data.datamodule import PeakDataModule


@dataclass(frozen=True)
class FinishedRun:
    """What a finished run left.

    Attributes:
        directory: its run directory.
        model: its best checkpoint.
        result: what it gave.
        settings: what it was told.
        data_sums: SHA-256 of its data files, by name.
    """

    directory: RunDirectory
    model: TrainedModel
    result: RunResult
    settings: RunSettings
    data_sums: Mapping[str, str]

    @property
    def name(self) -> str:
        """The TF, the cell line, and that its data are simulated where they are."""
        cell = f" in {self.result.cell_line}" if self.result.cell_line else ""
        return f"{self.result.tf}{cell}{'   SIMULATED DATA' if self.model.data_source == 'simulated' else ''}"

    def open_data(self, folder: Path | None) -> PeakDataModule:
        """The data that the run was trained on, split as they were then; the test file stays closed.

        Args:
            folder: where data are now; ``None`` for where the run found them.

        Raises:
            DemoError: a file is not found, is another one, or holds sequences of another length than the model reads.
        """
        # Here, not above: it waits for Lightning.
        from demo.data.datamodule import PeakDataModule

        train, test = self.data_file("train", folder), self.data_file("test", folder)
        data = PeakDataModule(train, test, self.settings.data, seed=self.settings.seed)
        data.setup()
        if data.length != self.model.length:
            raise DemoError(
                f"The model reads sequences of {self.model.length} bp, the run's data have {data.length} bp.",
                where=str(self.model.path),
                fix="train again with force=true",
            )
        return data

    def data_file(self, part: Literal["train", "test"], folder: Path | None) -> Path:
        """The training or the test file that the run was made from, told from others by its checksum.

        Looked for where it was then, in ``folder``, and among the simulated sets beside the run.

        Args:
            part: which.
            folder: where data are now; ``None`` for nowhere.

        Raises:
            DemoError: the file is not found, or what is there under its name is another.
        """
        folders = [*([folder] if folder else []), self.directory.path.absolute().parents[2] / "simulated"]
        stored = Path(self.result.data.train if part == "train" else self.result.data.test)
        wanted = self.data_sums.get(stored.name)
        if wanted is None:
            raise DemoError("This run does not say what its data were.", where=str(self.directory.config))
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
            "This run is not finished.", where=str(path), fix="the python train.py command that began it resumes it"
        )
    stored = read_yaml(directory.config)
    try:
        settings = RunSettings.of(stored)
    except DemoError as error:
        raise DemoError(
            f"The configuration of this run is not one of this program: {error.what}",
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

"""The folder of one run: its name, what it holds, and who may write to it."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from demo.runs.result import FailedRun, MotifResult, RunResult
from demo.runs.settings import RunSettings, deciding_settings
from demo.utils.errors import DemoError
from demo.utils.files import locked, read_yaml, remove_leftovers, write_text

_log = logging.getLogger(__name__)

_DEMO_NET = "conv{conv_layers}_hw{highway_layers}"
# Bytes of a folder name; file systems take 255.
_LONGEST_NAME = 240


def run_name(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """What ran, as a path: the model and the settings that differ from the defaults, then the seed.

    It depends on the content alone: ``model=conv4_hw5`` and ``model.conv_layers=4`` are one run.

    Args:
        settings: the run's, ``RunSettings.deciding``.
        defaults: those of the same model without overrides.

    Returns:
        For instance ``conv4_hw5,pool=1/seed0``. A name too long for a folder is cut, and ends with a digest of the
        whole.
    """
    model = {name.removeprefix("model."): value for name, value in settings.items() if name.startswith("model.")}
    label, named = str(model["name"]), {"model.name", "seed"}
    if label == "demonet":
        known = {name.removeprefix("model."): value for name, value in defaults.items()}
        label = _DEMO_NET.format(**known | model)
        named |= {"model.conv_layers", "model.highway_layers"}
    other = {
        name: value
        for name, value in settings.items()
        if name not in named and (name not in defaults or defaults[name] != value)
    }
    parts = [label, *(f"{_short(name)}={value}" for name, value in sorted(other.items()))]
    name = ",".join(part.replace("/", "-") for part in parts)
    if len(name.encode()) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME // 2]}...{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    return f"{name}/seed{settings['seed']}"


def _short(name: str) -> str:
    """``pool`` for ``model.pool``; ``optimizer`` for ``optimizer.name``."""
    return name.removesuffix(".name").rpartition(".")[2]


class ClaimedError(DemoError):
    """Another process is working on this run."""


class RunDirectory:
    """The folder of one run, and the names of what it holds.

    Args:
        path: the folder; made by ``claim``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.yaml"
        self.result = path / "result.json"
        self._lock = path / ".lock"
        self.metrics = path / "metrics.csv"
        self.predictions = path / "predictions.tsv"
        self.motifs = path / "motifs"
        self.attributions = path / "attributions"
        self.search = path / "search.json"
        self.checkpoints = path / "checkpoints"
        self.best_checkpoint = self.checkpoints / "best.ckpt"
        self.last_checkpoint = self.checkpoints / "last.ckpt"
        self.previous_checkpoint = self.checkpoints / "previous.ckpt"

    def finished_result(self, motif: Mapping[str, Any] | None = None) -> RunResult | None:
        """The result of a finished run, else ``None``, also where it is damaged, which a line in the log says.

        Args:
            motif: settings of the motif; with an extraction, a run whose motif was made otherwise is not finished.

        Raises:
            DemoError: it cannot be opened: a folder has its name, or there is no permission.
        """
        try:
            result = RunResult.read(self.result) if self.result.exists() else None
        except DemoError as error:
            if isinstance(error.__cause__, OSError):
                raise
            # It is made again of the checkpoints, where the settings are the same.
            _log.warning("%s The run is taken to be unfinished. %s", error.what, self.result)
            return None
        if not isinstance(result, RunResult):
            return None
        wanted = motif is not None and motif["extraction"] is not None
        return None if wanted and result.motif.settings != motif else result

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Keep the folder for this process until the block ends; the lock dies with the process, however that ends.

        Raises:
            ClaimedError: another process has it.
            DemoError: it cannot be written.
        """
        with locked(self._lock, wait=False) as ours:
            if not ours:
                raise ClaimedError(
                    "Another process is working on this run.",
                    where=str(self.path),
                    fix="wait until it has finished, or take another paths.runs= or seed=",
                )
            for folder in (self.path, self.checkpoints, self.motifs, *self.attributions.glob("*/")):
                remove_leftovers(folder)
            yield

    @property
    def is_claimed(self) -> bool:
        """Whether a process is working on it just now."""
        if not self._lock.exists():
            return False
        with locked(self._lock, wait=False) as ours:
            return not ours

    def fail(self, error: str, details: str | None = None) -> None:
        """Note why the run failed; a finished one, whose motif alone was to be extracted again, keeps its result.

        Args:
            error: the reason.
            details: for who wants to find the fault, a traceback.
        """
        if self.finished_result() is None:
            FailedRun(error, details).write(self.result)

    def check_settings(self, settings: Mapping[str, Any], data: Mapping[str, str]) -> None:
        """See that what is here was made with these settings from these data, so that it can be resumed.

        Args:
            settings: ``RunSettings.deciding``.
            data: SHA-256 of each data file.

        Raises:
            DemoError: the folder holds a run of other settings or data, which are named, or its configuration is
                damaged.
        """
        if not self.config.exists():
            return
        try:
            stored = read_yaml(self.config)
            sums = stored["data_sha256"].items()
            before = deciding_settings(stored) | {f"data file {name}": value for name, value in sums}
        except (DemoError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise DemoError(
                "This run's configuration is damaged: nobody can tell what the run is of.",
                where=str(self.config),
                fix="force=true to start over and lose it, or another paths.runs=",
            ) from error
        now = {**settings, **{f"data file {name}": value for name, value in data.items()}}
        differences = [
            f"{name}: {before.get(name, 'not there')} there, {now.get(name, 'not there')} now"
            for name in sorted(before.keys() | now.keys())
            if before.get(name) != now.get(name)
        ]
        if differences:
            raise DemoError(
                "This run directory holds a run of another configuration.",
                where=str(self.path),
                exists="; ".join(differences),
                fix="force=true to start over and lose it, or another paths.runs=",
            )

    def clear(self) -> None:
        """Remove what a run wrote; files that are not a run's stay."""
        for path in (self.result, self.config, self.predictions, self.metrics, self.search):
            path.unlink(missing_ok=True)
        for folder in (self.checkpoints, self.motifs):
            for path in folder.glob("*"):
                path.unlink()
        shutil.rmtree(self.attributions, ignore_errors=True)

    @property
    def is_begun(self) -> bool:
        """Whether there is a checkpoint to resume from."""
        return self.last_checkpoint.exists() or self.previous_checkpoint.exists()

    def forget_motifs(self) -> None:
        """Before the motifs of a finished run are replaced: until the new ones are written, its result has none."""
        if result := self.finished_result():
            replace(result, motif=MotifResult({})).write(self.result)

    def write_config(self, settings: RunSettings, tf: str, data: Mapping[str, str]) -> None:
        """Write the resolved settings, the name of the data set and what its files were."""
        content = {"tf": tf, **settings.plain(), "data_sha256": dict(data)}
        write_text(self.config, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))

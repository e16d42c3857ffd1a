"""Run directories: their names, contents and locks."""

from __future__ import annotations

import hashlib
import logging
import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from demo.runs.result import FailedRun, MotifResult, RunResult
from demo.runs.settings import RunSettings, deciding_settings
from demo.utils.errors import DemoError, PrunedError
from demo.utils.files import locked, read_yaml, remove, remove_leftovers, write_text

_log = logging.getLogger(__name__)

_DEMO_NET = "conv{conv_layers}_hw{highway_layers}"
# Bytes of a folder name; file systems allow 255.
_LONGEST_NAME = 240


def run_name(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """The path of a run: the model and the settings that differ from the defaults, then the seed.

    It depends only on the values: ``model=conv4_hw5`` and ``model.conv_layers=4`` are the same run.

    Args:
        settings: the run's, ``RunSettings.deciding``.
        defaults: those of the same model without overrides.

    Returns:
        For instance ``conv4_hw5,pool=1/seed0``. A name that is too long is cut and ends with a digest of the whole.
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
    """The folder of one run, and the paths in it.

    Args:
        path: the folder; created by ``claim``.
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
        self.pretraining = path / "pretraining.json"
        self.pretrained_on = path / "pretrained_on.seq.gz"
        self.checkpoints = path / "checkpoints"
        self.best_checkpoint = self.checkpoints / "best.ckpt"
        self.last_checkpoint = self.checkpoints / "last.ckpt"
        self.previous_checkpoint = self.checkpoints / "previous.ckpt"

    def finished_result(self, motif: Mapping[str, Any] | None = None) -> RunResult | None:
        """The result of a finished run, otherwise ``None``; a damaged result is logged and counts as unfinished.

        Args:
            motif: settings of the motifs; a run whose motifs were extracted with other settings is not finished.

        Raises:
            DemoError: it cannot be opened: it is a folder, or there is no permission.
        """
        try:
            result = RunResult.read(self.result) if self.result.exists() else None
        except DemoError as error:
            if isinstance(error.__cause__, OSError):
                raise
            # It is made again from the checkpoints, if the settings are the same.
            _log.warning("%s The run counts as unfinished. %s", error.what, self.result)
            return None
        if not isinstance(result, RunResult):
            return None
        wanted = motif is not None and motif["extraction"] is not None
        return None if wanted and result.motif.settings != motif else result

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Lock the folder for this process until the block ends; the lock ends with the process.

        Raises:
            ClaimedError: another process has the lock.
            DemoError: it cannot be written, or a link in it leads elsewhere.
        """
        self.check_links()
        with locked(self._lock, wait=False) as ours:
            if not ours:
                raise ClaimedError(
                    "Another process is working on this run.",
                    where=str(self.path),
                    fix="wait until it has finished, or use another paths.runs= or seed=",
                )
            for folder in (self.path, self.checkpoints, self.motifs, *self.attributions.glob("*/")):
                remove_leftovers(folder)
            yield

    def check_links(self) -> None:
        """Check that what is written to the folder stays in it, since it may come from somebody else.

        Raises:
            DemoError: a link leads elsewhere.
        """
        own = [path for path in vars(self).values() if path != self.path]
        within = [path for folder in (self.checkpoints, self.motifs, self.attributions) for path in folder.rglob("*")]
        for path in [*own, self.path / "wandb", *within]:
            target = os.path.realpath(path)
            if path.is_symlink() and not Path(target).is_relative_to(os.path.realpath(self.path)):
                raise DemoError(
                    "A link in this run directory leads elsewhere, and nothing is written there.",
                    where=str(path),
                    exists=f"it leads to {target}",
                    fix="remove the link, or replace it by what it leads to",
                )

    @property
    def is_claimed(self) -> bool:
        """Whether a process is working on it now."""
        if not self._lock.exists():
            return False
        with locked(self._lock, wait=False) as ours:
            return not ours

    def fail(self, error: str, details: str | None = None) -> None:
        """Record why the run failed; a finished run whose motif extraction failed keeps its result.

        Args:
            error: the reason.
            details: a traceback, for debugging.
        """
        if self.finished_result() is None:
            FailedRun(error, details).write(self.result)

    @contextmanager
    def records_failure(self) -> Iterator[None]:
        """Record why the run failed if the block raises, which it still does; a pruned run may be resumed."""
        try:
            yield
        except PrunedError:
            raise
        except DemoError as error:
            self.fail(str(error))
            raise
        except Exception as error:
            self.fail(f"{type(error).__name__}: {error}", traceback.format_exc())
            raise

    def check_settings(self, settings: Mapping[str, Any], data: Mapping[str, str]) -> None:
        """Check that the run has these settings and data, and can be resumed.

        Args:
            settings: ``RunSettings.deciding``.
            data: SHA-256 of each data file.

        Raises:
            DemoError: the folder holds a run of other settings or data (listed), or its configuration is damaged.
        """
        if not self.config.exists():
            return
        try:
            stored = read_yaml(self.config)
            sums = stored["data_sha256"].items()
            before = deciding_settings(stored) | {f"data file {name}": value for name, value in sums}
        except (DemoError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise DemoError(
                "This run's configuration is damaged, so it cannot be resumed.",
                where=str(self.config),
                fix="force=true to start over and lose it, or another paths.runs=",
            ) from error
        now = {**settings, **{f"data file {name}": value for name, value in data.items()}}
        differences = [
            f"{name}: {before.get(name, 'missing')} there, {now.get(name, 'missing')} now"
            for name in sorted(before.keys() | now.keys())
            if before.get(name) != now.get(name)
        ]
        if differences:
            raise DemoError(
                "This run directory holds a run with another configuration.",
                where=str(self.path),
                exists="; ".join(differences),
                fix="force=true to start over and lose it, or another paths.runs=",
            )

    def clear(self) -> None:
        """Remove the files of a run; other files stay."""
        for path in (
            self.result, self.config, self.predictions, self.metrics, self.search, self.pretraining, self.pretrained_on,
        ):  # fmt: skip
            remove(path)
        for folder in (self.checkpoints, self.motifs):
            # A file in the place of a folder is as damaged as a folder in the place of a file.
            for path in folder.glob("*") if folder.is_dir() and not folder.is_symlink() else [folder]:
                remove(path)
        remove(self.attributions)

    @property
    def is_begun(self) -> bool:
        """Whether there is a checkpoint to resume from."""
        return self.last_checkpoint.exists() or self.previous_checkpoint.exists()

    def forget_motifs(self) -> None:
        """Remove the motifs from the result before they are replaced, until the new ones are written."""
        if result := self.finished_result():
            replace(result, motif=MotifResult({})).write(self.result)

    def write_config(
        self, settings: RunSettings, tf: str, data: Mapping[str, str], pretraining: Mapping[str, Any] | None = None
    ) -> None:
        """Write the resolved settings, and the name and files of the data set; those of a pretraining, if it is one."""
        content = {"tf": tf, **settings.plain(), "data_sha256": dict(data)}
        if pretraining is not None:
            content["pretraining"] = dict(pretraining)
        write_text(self.config, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def run_paths(run: str | list[str]) -> list[str]:
    """Run directories or checkpoints, at least one: as named, or those that match a pattern with ``*``, by name.

    Raises:
        DemoError: nothing matches a pattern, or the list is empty.
    """
    paths: list[str] = []
    for pattern in run if isinstance(run, list) else [run]:
        if "*" not in pattern:
            paths.append(pattern)
            continue
        root = Path(pattern).anchor
        found = sorted(str(path) for path in Path(root or ".").glob(pattern.removeprefix(root)))
        if not found:
            raise DemoError("No run directory matches this pattern.", where=pattern)
        paths += found
    if not paths:
        raise DemoError("run=[] names no run.", fix="run=runs/<data set>/<model>/seed0")
    return paths

"""The folder of one run: its name, what it holds, and who may write to it."""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf

from demo.utils.config import baseline, fitted_at_once, flatten, plain
from demo.utils.errors import DemoError
from demo.utils.files import locked, remove_leftovers, write_json, write_text

TRAINING_SECTIONS = ("model", "data", "optimizer", "trainer", "calibration", "seed")
"""The parts of the configuration that decide what is trained. One that is null is not there."""

_OF_STEPS = ("optimizer", "trainer", "calibration")
"""The parts that only training in steps knows."""

_NO_EFFECT = ("data.source", "data.dir", "trainer.accelerator", "trainer.threads")
"""Settings among these that do not decide what is trained: where data are found, where and how it is computed."""

_MODEL_NAME = "conv{conv_layers}_hw{highway_layers}"
# Bytes of a folder name; file systems take 255.
_LONGEST_NAME = 240

_log = logging.getLogger(__name__)


def training_settings(config: DictConfig | Mapping[str, Any]) -> dict[str, Any]:
    """The settings that decide what is trained, flat: ``{"model.pool": 2, ...}``."""
    everything = plain(config) if isinstance(config, DictConfig) else config
    at_once = fitted_at_once(everything["model"]["_target_"])
    sections = {
        name: everything[name]
        for name in TRAINING_SECTIONS
        if everything.get(name) is not None and not (at_once and name in _OF_STEPS)
    }
    return {
        name: value
        for name, value in flatten(sections).items()
        if not any(name == part or name.startswith(part + ".") for part in _NO_EFFECT)
    }


def run_name(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """What ran, as a path: the model and the settings that differ from the defaults, then the seed.

    It depends on the content alone: ``model=conv4_hw5`` and ``model.conv_layers=4`` are one run.

    Args:
        settings: the run's, from ``training_settings``.
        defaults: those of the same model without overrides (``demo.utils.config.default_config``).

    Returns:
        For instance ``conv4_hw5,pool=1/seed0``. A name too long for a folder is cut, and
        ends with a digest of the whole.
    """
    model = {name.removeprefix("model."): value for name, value in settings.items() if name.startswith("model.")}
    named = {"model._target_", "seed"}
    if model["_target_"].endswith(".DeMoNet"):
        label = _MODEL_NAME.format(**model)
        named |= {"model.conv_layers", "model.highway_layers"}
    else:
        label = baseline(model["_target_"]) or model["_target_"].rpartition(".")[2]
    other = {
        name: value
        for name, value in settings.items()
        if name not in named and (name not in defaults or defaults[name] != value)
    }
    parts = [label, *(f"{name.rpartition('.')[2]}={value}" for name, value in sorted(other.items()))]
    name = ",".join(part.replace("/", "-") for part in parts)
    if len(name.encode()) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME // 2]}...{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    return f"{name}/seed{settings['seed']}"


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
        self.calibration = path / "calibration.json"
        self.checkpoints = path / "checkpoints"
        self.best_checkpoint = self.checkpoints / "best.ckpt"
        self.last_checkpoint = self.checkpoints / "last.ckpt"
        self.previous_checkpoint = self.checkpoints / "previous.ckpt"

    def finished_result(self, motif: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """``result.json`` of a finished run, else ``None``, also where it is damaged, which a line in the log says.

        Args:
            motif: settings of the motif; with an extraction, a run whose motif was made otherwise is not finished.

        Raises:
            OSError: it cannot be opened: a folder has its name, or there is no permission.
        """
        try:
            result = read_json(self.result)
        except FileNotFoundError:
            return None
        except DemoError as error:
            # It is made again of the checkpoints, where the settings are the same.
            _log.warning("%s The run is taken to be unfinished. %s", error.what, self.result)
            return None
        if result.get("status") != "finished":
            return None
        if not _is_whole(result):
            _log.warning("This result is damaged: the run is taken to be unfinished. %s", self.result)
            return None
        wanted = motif is not None and motif["extraction"] is not None
        return None if wanted and result["motif"]["settings"] != motif else result

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

    @property
    def is_begun(self) -> bool:
        """Whether there is a checkpoint to resume from."""
        return self.last_checkpoint.exists() or self.previous_checkpoint.exists()

    def fail(self, error: str, details: str | None = None) -> None:
        """Note why the run failed; a finished one, of which the motif alone was to be made anew, keeps its result.

        Args:
            error: the reason.
            details: for who wants to find the fault, a traceback.
        """
        if self.finished_result() is None:
            write_json(self.result, {"status": "failed", "error": error, "details": details})

    def check_settings(self, settings: Mapping[str, Any], data: Mapping[str, str]) -> None:
        """See that what is here was made with these settings from these data, so that it can be gone on with.

        Args:
            settings: from ``training_settings``.
            data: SHA-256 of each data file.

        Raises:
            DemoError: the folder holds a run of other settings or data, which are named, or its configuration is
                damaged.
        """
        if not self.config.exists():
            return
        try:
            # Not by OmegaConf: a study has hundreds of these, and they were written resolved.
            stored = yaml.load(self.config.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            before = training_settings(stored) | {"data file " + k: v for k, v in stored["data_sha256"].items()}
        except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DemoError(
                "This run's configuration is damaged: nobody can tell what the run is of.",
                where=str(self.config),
                fix="force=true to start over and lose it, or another paths.runs=",
            ) from error
        now = {**settings, **{f"data file {k}": v for k, v in data.items()}}
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
        for path in (self.result, self.config, self.predictions, self.metrics, self.calibration):
            path.unlink(missing_ok=True)
        for folder in (self.checkpoints, self.motifs):
            for path in folder.glob("*"):
                path.unlink()
        shutil.rmtree(self.attributions, ignore_errors=True)

    def clear_motifs(self) -> None:
        """Remove the motifs; from then on the result of a finished run has none, until others are written."""
        if result := self.finished_result():
            write_json(self.result, result | {"motif": {"settings": None, "motifs": {}, "comparison": None}})
        # First the JSON files, which vouch for the others.
        for path in sorted(self.motifs.glob("*"), key=lambda path: path.suffix != ".json"):
            path.unlink()

    def write_config(self, config: DictConfig, data: Mapping[str, str]) -> None:
        """Write the resolved configuration and what the data were."""
        write_text(self.config, OmegaConf.to_yaml(OmegaConf.create({**plain(config), "data_sha256": dict(data)})))


def _is_whole(result: Mapping[str, Any]) -> bool:
    """Whether the result of a finished run says what a study and a terminal need to know of it."""
    try:
        return (
            isinstance(result["validation"]["auroc"], float)
            and isinstance(result["test"]["auroc"], float)
            and isinstance(result["published"], dict)
            and isinstance(result["motif"]["motifs"], dict)
            and "settings" in result["motif"]
        )
    except (KeyError, TypeError):
        return False


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        DemoError: it is no JSON object.
        OSError: it cannot be opened.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DemoError(f"This file is no JSON: {error}.", where=str(path), fix="force=true starts over") from error
    if not isinstance(content, dict):
        raise DemoError("This file holds no JSON object.", where=str(path), fix="force=true starts over")
    return content

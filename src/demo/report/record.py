"""What made a run, and how to make it again."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from demo.runs.directory import RunDirectory
from demo.utils.config import quoted
from demo.utils.errors import DemoError

_NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class DataFile:
    """A data file of a run: where it was, and its SHA-256 (``None``: not recorded)."""

    path: str
    sha256: str | None


@dataclass(frozen=True)
class Record:
    """Where a run comes from.

    Attributes:
        data: its files.
        facts: (name, value), about data, code and machine.
        versions: of the libraries, (name, version).
        typed: the command as it was typed.
    """

    data: tuple[DataFile, ...]
    facts: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    typed: str


def record_of(run: RunDirectory, result: Mapping[str, Any]) -> Record:
    """The provenance that a run wrote down.

    Args:
        run: its directory.
        result: the content of ``result.json``.

    Raises:
        DemoError: ``config.yaml`` cannot be read.
    """
    sums = _checksums(run.config)
    data, machine = _section(result, "data"), _section(result, "machine")
    files = [str(data[part]) for part in ("train", "test") if part in data]
    facts = [
        ("data source", result.get("data_source")),
        ("sequence length", _with_unit(data.get("length"), "bp")),
        ("training positives", data.get("train_positives")),
        ("validation positives", data.get("validation_positives")),
        ("negatives", data.get("negatives")),
        ("seed", result.get("seed")),
        ("weights", _grouped(result.get("parameters"))),
        ("training steps", _grouped(result.get("steps"))),
        ("epochs", result.get("epochs")),
        ("precision", result.get("precision")),
        ("device", result.get("device")),
        ("git commit", result.get("git_commit")),
        ("host", machine.get("host")),
        ("platform", machine.get("platform")),
    ]
    return Record(
        tuple(DataFile(path, sums.get(Path(path).name)) for path in files),
        tuple((name, _NOT_RECORDED if value is None else str(value)) for name, value in facts),
        tuple((name, str(version)) for name, version in _section(result, "versions").items()),
        f"python {machine['command']}" if "command" in machine else _NOT_RECORDED,
    )


def again(run: RunDirectory, dataset: str) -> str:
    """A command that trains the run anew, with every setting as it was, into the folder ``again``."""
    return _command(
        [
            f"--config-dir={run.path.resolve()}",
            f"--config-name={run.config.stem}",
            f"tf={quoted(dataset)}",
            "paths.runs=again",
            # The stored configuration says nothing about Hydra's own directories.
            "hydra.run.dir=.",
            "hydra.output_subdir=null",
        ]
    )


def stored_config(path: Path) -> str:
    """The text of ``config.yaml``.

    Raises:
        DemoError: it is not there, or no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DemoError(f"{path.name} is not there.", where=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DemoError(f"{path.name} cannot be read ({error}).", where=str(path)) from error


def _command(words: Iterable[str]) -> str:
    return " \\\n  ".join(["python train.py", *map(shlex.quote, words)])


def _checksums(path: Path) -> dict[str, str]:
    try:
        content = OmegaConf.to_container(OmegaConf.create(stored_config(path)), resolve=False)
    except (OmegaConfBaseException, YAMLError) as error:
        raise DemoError(f"config.yaml cannot be read ({error}).", where=str(path)) from error
    sums = content.get("data_sha256") if isinstance(content, dict) else None
    return {str(name): str(value) for name, value in sums.items()} if isinstance(sums, dict) else {}


def _section(result: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = result.get(name)
    return section if isinstance(section, Mapping) else {}


def _with_unit(value: object, unit: str) -> str | None:
    return None if value is None else f"{value} {unit}"


def _grouped(value: object) -> str | None:
    return f"{value:,}" if isinstance(value, int) else None

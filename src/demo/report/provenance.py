"""The provenance of a run, and how to reproduce it."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.runs.directory import RunDirectory
from demo.sequences import Task
from demo.utils.config import override_value
from demo.utils.errors import DemoError
from demo.utils.files import read_yaml
from demo.utils.settings import flatten

_NOT_RECORDED = "not recorded"

_CLASSES = 20
"""Classes whose numbers are shown."""


Defaults = Callable[..., Mapping[str, Any]]

_SECTIONS = ("seed", "pretrained", "model", "data", "optimizer", "trainer", "search", "calibration", "motif")
"""Sections of a configuration that determine a run's results."""

_ELSEWHERE = ("data.source", "data.dir")
"""Settings for the location of data."""

_MODELS = {
    "demonet": "demonet", "deepbind": "deepbind", "kmer": "kmer", "pwm": "pwm",
    "DeMoNet": "demonet", "DeepBindNet": "deepbind", "KmerNet": "kmer", "PwmNet": "pwm",
}  # fmt: skip
_OPTIMIZERS = {"adamw": "adamw", "nesterov": "nesterov", "AdamW": "adamw", "Nesterov": "nesterov"}
"""Command-line name of a ``model`` or ``optimizer``, by its name or, in earlier versions, its class."""


@dataclass(frozen=True)
class DataFile:
    """A data file of a run: where it was, and its SHA-256 (``None``: not recorded)."""

    path: str
    sha256: str | None


@dataclass(frozen=True)
class Provenance:
    """The provenance of a run.

    Attributes:
        data: its files.
        facts: (name, value) of data, code and machine.
        versions: (name, version) of the libraries.
        typed: the original command.
    """

    data: tuple[DataFile, ...]
    facts: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    typed: str


@dataclass(frozen=True)
class Reproduction:
    """How to reproduce a run.

    Attributes:
        command: for a terminal, in the repository.
        left_out: settings of the run that this version does not have.
    """

    command: str
    left_out: tuple[str, ...]


def provenance_of(run: RunDirectory, result: Mapping[str, Any]) -> Provenance:
    """The provenance that a run recorded.

    Args:
        run: its directory.
        result: the content of ``result.json``.

    Raises:
        DemoError: ``config.yaml`` cannot be read.
    """
    sums = _section(read_yaml(run.config), "data_sha256")
    data, machine = _section(result, "data"), _section(result, "machine")
    # Without a test file both are the same.
    files = dict.fromkeys(str(data[part]) for part in ("train", "test") if part in data)
    task = Task.of(data.get("task"))
    facts = [
        ("data source", result.get("data_source")),
        ("sequence length", _with_unit(data.get("length"), task.alphabet.unit)),
        *(_labelled_facts(task, data["class_counts"]) if data.get("class_counts") else _peak_facts(data)),
        ("seed", result.get("seed")),
        *([("pretrained", _trunk_text(result["pretrained"]))] if result.get("pretrained") else []),
        ("weights", _grouped(result.get("parameters"))),
        ("training steps", _grouped(result.get("steps"))),
        ("epochs", result.get("epochs")),
        ("precision", result.get("precision")),
        ("device", result.get("device")),
        ("git commit", result.get("git_commit")),
        ("host", machine.get("host")),
        ("platform", machine.get("platform")),
    ]
    return Provenance(
        tuple(DataFile(path, _text(sums.get(Path(path).name))) for path in files),
        tuple((name, _text(value) or _NOT_RECORDED) for name, value in facts),
        tuple((name, str(version)) for name, version in _section(result, "versions").items()),
        _command(machine),
    )


def _peak_facts(data: Mapping[str, Any]) -> list[tuple[str, object]]:
    return [
        ("training positives", data.get("train_positives")),
        ("validation positives", data.get("validation_positives")),
        ("negatives", data.get("negatives")),
    ]


def _labelled_facts(task: Task, counts: Mapping[str, Mapping[str, int]]) -> list[tuple[str, object]]:
    """Of labelled sequences: what they are, and how many each class has."""
    strands = "both, a sequence and its reverse complement mean the same" if task.strands == 2 else "as given"
    facts: list[tuple[str, object]] = [("alphabet", task.alphabet.title), ("strands", strands)]
    shown = list(counts.items())[:_CLASSES]
    for part in ("training", "validation"):
        facts.append((f"{part} sequences", ", ".join(f"{name}: {of[part]:,}" for name, of in shown)))
    if len(counts) > _CLASSES:
        facts.append(("classes", f"{len(counts)}; the numbers are of the first {_CLASSES}"))
    return facts


def reproduction(
    stored: Mapping[str, Any],
    *,
    tf: str,
    dataset: str,
    simulated: bool,
    defaults: Defaults,
    labelled: tuple[str, str] | None = None,
) -> Reproduction:
    """A command that reproduces a run in the folder ``again``, with every setting that differs from the defaults.

    The content of the run directory is only data: the command has settings of this version with plain values, which the
    reader can check, and loads nothing from the run directory.

    Args:
        stored: the content of ``config.yaml``.
        tf: the transcription factor.
        dataset: name of the data set.
        simulated: whether its data were simulated.
        defaults: the settings of ``train.py`` with overrides of its groups (``"model=kmer"``).
        labelled: of labelled sequences, the training and the test file, which may be the same; otherwise ``None``.

    Raises:
        DemoError: a value cannot be given on a command line, such as an interpolation.
    """
    groups = [] if labelled is None else ["data=labelled"]
    left_out: list[str] = []
    for section, known in (("model", _MODELS), ("optimizer", _OPTIMIZERS)):
        name = _name(stored, section)
        if name not in known:
            left_out += [f"{section} {name}"] if name else []
        elif known[name] != known.get(_name(defaults(*groups), section)):
            groups.append(f"{section}={known[name]}")
    known_settings = flatten(defaults(*groups))
    overrides = []
    for setting, value in flatten({name: stored[name] for name in _SECTIONS if name in stored}).items():
        if setting in _ELSEWHERE or setting.rpartition(".")[2] in ("name", "_target_", "_convert_"):
            continue
        if setting in known_settings or (value is None and any(s.startswith(f"{setting}.") for s in known_settings)):
            if known_settings.get(setting, ...) != value:
                overrides.append(f"{setting}={override_value(setting, value)}")
        elif value is not None:
            left_out.append(setting)
    data = [f"tf={override_value('tf', tf if simulated else dataset)}", *(["data=simulated"] if simulated else [])]
    if labelled is not None:
        path, test = (override_value("data.path", file) for file in labelled)
        overrides += [f"data.path={path}", *([f"data.test={test}"] if test != path else [])]
    words = [*data, *groups, *overrides, "paths.runs=again"]
    return Reproduction(" \\\n  ".join(["deep-motif train", *map(shlex.quote, words)]), tuple(left_out))


def _command(machine: Mapping[str, Any]) -> str:
    """As it was typed; a script's name begins the command that older runs recorded."""
    command = _text(machine.get("command"))
    if not command:
        return _NOT_RECORDED
    return command if command.startswith(("deep-motif ", "python ")) else f"python {command}"


def _name(settings: Mapping[str, Any], section: str) -> str:
    """The ``name`` of a section, or the last part of its ``_target_``."""
    part = settings.get(section)
    part = part if isinstance(part, Mapping) else {}
    return str(part.get("name") or str(part.get("_target_", "")).rpartition(".")[2])


def stored_config(path: Path) -> str:
    """The text of ``config.yaml``.

    Raises:
        DemoError: it is missing, or is not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DemoError(f"{path.name} is missing.", where=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DemoError(f"{path.name} cannot be read ({error}).", where=str(path)) from error


def _trunk_text(pretrained: Mapping[str, Any]) -> str:
    """The trunk that a run was fine-tuned from, and what it had seen of the test sequences."""
    test = _section(pretrained, "test")
    seen = f"shares 20-mers with {test.get('overlapping')} of {test.get('sequences')} test sequences"
    return f"{pretrained.get('name')} ({_grouped(pretrained.get('steps'))} steps; {seen})"


def _section(result: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = result.get(name)
    return section if isinstance(section, Mapping) else {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _with_unit(value: object, unit: str) -> str | None:
    return None if value is None else f"{value} {unit}"


def _grouped(value: object) -> str | None:
    return f"{value:,}" if isinstance(value, int) else None

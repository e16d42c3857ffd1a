"""The command line before and after Hydra: paths and names are text, and unknown settings are errors."""

import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import hydra
from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.errors import HydraException, OverrideParseException
from hydra.types import RunMode
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from demo.commands.cli import bad_input_ends
from demo.utils.config import as_key, words
from demo.utils.environment import typed, wandb_mode, with_home
from demo.utils.errors import DemoError, nearest
from demo.utils.settings import flatten

_PACKAGE = Path(__file__).parents[1]

CONF = next(path for path in (_PACKAGE / "conf", _PACKAGE.parents[1] / "conf") if path.is_dir())
"""Hydra's configuration: in an installed package, or at the top level of a checkout."""

OmegaConf.register_new_resolver("typed", typed, replace=True)

_PATHS = (
    "run", "input", "genome", "output", "peaks", "negatives", "out", "study", "url", "data.dir", "data.path",
    "data.test", "paths.runs", "motif.peers", "motif.database",
)  # fmt: skip
"""Settings that are paths: text, including commas; a leading ~ is the home folder."""

_NAMES = (
    "tf", "without", "cell", "lab", "name", "pretrained", "test_chromosomes", "logger.project", "logger.group",
    "data.alphabet", "data.label", "data.positive",
)  # fmt: skip
"""Settings that are names: text; commas separate the values of a sweep."""

_MODULES = ("plugins",)

_LISTS = ("run", "tf", "without", "test_chromosomes", "plugins", "motif.peers")
"""Settings among all these that may be lists."""

_BY_CLASS = ("data.path", "data.test")
"""Paths that may be mappings, a label to a file."""

_OPEN = ("model", "optimizer", "search", "motif.extraction", "attribution")
"""Sections whose class knows which settings it has."""

_NEVER_OFF = ("model", "optimizer", "attribution")
"""Those that null does not turn off."""

_OF_USERS = ("callbacks.",)
"""Sections to which a user may add objects, each with a ``_target_``."""

_REFUSED = {
    "trainer.limit_test_batches": "the test file is read once, and whole",
    "trainer.limit_predict_batches": "predict.py scores all of its input",
    "trainer.overfit_batches": "validation would no longer be held out; limit_train_batches=1 trains on one batch",
    "trainer.check_val_every_n_epoch": "every epoch is validated, because the best one is kept",
    "trainer.val_check_interval": "every epoch is validated, because the best one is kept",
    "trainer.max_time": "the same command would give other numbers on another machine; max_steps= limits training",
    "trainer.num_nodes": "a run trains on one machine; sweep.py hydra/launcher=slurm or ray uses several",
    "trainer.deterministic": "training always is",
    "trainer.benchmark": "cuDNN's choice by timing would make results depend on the machine's load",
    "trainer.logger": "logger=wandb, tensorboard, csv, or [wandb,tensorboard]",
    "trainer.callbacks": "+callbacks.<name>._target_=..., or callbacks=[default,early_stopping]",
    "trainer.default_root_dir": "paths.runs= is the folder of the runs",
    "trainer.enable_progress_bar": "callbacks.progress_bar=null turns it off",
    "trainer.enable_model_summary": "callbacks=[default,model_summary] turns it on",
    "trainer.enable_checkpointing": "a run keeps its best and its last epoch, to be loaded and resumed",
    "trainer.num_sanity_val_steps": "the network is tried out on validation sequences before training anyway",
    "trainer.gradient_clip_algorithm": "gradients are clipped by their norm",
    "trainer.sync_batchnorm": "not on CPUs; validation uses the first device's statistics on every device",
}
"""Arguments of Lightning's Trainer that are no settings, and why."""

_SWEEP_FUNCTION = re.compile(r"\s*(choice|range|interval|glob|shuffle|sort|tag)\(")
_IN_QUOTES = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\''
_LIST_ITEM = re.compile(rf"{_IN_QUOTES}|[^,]+")
_LABEL = rf"(?:{_IN_QUOTES}|[^:,'\"]+)"
_PAIR = re.compile(rf"({_LABEL})\s*:\s*({_IN_QUOTES}|.*?)\s*(?:,\s*(?={_LABEL}\s*:)|$)")
"""Of a mapping: a label, and a file, whose name may have commas."""


def run(command: str, door: Callable[[DictConfig], Any]) -> None:
    """Run a command with the arguments of the command line, errors in which are bad input too.

    Args:
        command: name of a file in ``conf/``.
        door: given its configuration, which Hydra composes.
    """
    # Otherwise Hydra prints exceptions itself and exits with code 1.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    # If the reader of our output has gone, logging would print a traceback.
    logging.raiseExceptions = False
    # Our launchers replace those of the plugins by name, and Hydra would warn of each.
    warnings.filterwarnings("ignore", r"\s*'hydra/launcher/\w+' is validated against ConfigStore schema")
    _list_groups_quickly()
    Hydra.get_mode = _mode  # type: ignore[method-assign]
    if command == "pretrain":
        # Several data sets of one training, not the values of a sweep.
        sys.argv[1:] = [re.sub(r"^(tf|without)=([^\['\"].*,.*)$", r"\1=[\2]", argument) for argument in sys.argv[1:]]
    sys.argv[1:] = map(as_text, sys.argv[1:])
    if any(re.match(r"(--cfg|-c|--info|-i)(=|$)", argument) for argument in sys.argv[1:]):
        # They show the configuration of one run, and Hydra refuses both.
        sys.argv[1:] = [argument for argument in sys.argv[1:] if argument not in ("-m", "--multirun")]
    with bad_input_ends(), explained(command):
        hydra.main(version_base="1.3", config_path=str(CONF), config_name=command)(door)()


@contextmanager
def explained(command: str) -> Iterator[None]:
    """Around Hydra: what it has to say of a command's settings, with what to type instead.

    Raises:
        DemoError: in the place of the exceptions of Hydra and OmegaConf.
    """
    try:
        yield
    except HydraException as error:
        raise _of_hydra(error, command) from error
    except ValueError as error:
        # Not an exception of Hydra's own: model=3, model=null.
        if not str(error).startswith("Config group override must be a string"):
            raise
        fix = "--help lists all options"
        raise DemoError("The name of an option is text: model=conv4_hw7.", fix=fix) from error
    except OmegaConfBaseException as error:
        raise DemoError(f"The configuration is invalid: {str(error).splitlines()[0]}") from error


def as_text(argument: str) -> str:
    """An argument of the command line, with paths and names quoted as Hydra's grammar requires for text.

    Without them ``out=2024_11`` is the number 202411, and ``run=x/a(b),c=1`` or ``out=~/x`` cannot be read. Lists
    become lists of text; what is quoted already stays as it is.
    """
    name, _, value = argument.partition("=")
    setting = name.lstrip("+")
    if setting not in (*_PATHS, *_NAMES, *_MODULES) or value in ("", "null"):
        return argument
    if value[0] == "[" and value[-1] == "]":
        items = [item.strip() for item in _LIST_ITEM.findall(value[1:-1])]
        return f"{name}=[{','.join(map(_quoted, filter(None, items)))}]"
    if setting in _BY_CLASS and value[0] == "{" and value[-1] == "}":
        pairs = _PAIR.findall(value[1:-1].strip())
        return f"{name}={{{','.join(f'{_as_key(label)}: {_quoted(file)}' for label, file in pairs)}}}"
    if setting in _NAMES and not _SWEEP_FUNCTION.match(value):
        values = (each if each == "null" else _quoted(each) for each in value.split(","))
        return f"{name}={','.join(values)}" if value[0] not in "\"'" else argument
    return argument if setting in _NAMES else f"{name}={_quoted(value)}"


def is_path(argument: str) -> bool:
    """Whether an argument of the command line, maybe unfinished, is the path of something."""
    name, is_setting, _ = argument.partition("=")
    return bool(is_setting) and name.lstrip("+") in _PATHS


def ready(config: DictConfig, command: str, choices: Mapping[str, Any]) -> None:
    """Check a composed configuration, resolve paths and environment variables in it, and import the user's modules.

    Args:
        config: of the command; modified.
        command: name of a file in ``conf/``.
        choices: group to option, ``hydra.runtime.choices``.

    Raises:
        DemoError: a setting is unknown, a path or a name is a number, there is no home folder for a ``~``, a module of
            ``plugins`` does not exist, or WANDB_MODE is invalid.
    """
    of_ours = [
        (group, option)
        for group, option in choices.items()
        if not group.startswith("hydra/") and (CONF / group / f"{option}.yaml").exists()
    ]
    known = known_settings(command, tuple(of_ours))
    _check(_values(config), known, known)
    for name in (*_PATHS, *_NAMES, *_MODULES):
        value = OmegaConf.select(config, name)
        if value is not None:
            OmegaConf.update(config, name, _text(name, value))
    if names := words(OmegaConf.select(config, "plugins")):
        # Here, not above: torch comes with it, and --help and errors do without.
        from demo.training.resolve import import_plugins

        import_plugins(names)
    if "logger" in config and config.logger.wandb is True and wandb_mode() == "disabled":
        config.logger.wandb = False


def check_params(params: Mapping[str, Any], config: DictConfig, command: str) -> None:
    """Check that a sweeper's ``params`` name settings; those of another ``model=`` count as well.

    Raises:
        DemoError: one does not exist.
    """
    known = known_settings(command)
    for name in flatten(params):
        if name not in (*flatten(known), *known) and OmegaConf.select(config, name) is None:
            raise unknown_setting(name, known)


def unknown_setting(name: str, known: Mapping[str, Any]) -> DemoError:
    """An unknown setting: the error lists those of its section, or the nearest names."""
    section = name.rpartition(".")[0]
    flat = flatten(known)
    if name.startswith("hydra."):
        return DemoError(f"There is no setting {name!r} of Hydra.", fix="--cfg hydra shows all of them")
    if name in _REFUSED:
        return DemoError(f"{name} of Lightning's Trainer is not a setting here: {_REFUSED[name]}.")
    if name in flat:
        group = name.partition(".")[0]
        return DemoError(
            f"{name} is not part of this configuration, whose {group} is another or none.",
            fix=f"+{name}=..., or {group}=<option> first",
        )
    siblings = [f"{section}.{key}" for key in _section(known, section)] if section else []
    return DemoError(
        f"There is no setting {name!r}.",
        exists=siblings or nearest(name, flat) or known,
        fix="--help lists all settings",
    )


@cache
def known_settings(command: str, choices: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """Our own configuration of a command with these options of its groups; Hydra is initialised."""
    options = dict(choices)
    if command == "visualize":
        # Without an option it has the settings of the run.
        options.setdefault("motif", "class")
    return _values(compose(command, [f"{group}={option}" for group, option in options.items()]))


def _section(known: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The settings of ``motif.extraction``, for instance; empty if there is no such section."""
    for key in name.split("."):
        found = known.get(key)
        known = found if isinstance(found, Mapping) else {}
    return known


def _values(config: DictConfig) -> dict[str, Any]:
    """As plain values, interpolations unresolved; without Hydra's own section."""
    values = OmegaConf.to_container(config)
    assert isinstance(values, dict)
    return {str(name): value for name, value in values.items() if name != "hydra"}


def _check(values: Mapping[str, Any], known: Mapping[str, Any], whole: Mapping[str, Any], section: str = "") -> None:
    """Check that a section has all settings of our own configuration and, unless it is open, no others."""
    for key in known:
        # visualize.py takes missing motif settings from the run.
        if key not in values and not f"{section}{key}.".startswith("motif."):
            raise DemoError(f"{section}{key} is not given.", fix="--help shows its default")
    for key, value in values.items():
        name, ours = f"{section}{key}", known.get(key)
        is_open = name in _OPEN or section in _OF_USERS
        if is_open and isinstance(value, Mapping) and "_target_" in value:
            continue
        if key not in known:
            raise unknown_setting(name, whole)
        if isinstance(value, Mapping):
            if name in _BY_CLASS:
                continue
            if not isinstance(ours, Mapping):
                raise unknown_setting(f"{name}.{next(iter(value), '')}", whole)
            if not is_open:
                _check(value, ours, whole, f"{name}.")
        elif (is_open and (value is not None or name in _NEVER_OFF)) or (not is_open and isinstance(ours, Mapping)):
            raise DemoError(
                f"{name} is {value}, but it should be a section of settings.",
                exists=ours and [f"{name}.{k}" for k in ours],
            )


def _text(name: str, value: Any) -> Any:
    """A path or name of the configuration, or a list or mapping of them, as text; ``~`` in paths is expanded."""
    if isinstance(value, DictConfig) and name in _BY_CLASS:
        return {label: _text(name, file) for label, file in value.items()}
    if isinstance(value, ListConfig):
        if name not in _LISTS:
            raise DemoError(
                f"{name} is a list, {list(value)}, and takes one value.", fix=f"{name}={value[0] if value else ''}"
            )
        return [_text(name, item) for item in value]
    if not isinstance(value, str):
        # 2024_11 in a file is 202411 by now, and no is false.
        raise DemoError(f"{name} is {value!r}, but it should be text.", fix=f"{name}: '...', in quotes")
    return with_home(value, name) if name in _PATHS else value


def _quoted(value: str) -> str:
    """In single quotes, unless quoted already; a backslash is doubled only before a quote."""
    if value[:1] in ("'", '"'):
        return value
    escaped = re.sub(r"(\\*)('|$)", lambda found: found[1] * 2 + (found[2] and "\\'"), value)
    return f"'{escaped}'"


def _as_key(label: str) -> str:
    """A label, in quotes or not, as the key of a mapping."""
    label = label.strip()
    return as_key(label[1:-1] if label[0] in "'\"" else label)


def _list_groups_quickly() -> None:
    """For ``--help``, Hydra 1.3 copies every plugin's settings for each of a hundred groups: nine tenths of the time.
    The copies are for the command's overrides; without any, the original will do."""
    slow = ConfigLoaderImpl.get_group_options

    def options(
        loader: ConfigLoaderImpl,
        group_name: str,
        results_filter: ObjectType | None = ObjectType.CONFIG,
        config_name: str | None = None,
        overrides: list[str] | None = None,
    ) -> list[str]:
        if config_name or overrides:
            return slow(loader, group_name, results_filter, config_name, overrides)
        return loader.repository.get_group_options(group_name, results_filter)

    ConfigLoaderImpl.get_group_options = options  # type: ignore[method-assign, assignment]


def _mode(self: Hydra, config_name: str | None, overrides: list[str]) -> Any:
    """Whether a command line is that of one run or of several. Hydra's own passes over any mistake and takes it for one
    run, which then complains of a setting with several values instead."""
    return self.compose_config(
        config_name, overrides, RunMode.MULTIRUN, with_log_configuration=False, validate_sweep_overrides=False
    ).hydra.mode


def _of_hydra(error: Exception, command: str) -> DemoError:
    """Hydra's error about the command line, with what to type instead."""
    message = str(error).strip()
    if isinstance(error, OverrideParseException):
        return _unreadable(str(error.override))
    there = re.search(r"Could not append to config\. An item is already at '([^']+)'", message)
    if there:
        return DemoError(f"+ adds a setting, but {there[1]!r} exists already.", fix=f"{there[1]}=..., without the +")
    option = re.search(r"'([\w/]+)/([^'/]+)'", message) if "Could not find" in message else None
    if option:
        options = re.findall(r"^\t([\w.-]+)$", message, re.M)
        group, name = option.groups()
        return DemoError(f"There is no {group}={name}.", exists=nearest(name, options) or options)
    several = re.search(r"Ambiguous value for argument '(.+)'$", message, re.M)
    if several:
        values = several[1].replace("'", "")
        sweeps = f"{typed('sweep')} {values}" if command == "train" else "a single one"
        return DemoError(f"{values} has several values.", fix=f"{sweeps}, or quotes for one text")
    unknown = re.search(r"Could not override[^']*'([^']+)'", message)
    if unknown:
        return _unknown_setting(unknown.group(1), command)
    return DemoError(message)


def _unreadable(override: str) -> DemoError:
    """Hydra's own grammar for values wants quotes around parentheses and letters that are not ASCII."""
    name, _, value = override.partition("=")
    if name.lstrip("+") in _BY_CLASS and value.startswith("{"):
        return DemoError(
            f"{name}= has a label that cannot be written on a command line: {value!r}.",
            fix="a folder with one FASTA a class, whose names are the labels; or a table",
        )
    return DemoError(f"Hydra's grammar cannot read {override!r}.", fix=f"quote the value twice: {name}='\"{value}\"'")


def _unknown_setting(name: str, command: str) -> DemoError:
    """An unknown setting, with the nearest names of the configuration without overrides."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return unknown_setting(name, known_settings(command))

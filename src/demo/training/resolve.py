"""Resolves a configuration, once, into a run: its data set, settings and directory.

The user's own networks, optimisers and methods are imported because the command line names them, never a file.
"""

from __future__ import annotations

import inspect
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, reduce
from importlib import import_module
from pathlib import Path
from typing import Any

from demo.data.catalogue import DataSet, PublishedAuc
from demo.data.labelled.settings import LabelledSettings
from demo.data.sources import JOINED, FoundSet, data_folder, find_data, labelled_data
from demo.networks.registry import NETWORKS, role_of
from demo.runs.directory import RunDirectory, run_name
from demo.runs.pretrained import BASE, SHIPPED, Trunk
from demo.runs.settings import RunSettings
from demo.utils.config import composed, words
from demo.utils.errors import DemoError
from demo.utils.files import checksums
from demo.utils.settings import Registry

AUTO = "auto"
"""Value of ``pretrained=``: the trunk of this package for a user's own peaks, random weights for published data."""

FINE_TUNING = 1_700
"""Training batches from a trunk, chosen by validation AUROC (docs/research/pretrained.md)."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingRun:
    """The identity of a run to train.

    Attributes:
        dataset: its two files are on disk.
        data_source: ``encode``, ``user`` or ``simulated``.
        settings: its settings.
        directory: where it is written.
        force: whether it starts over even if it has begun or finished.
        own: the user's modules and classes that it needs; see ``demo.training.resolve``.
    """

    dataset: DataSet
    data_source: str
    settings: RunSettings
    directory: Path
    force: bool = False
    own: tuple[str, ...] = ()

    @cached_property
    def data_sums(self) -> dict[str, str]:
        """SHA-256 of its data files, by name, and of the trunk's weights if it has one."""
        assert self.dataset.train_path and self.dataset.test_path
        trunk = self.trunk
        weights = {} if trunk is None else {f"{trunk.name}/{trunk.folder.best_checkpoint.name}": trunk.checksum}
        return {**checksums(self.dataset.train_path, self.dataset.test_path), **weights}

    @cached_property
    def trunk(self) -> Trunk | None:
        """The pretrained trunk that it begins with, if any.

        Raises:
            DemoError: it is not there any more.
        """
        return None if self.settings.pretrained is None else Trunk.open(Path(self.settings.pretrained))

    @property
    def folder(self) -> RunDirectory:
        """Its run directory."""
        return RunDirectory(self.directory)

    def plain(self) -> dict[str, Any]:
        """As plain values for a worker of a sweep; ``TrainingRun.of`` reads them back."""
        paths = {name: str(getattr(self.dataset, name)) for name in ("train_path", "test_path")}
        return {
            "dataset": asdict(self.dataset) | paths,
            "data_source": self.data_source,
            "settings": self.settings.plain(),
            "directory": str(self.directory),
            "force": self.force,
            "own": list(self.own),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> TrainingRun:
        """From what ``plain`` returned."""
        dataset = dict(plain["dataset"])
        for name in ("train_path", "test_path"):
            dataset[name] = Path(dataset[name])
        if dataset["published"] is not None:
            dataset["published"] = PublishedAuc(**dataset["published"])
        return cls(
            DataSet(**dataset),
            plain["data_source"],
            RunSettings.of(plain["settings"]),
            Path(plain["directory"]),
            plain["force"],
            tuple(plain["own"]),
        )


def run_of(values: Mapping[str, Any]) -> TrainingRun:
    """The run that a configuration asks for.

    Args:
        values: ``conf/train.yaml`` with the command's overrides, as plain values.

    Raises:
        DemoError: there is no such data set, or a setting is invalid.
    """
    settings, own = settings_of(values)
    runs = Path(values["paths"]["runs"])
    data = values["data"]
    if data["source"] == "labelled":
        found = FoundSet(labelled_set(values), "user")
    else:
        found = find_data(
            str(values["tf"]),
            cell=values["cell"],
            lab=values["lab"],
            source=data["source"],
            folder=data_folder(data["dir"]),
            simulated_folder=runs / "simulated",
        )
        if values["pretrained"] == AUTO and found.source == "user":
            # Not a trunk of the user's with that name.
            base = SHIPPED / BASE
            if Trunk.open(base).suits(settings.network):
                settings, _ = settings_of({**values, "pretrained": str(base)})
                _log.info("Fine-tunes the pretrained network %r on your own peaks; from scratch: pretrained=null", BASE)
        found.say_how()
    dataset = found.dataset
    return TrainingRun(dataset, found.source, settings, runs / dataset.name / name_of(settings), values["force"], own)


def labelled_set(values: Mapping[str, Any]) -> DataSet:
    """The data set of labelled sequences that a configuration names.

    Raises:
        DemoError: ``data.path=`` is not given, a file is not there, or the set has no name.
    """
    data, tf = values["data"], values["tf"]
    if data["path"] in (None, "???"):
        raise DemoError(
            "data.path= is not given.",
            fix="data.path=sequences.tsv, with columns sequence and label; or FASTA, or a folder with one a class",
        )
    made = Path(values["paths"]["runs"]) / JOINED
    dataset = labelled_data(
        None if tf in (None, "???") else str(tf), data["path"], data["test"], data_folder(data["dir"]), made
    )
    assert dataset.train_path and dataset.test_path
    if data["label"] is not None and {dataset.train_path.parent, dataset.test_path.parent} == {made}:
        raise DemoError("data.label= is a pattern for headers, but each file has its label.", fix="leave it out")
    return dataset


def settings_of(values: Mapping[str, Any]) -> tuple[RunSettings, tuple[str, ...]]:
    """The settings of a configuration, and the user's modules that have to be imported for them.

    A user's ``_target_`` (``model._target_: mypackage.MyNet``) is imported and registered; its name is what is stored.
    ``pretrained=auto`` depends on the data set, and is random weights here.

    Raises:
        DemoError: a class cannot be imported, or a setting is invalid.
    """
    own = words(values.get("plugins"))
    import_plugins(own)
    named: dict[str, Any] = {}
    for section in ("model", "optimizer"):
        part = values.get(section)
        if isinstance(part, Mapping) and "_target_" in part:
            named[section] = with_name(part)
            own.append(str(part["_target_"]))
    if values.get("pretrained") == AUTO:
        named["pretrained"] = None
    settings = RunSettings.of({**values, **named})
    if settings.pretrained:
        settings = _fine_tuned(settings, Path(values["paths"]["runs"]))
        if values["trainer"]["steps"] is None:
            settings = replace(settings, trainer=replace(settings.trainer, steps=FINE_TUNING))
    return settings, tuple(own)


def _fine_tuned(settings: RunSettings, runs: Path) -> RunSettings:
    """The settings with the network of the trunk, and with its path.

    Raises:
        DemoError: there is no such trunk, it is another network's, or this network cannot be fine-tuned.
    """
    trunk = Trunk.named(str(settings.pretrained), runs)
    if settings.is_fitted_at_once or settings.search is not None:
        reason = "is fitted at once" if settings.is_fitted_at_once else "searches its settings from random weights"
        raise DemoError(
            f"pretrained= does not go with {settings.network_name}, which {reason}.",
            fix="leave pretrained= out" if settings.is_fitted_at_once else "search=null",
        )
    usual = RunSettings.of(composed("train")).network
    network = trunk.network_for(settings.network, usual)
    return replace(settings, network=network, pretrained=str(trunk.folder.path))


def name_of(settings: RunSettings) -> str:
    """``<model and the settings that differ from its defaults>/seed<k>``."""
    defaults = _defaults(settings.network_name, isinstance(settings.data, LabelledSettings))
    if settings.pretrained is not None:
        usual = replace(defaults.trainer, steps=FINE_TUNING)
        defaults = replace(defaults, network=Trunk.open(Path(settings.pretrained)).network, trainer=usual)
    return run_name(settings.deciding, defaults.deciding)


def _defaults(network: str, labelled: bool = False) -> RunSettings:
    """The settings of a run with this network on such data and no overrides."""
    data = ["data=labelled"] if labelled else []
    if network in NETWORKS and not NETWORKS[network].__module__.startswith("demo."):
        arguments = inspect.signature(NETWORKS[network]).parameters.values()
        model = {each.name: each.default for each in arguments if each.default is not inspect.Parameter.empty}
        return RunSettings.of({**composed("train", *data), "model": {"name": network, **model}})
    # A model may bring other settings with it, such as its optimiser.
    return RunSettings.of(composed("train", *data, *([f"model={network}"] if role_of(network).baseline else [])))


def import_plugins(names: Sequence[str]) -> None:
    """Import the user's modules or classes; the current folder is searched too.

    Modules register their contents with the decorators of this package. A network or optimiser that is named directly
    (``mypackage.MyNet``) is registered under its name in lower case unless its module registers it.

    Raises:
        DemoError: one cannot be imported, or a name is taken.
    """
    for name in names:
        thing = _imported(name)
        if inspect.isclass(thing):
            _registered(thing)


def with_name(section: Mapping[str, Any]) -> dict[str, Any]:
    """A section whose ``_target_`` names a user's class, with the name under which the class is registered.

    Raises:
        DemoError: the class cannot be imported, or the section also has a name.
    """
    target = str(section["_target_"])
    if "name" in section:
        raise DemoError(
            f"These settings have both a name, {section['name']!r}, and a _target_, {target!r}.",
            fix="model=<name>, your own YAML file with the _target_ and its arguments",
        )
    arguments = {key: value for key, value in section.items() if key not in ("_target_", "_convert_")}
    return {"name": _registered(_imported(target)), **arguments}


def _imported(name: str) -> Any:
    """What a dotted name stands for. Exceptions raised by the user's module itself are passed on."""
    # Last, so that a file cannot shadow an installed package.
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        module = ".".join(parts[:end])
        try:
            thing = import_module(module)
            return reduce(getattr, parts[end:], thing)
        except (AttributeError, TypeError, ValueError):
            break
        except ModuleNotFoundError as error:
            # A user's module that lacks another one keeps its traceback, which shows where.
            if not f"{module}.".startswith(f"{error.name}."):
                raise
    raise DemoError(
        f"There is no module or class {name!r} to import.",
        fix="write it as in Python, mymodule or mymodule.MyNet; install it, or run in the folder of mymodule.py",
    )


def _registered(thing: Any) -> str:
    from torch import nn

    from demo.training.optimizers import OPTIMIZERS

    registry: Registry[Any] = NETWORKS if issubclass(thing, nn.Module) else OPTIMIZERS
    name = registry.name_of(thing) or str(thing.__name__).lower()
    registry.register(name)(thing)
    return name

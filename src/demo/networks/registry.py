"""The networks by name, and their roles. Does not import torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar

from demo.sequences.task import BINDING, Task
from demo.utils.errors import DemoError
from demo.utils.settings import Registry, under

if TYPE_CHECKING:
    from torch import nn

Network = TypeVar("Network", bound="type[nn.Module]")


@dataclass(frozen=True)
class Role:
    """The role of a network.

    Attributes:
        baseline: others are compared with it; a sweep selects it only if there are no others.
        at_once: it is a ``demo.networks.contract.Baseline``, fitted without gradient steps: it has no steps or epochs.
    """

    baseline: bool = False
    at_once: bool = False


NETWORKS: Registry[type[nn.Module]] = Registry("network")
"""The networks by name; ``make_network`` registers those of this package."""

_ROLES = {
    "deepbind": Role(True),
    "pwm": Role(True, at_once=True),
    "kmer": Role(True, at_once=True),
    "positions": Role(True, at_once=True),
}
"""Roles of this package's baselines, available without torch for ``--help``, finished runs and the study."""

BASELINES = tuple(sorted(_ROLES))
"""``model=`` of this package's baselines."""

_NAMES = {"DeMoNet": "demonet", "DeepBindNet": "deepbind", "PwmNet": "pwm", "KmerNet": "kmer"}
"""Names of these networks in files of earlier versions: ``demo.networks.DeMoNet``."""


def register_network(name: str, *, role: Role | None = None) -> Callable[[Network], Network]:
    """A class decorator that registers a network by ``name``, which run directories and checkpoints store.

    Args:
        name: lower case, as in names of run directories.
        role: a candidate, trained in steps, by default.

    Raises:
        DemoError: the name is taken.
    """

    def keep(network: Network) -> Network:
        NETWORKS.register(name)(network)
        if role is not None:
            _ROLES[name] = role
        return network

    return keep


def role_of(name: str) -> Role:
    """The role of a network: a candidate that is trained in steps, unless registered otherwise."""
    return _ROLES.get(name, Role())


def network_name(settings: Mapping[str, Any]) -> str:
    """The name of the network in stored settings, possibly of an earlier version."""
    target = str(settings.get("_target_", ""))
    package, _, name = target.rpartition(".")
    return _NAMES.get(name, target) if package == "demo.networks" else str(settings.get("name", target))


def make_network(settings: Mapping[str, Any], task: Task = BINDING) -> nn.Module:
    """The network that ``settings`` describe, as run directories and checkpoints store them.

    Only registered networks are created: settings from elsewhere cannot run other code.

    Args:
        settings: ``name`` of the network and its arguments.
        task: what it reads and tells apart. Of another task than ``BINDING`` its constructor is told ``letters`` and
            ``outputs``, where they are not 4 and 1; and ``strands`` and ``positions``, if it has such arguments.

    Returns:
        The network; its attribute ``task`` says what it reads, for everything that uses it.

    Raises:
        DemoError: there is no such network, it has no such argument, or a value is out of range.
    """
    _register_ours()
    name = network_name(settings)
    network = NETWORKS.named(name)
    arguments = {key: value for key, value in settings.items() if key not in ("name", "_target_")}
    accepted = signature(network).parameters
    arguments |= {
        key: value for key, value in task.arguments.items() if key in accepted or key in ("letters", "outputs")
    }
    try:
        with under("model"):
            made = network(**arguments)
    except TypeError as error:
        what = f"The network {name} does not accept these settings: {error}."
        raise DemoError(what, exists=_arguments_of(network)) from error
    made.task = task  # type: ignore[assignment]
    return made


def task_of(network: nn.Module) -> Task:
    """What a network reads and tells apart: ``BINDING``, unless ``make_network`` was told something else."""
    return getattr(network, "task", BINDING)


def _arguments_of(network: type[nn.Module]) -> list[str]:
    return [f"model.{name}" for name in signature(network).parameters]


@cache
def _register_ours() -> None:
    """Import every module of this package: what it holds registers itself."""
    for module in iter_modules([str(Path(__file__).parent)]):
        import_module(f"demo.networks.{module.name}")

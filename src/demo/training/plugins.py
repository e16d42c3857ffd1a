"""The user's own networks, optimisers and methods: imported because the command line names them, never a file."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Mapping, Sequence
from functools import reduce
from importlib import import_module
from typing import Any

from demo.networks.registry import NETWORKS
from demo.utils.errors import DemoError
from demo.utils.registry import Registry


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

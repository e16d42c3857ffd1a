"""Modules of the user's own that register networks, attribution methods and the like."""

import sys
from collections.abc import Iterable
from importlib import import_module

from demo.utils.errors import DemoError


def import_plugins(setting: str | Iterable[str] | None) -> None:
    """Import the modules that ``plugins=`` names, before anything is looked up in a registry.

    Modules in the current folder can be named too; installed ones come first.

    Args:
        setting: names, or one text with commas between them; ``None`` for none.

    Raises:
        DemoError: there is no such module. What a module itself raises comes out as it is.
    """
    names = setting.split(",") if isinstance(setting, str) else list(setting or [])
    if names and not {"", "."} & set(sys.path):
        sys.path.append("")
    for name in filter(None, map(str.strip, names)):
        try:
            import_module(name)
        except (ModuleNotFoundError, TypeError, ValueError) as error:
            # A module that lacks another one is the user's to mend, with the traceback that says where.
            if isinstance(error, ModuleNotFoundError) and not f"{name}.".startswith(f"{error.name}."):
                raise
            raise DemoError(
                f"There is no module {name!r} to import.",
                where="plugins",
                fix="plugins=mymodule for mymodule.py in the current folder, or the name of an installed module",
            ) from error

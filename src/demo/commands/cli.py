"""How commands end: bad input gives one clear message and exit code 2, never a traceback."""

import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from demo.utils.environment import typed
from demo.utils.errors import DemoError, nearest


def run(command: str, main: Callable[[], None]) -> None:
    """Run a command decorated with ``hydra.main``; errors in the command line are bad input too.

    Args:
        command: its name.
        main: the decorated function.
    """
    # Otherwise Hydra prints exceptions itself and exits with code 1.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    # If the reader of our output has gone, logging would print a traceback.
    logging.raiseExceptions = False
    # Our launchers replace those of the plugins by name, and Hydra would warn of each.
    warnings.filterwarnings("ignore", r"\s*'hydra/launcher/\w+' is validated against ConfigStore schema")
    from demo.commands.command_line import as_text

    _list_groups_quickly()
    sys.argv[1:] = map(as_text, sys.argv[1:])
    with bad_input_ends(), explained(command):
        main()


@contextmanager
def explained(command: str) -> Iterator[None]:
    """Around Hydra: what it has to say of a command's settings, with what to type instead.

    Raises:
        DemoError: in the place of the exceptions of Hydra and OmegaConf.
    """
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

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


@contextmanager
def bad_input_ends() -> Iterator[None]:
    """Around a command: a ``DemoError`` is printed, and the exit code is 2.

    The same goes for file errors of the system (no permission, a path that is too long). Other errors are bugs and
    keep their traceback.
    """
    try:
        yield
    except DemoError as error:
        _end(error)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; Python would complain again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.filename is None:
            raise
        _end(DemoError(f"{error.strerror}.", where=os.fsdecode(error.filename)))


def _list_groups_quickly() -> None:
    """For ``--help``, Hydra 1.3 copies every plugin's settings for each of a hundred groups: nine tenths of the time.
    The copies are for the command's overrides; without any, the original will do."""
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from hydra.core.object_type import ObjectType

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


def _end(error: DemoError) -> NoReturn:
    print(f"\nError: {error}", file=sys.stderr)
    sys.exit(2)


def _of_hydra(error: Exception, command: str) -> DemoError:
    """Hydra's error about the command line, with what to type instead."""
    from hydra.errors import OverrideParseException

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
        typed_so = several[1].replace("'", "")
        return DemoError(f"{typed_so} has several values.", fix=f"{typed('sweep')} {typed_so}, or quotes for one text")
    unknown = re.search(r"Could not override[^']*'([^']+)'", message)
    if unknown:
        return _unknown_setting(unknown.group(1), command)
    return DemoError(message)


def _unreadable(override: str) -> DemoError:
    """Hydra's own grammar for values wants quotes around parentheses and letters that are not ASCII."""
    name, _, value = override.partition("=")
    return DemoError(f"Hydra's grammar cannot read {override!r}.", fix=f"quote the value twice: {name}='\"{value}\"'")


def _unknown_setting(name: str, command: str) -> DemoError:
    """An unknown setting, with the nearest names of the configuration without overrides."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    from demo.commands.command_line import CONF, known_settings, unknown_setting

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return unknown_setting(name, known_settings(command))

"""How the commands end: bad input is one clear message and exit code 2, never a traceback."""

import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from demo.errors import DemoError, nearest

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def run(main: Callable[[], None]) -> None:
    """Run a command decorated with ``hydra.main``; errors in the command line itself end it as bad input does."""
    # Hydra would print exceptions itself and end with code 1.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    # Our launchers have the names of the plugins' own ones, which Hydra would say of each.
    warnings.filterwarnings("ignore", r"\s*'hydra/launcher/\w+' is validated against ConfigStore schema")
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    try:
        main()
    except HydraException as error:
        _end(_of_hydra(error))
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OmegaConfBaseException as error:
        _end(DemoError(f"The configuration is not right: {str(error).splitlines()[0]}"))


@contextmanager
def bad_input_ends() -> Iterator[None]:
    """What a command does inside ``hydra.main``: a ``DemoError`` is printed, and the exit code is 2.

    Other errors are faults of the program and keep their traceback.
    """
    try:
        yield
    except DemoError as error:
        _end(error)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from the last finished epoch.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _end(error: DemoError) -> NoReturn:
    print(f"\nError: {error}", file=sys.stderr)
    sys.exit(2)


def _of_hydra(error: Exception) -> DemoError:
    """Hydra's complaint about the command line, with what to type instead."""
    from hydra.errors import OverrideParseException

    message = str(error).strip()
    if isinstance(error, OverrideParseException):
        return DemoError(
            f"Hydra's grammar cannot read {error.override!r}.",
            fix="quote a value with parentheses twice, tf='\"ARID3A_K562_ARID3A_(sc-8821)_Stanford\"', or write - for "
            "them: tf=ARID3A_K562_ARID3A_-sc-8821-_Stanford",
        )
    unknown = re.search(r"Could not (?:override|append to config)[^']*'([^']+)'", message)
    if unknown:
        return _unknown_setting(unknown.group(1))
    return DemoError(message)


def _unknown_setting(name: str) -> DemoError:
    """There is no such setting; the nearest names are those of the configuration without overrides."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf

    from demo.configuration import flatten

    script = Path(sys.argv[0])
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(script.resolve().parent / "conf"), version_base="1.3"):
        config = compose(script.stem)
    names = list(flatten(OmegaConf.to_container(config)))  # type: ignore[arg-type]
    return DemoError(
        f"There is no setting {name!r}.",
        exists=nearest(name, names) or [n for n in names if n.startswith(name.split(".")[0] + ".")] or names,
        fix=f"python {script.name} --help lists all settings",
    )

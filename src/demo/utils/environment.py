"""The environment of a command, settled in one place when it begins.

Deep Motif trains in one process, on one device, and draws to files, however it is started: from a notebook, under
Slurm or torchrun, or in a container without a home folder.
"""

import atexit
import ctypes
import os
import shutil
import sys
import tempfile
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Literal

from demo.utils.errors import DemoError

_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK")
"""Variables that Lightning takes for the rank of this process: with one other than 0 it would save nothing."""

_LIGHTNING = "PL_TRAINER_"
"""Prefix of variables with defaults for Lightning's Trainer: settings that no run would record."""

_WANDB_MODES: dict[str, Literal["online", "offline", "disabled"]] = {
    "online": "online",
    "run": "online",
    "shared": "online",
    "offline": "offline",
    "dryrun": "offline",
    "disabled": "disabled",
}
"""Documented values of WANDB_MODE, including old ones, and their meanings."""

_TYPED = "DEMO_TYPED"
"""Variable with the form of our commands as the user typed it; child processes inherit it."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's ``mallopt``."""

_home: Path | None = None
"""The user's home folder, after ``settle``, which may change HOME."""


@cache
def settle() -> None:
    """Remove environment variables that would mislead libraries, and set those they need.

    Must be called before matplotlib, numba, Lightning or wandb are imported; child processes inherit it.
    """
    # A notebook's backend may not be importable here, and no figure is shown.
    os.environ["MPLBACKEND"] = "Agg"
    for name in list(os.environ):
        if name in _RANKS or name.startswith(_LIGHTNING):
            del os.environ[name]
    if "TMPDIR" in os.environ and not os.access(os.environ["TMPDIR"], os.W_OK | os.X_OK):
        os.environ["TMPDIR"] = tempfile.gettempdir()
    _need_home()
    _keep_memory()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # An ASCII terminal or pipe gets \u2265, not a traceback.
            stream.reconfigure(errors="backslashreplace")


def typed(command: str) -> str:
    """One of our commands as this user types it: ``deep-motif train``, or ``python train.py``,
    or ``python -m demo train``.

    Outside a command, in a notebook for instance, it is the first of these.
    """
    form = os.environ.get(_TYPED, "deep-motif {}")
    if form.endswith(".py") and command in ("study", "report", "dashboard"):
        # There is no script for these.
        form = "python -m demo {}"
    return form.format(command)


def is_typed(form: str) -> None:
    """Tell ``typed`` how this process was started, with ``{}`` for the command."""
    os.environ[_TYPED] = form


def with_home(path: str, name: str) -> str:
    """``path`` with a leading ``~`` expanded.

    Args:
        path: as typed.
        name: of the setting, for messages.

    Raises:
        DemoError: there is no such home folder.
    """
    if not path.startswith("~"):
        return path
    user, slash, rest = path.partition("/")
    home = os.path.expanduser(user) if user != "~" else str(_home or user)
    if home == user:
        raise DemoError(
            f"{name} is {path!r}, but there is no such home folder.", fix=f"{name}=./{path} if the name begins with ~"
        )
    return home + slash + rest


def wandb_mode() -> Literal["online", "offline", "disabled"] | None:
    """The mode of Weights & Biases from WANDB_DISABLED and WANDB_MODE; ``None`` if unset.

    Raises:
        DemoError: WANDB_MODE is invalid.
    """
    if os.environ.get("WANDB_DISABLED", "").lower() not in ("", "0", "false", "no", "off"):
        return "disabled"
    mode = os.environ.get("WANDB_MODE", "").lower()
    if mode and mode not in _WANDB_MODES:
        raise DemoError(
            f"WANDB_MODE is {mode!r}: it may be online, offline or disabled (or turn W&B off with logger=csv)."
        )
    return _WANDB_MODES.get(mode)


def _keep_memory() -> None:
    """Have glibc keep the memory that is freed, for the next step of training, which needs as much again.

    Returning it to the kernel may cost a thousand page faults in each step, a tenth of its time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:  # not in other C libraries
        mallopt(_M_MMAP_THRESHOLD, 2**25)  # the most that it allows: larger blocks are returned
        mallopt(_M_TRIM_THRESHOLD, 2**30)


def _need_home() -> None:
    """A temporary home folder for this process if there is no writable one, in a container for instance.

    W&B, matplotlib and numba keep caches there; without one they fail, or create a folder named ~.
    """
    global _home
    if not os.environ.get("HOME"):
        os.environ.pop("HOME", None)
    try:
        _home = Path.home()
        if os.access(_home, os.W_OK | os.X_OK):
            return
        os.environ.setdefault("NETRC", str(_home / ".netrc"))
    except RuntimeError:
        _home = None
    os.environ["HOME"] = tempfile.mkdtemp(prefix="deep-motif-home-")
    atexit.register(shutil.rmtree, os.environ["HOME"], ignore_errors=True)

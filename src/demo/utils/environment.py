"""What of the environment counts: one place decides, when a command begins.

Deep Motif trains in one process, on one device, and draws to files, wherever it is started: from a notebook's shell,
under Slurm or torchrun, in a container without a home folder.
"""

import atexit
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
"""What Lightning takes for the rank of this process: one that is not 0 would log and save nothing."""

_LIGHTNING = "PL_TRAINER_"
"""Variables that begin so are defaults of Lightning's Trainer: settings beside ours, which no run would record."""

_WANDB_MODES: dict[str, Literal["online", "offline", "disabled"]] = {
    "online": "online",
    "run": "online",
    "shared": "online",
    "offline": "offline",
    "dryrun": "offline",
    "disabled": "disabled",
}
"""Values of WANDB_MODE in W&B's documentation, old ones too, and what they come to."""

_home: Path | None = None
"""The user's home folder, after ``settle``; HOME may be another one."""


@cache
def settle() -> None:
    """Take out of the environment what would mislead the libraries below us, and put in what they need.

    To be called before matplotlib, numba, Lightning or wandb are imported; child processes inherit it.
    """
    # A notebook's backend may not be importable here, and nothing is shown.
    os.environ["MPLBACKEND"] = "Agg"
    for name in list(os.environ):
        if name in _RANKS or name.startswith(_LIGHTNING):
            del os.environ[name]
    if "TMPDIR" in os.environ and not os.access(os.environ["TMPDIR"], os.W_OK | os.X_OK):
        os.environ["TMPDIR"] = tempfile.gettempdir()
    _need_home()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal or a pipe in ASCII gets \u2265, not a traceback.
            stream.reconfigure(errors="backslashreplace")


def with_home(path: str, name: str) -> str:
    """``path`` with the home folder for a leading ``~``.

    Args:
        path: as it was typed.
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
            f"{name} is {path!r}, and there is no such home folder.", fix=f"{name}=./{path} for a name with a ~ in it"
        )
    return home + slash + rest


def wandb_mode() -> Literal["online", "offline", "disabled"] | None:
    """What WANDB_DISABLED and WANDB_MODE ask of Weights & Biases; ``None`` where they ask nothing.

    Raises:
        DemoError: WANDB_MODE is none of W&B's values.
    """
    if os.environ.get("WANDB_DISABLED", "").lower() not in ("", "0", "false", "no", "off"):
        return "disabled"
    mode = os.environ.get("WANDB_MODE", "")
    if mode and mode not in _WANDB_MODES:
        raise DemoError(
            f"WANDB_MODE is {mode!r}: it may be online, offline or disabled (or leave W&B out with logger=csv)."
        )
    return _WANDB_MODES.get(mode)


def _need_home() -> None:
    """A home folder that lasts as long as this process, where there is none to write to: in a container, for instance.

    W&B, matplotlib and numba keep caches there; without one they fail, or make a folder named ~.
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

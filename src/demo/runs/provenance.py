"""What produced a result: versions, code, machine."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import demo

_PACKAGES = ("torch", "pytorch-lightning", "torchmetrics", "hydra-core", "numpy", "numba", "pyjaspar", "scikit-learn")


def versions() -> dict[str, str]:
    """Versions of this package, Python, and the libraries that affect the numbers."""
    return {"demo": demo.__version__, "python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def git_commit() -> str | None:
    """The commit of the code, with ``-dirty`` if files differ from it; ``None`` outside a checkout."""
    folder = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--match="],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip() or None


def machine() -> dict[str, str | None]:
    """The host's name and processor, and which GPUs this process sees (``None``: all)."""
    return {
        "host": platform.node(),
        "platform": platform.platform(),
        "cuda_visible_devices": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "command": " ".join(sys.argv),
    }

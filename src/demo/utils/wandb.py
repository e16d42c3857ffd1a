"""Weights & Biases: curves, pictures and final numbers of a run, offline unless the user is logged in."""

from __future__ import annotations

import hashlib
import logging
import netrc
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from demo.utils.environment import wandb_mode
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    from pytorch_lightning.loggers import WandbLogger

# Read by wandb on import: its messages are for users who log in, and they can set this.
os.environ.setdefault("WANDB_SILENT", "true")

_INIT_WITHIN = 20.0
"""Seconds for W&B to start a run online."""

_ANSWER_WITHIN = 3.0
"""Seconds for the W&B server to accept a connection; its own client would block a run for minutes."""

_log = logging.getLogger(__name__)


def start(
    run: Path,
    name: str,
    project: str,
    group: str | None,
    config: dict[str, Any],
    tags: list[str],
    beside: bool = False,
) -> WandbLogger:
    """Start a run in W&B: online if a key is stored and the server answers, otherwise offline; never asks for a key.

    Args:
        run: the run directory; W&B's files are written there.
        name: of the run.
        project: W&B project.
        group: W&B group, if any.
        config: the resolved configuration.
        tags: of the run.
        beside: whether other runs are started in this process before it ends.

    Raises:
        DemoError: W&B cannot use an environment variable.
    """
    # Imported here and below, so that what only may log need not wait for it.
    import wandb
    from pydantic import ValidationError
    from pytorch_lightning.loggers import WandbLogger

    # On a full disk, its threads would print a traceback for each line that they cannot log.
    logging.raiseExceptions = False
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    # The same run directory is the same W&B run, so that a resumed run continues there, too.
    identity = hashlib.sha256(str(run.resolve()).encode()).hexdigest()[:16]
    if "WANDB_SWEEP_ID" in os.environ:
        # The agent of a W&B sweep has already created the run.
        identity = os.environ.get("WANDB_RUN_ID", identity)

    def begin(mode: Literal["online", "offline"]) -> WandbLogger:
        # Not by WandbLogger, which passes an argument that wandb warns about.
        try:
            experiment = wandb.init(
                project=project,
                name=name,
                group=group,
                id=identity,
                dir=run,
                mode=mode,
                resume="allow" if mode == "online" else None,
                config=config,
                tags=tags,
                reinit="create_new" if beside else None,
                settings=wandb.Settings(init_timeout=_INIT_WITHIN),
            )
        except ValidationError as error:
            setting = error.errors()[0]
            raise DemoError(
                f"Weights & Biases cannot use WANDB_{str(setting['loc'][-1]).upper()}: {setting['msg']}.",
                fix="correct or unset it, or turn W&B off with logger=csv",
            ) from error
        return WandbLogger(experiment=experiment)

    if not _online():
        return begin("offline")
    try:
        return begin("online")
    except wandb.errors.Error as error:
        _log.warning("Weights & Biases refused this run (%s): logging offline.", error)
        return begin("offline")


def finish(
    logger: WandbLogger,
    labels: NDArray[np.uint8],
    probabilities: NDArray[np.float64],
    pictures: list[Path],
    summary: Mapping[str, float | str],
) -> None:
    """Log the final results of a run, and end it.

    Args:
        logger: from ``start``.
        labels: (N,) of the test set, 1 or 0.
        probabilities: (N,) of binding, 0-1; their ROC and precision-recall curves are drawn.
        pictures: PNG files of logos, named by file.
        summary: final numbers, and names of motifs.
    """
    import wandb

    # wandb's annotations are narrower than what it accepts.
    truth: Any = labels.tolist()
    bound: Any = [1]
    both: Any = [[1 - p, p] for p in probabilities.tolist()]
    names = ["not bound", "bound"]
    logger.experiment.log(
        {
            "test/roc": wandb.plot.roc_curve(truth, both, names, bound),
            "test/precision_recall": wandb.plot.pr_curve(truth, both, names, bound),
        }
        | {f"motif/{path.stem}": wandb.Image(str(path)) for path in pictures}
    )
    logger.experiment.summary.update(dict(summary))
    logger.experiment.finish()


def _online() -> bool:
    """Whether to log to the W&B server: if a key is stored and it answers, unless WANDB_MODE says otherwise."""
    if wandb_mode() not in (None, "online"):
        return False
    url = os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai")
    address = urlsplit(url)
    if not (os.environ.get("WANDB_API_KEY") or _key_in_netrc(address.hostname or "")):
        return False
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        socket.create_connection((address.hostname or "", port), timeout=_ANSWER_WITHIN).close()
    except OSError as error:
        _log.warning("Weights & Biases at %s does not answer (%s): logging offline.", url, error)
        return False
    return True


def _key_in_netrc(host: str) -> bool:
    """Whether ``wandb login`` has stored a key for that server."""
    path = Path(os.environ.get("NETRC", "~/.netrc")).expanduser()
    try:
        return netrc.netrc(path).authenticators(host) is not None
    except (OSError, netrc.NetrcParseError):
        return False

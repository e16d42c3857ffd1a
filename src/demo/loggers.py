"""Weights & Biases: curves, pictures and final numbers of a run."""

import hashlib
import logging
import netrc
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytorch_lightning.loggers import Logger, WandbLogger

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

_INIT_WITHIN = 20.0
"""Seconds for W&B to start a run online."""

_ANSWER_WITHIN = 3.0
"""Seconds for the W&B server to take a connection; its own client would block a run for minutes."""


def make_loggers(
    run: Path, name: str, *, wandb: bool, project: str, group: str | None, config: dict[str, Any]
) -> list[Logger]:
    """The loggers of a run.

    Args:
        run: the run directory; W&B's files are written there.
        name: of the run in W&B.
        wandb: whether to log to W&B, online where the user is logged in and the server answers, else offline.
        project: the W&B project.
        group: the W&B group.
        config: the resolved configuration, for W&B.
    """
    return [_wandb_logger(run, name, project, group, config)] if wandb else []


def _wandb_logger(run: Path, name: str, project: str, group: str | None, config: dict[str, Any]) -> WandbLogger:
    import wandb

    os.environ.setdefault("WANDB_SILENT", "true")

    def start(offline: bool) -> WandbLogger:
        logger = WandbLogger(
            project=project,
            name=name,
            group=group,
            # The same run directory is the same run in W&B, so that a resumed run goes on there too.
            id=hashlib.sha256(str(run.resolve()).encode()).hexdigest()[:16],
            save_dir=run,
            offline=offline,
            settings=wandb.Settings(init_timeout=_INIT_WITHIN),
        )
        logger.experiment.config.update(config, allow_val_change=True)
        return logger

    if not _online():
        return start(offline=True)
    try:
        return start(offline=False)
    except wandb.errors.Error as error:
        _log.warning("Weights & Biases refused this run (%s): logging offline.", error)
        return start(offline=True)


def log_test_curves(loggers: list[Logger], labels: "NDArray[np.uint8]", probabilities: "NDArray[np.float64]") -> None:
    """ROC and precision-recall curves of the test set, to W&B where it is on.

    Args:
        loggers: from ``make_loggers``.
        labels: (N,) 1 or 0.
        probabilities: (N,) of binding, 0-1.
    """
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            import numpy as np
            import wandb

            both = np.column_stack([1 - probabilities, probabilities])
            names = ["not bound", "bound"]
            logger.experiment.log(
                {
                    "test/roc": wandb.plot.roc_curve(labels, both, labels=names, classes_to_plot=[1]),
                    "test/precision_recall": wandb.plot.pr_curve(labels, both, labels=names, classes_to_plot=[1]),
                }
            )


def log_images(loggers: list[Logger], images: list[Path]) -> None:
    """PNG files, to W&B where it is on, each named by its file."""
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            import wandb

            logger.experiment.log({f"motif/{path.stem}": wandb.Image(str(path)) for path in images})


def log_summary(loggers: list[Logger], summary: dict[str, Any]) -> None:
    """Final numbers of a run, to W&B where it is on."""
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            logger.experiment.summary.update(summary)


def close(loggers: list[Logger]) -> None:
    """End the runs in W&B."""
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            logger.experiment.finish()


def _online() -> bool:
    """Whether to log to the W&B server: ``WANDB_MODE`` where it is set, else if a key is known and the server answers."""
    mode = os.environ.get("WANDB_MODE")
    if mode is not None and mode != "online":
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

"""Weights & Biases: runs, offline unless the user is logged in, and their artifacts."""

from __future__ import annotations

import hashlib
import logging
import netrc
import os
import re
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import ValidationError
from pytorch_lightning.loggers import WandbLogger

from demo.utils.environment import wandb_mode
from demo.utils.errors import DemoError

# Read by wandb on import: its messages are for users who log in, and they can set this.
os.environ.setdefault("WANDB_SILENT", "true")
import wandb

_INIT_WITHIN = 20.0
"""Seconds for W&B to start a run online."""

_ANSWER_WITHIN = 3.0
"""Seconds for the W&B server to accept a connection; its own client would block a run for minutes."""

_LONGEST_NAME = 128
"""Characters of the name of an artifact, at most."""

_log = logging.getLogger(__name__)


_apply_job_inputs = getattr(wandb.Run, "_detect_and_apply_job_inputs", None)


def _apply_staged_inputs(run: wandb.Run) -> None:
    """Apply the inputs of a W&B Launch job, if that was used. To find out, wandb would import all of it: a second."""
    if _apply_job_inputs is not None and "wandb.sdk.launch" in sys.modules:
        _apply_job_inputs(run)


if _apply_job_inputs is not None:
    setattr(wandb.Run, "_detect_and_apply_job_inputs", _apply_staged_inputs)  # noqa: B010, known to no type checker


class RunLogger(WandbLogger):
    """Lightning's logger of a W&B run, with epochs counted from 1, as in ``metrics.csv``."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        if "epoch" in metrics:
            metrics = {**metrics, "epoch": metrics["epoch"] + 1}
        super().log_metrics(metrics, step)


def start(
    run: Path, name: str, project: str, group: str, job: str, config: Mapping[str, Any], tags: Sequence[str]
) -> RunLogger:
    """Start a run in W&B: online if a key is stored and the server answers, otherwise offline; never asks for a key.

    Other runs of this process go on: a sweep has one for its progress, beside those of its trainings.

    Args:
        run: the run directory; W&B's files are written there.
        name: of the run.
        project: W&B project.
        group: W&B group.
        job: W&B job type: ``train`` or ``sweep``.
        config: the resolved configuration.
        tags: of the run.

    Raises:
        DemoError: W&B cannot use an environment variable.
    """
    # On a full disk, its threads would print a traceback for each line that they cannot log.
    logging.raiseExceptions = False
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    # The same run directory is the same W&B run, so that a resumed run continues there, too.
    identity = hashlib.sha256(str(run.resolve()).encode()).hexdigest()[:16]
    if "WANDB_SWEEP_ID" in os.environ:
        # The agent of a W&B sweep has already created the run.
        identity = os.environ.get("WANDB_RUN_ID", identity)

    def begin(mode: Literal["online", "offline"]) -> RunLogger:
        # Not by WandbLogger, which passes an argument that wandb warns about.
        try:
            experiment = wandb.init(
                project=project,
                name=name,
                group=group,
                job_type=job,
                id=identity,
                dir=run,
                mode=mode,
                resume="allow" if mode == "online" else None,
                config=dict(config),
                tags=tags,
                reinit="create_new",
                settings=wandb.Settings(init_timeout=_INIT_WITHIN),
            )
        except ValidationError as error:
            setting = error.errors()[0]
            raise DemoError(
                f"Weights & Biases cannot use WANDB_{str(setting['loc'][-1]).upper()}: {setting['msg']}.",
                fix="correct or unset it, or turn W&B off with logger=csv",
            ) from error
        return RunLogger(experiment=experiment)

    if not is_online():
        return begin("offline")
    try:
        return begin("online")
    except wandb.errors.Error as error:
        _log.warning("Weights & Biases refused this run (%s): logging offline.", error)
        return begin("offline")


def log_artifact(
    run: wandb.Run, kind: str, paths: Sequence[Path], description: str, metadata: Mapping[str, Any]
) -> None:
    """Keep files as an artifact of a run, named by the run and the kind.

    Args:
        run: not finished.
        kind: type of the artifact: ``model``, ``predictions`` or ``motifs``.
        paths: its files; not copied, so they have to stay until they are uploaded.
        description: in a line.
        metadata: numbers to filter by.
    """
    name = re.sub(r"[^\w.-]+", "-", f"{run.name}-{kind}", flags=re.ASCII)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 60]}-{run.id}-{kind}"
    artifact = wandb.Artifact(name, kind, description, dict(metadata))
    for path in paths:
        artifact.add_file(str(path), path.name, policy="immutable", skip_cache=True)
    run.log_artifact(artifact)


def is_online() -> bool:
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

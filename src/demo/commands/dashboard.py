"""A workspace in Weights & Biases for a project's runs: ``deep-motif dashboard``."""

from __future__ import annotations

import argparse
import os

from demo.commands.cli import bad_input_ends
from demo.utils.environment import typed
from demo.utils.errors import DemoError


def main(_: str) -> None:
    """Lay the workspace out and print its address."""
    parser = argparse.ArgumentParser(
        prog=typed("dashboard"),
        description="Save a workspace in Weights & Biases that shows the runs of a project: results against DeepBind, "
        "curves, motifs, sweeps. Every call makes a new one; the runs stay as they are.",
    )
    parser.add_argument("project", nargs="?", default="deep-motif", help="the W&B project [deep-motif]")
    parser.add_argument("--entity", help="its user or team [your default one]")
    parser.add_argument("--name", default="Deep Motif", help="of the workspace [Deep Motif]")
    arguments = parser.parse_args()
    with bad_input_ends():
        print(save_dashboard(arguments.project, arguments.entity, arguments.name))


def save_dashboard(project: str, entity: str | None, name: str) -> str:
    """Save the workspace; its address.

    Args:
        project: the W&B project.
        entity: its user or team; ``None`` for the user's default one.
        name: of the workspace.

    Raises:
        DemoError: wandb-workspaces is not installed, the user is not logged in, or W&B refused.
    """
    import wandb

    from demo.utils.wandb import is_online

    try:
        from demo.sweeps.workspace import workspace
    except ModuleNotFoundError as error:
        raise DemoError(
            "Workspaces need the package wandb-workspaces.", fix="pip install 'deep-motif[dashboard]'"
        ) from error
    if not is_online():
        mode = os.environ.get("WANDB_MODE")
        raise DemoError(
            f"Weights & Biases is off: WANDB_MODE={mode}."
            if mode
            else "You are not logged in to Weights & Biases, or it does not answer.",
            fix="unset WANDB_MODE" if mode else "wandb login",
        )
    try:
        owner = entity or wandb.Api().default_entity
        if not owner:
            raise DemoError("Weights & Biases knows no default entity of yours.", fix="--entity NAME")
        return str(workspace(owner, project, name).save().url)
    except (wandb.errors.Error, ValueError) as error:
        raise DemoError(f"Weights & Biases refused the workspace: {error}") from error

"""The commands as they are typed. What a command needs is imported when it begins: ``--help`` answers at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig

from demo.commands.cli import bad_input_ends, run

CONF = Path(__file__).parents[3] / "conf"
"""Hydra's configuration."""


def train(config: DictConfig) -> None:
    from demo.commands.train import train_command

    with bad_input_ends():
        train_command(config)


def sweep(config: DictConfig) -> Any:
    """One job of a sweep: the sweep itself is Hydra's sweeper, ``hydra_plugins.deep_motif.ModelSearch``."""
    from demo.sweep.jobs import do_job

    return do_job(config.job)


def visualize(config: DictConfig) -> None:
    from demo.commands.visualize import visualize_command

    with bad_input_ends("Stopped; what is written already stays."):
        visualize_command(config)


def predict(config: DictConfig) -> None:
    from demo.commands.predict import predict_command

    with bad_input_ends("Stopped; no output was written."):
        predict_command(config)


def prepare(config: DictConfig) -> None:
    from demo.commands.prepare import prepare_command

    with bad_input_ends():
        prepare_command(config)


def fetch(config: DictConfig) -> None:
    from demo.commands.fetch import fetch_command

    with bad_input_ends("Stopped. The same command goes on with the files that are still missing."):
        fetch_command(config)


DOORS: dict[str, Callable[[DictConfig], Any]] = {
    door.__name__: door for door in (train, sweep, visualize, predict, prepare, fetch)
}


def main(command: str) -> None:
    """Run one of ``DOORS`` with the words of the command line."""
    run(hydra.main(version_base="1.3", config_path=str(CONF), config_name=command)(DOORS[command]))

"""The commands as they are typed. What a command needs is imported when it begins: ``--help`` answers at once."""

from collections.abc import Callable
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from demo.commands.cli import bad_input_ends, run
from demo.commands.command_line import CONF, ready
from demo.utils.environment import settle


def train(config: DictConfig) -> None:
    with bad_input_ends():
        _begin(config, "train")
        from demo.commands.train import train_command

        train_command(config)


def sweep(config: DictConfig) -> Any:
    """One job of a sweep: the sweep itself is Hydra's sweeper, ``hydra_plugins.deep_motif.ModelSearch``."""
    # In a process of the launcher, perhaps on another machine.
    settle()
    _begin(config, "sweep")
    from demo.sweep.jobs import sweep_job

    return sweep_job(config)


def visualize(config: DictConfig) -> None:
    with bad_input_ends("Stopped; what is written already stays."):
        _begin(config, "visualize")
        from demo.commands.visualize import visualize_command

        visualize_command(config)


def predict(config: DictConfig) -> None:
    with bad_input_ends("Stopped; no output was written."):
        _begin(config, "predict")
        from demo.commands.predict import predict_command

        predict_command(config)


def prepare(config: DictConfig) -> None:
    with bad_input_ends():
        _begin(config, "prepare")
        from demo.commands.prepare import prepare_command

        prepare_command(config)


def fetch(config: DictConfig) -> None:
    with bad_input_ends("Stopped. The same command goes on with the files that are still missing."):
        _begin(config, "fetch")
        from demo.commands.fetch import fetch_command

        fetch_command(config)


DOORS: dict[str, Callable[[DictConfig], Any]] = {
    door.__name__: door for door in (train, sweep, visualize, predict, prepare, fetch)
}


def _begin(config: DictConfig, command: str) -> None:
    ready(config, command, HydraConfig.get().runtime.choices)


def main(command: str) -> None:
    """Run one of ``DOORS`` with the words of the command line."""
    settle()
    run(hydra.main(version_base="1.3", config_path=str(CONF), config_name=command)(DOORS[command]))

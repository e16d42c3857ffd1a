"""The commands as they are typed. What a command needs is imported when it begins: ``--help`` answers at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.commands.cli import bad_input_ends, run
from demo.commands.stopping import stoppable
from demo.utils.files import use_own_scratch

if TYPE_CHECKING:
    from omegaconf import DictConfig

CONF = Path(__file__).parents[3] / "conf"
"""Hydra's configuration."""


def train(config: DictConfig) -> None:
    from demo.commands.train import train_command

    with bad_input_ends():
        train_command(config)


def sweep(config: DictConfig) -> Any:
    """One job of a sweep: the sweep itself is Hydra's sweeper, ``hydra_plugins.deep_motif.ModelSearch``."""
    from demo.sweep.jobs import sweep_job

    return sweep_job(config)


def visualize(config: DictConfig) -> None:
    from demo.commands.visualize import visualize_command

    with bad_input_ends():
        visualize_command(config)


def predict(config: DictConfig) -> None:
    from demo.commands.predict import predict_command

    with bad_input_ends():
        predict_command(config)


def prepare(config: DictConfig) -> None:
    from demo.commands.prepare import prepare_command

    with bad_input_ends():
        prepare_command(config)


def fetch(config: DictConfig) -> None:
    from demo.commands.fetch import fetch_command

    with bad_input_ends():
        fetch_command(config)


DOORS: dict[str, Callable[[DictConfig], Any]] = {
    door.__name__: door for door in (train, sweep, visualize, predict, prepare, fetch)
}


_STOPPED = {
    "train": "Stopped. The same command resumes.",
    "sweep": "Stopped. The same command resumes.",
    "visualize": "Stopped. The same command makes what is missing.",
    "predict": "Stopped. An output file is left as it was.",
    "prepare": "Stopped. The same command starts over.",
    "fetch": "Stopped. The same command fetches what is missing.",
}
"""What is said when a command is told to stop."""


def main(command: str) -> None:
    """Run one of ``DOORS`` with the words of the command line."""
    with stoppable(_STOPPED[command]):
        # Here, not above: it takes half of the time in which a signal would meet an unprepared program.
        import hydra

        use_own_scratch()
        run(hydra.main(version_base="1.3", config_path=str(CONF), config_name=command)(DOORS[command]))

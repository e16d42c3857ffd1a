"""The data of a run, from its configuration."""

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from demo.utils.config import plain

if TYPE_CHECKING:
    from demo.data.datamodule import PeakDataModule


def make_data(config: DictConfig, train_path: Path, test_path: Path) -> "PeakDataModule":
    """The data of a run with this configuration, read and split; the test file stays closed.

    Raises:
        DemoError: a setting is out of range, or the training file cannot be used.
    """
    from demo.data.datamodule import PeakDataModule

    settings = {name: value for name, value in plain(config.data).items() if name not in ("source", "dir")}
    data = PeakDataModule(train_path, test_path, seed=config.seed, **settings)
    data.setup()
    return data

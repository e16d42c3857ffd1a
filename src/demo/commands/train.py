"""``python train.py``: list the data sets, or train on one."""

from omegaconf import DictConfig, OmegaConf

from demo.utils.config import default_config
from demo.utils.errors import DemoError

_LISTING = ("?", "list")


def train_command(config: DictConfig) -> None:
    """``python train.py``: list the data sets, or train on one.

    Raises:
        DemoError: ``tf=`` is not given, or as ``demo.training.train.train``.
    """
    if OmegaConf.is_missing(config, "tf"):
        raise DemoError(
            "Which transcription factor? tf= is not given.", fix="tf=CTCF, for instance; 'tf=?' lists what there is"
        )
    if config.tf in _LISTING:
        from demo.data.catalogue import listing
        from demo.data.sources import data_folder

        print(listing(data_folder(config.data.dir)))
        return
    from demo.training.train import train

    train(config, default_config(config.model._target_))

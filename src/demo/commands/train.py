"""``deep-motif train``: list the data sets, or train on one."""

from omegaconf import DictConfig

from demo.training.resolve import run_of
from demo.training.train import train
from demo.utils.checks import flag
from demo.utils.config import check_given, plain

_LISTING = ("?", "list")


def train_command(config: DictConfig) -> None:
    """List the data sets, or train on one.

    Args:
        config: ``conf/train.yaml`` with the command's overrides.

    Raises:
        DemoError: ``tf=`` is not given, or as ``demo.training.train.train``.
    """
    check_given(config, {"tf": "tf=CTCF, for instance; 'tf=?' lists what there is"})
    if config.tf in _LISTING:
        from demo.data.catalogue import listing
        from demo.data.sources import data_folder

        print(listing(data_folder(config.data.dir)))
        return
    flag("force", config.force)
    train(run_of(plain(config)))

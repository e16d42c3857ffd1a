"""``deep-motif train``: list the data sets, or train on one."""

from omegaconf import DictConfig, OmegaConf

from demo.data.catalogue import listing
from demo.data.sources import data_folder
from demo.training.resolve import run_of
from demo.training.train import train
from demo.utils.checks import flag
from demo.utils.config import check_given, plain

_LISTING = ("?", "list")


def train_command(config: DictConfig) -> float | None:
    """List the data sets, or train on one.

    Args:
        config: ``conf/train.yaml`` with the command's overrides.

    Returns:
        Validation AUROC, 0-1, for Hydra's sweepers to maximise; ``None`` if nothing was trained.

    Raises:
        DemoError: ``tf=`` is not given, or as ``demo.training.train.train``.
    """
    if config.data.source == "labelled" and OmegaConf.is_missing(config, "tf"):
        # The file has a name of its own.
        config.tf = None
    check_given(config, {"tf": "tf=CTCF, for instance; 'tf=?' lists what there is"})
    if config.tf in _LISTING:
        print(listing(data_folder(config.data.dir)))
        return None
    flag("force", config.force)
    result = train(run_of(plain(config)))
    return None if result is None else result.validation.auroc

"""What the scripts at the top level do with their configuration."""

from hydra import compose
from omegaconf import DictConfig, OmegaConf

from demo.errors import DemoError

_LISTING = ("?", "list")


def train_command(config: DictConfig) -> None:
    """``python train.py``: list the data sets, or train on one.

    Raises:
        DemoError: ``tf=`` is not given, or as ``demo.training.train``.
    """
    if OmegaConf.is_missing(config, "tf"):
        raise DemoError(
            "Which transcription factor? tf= is not given.", fix="tf=CTCF, for instance; 'tf=?' lists what there is"
        )
    if config.tf in _LISTING:
        from demo.catalogue import listing
        from demo.sources import data_folder

        print(listing(data_folder(config.data.dir)))
        return
    from demo.training import train

    train(config, compose(config_name="train"))


def visualize_command(config: DictConfig) -> None:
    """``python visualize.py``: the motifs of a trained run, and why it says what it says of sequences.

    Raises:
        DemoError: ``run=`` is not given, or as ``demo.visualize.visualize``.
    """
    if OmegaConf.is_missing(config, "run"):
        raise DemoError(
            "Which run? run= is not given.", fix="run=runs/<data set>/<model>/seed<k>, as python train.py named it"
        )
    from demo.visualize import visualize

    visualize(config, compose(config_name="train").motif)

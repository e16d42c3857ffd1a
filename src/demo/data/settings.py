"""How training uses a data set, as settings."""

from dataclasses import dataclass

from demo.utils.checks import flag, real, whole


@dataclass(frozen=True)
class DataSettings:
    """How training uses a data set.

    Args:
        batch_size: sequences per batch.
        validation_fraction: fraction of the training file held out for validation, in (0, 0.5].
        reverse_complement: whether training reverse complements each sequence with probability 0.5, drawn again in
            every epoch.
        shift: training shifts each sequence by up to this many bp, drawn again in every epoch, and pads with N.
        fresh_negatives: whether each epoch has new shuffles; otherwise all epochs use those of the first.
        negatives_per_positive: shuffles of each training positive in an epoch. More than one lowers the predicted
            probabilities accordingly. Validation always has one.
        label_noise: fraction of training labels that are flipped, drawn again in every epoch, in [0, 0.5].

    Raises:
        SettingError: a setting is out of range.
    """

    batch_size: int = 64
    validation_fraction: float = 0.1
    reverse_complement: bool = True
    shift: int = 4
    fresh_negatives: bool = True
    negatives_per_positive: int = 1
    label_noise: float = 0.0

    def __post_init__(self) -> None:
        whole("batch_size", self.batch_size, 2, 1_000_000)
        real("validation_fraction", self.validation_fraction, 0, 0.5, open_low=True)
        flag("reverse_complement", self.reverse_complement)
        whole("shift", self.shift, 0, 1_000_000)
        flag("fresh_negatives", self.fresh_negatives)
        whole("negatives_per_positive", self.negatives_per_positive, 1, 1000)
        real("label_noise", self.label_noise, 0, 0.5)

"""What becomes of a data set in training, as settings."""

from dataclasses import dataclass

from demo.utils.checks import flag, real, whole


@dataclass(frozen=True)
class DataSettings:
    """What becomes of a data set in training.

    Args:
        batch_size: sequences per batch.
        validation_fraction: part of the training file that is kept for validation, in (0, 0.5].
        reverse_complement: whether training reads each sequence on its other strand with probability 0.5, drawn afresh
            in every epoch.
        shift: training moves each sequence by up to so many bp, drawn afresh in every epoch; what comes in is N.
        fresh_negatives: whether each epoch has shuffles of its own; else all epochs have those of the first.
        negatives_per_positive: shuffles of each training positive in an epoch. With more than one, probabilities are
            those of a world with so many more unbound sequences. Validation always has one.
        label_noise: part of the training labels that are flipped, drawn afresh in every epoch, in [0, 0.5].

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

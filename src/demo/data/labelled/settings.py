"""How labelled sequences are read, split and used: the settings of ``data=labelled``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from demo.sequences import Alphabet, alphabet_of
from demo.utils.checks import choice, flag, real, whole
from demo.utils.errors import DemoError, SettingError


@dataclass(frozen=True)
class LabelledSettings:
    """How labelled sequences are read, split and used.

    Args:
        batch_size: sequences per batch.
        validation_fraction: fraction of the training sequences held out for validation, in (0, 0.5].
        test_fraction: of a file without a test file and without a column ``split``: fraction set aside for the test,
            in (0, 0.5].
        fold: which of the parts of that size is the test, from 0, for cross-validation.
        split_seed: of the split into training and test, the same for every ``seed=``.
        together: letters of a word that sequences on both sides of a split must not share; 0: sequences that are equal
            are kept on one side, others not.
        alphabet: ``dna``, ``rna``, ``protein``, or the letters of another.
        strands: 2 if a sequence and its reverse complement mean the same, 1 if it is read as given; ``None``: 2 for
            DNA, 1 for others.
        reverse_complement: whether training reverse complements each sequence with probability 0.5; ``None`` for only
            if both strands are read.
        shift: training shifts each sequence by up to this many positions.
        fixed_positions: whether a position means the same in each sequence: networks read each by itself, nothing is
            shifted, and the optimum of equation 1 is shown as a whole.
        junction: with it, the position (from 1) after which a line is drawn in logos; ``None`` for none.
        label: pattern (a regular expression with one group) of the label in the header of FASTA; ``None`` for
            ``class:1``, ``label=1`` or ``|1``.
        positive: of two classes, the one whose probability is predicted; ``None``: 1 if they are 0 and 1, otherwise
            the rarer one.
        length: of the sequences that the network reads; ``None``: all must have the same.
        crop: what longer sequences keep: ``centre``, ``start``, ``end``.
        pad: where shorter ones are filled with unknown positions: ``both``, ``start``, ``end``.
        class_weights: ``none``, or ``balanced``: each class has the same weight in the loss, however rare it is.

    Raises:
        SettingError: a setting is out of range.
        DemoError: settings exclude each other.
    """

    batch_size: int = 64
    validation_fraction: float = 0.1
    test_fraction: float = 0.2
    fold: int = 0
    split_seed: int = 0
    together: int = 0
    alphabet: str = "dna"
    strands: int | None = None
    reverse_complement: bool | None = None
    shift: int = 0
    fixed_positions: bool = False
    junction: int | None = None
    label: str | None = None
    positive: str | int | None = None
    length: int | None = None
    crop: str = "centre"
    pad: str = "both"
    class_weights: str = "none"

    def __post_init__(self) -> None:
        whole("batch_size", self.batch_size, 2, 1_000_000)
        real("validation_fraction", self.validation_fraction, 0, 0.5, open_low=True)
        real("test_fraction", self.test_fraction, 0, 0.5, open_low=True)
        whole("fold", self.fold, 0, self.folds - 1)
        whole("split_seed", self.split_seed, 0)
        whole("together", self.together, 0, 1000)
        if self.strands is not None:
            whole("strands", self.strands, 1, 1 if self.letters.complement is None else 2)
        flag("fixed_positions", self.fixed_positions)
        if self.fixed_positions and self.strands_read == 2:
            raise DemoError(
                "data.fixed_positions=true reads sequences as given: on the other strand, positions differ.",
                fix="data.strands=1",
            )
        if (
            self.reverse_complement is not None
            and flag("reverse_complement", self.reverse_complement)
            and self.strands_read == 1
        ):
            raise DemoError("data.reverse_complement=true needs sequences of two strands.", fix="data.strands=2")
        whole("shift", self.shift, 0, 0 if self.fixed_positions else 1_000_000)
        if self.junction is not None:
            whole("junction", self.junction, 1)
            if not self.fixed_positions:
                raise DemoError("data.junction= is of sequences that are aligned.", fix="data.fixed_positions=true")
        if self.label is not None:
            _check_pattern(self.label)
        if self.positive is not None:
            object.__setattr__(self, "positive", str(self.positive))
        if self.length is not None:
            whole("length", self.length, 1, 1_000_000)
        choice("crop", self.crop, ("centre", "start", "end"))
        choice("pad", self.pad, ("both", "start", "end"))
        choice("class_weights", self.class_weights, ("none", "balanced"))

    @property
    def letters(self) -> Alphabet:
        """The alphabet."""
        if not isinstance(self.alphabet, str):
            raise SettingError("alphabet", f"is {self.alphabet!r}.", "dna, rna, protein, or its letters", "rna")
        return alphabet_of(self.alphabet)

    @property
    def strands_read(self) -> int:
        """``strands``, or those that the alphabet has."""
        return self.strands or (1 if self.letters.complement is None else 2)

    @property
    def turns(self) -> bool:
        """Whether training reverse complements half of the sequences."""
        return self.strands_read == 2 if self.reverse_complement is None else self.reverse_complement

    @property
    def folds(self) -> int:
        """Parts of the size of ``test_fraction``."""
        return round(1 / self.test_fraction)


def _check_pattern(pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise SettingError("label", f"is {pattern!r}, no regular expression ({error}).", r"'class:(\w+)'") from error
    if groups != 1:
        raise SettingError("label", f"is {pattern!r}.", "a regular expression with one group", r"'class:(\w+)'")

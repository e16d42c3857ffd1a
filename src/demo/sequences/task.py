"""What a network reads and tells apart: an alphabet, its strands, and the classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from demo.sequences.alphabet import DNA, Alphabet, alphabet_of
from demo.utils.errors import DemoError

_LONGEST = 100
"""Characters of the name of a class."""


@dataclass(frozen=True)
class Task:
    """What a network reads and tells apart.

    Two classes have one logit, the log odds of the second; K have one each, of a K-way softmax (Lanchantin et al. 2016,
    section 2.1).

    Args:
        alphabet: of the sequences; where one strand is read, it has no complement.
        classes: their names, at least two, in the order of their labels; of two, the second is the positive one.
        strands: 2 if a sequence and its reverse complement mean the same, so that predictions are averaged over both;
            1 if it is read as given.
        positions: length of the sequences, if a position means the same in each of them, as with splice sites around
            their junction; 0 if a site may lie anywhere.

    Raises:
        DemoError: there are fewer than two classes, two of one name, or a name that is not plain text; or both strands
            are to be read of an alphabet that has no complement.
    """

    alphabet: Alphabet = DNA
    classes: tuple[str, ...] = ("0", "1")
    strands: int = 2
    positions: int = 0

    def __post_init__(self) -> None:
        if len(self.classes) < 2 or len(set(self.classes)) != len(self.classes):
            raise DemoError("A network tells two or more classes of different names apart.", exists=self.classes)
        for name in self.classes:
            if not name or len(name) > _LONGEST or not name.isprintable():
                raise DemoError(f"The name of a class is plain text, unlike {name[:_LONGEST]!r}.")
        if self.strands == 1 and self.alphabet.complement is not None:
            # Whoever asks the alphabet for the other strand is told that there is none.
            object.__setattr__(self, "alphabet", replace(self.alphabet, complement=None))
        if self.strands == 2 and self.alphabet.complement is None:
            raise DemoError(f"Sequences of {self.alphabet.title} have one strand.", fix="data.strands=1")

    @property
    def outputs(self) -> int:
        """Logits of a sequence: one for two classes, otherwise one for each."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def is_binding(self) -> bool:
        """Whether it is that of a transcription factor: DNA with two strands, bound or not."""
        return self == BINDING

    @property
    def arguments(self) -> dict[str, int]:
        """What the constructor of a network needs to know, where it differs from ``BINDING``."""
        needed = {
            "letters": (self.alphabet.size, 4),
            "outputs": (self.outputs, 1),
            "strands": (self.strands, 2),
            "positions": (self.positions, 0),
        }
        return {name: value for name, (value, usual) in needed.items() if value != usual}

    def plain(self) -> dict[str, Any]:
        """As checkpoints store it; ``Task.of`` reads it back."""
        return {
            "alphabet": self.alphabet.name,
            "classes": list(self.classes),
            "strands": self.strands,
            "positions": self.positions,
        }

    @classmethod
    def of(cls, values: Mapping[str, Any] | None) -> Task:
        """From what ``plain`` returned, possibly in a file that somebody else wrote; ``BINDING`` if there is none.

        Raises:
            DemoError: it is not the description of a task.
        """
        if values is None:
            return BINDING
        alphabet, classes = values.get("alphabet"), values.get("classes")
        strands, positions = values.get("strands"), values.get("positions")
        if (
            not isinstance(alphabet, str)
            or not isinstance(classes, list)
            or not all(isinstance(name, str) for name in classes)
            or strands not in (1, 2)
            or not isinstance(positions, int)
            or not 0 <= positions <= 1_000_000
        ):
            raise DemoError(f"This is no description of an alphabet and classes: {values!r:.200}")
        return cls(alphabet_of(alphabet), tuple(classes), strands, positions)


BINDING = Task()
"""That of a transcription factor: DNA, both strands, bound or not."""

"""Alphabets, and sequences as codes: ``uint8`` arrays of shape (N, L). Of DNA, A C G T = 0 1 2 3 and N = 4."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.utils.errors import DemoError

if TYPE_CHECKING:
    import torch

AMBIGUOUS = "RYSWKMBDHVN"
"""IUPAC letters that stand for several bases; all are read as N."""

Order = Literal["N4L", "NL4"]
"""Of the axes of one-hot sequences: sequences, bases, positions; or sequences, positions, bases."""

_NO_LETTER = 255
_LARGEST = 62


@dataclass(frozen=True)
class Alphabet:
    """The letters of a kind of sequence, and what they mean. The code of a letter is its index in ``letters``.

    Args:
        name: ``"dna"``, ``"rna"``, ``"protein"``; the letters themselves, if it is the user's.
        letters: of known positions, 2 to 62.
        unknown: the letter of an unknown position; its code is ``size``.
        ambiguous: letters that are read as unknown, with ``unknown`` itself.
        aliases: letters that are read as another: U as T in DNA.
        complement: the letter across from each of ``letters`` on the other strand; ``None`` if there is none.
        unit: of lengths: bp, nt, aa.
        colours: of the letters in logos; letters without one are grey.

    Raises:
        DemoError: a letter is there twice, or they are too few or too many.
    """

    name: str
    letters: str
    unknown: str
    ambiguous: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict, hash=False)
    complement: str | None = None
    unit: str = "positions"
    colours: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)

    def __post_init__(self) -> None:
        plain = set(string.ascii_letters + string.digits)
        if len(set(self.letters)) != len(self.letters) or not set(self.letters) <= plain:
            raise DemoError(
                f"The letters of an alphabet are different ones of A-Z, a-z and 0-9, unlike {self.letters!r}."
            )
        if not 2 <= len(self.letters) <= _LARGEST:
            raise DemoError(f"An alphabet has 2 to {_LARGEST} letters, not {len(self.letters)}.")

    @property
    def size(self) -> int:
        """Number of letters; also the code of an unknown position."""
        return len(self.letters)

    @property
    def bits(self) -> float:
        """Information of a position at which one letter is certain, log2 of the size."""
        return float(np.log2(self.size))

    @property
    def keeps_case(self) -> bool:
        """Whether lower case letters are letters of their own."""
        return self.letters != self.letters.upper()

    @cached_property
    def code_of_byte(self) -> NDArray[np.uint8]:
        """(256,) ASCII byte to code; 255 for what is no letter."""
        table = np.full(256, _NO_LETTER, np.uint8)
        code = {letter: index for index, letter in enumerate(self.letters)}
        code |= dict.fromkeys(set(self.ambiguous + self.unknown) - code.keys(), self.size)
        code |= {alias: code[letter] for alias, letter in self.aliases.items()}
        for letter, value in code.items():
            for written in {letter} if self.keeps_case else {letter, letter.lower(), letter.upper()}:
                table[ord(written)] = value
        return table

    @cached_property
    def complement_codes(self) -> NDArray[np.uint8]:
        """(size + 1,) code of the other strand of each code.

        Raises:
            DemoError: the alphabet has no complement.
        """
        if self.complement is None:
            raise DemoError(f"Sequences of {self.title} have no other strand: there is no reverse complement.")
        return np.array([*(self.letters.index(letter) for letter in self.complement), self.size], np.uint8)

    @property
    def title(self) -> str:
        """In messages: ``DNA``, ``RNA``, ``protein``, ``the alphabet ABC``."""
        return {"dna": "DNA", "rna": "RNA", "protein": "protein"}.get(self.name, f"the alphabet {self.letters}")

    @property
    def accepted(self) -> str:
        """What may be in a sequence, for messages."""
        aliases = "".join(f" ({alias}, read as {letter})" for alias, letter in self.aliases.items())
        others = " ".join(sorted(set(self.ambiguous + self.unknown)))
        unknown = f"{others}, read as {self.unknown}, unknown" if self.ambiguous else f"{self.unknown}, unknown"
        return f"{' '.join(self.letters)}{aliases}, and {unknown}"


_CLASSIC = {"A": "#109648", "C": "#255C99", "G": "#F7B32B", "T": "#D62839", "U": "#D62839"}

_CHEMISTRY = {
    "GSTYCQN": "#109648",  # polar
    "KRH": "#255C99",  # basic
    "DE": "#D62839",  # acidic
    "AVLIPWFM": "#222222",  # hydrophobic
}

DNA = Alphabet("dna", "ACGT", "N", AMBIGUOUS, {"U": "T"}, "TGCA", "bp", _CLASSIC)
RNA = Alphabet("rna", "ACGU", "N", AMBIGUOUS, {"T": "U"}, None, "nt", _CLASSIC)
PROTEIN = Alphabet(
    "protein", "ACDEFGHIKLMNPQRSTVWY", "X", "BJZXUO*", unit="aa",
    colours={letter: colour for letters, colour in _CHEMISTRY.items() for letter in letters},
)  # fmt: skip

ALPHABETS = {each.name: each for each in (DNA, RNA, PROTEIN)}
"""By name. Any other has its letters for a name."""


def alphabet_of(name: str) -> Alphabet:
    """The alphabet of that name, or of those letters.

    Raises:
        DemoError: there is no such alphabet, and these are no letters of one.
    """
    if name.lower() in ALPHABETS:
        return ALPHABETS[name.lower()]
    if name.isalpha() and name == name.lower() and len(name) > 2:
        raise DemoError(f"There is no alphabet {name!r}.", exists=ALPHABETS, fix="data.alphabet=rna, or its letters")
    unknown = next((letter for letter in "NX?.-_" if letter not in name.upper()), "N")
    return Alphabet(name, name, unknown)


LETTERS = DNA.letters + DNA.unknown
"""The letter of each code of DNA."""

N_CODE = DNA.size
"""The code of an unknown base."""


def _record_number(index: int) -> str:
    return f"record {index + 1}"


def encode(
    sequences: Sequence[str] | ArrayLike,
    *,
    order: Order | None = None,
    locate: Callable[[int], str] = _record_number,
    alphabet: Alphabet = DNA,
) -> NDArray[np.uint8]:
    """Sequences of one length as codes: strings, one-hot arrays, or codes of any integer type.

    Of strings, lower case is read as upper, U as T, and the IUPAC ambiguity letters R Y S W K M B D H V N as N.

    Args:
        sequences: N strings of one length L, in a list, an array or a column of a table; or an array or a tensor of
            codes, (N, L) values 0-4, or of one-hot sequences, (N, 4, L) or (N, L, 4), bases A C G T; four equal values
            (0 or 0.25) are N.
        order: of the axes of one-hot sequences, ``"N4L"`` or ``"NL4"``; needed only where both sizes are 4.
        locate: where the record with that index comes from (``lambda i: f"{path}, line {lines[i]}"``), for the message
            of an error; without it records are counted from 1.
        alphabet: of the sequences; with another than DNA's, codes and one-hot arrays are of its size.

    Returns:
        (N, L) ``uint8``, values 0-4 (0 to the alphabet's size); (0, 0) for no sequences.

    Raises:
        DemoError: lengths differ (the first record unlike the first one is named), a letter is not in the alphabet
            (record, letter and position, counted from 1, are named), or an array is neither codes nor one-hot.
    """
    if isinstance(sequences, str):
        raise DemoError("This is one string, and encode takes several.", fix="demo.encode([sequence])")
    if not isinstance(sequences, list | tuple) or (sequences and not isinstance(sequences[0], str)):
        array = np.asarray(sequences)
        if array.dtype.kind not in "OU":
            return _codes_of(array, order, alphabet)
        # Also of a column of a table, whose rows have names of their own.
        sequences = [str(sequence) for sequence in array]
    length = len(sequences[0]) if len(sequences) else 0
    odd = next((i for i, sequence in enumerate(sequences) if len(sequence) != length), None)
    if odd is not None:
        raise DemoError(
            f"This sequence has {len(sequences[odd]):,} {alphabet.unit}, those before it have {length:,}: "
            "all must have the same length.",
            where=locate(odd),
            fix="cut all sequences to one length",
        )
    # "replace" keeps one byte per letter, so that positions stay true; "?" is then found below like any wrong letter.
    letters = np.frombuffer("".join(sequences).encode("ascii", "replace"), np.uint8)
    codes = alphabet.code_of_byte[letters].reshape(len(sequences), length)
    wrong = codes == _NO_LETTER
    if wrong.any():
        record, position = divmod(int(wrong.argmax()), length)
        raise DemoError(
            f"{sequences[record][position]!r} at position {position + 1} of the sequence is not "
            f"{'a nucleotide' if alphabet is DNA else f'a letter of {alphabet.title}'}.",
            where=locate(record),
            exists=f"A C G T (U), and {' '.join(AMBIGUOUS)}, which are read as N"
            if alphabet is DNA
            else alphabet.accepted,
            fix=f"correct that sequence or remove it; an unknown {'base' if alphabet is DNA else 'position'} is "
            f"written {alphabet.unknown}",
        )
    return codes


def _codes_of(array: NDArray[Any], order: Order | None, alphabet: Alphabet) -> NDArray[np.uint8]:
    """Codes, or one-hot sequences, as codes."""
    shape, size = array.shape, alphabet.size
    if array.ndim == 2 and array.dtype.kind in "iu":
        if array.size and (array.min() < 0 or array.max() > size):
            odd = array.min() if array.min() < 0 else array.max()
            raise DemoError(
                f"Codes are 0-{size} ({' '.join(alphabet.letters + alphabet.unknown)}), and {odd} is among these.",
                fix="demo.encode(strings) makes them",
            )
        return array.astype(np.uint8, copy=False)
    orders = {"N4L": 1, "NL4": 2}
    fitting = [
        name for name, axis in orders.items() if array.ndim == 3 and shape[axis] == size and order in (None, name)
    ]
    if len(fitting) != 1:
        raise DemoError(
            f"Sequences of {size} {alphabet.unit}: which axis is that of the bases?" if fitting else
            f"This array, {array.dtype} of shape {shape}, holds no sequences.",
            exists=f"strings, codes (N, L) 0-{size}, or one-hot (N, {size}, L) or (N, L, {size})",
            fix='order="N4L" or order="NL4"' if fitting else "demo.encode(strings)",
        )  # fmt: skip
    rows = array if fitting == ["NL4"] else array.transpose(0, 2, 1)
    unknown = (rows == rows[..., :1]).all(2) & ((rows[..., 0] == 0) | (rows[..., 0] == 1 / size))
    one_hot_rows = ((rows == 0) | (rows == 1)).all(2) & (rows.sum(2) == 1)
    if not (unknown | one_hot_rows).all():
        i, position = np.argwhere(~(unknown | one_hot_rows))[0]
        raise DemoError(
            f"This array is not one-hot: {rows[i, position].tolist()} at position {position + 1}.",
            where=_record_number(i),
            exists="one 1 and three 0 for a base, four equal values (0 or 0.25) for N" if size == 4 else None,
        )
    return np.where(unknown, size, rows.argmax(2)).astype(np.uint8)


def decode(codes: NDArray[np.uint8], alphabet: Alphabet = DNA) -> list[str]:
    """(N, L) codes, values 0-4, as N strings of the letters ACGTN, or of those of another alphabet.

    Raises:
        DemoError: ``codes`` is not an (N, L) ``uint8`` array of values 0-4.
    """
    check_codes(codes, alphabet)
    text = np.frombuffer((alphabet.letters + alphabet.unknown).encode(), np.uint8)[codes].tobytes().decode("ascii")
    count, length = codes.shape
    return [text[i * length : (i + 1) * length] for i in range(count)]


def reverse_complement(codes: NDArray[np.uint8], alphabet: Alphabet = DNA) -> NDArray[np.uint8]:
    """The reverse complement of each sequence: (N, L) codes 0-4 to (N, L); N stays N.

    Raises:
        DemoError: ``codes`` is not an (N, L) ``uint8`` array of values 0-4, or the alphabet has no complement.
    """
    check_codes(codes, alphabet)
    return alphabet.complement_codes[codes[:, ::-1]]


def one_hot(codes: torch.Tensor, dtype: torch.dtype | None = None, size: int = 4) -> torch.Tensor:
    """One-hot sequences, on the device of ``codes``.

    Args:
        codes: (B, L) ``uint8`` tensor, values 0-4. Values are not checked, which would wait for the device each time:
            any value but 0-3 gives zeros, as N does.
        dtype: of the result; ``torch.float32`` where not given.
        size: of the alphabet, 4 for DNA.

    Returns:
        (B, 4, L) or (B, size, L), rows A C G T, contiguous; N is all zeros.

    Raises:
        DemoError: ``codes`` is not a (B, L) ``uint8`` tensor.
    """
    import torch

    if codes.dtype != torch.uint8 or codes.ndim != 2:
        raise DemoError(
            f"one_hot takes (B, L) uint8 codes, not {codes.dtype} of shape {tuple(codes.shape)}.",
            fix="torch.from_numpy(demo.encode(sequences))",
        )
    letters = torch.arange(size, dtype=torch.uint8, device=codes.device)
    result = torch.empty(codes.shape[0], size, codes.shape[1], dtype=dtype or torch.float32, device=codes.device)
    # Into the result directly: comparing to booleans and casting them takes 18 times as long on a CPU.
    return torch.eq(codes[:, None, :], letters[None, :, None], out=result)


def check_codes(codes: NDArray[np.uint8], alphabet: Alphabet = DNA) -> None:
    """Raise a ``DemoError`` unless ``codes`` is an (N, L) ``uint8`` array of the alphabet's codes, 0-4 for DNA."""
    if not isinstance(codes, np.ndarray) or codes.dtype != np.uint8 or codes.ndim != 2:
        kind = f"{codes.dtype} of shape {codes.shape}" if isinstance(codes, np.ndarray) else type(codes).__name__
        raise DemoError(f"Sequences are (N, L) uint8 codes, not {kind}.", fix="make them with demo.encode(sequences)")
    if codes.size and codes.max() > alphabet.size:
        letters = " ".join(alphabet.letters + alphabet.unknown)
        raise DemoError(
            f"Codes are 0-{alphabet.size} ({letters}), and {codes.max()} is among these.",
            fix="make them with demo.encode(sequences)",
        )

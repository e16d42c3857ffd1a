"""Letters and codes: A C G T = 0 1 2 3, N = 4, as ``uint8`` arrays of shape (N, L)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.utils.errors import DemoError

if TYPE_CHECKING:
    import torch

LETTERS = "ACGTN"
"""The letter of each code."""

N_CODE = 4
"""The code of an unknown base."""

AMBIGUOUS = "RYSWKMBDHVN"
"""IUPAC letters that stand for several bases; all are read as N."""

Order = Literal["N4L", "NL4"]
"""Of the axes of one-hot sequences: sequences, bases, positions; or sequences, positions, bases."""

_NO_LETTER = 255


def _code_of_byte() -> NDArray[np.uint8]:
    """(256,) table: ASCII byte -> code, ``_NO_LETTER`` for what is no nucleotide."""
    table = np.full(256, _NO_LETTER, np.uint8)
    for letters, code in (("A", 0), ("C", 1), ("G", 2), ("TU", 3), (AMBIGUOUS, N_CODE)):
        for letter in letters + letters.lower():
            table[ord(letter)] = code
    return table


_CODE_OF_BYTE = _code_of_byte()
_BYTE_OF_CODE = np.frombuffer(LETTERS.encode(), np.uint8)
_COMPLEMENT = np.array([3, 2, 1, 0, N_CODE], np.uint8)


def _record_number(index: int) -> str:
    return f"record {index + 1}"


def encode(
    sequences: Sequence[str] | ArrayLike, *, order: Order | None = None, locate: Callable[[int], str] = _record_number
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

    Returns:
        (N, L) ``uint8``, values 0-4; (0, 0) for no sequences.

    Raises:
        DemoError: lengths differ (the first record unlike the first one is named), a letter is no nucleotide (record,
            letter and position, counted from 1, are named), or an array is neither codes nor one-hot.
    """
    if isinstance(sequences, str):
        raise DemoError("This is one string, and encode takes several.", fix="demo.encode([sequence])")
    if not isinstance(sequences, list | tuple) or (sequences and not isinstance(sequences[0], str)):
        array = np.asarray(sequences)
        if array.dtype.kind not in "OU":
            return _codes_of(array, order)
        # Also of a column of a table, whose rows have names of their own.
        sequences = [str(sequence) for sequence in array]
    length = len(sequences[0]) if len(sequences) else 0
    odd = next((i for i, sequence in enumerate(sequences) if len(sequence) != length), None)
    if odd is not None:
        raise DemoError(
            f"This sequence has {len(sequences[odd]):,} bp, those before it have {length:,}: "
            "all must have the same length.",
            where=locate(odd),
            fix="cut all sequences to one length",
        )
    # "replace" keeps one byte per letter, so that positions stay true; "?" is then found below like any wrong letter.
    letters = np.frombuffer("".join(sequences).encode("ascii", "replace"), np.uint8)
    codes = _CODE_OF_BYTE[letters].reshape(len(sequences), length)
    wrong = codes == _NO_LETTER
    if wrong.any():
        record, position = divmod(int(wrong.argmax()), length)
        raise DemoError(
            f"{sequences[record][position]!r} at position {position + 1} of the sequence is not a nucleotide.",
            where=locate(record),
            exists=f"A C G T (U), and {' '.join(AMBIGUOUS)}, which are read as N",
            fix="correct that sequence or remove it; an unknown base is written N",
        )
    return codes


def _codes_of(array: NDArray[Any], order: Order | None) -> NDArray[np.uint8]:
    """Codes, or one-hot sequences, as codes."""
    shape = array.shape
    if array.ndim == 2 and array.dtype.kind in "iu":
        if array.size and (array.min() < 0 or array.max() > N_CODE):
            odd = array.min() if array.min() < 0 else array.max()
            raise DemoError(
                f"Codes are 0-4 (A C G T N), and {odd} is among these.", fix="demo.encode(strings) makes them"
            )
        return array.astype(np.uint8, copy=False)
    orders = {"N4L": 1, "NL4": 2}
    fitting = [name for name, axis in orders.items() if array.ndim == 3 and shape[axis] == 4 and order in (None, name)]
    if len(fitting) != 1:
        raise DemoError(
            "Sequences of 4 bp: which axis is that of the bases?" if fitting else
            f"This array, {array.dtype} of shape {shape}, holds no sequences.",
            exists="strings, codes (N, L) 0-4, or one-hot (N, 4, L) or (N, L, 4)",
            fix='order="N4L" or order="NL4"' if fitting else "demo.encode(strings)",
        )  # fmt: skip
    rows = array if fitting == ["NL4"] else array.transpose(0, 2, 1)
    unknown = (rows == rows[..., :1]).all(2) & ((rows[..., 0] == 0) | (rows[..., 0] == 0.25))
    one_hot_rows = ((rows == 0) | (rows == 1)).all(2) & (rows.sum(2) == 1)
    if not (unknown | one_hot_rows).all():
        i, position = np.argwhere(~(unknown | one_hot_rows))[0]
        raise DemoError(
            f"This array is not one-hot: {rows[i, position].tolist()} at position {position + 1}.",
            where=_record_number(i),
            exists="one 1 and three 0 for a base, four equal values (0 or 0.25) for N",
        )
    return np.where(unknown, N_CODE, rows.argmax(2)).astype(np.uint8)


def decode(codes: NDArray[np.uint8]) -> list[str]:
    """(N, L) codes, values 0-4, as N strings of the letters ACGTN.

    Raises:
        DemoError: ``codes`` is not an (N, L) ``uint8`` array of values 0-4.
    """
    check_codes(codes)
    text = _BYTE_OF_CODE[codes].tobytes().decode("ascii")
    count, length = codes.shape
    return [text[i * length : (i + 1) * length] for i in range(count)]


def reverse_complement(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The reverse complement of each sequence: (N, L) codes 0-4 to (N, L); N stays N.

    Raises:
        DemoError: ``codes`` is not an (N, L) ``uint8`` array of values 0-4.
    """
    check_codes(codes)
    return _COMPLEMENT[codes[:, ::-1]]


def one_hot(codes: torch.Tensor, dtype: torch.dtype | None = None) -> torch.Tensor:
    """One-hot DNA, on the device of ``codes``.

    Args:
        codes: (B, L) ``uint8`` tensor, values 0-4. Values are not checked, which would wait for the device each time:
            any value but 0-3 gives zeros, as N does.
        dtype: of the result; ``torch.float32`` where not given.

    Returns:
        (B, 4, L), rows A C G T, contiguous; N is all zeros.

    Raises:
        DemoError: ``codes`` is not a (B, L) ``uint8`` tensor.
    """
    import torch

    if codes.dtype != torch.uint8 or codes.ndim != 2:
        raise DemoError(
            f"one_hot takes (B, L) uint8 codes, not {codes.dtype} of shape {tuple(codes.shape)}.",
            fix="torch.from_numpy(demo.encode(sequences))",
        )
    letters = torch.arange(4, dtype=torch.uint8, device=codes.device)
    result = torch.empty(codes.shape[0], 4, codes.shape[1], dtype=dtype or torch.float32, device=codes.device)
    # Into the result directly: comparing to booleans and casting them takes 18 times as long on a CPU.
    return torch.eq(codes[:, None, :], letters[None, :, None], out=result)


def check_codes(codes: NDArray[np.uint8]) -> None:
    """Raise a ``DemoError`` unless ``codes`` is an (N, L) ``uint8`` array of values 0-4."""
    if not isinstance(codes, np.ndarray) or codes.dtype != np.uint8 or codes.ndim != 2:
        kind = f"{codes.dtype} of shape {codes.shape}" if isinstance(codes, np.ndarray) else type(codes).__name__
        raise DemoError(f"Sequences are (N, L) uint8 codes, not {kind}.", fix="make them with demo.encode(sequences)")
    if codes.size and codes.max() > N_CODE:
        raise DemoError(
            f"Codes are 0-4 (A C G T N), and {codes.max()} is among these.", fix="make them with demo.encode(sequences)"
        )

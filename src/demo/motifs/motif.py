"""A motif: the probability of each base at each position of a binding site."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.plotting.logo import LogoLetters, logo_svg
from demo.sequences.alphabet import DNA, Alphabet
from demo.utils.errors import DemoError

UNIFORM = (0.25, 0.25, 0.25, 0.25)

ROW_SUM_TOLERANCE = 1e-5
"""How far a row may be from 1. Six-decimal files are off by 2e-6 and kept as they are: affinities multiply rows."""

DEFAULT_NSITES = 20.0
"""Number of sites if a file does not say: MEME's convention."""

_IUPAC = {
    "A": "A", "C": "C", "G": "G", "T": "T",
    "AC": "M", "AG": "R", "AT": "W", "CG": "S", "CT": "Y", "GT": "K",
    "ACG": "V", "ACT": "H", "AGT": "D", "CGT": "B", "ACGT": "N",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Motif:
    """A position probability matrix with its name, immutable. Two motifs are equal only if they are the same object.

    Args:
        name: identifier without white space (``"MA0139.1"``).
        ppm: (W, 4) float64, W >= 1: probability of A, C, G, T at each position, or (W, A) of an alphabet of A letters.
            Entries in [0, 1], rows sum to 1 within 1e-5.
        nsites: number of sites in the matrix, > 0; weights pseudocounts and scales count formats.
        background: (4,) base probabilities that the motif is compared with, each > 0, summing to 1; uniform if empty.
        alt_name: second name, often the TF (``"CTCF"``); may contain spaces or be empty.
        alphabet: of the columns.

    Raises:
        DemoError: if any of the above does not hold.
    """

    name: str
    ppm: NDArray[np.float64] = field(repr=False)
    nsites: float = DEFAULT_NSITES
    background: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False)
    alt_name: str = ""
    alphabet: Alphabet = field(default=DNA, repr=False)

    def __post_init__(self) -> None:
        if not self.name or not self.name.isprintable() or " " in self.name:
            raise DemoError(f"A motif's name must be printable and without white space, not {self.name!r}.")
        if not self.alt_name.isprintable() or self.alt_name != self.alt_name.strip():
            raise DemoError(f"The second name of motif {self.name} is not plain text: {self.alt_name!r}.")
        if not (np.isfinite(self.nsites) and self.nsites > 0):
            raise DemoError(f"Motif {self.name} has {self.nsites} sites; there must be more than 0.")
        object.__setattr__(self, "nsites", float(self.nsites))
        object.__setattr__(self, "ppm", _checked_ppm(self.name, self.ppm, self.alphabet))
        size = self.alphabet.size
        background = self.background if np.size(self.background) else np.full(size, 1 / size)
        object.__setattr__(self, "background", checked_background(background, self.alphabet))

    @classmethod
    def from_counts(
        cls, name: str, counts: ArrayLike, alt_name: str = "", pseudocount: float = 0.0, alphabet: Alphabet = DNA
    ) -> Motif:
        """A motif from a count matrix.

        Args:
            counts: (W, 4) non-negative numbers, not necessarily whole; no row may be all zero.
            pseudocount: added to every entry (Laplace smoothing).
            alphabet: of the columns.

        Returns:
            The motif; ``nsites`` is the largest row sum of ``counts``.

        Raises:
            DemoError: for another shape, negative or non-finite entries, or an empty row.
        """
        matrix = _checked_matrix(name, counts, alphabet)
        with np.errstate(over="ignore"):
            nsites = float(matrix.sum(axis=1).max())
            return cls(
                name, laplace_smoothing(matrix, pseudocount, alphabet), nsites, alt_name=alt_name, alphabet=alphabet
            )

    @property
    def width(self) -> int:
        """Number of positions, W."""
        return len(self.ppm)

    @property
    def information_content(self) -> NDArray[np.float64]:
        """(W,) bits per position, 0 to 2, relative to uniform bases as in logos: ``2 + sum_b p_b log2 p_b``; of an
        alphabet of A letters 0 to log2 A."""
        p, most = self.ppm, self.alphabet.bits
        return np.clip(most + np.sum(p * np.log2(np.where(p > 0, p, 1.0)), axis=1), 0.0, most)

    @property
    def logo_heights(self) -> NDArray[np.float64]:
        """(W, 4) bits: the height of each letter in a logo, its probability times the position's information."""
        return self.ppm * self.information_content[:, None]

    @property
    def total_information(self) -> float:
        """Bits over all positions."""
        return float(self.information_content.sum())

    @property
    def consensus(self) -> str:
        """IUPAC letters by Cavener's rules (Nucleic Acids Res 15:1353, 1987), as in TRANSFAC.

        One base if it has more than 1/2 and twice the next; else two if they have more than 3/4; else three if the
        fourth never occurs; else N. Of other alphabets, a letter if it has more than 1/2, else the unknown one.
        """
        if self.alphabet.name in ("dna", "rna"):
            letters = "".join(_iupac_letter(row) for row in self.ppm)
            return letters.replace("T", "U") if self.alphabet.name == "rna" else letters
        best = self.ppm.argmax(axis=1)
        return "".join(
            self.alphabet.letters[code] if row[code] > 0.5 else self.alphabet.unknown
            for code, row in zip(best, self.ppm, strict=True)
        )

    def reverse_complement(self) -> Motif:
        """The motif on the other strand.

        Raises:
            DemoError: its alphabet has no complement.
        """
        other = self.alphabet.complement_codes[:-1]
        return replace(self, ppm=self.ppm[::-1, other], background=self.background[other])

    def window(self, start: int, width: int) -> Motif:
        """Positions ``start`` (from 0) to ``start + width``.

        Raises:
            DemoError: if they extend beyond the motif, or ``width`` < 1.
        """
        if width < 1 or start < 0 or start + width > self.width:
            raise DemoError(
                f"Motif {self.name} has no window of {width} positions from {start}.", exists=f"{self.width} positions"
            )
        return replace(self, ppm=self.ppm[start : start + width])

    def trim(self, threshold: float = 0.25) -> Motif:
        """Without flanking positions of less than ``threshold`` bits; inner positions are kept.

        Raises:
            DemoError: if no position reaches the threshold.
        """
        informative = np.flatnonzero(self.information_content >= threshold)
        if informative.size == 0:
            raise DemoError(
                f"Motif {self.name} has no position with {threshold:g} bits, so trimming would leave nothing.",
                exists=f"at most {self.information_content.max():.3f} bits in a position",
                fix="use a lower threshold, or count the motif as not found",
            )
        return self.window(int(informative[0]), int(informative[-1] - informative[0] + 1))

    def windows_by_information(self, width: int) -> list[tuple[int, Motif]]:
        """Every window of ``width`` positions with its start, most bits per position first, then leftmost.

        Lanchantin et al. (2016) use the first, with the width of the JASPAR matrix it is compared with.

        Raises:
            DemoError: if ``width`` is below 1 or above the motif's own.
        """
        if not 1 <= width <= self.width:
            raise DemoError(f"Motif {self.name} has no window of {width} positions.", exists=f"{self.width} positions")
        bits = np.lib.stride_tricks.sliding_window_view(self.information_content, width).mean(axis=1)
        # Rounded, so that equal windows stay in order despite rounding errors.
        order = np.argsort(-bits.round(12), kind="stable")
        return [(int(start), self.window(int(start), width)) for start in order]

    def log_odds(self, background: ArrayLike | None = None, pseudocount: float = 0.1) -> NDArray[np.float64]:
        """The PWM: ``log2(p' / b)`` with ``p' = (p * nsites + pseudocount * b) / (nsites + pseudocount)``.

        Args:
            background: (4,) b; the motif's own if None.
            pseudocount: number of background sites added to each position; with 0, absent bases get minus infinity.

        Returns:
            (W, 4) bits.
        """
        b = self.background if background is None else checked_background(background, self.alphabet)
        smoothed = (self.ppm * self.nsites + pseudocount * b) / (self.nsites + pseudocount)
        with np.errstate(divide="ignore"):
            return np.log2(smoothed / b)

    def _repr_svg_(self) -> str:
        """The logo, for notebooks."""
        return logo_svg(self.logo_heights, letters=self.letters)

    @property
    def letters(self) -> LogoLetters:
        """Of its logo."""
        return LogoLetters(self.alphabet.letters, self.alphabet.colours, self.alphabet.bits)


def laplace_smoothing(matrix: ArrayLike, pseudocount: float, alphabet: Alphabet = DNA) -> NDArray[np.float64]:
    """Probabilities from non-negative weights: ``(x + pseudocount) / sum of the row``.

    Converts the clipped optimum of class optimisation to a PPM (Lanchantin et al., 2016, section 2.3).

    Args:
        matrix: (W, 4), entries >= 0.
        pseudocount: added to every entry, >= 0.
        alphabet: of the columns.

    Raises:
        DemoError: for another shape, negative or non-finite entries, or a row without weight.
    """
    if not (np.isfinite(pseudocount) and pseudocount >= 0):
        raise DemoError(f"A pseudocount must be 0 or more, not {pseudocount}.")
    weights = _checked_matrix("matrix", matrix, alphabet) + pseudocount
    with np.errstate(over="ignore", invalid="ignore"):
        totals = weights.sum(axis=1, keepdims=True)
        if (totals == 0).any():
            row = int(np.flatnonzero(totals == 0)[0]) + 1
            raise DemoError(f"Position {row} has no weight on any base.", fix="use a pseudocount above 0")
        return weights / totals


def checked_background(background: ArrayLike, alphabet: Alphabet = DNA) -> NDArray[np.float64]:
    """(4,) base probabilities as a read-only array; DemoError unless they are above 0 and sum to 1 within 1e-3."""
    b = _floats("A background", background)
    if b.shape != (alphabet.size,):
        letters = ", ".join(alphabet.letters)
        raise DemoError(f"A background has {alphabet.size} probabilities ({letters}), not shape {b.shape}.")
    if not np.isfinite(b).all() or (b <= 0).any() or abs(b.sum() - 1) > 1e-3:
        raise DemoError(f"Background probabilities must be above 0 and sum to 1, not {b.tolist()}.")
    b.flags.writeable = False
    return b


def _floats(what: str, values: Any) -> NDArray[np.float64]:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DemoError(f"{what} must be numbers in a regular array: {error}.") from None


def _checked_matrix(name: str, matrix: ArrayLike, alphabet: Alphabet) -> NDArray[np.float64]:
    """``matrix`` as a new (W, A) array of finite, non-negative numbers."""
    values = _floats(f"The matrix of {name}", matrix)
    if values.ndim != 2 or values.shape[1] != alphabet.size or len(values) == 0:
        raise DemoError(f"The matrix of {name} must be (positions, {alphabet.size}), not {values.shape}.")
    bad = ~np.isfinite(values) | (values < 0)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        letter = alphabet.letters[column]
        raise DemoError(f"The matrix of {name} has {values[row, column]} for {letter} at position {row + 1}.")
    return values


def _checked_ppm(name: str, ppm: ArrayLike, alphabet: Alphabet) -> NDArray[np.float64]:
    values = _checked_matrix(name, ppm, alphabet)
    with np.errstate(over="ignore"):
        sums = values.sum(axis=1)
    off = np.abs(sums - 1) > ROW_SUM_TOLERANCE
    if off.any():
        row = int(np.flatnonzero(off)[0])
        raise DemoError(
            f"Position {row + 1} of motif {name} sums to {sums[row]:.6g}, not 1.",
            fix="use Motif.from_counts for counts",
        )
    values.flags.writeable = False
    return values


def _iupac_letter(row: NDArray[np.float64]) -> str:
    order = np.argsort(-row, kind="stable")
    first, second, third, fourth = (float(row[i]) for i in order)
    if first > second + third + fourth and first > 2 * second:
        count = 1
    elif 4 * (first + second) > 3 * (first + second + third + fourth):
        count = 2
    elif fourth == 0:
        count = 3
    else:
        count = 4
    return _IUPAC["".join(sorted("ACGT"[i] for i in order[:count]))]

"""Files with a ``>`` line before each matrix: JASPAR's, HOMER's, and those with a row for each position.

Two kinds of matrix look alike there: four rows, one for each base (JASPAR), and a row of four numbers for each position
(HOMER, HOCOMOCO, GimmeMotifs, Cluster-Buster). Only their shapes and sums tell them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from demo.motifs.formats.format import (
    FORMATS,
    Lines,
    MotifFormat,
    MotifPath,
    WritableFormat,
    is_row,
    motif_from_counts,
    motif_from_rows,
    numbers,
    read,
    split_name,
    write,
)
from demo.motifs.motif import DEFAULT_NSITES, Motif
from demo.sequences.alphabet import DNA, RNA
from demo.utils.errors import DemoError

_EQUAL = 0.03
"""Sums that differ by this part or less are equal up to rounding."""

_HOMER_HEADER = re.compile(r">[^\t]*\t[^\t]*\t\s*[+-]?(\d|\.\d)")


@FORMATS.register("homer")
class Homer(MotifFormat):
    """HOMER's ``.motif`` files (http://homer.ucsd.edu/homer/motif/creatingCustomMotifs.html).

    A header of tab-separated fields, ``>consensus``, name, log-odds threshold and more, then four probabilities for
    each position. ``T:10(5%)`` in the header says on how many sites the motif was found.
    """

    title = "HOMER"

    @staticmethod
    def recognises(lines: Sequence[str]) -> bool:
        headers = [line for line in lines if line.startswith(">")]
        return _has_matrices(lines) and all(map(_HOMER_HEADER.match, headers))

    @staticmethod
    def parse(lines: Lines) -> list[Motif]:
        return list(_motifs_of_positions(lines))


@FORMATS.register("positions")
class Positions(MotifFormat):
    """A ``>`` line with the name, then four counts or probabilities for each position: HOCOMOCO's pcm and pfm,
    GimmeMotifs' pfm and Cluster-Buster's files. ``#`` begins a comment."""

    title = "HOCOMOCO, GimmeMotifs and Cluster-Buster"

    @staticmethod
    def recognises(lines: Sequence[str]) -> bool:
        return _has_matrices(lines) and not Homer.recognises(lines) and _rows_are_positions(lines) is True

    @staticmethod
    def parse(lines: Lines) -> list[Motif]:
        return list(_motifs_of_positions(lines))


@FORMATS.register("jaspar")
class Jaspar(WritableFormat):
    """JASPAR's count format (https://jaspar.elixir.no/docs): ``>ID NAME`` and a line of counts for each base."""

    title = "JASPAR"

    @staticmethod
    def recognises(lines: Sequence[str]) -> bool:
        return _has_matrices(lines) and not Homer.recognises(lines) and _rows_are_positions(lines) is not True

    @staticmethod
    def parse(lines: Lines) -> list[Motif]:
        if _rows_are_positions(lines.left()) is None:
            raise DemoError(
                "Every matrix of this file is 4 x 4, and nothing tells whether its rows are bases, as in JASPAR's "
                "format, or positions, as in HOMER's, HOCOMOCO's and GimmeMotifs'.",
                where=f"{lines.path}, line 1",
                fix="begin each row with its base ('A [ 3 0 12 1 ]'), or convert the file to MEME's text format",
            )
        motifs = []
        for line in lines:
            where = lines.where
            if line.startswith("#"):
                continue
            if not line.startswith(">"):
                raise DemoError("This is not a JASPAR motif: it would begin with '>' and a name.", where=where)
            name, alt_name = split_name(line.removeprefix(">"))
            is_rna = any(re.match(r"[Uu]\b", row) for row in lines.left()[:4])
            rows = [_row_of_base(lines, base) for base in "ACGT"]
            if len({len(row) for row in rows}) != 1:
                lengths = ", ".join(str(len(row)) for row in rows)
                raise DemoError(f"The lines of motif {name} differ in length: {lengths}.", where=where)
            counts = [list(position) for position in zip(*rows, strict=True)]
            motifs.append(motif_from_counts(name, counts, alt_name, where, RNA if is_rna else DNA))
        return motifs

    @staticmethod
    def text(motifs: Sequence[Motif]) -> str:
        text = ""
        for motif in motifs:
            text += f">{motif.name}\t{motif.alt_name}".rstrip() + "\n"
            for base, counts in zip(motif.alphabet.letters, (motif.ppm * motif.nsites).T, strict=True):
                text += f"{base} [ {' '.join(f'{count:.10g}' for count in counts)} ]\n"
        return text


def read_jaspar(path: MotifPath) -> list[Motif]:
    """The motifs of a JASPAR file, in file order.

    The four lines of a motif, in the order A, C, G, T, may begin with their base and stand in brackets
    (``A [ 3 0 12 ]``) or hold the counts only. Files with a row for each position are refused.

    Raises:
        DemoError: for anything else, and for a file without motifs.
    """
    return read(path, "jaspar")


def write_jaspar(path: MotifPath, motifs: Sequence[Motif]) -> None:
    """Write counts, ``ppm * nsites`` to 10 significant digits; the format has no place for a background.

    Raises:
        DemoError: no motifs, or the file cannot be written.
    """
    write(path, motifs, Jaspar)


def _has_matrices(lines: Sequence[str]) -> bool:
    """Whether a file begins with a ``>`` line (after comments) and holds rows of numbers."""
    first = next((line for line in lines if not line.startswith("#")), "")
    return first.startswith(">") and any(is_row(_without_base(line), fewest=1) for line in lines)


def _rows_are_positions(lines: Sequence[str]) -> bool | None:
    """Whether rows are positions; ``None`` where every matrix is 4 x 4 and the sums do not tell."""
    if any(re.match(r"[ACGTUacgtu]\b", line) for line in lines):
        return False
    matrices = _matrices(lines)
    four_wide = all(len(row) == 4 for matrix in matrices for row in matrix)
    if not four_wide or any(len(matrix) != 4 for matrix in matrices):
        return four_wide
    # The bases of a position sum to the same number at every position.
    by_row, by_column = (all(_equal_sums(matrix, axis) for matrix in matrices) for axis in (1, 0))
    return by_row if by_row != by_column else None


def _matrices(lines: Iterable[str]) -> list[list[list[str]]]:
    """The rows of numbers below each header."""
    matrices: list[list[list[str]]] = []
    for line in lines:
        if line.startswith(">"):
            matrices.append([])
        elif matrices and is_row(line, fewest=1):
            matrices[-1].append(line.split())
    return [matrix for matrix in matrices if matrix]


def _equal_sums(matrix: list[list[str]], axis: int) -> bool:
    with np.errstate(all="ignore"):
        sums = np.array(matrix, float).sum(axis=axis)
        return bool(np.ptp(sums) <= _EQUAL * sums.max())


def _motifs_of_positions(lines: Lines) -> Iterator[Motif]:
    for line in lines:
        where = lines.where
        if line.startswith("#"):
            continue
        if not line.startswith(">"):
            raise DemoError("A motif begins with '>' and its name.", where=where)
        rows = []
        while (following := lines.peek()) is not None and not following.startswith(">"):
            row = lines.take()
            if not row.startswith("#"):
                rows.append(numbers(row.split(), lines.where, count=4))
        if not rows:
            raise DemoError(f"The motif {line[1:40]} has no matrix.", where=where)
        is_homers = _HOMER_HEADER.match(line)
        # HOMER's first field is the consensus, the second the name.
        name, alt_name = split_name(line.split("\t")[1] if is_homers else line.removeprefix(">"))
        sites = re.search(r"\bT:(\d+(\.\d+)?)\(", line) if is_homers else None
        nsites = float(sites.group(1)) if sites else 0.0
        yield motif_from_rows(name, rows, alt_name, where, nsites or DEFAULT_NSITES)


def _row_of_base(lines: Lines, base: str) -> list[float]:
    line = lines.peek()
    if line is None or line.startswith(">"):
        raise DemoError(f"A JASPAR motif ends before its counts of {base}.", where=lines.where)
    line = lines.take()
    named = line.split()[0].rstrip("[:|")
    if named.isalpha() and named.upper().replace("U", "T") != base:
        raise DemoError(f"The counts of {base} should be here, not those of {named}.", where=lines.where)
    return numbers(_without_base(line).split(), lines.where)


def _without_base(line: str) -> str:
    """``"A [ 1 2 ]"`` -> ``"1 2"``."""
    return re.sub(r"^[A-Za-z]\b\s*[:|]?|[\[\]]", " ", line).strip()

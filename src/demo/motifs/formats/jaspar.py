"""JASPAR's count format (https://jaspar.elixir.no/docs): ``>ID NAME`` and a line of counts for each base."""

from __future__ import annotations

from collections.abc import Sequence

from demo.motifs.formats.text import Lines, MotifPath, at_least_one, motif_from_counts, numbers, split_name, write
from demo.motifs.motif import Motif
from demo.utils.errors import DemoError


def read_jaspar(path: MotifPath) -> list[Motif]:
    """The motifs of a JASPAR file, in file order.

    The four lines of a motif, in the order A, C, G, T, may begin with their letter and stand in brackets
    (``A [ 3 0 12 ]``) or hold the counts only.

    Raises:
        DemoError: for anything else, and for a file without motifs.
    """
    lines = Lines(path)
    motifs = []
    for line in lines:
        where = lines.where
        if not line.startswith(">"):
            raise DemoError("This is not a JASPAR motif: it would begin with '>' and a name.", where=where)
        name, alt_name = split_name(line.removeprefix(">"))
        rows = [_read_row(lines, letter) for letter in "ACGT"]
        if len({len(row) for row in rows}) != 1:
            lengths = ", ".join(str(len(row)) for row in rows)
            raise DemoError(f"The lines of motif {name} differ in length: {lengths}.", where=where)
        counts = [list(position) for position in zip(*rows, strict=True)]
        motifs.append(motif_from_counts(name, counts, alt_name, where))
    return at_least_one(motifs, path)


def write_jaspar(path: MotifPath, motifs: Sequence[Motif]) -> None:
    """Write counts, ``ppm * nsites`` to 10 significant digits; a background has no place in this format.

    Raises:
        DemoError: no motifs, or the file cannot be written.
    """
    text = ""
    for motif in motifs:
        text += f">{motif.name}\t{motif.alt_name}".rstrip() + "\n"
        for letter, counts in zip("ACGT", (motif.ppm * motif.nsites).T, strict=True):
            text += f"{letter} [ {' '.join(f'{count:.10g}' for count in counts)} ]\n"
    write(path, motifs, text)


def _read_row(lines: Lines, letter: str) -> list[float]:
    line = lines.peek()
    if line is None or line.startswith(">"):
        raise DemoError(f"A JASPAR motif ends before its counts of {letter}.", where=lines.where)
    line = lines.take()
    tokens = line.replace("[", " ").replace("]", " ").split()
    if tokens and tokens[0].isalpha():
        if tokens[0].upper() != letter:
            raise DemoError(f"The counts of {letter} should be here, not those of {tokens[0]}.", where=lines.where)
        tokens = tokens[1:]
    return numbers(tokens, lines.where)

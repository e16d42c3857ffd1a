"""TRANSFAC's matrix format: tagged lines, a row of counts per position, ``//`` after each motif."""

from __future__ import annotations

import re
from collections.abc import Sequence

from demo.motifs.formats.format import (
    FORMATS,
    Lines,
    MotifPath,
    WritableFormat,
    motif_from_counts,
    numbers,
    read,
    write,
)
from demo.motifs.motif import Motif
from demo.sequences.alphabet import DNA, RNA
from demo.utils.errors import DemoError


@FORMATS.register("transfac")
class Transfac(WritableFormat):
    """Two-letter tags; ``P0`` (or ``PO``) begins the matrix."""

    title = "TRANSFAC"

    @staticmethod
    def recognises(lines: Sequence[str]) -> bool:
        return bool(re.match(r"[A-Z]{2}\b|//", lines[0])) and any(re.match(r"P[0O]\s", line) for line in lines)

    @staticmethod
    def parse(lines: Lines) -> list[Motif]:
        motifs = []
        names: dict[str, str] = {}
        for line in lines:
            tag, _, value = line.replace("\t", " ").partition(" ")
            if tag in ("AC", "ID"):
                if tag in names:
                    raise DemoError(f"Motif {names[tag]} has no matrix: the next one begins.", where=lines.where)
                names[tag] = value.strip()
            elif tag in ("P0", "PO"):
                motifs.append(_read_matrix(lines, value, names))
                names = {}
            elif re.match(r"\d", tag):
                raise DemoError("A matrix row without a P0 line before it.", where=lines.where)
            elif not re.fullmatch(r"[A-Z]{2}|//", tag):
                raise DemoError(f"This is not a line of a TRANSFAC file: {line[:40]!r}.", where=lines.where)
        if names:
            raise DemoError(f"The last motif, {' '.join(names.values())}, has no matrix.", where=lines.where)
        return motifs

    @staticmethod
    def text(motifs: Sequence[Motif]) -> str:
        text = ""
        for motif in motifs:
            text += f"AC {motif.name}\nXX\n" + (f"ID {motif.alt_name}\nXX\n" if motif.alt_name else "")
            text += f"P0 {' '.join(motif.alphabet.letters)}\n"
            rows = zip(motif.ppm * motif.nsites, motif.consensus, strict=True)
            for position, (counts, letter) in enumerate(rows, start=1):
                text += f"{position:02d} {' '.join(f'{count:.10g}' for count in counts)} {letter}\n"
            text += "XX\n//\n"
        return text


def read_transfac(path: MotifPath) -> list[Motif]:
    """The motifs of a TRANSFAC file, in file order.

    ``AC`` is the name and ``ID`` the second one (or the name, where there is no ``AC``). The columns are as the ``P0``
    line orders them; a consensus letter may follow the counts. Other fields are passed over.

    Raises:
        DemoError: for rows other than 4 counts, a motif without name or matrix, and a file without motifs.
    """
    return read(path, "transfac")


def write_transfac(path: MotifPath, motifs: Sequence[Motif]) -> None:
    """Write counts, ``ppm * nsites`` to 10 significant digits, with the consensus beside them; no background.

    Raises:
        DemoError: no motifs, or the file cannot be written.
    """
    write(path, motifs, Transfac)


def _read_matrix(lines: Lines, columns: str, names: dict[str, str]) -> Motif:
    where = lines.where
    if not names:
        raise DemoError("A matrix without AC or ID before it.", where=where)
    name = names["AC"] if "AC" in names else names["ID"].split(" ")[0]
    alt_name = names.get("ID", "") if "AC" in names else names["ID"].partition(" ")[2].strip()
    order = columns.upper().split()
    alphabet = RNA if "U" in order else DNA
    if sorted(order) != list(alphabet.letters):
        raise DemoError(f"A P0 line names A, C, G and T, not {columns.strip()[:40]!r}.", where=where)
    counts = []
    while re.match(r"\d", lines.peek() or ""):
        row = lines.take().split()[1:]
        if len(row) == 5 and row[4].isalpha():
            row = row[:4]
        by_letter = dict(zip(order, numbers(row, lines.where, count=4), strict=True))
        counts.append([by_letter[letter] for letter in alphabet.letters])
    return motif_from_counts(name, counts, alt_name, where, alphabet)

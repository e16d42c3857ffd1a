"""UniPROBE's text files (http://thebrain.bwh.harvard.edu/uniprobe): a title, then ``A:``, ``C:``, ``G:``, ``T:``.

The database's own files hold several matrices of a motif; the one titled "Probability matrix" is the motif.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from demo.motifs.formats.format import FORMATS, Lines, MotifFormat, motif_from_rows, numbers, split_name
from demo.motifs.motif import Motif
from demo.utils.errors import DemoError

_ROW = re.compile(r"([ACGT]):\s*(.*)")
_PROBABILITIES = "probability matrix"


@FORMATS.register("uniprobe")
class Uniprobe(MotifFormat):
    """Probabilities, a row for each base; the line before the rows of A names the motif."""

    title = "UniPROBE"

    @staticmethod
    def recognises(lines: Sequence[str]) -> bool:
        return not lines[0].startswith(">") and {line[0] for line in lines if _ROW.match(line)} == set("ACGT")

    @staticmethod
    def parse(lines: Lines) -> list[Motif]:
        titled = any(line.lower().startswith(_PROBABILITIES) for line in lines.left())
        motifs: list[Motif] = []
        title, name, where = "", "", lines.where
        for line in lines:
            if _ROW.match(line):
                rows = _rows(lines, line)
                if not titled or title.startswith(_PROBABILITIES):
                    motifs.append(_motif(name, rows, where))
            elif not re.match(r"PO\s", line):
                title = line.lower()
                # The database's matrices have titles that end in "matrix ..."; the name stands above them.
                if "matrix" not in title:
                    name, where = line, lines.where
        return motifs


def _rows(lines: Lines, first: str) -> dict[str, list[str]]:
    """The numbers of each base, in whichever order the four lines stand."""
    rows: dict[str, list[str]] = {}
    for line in (first, *(lines.take() for _ in range(min(3, len(lines.left()))))):
        if match := _ROW.match(line):
            rows[match.group(1)] = match.group(2).split()
    if len(rows) != 4 or len({len(row) for row in rows.values()}) != 1:
        raise DemoError("A motif has four rows of one length, A:, C:, G: and T:.", where=lines.where)
    return rows


def _motif(title: str, rows: dict[str, list[str]], where: str) -> Motif:
    values = [numbers(rows[base], where) for base in "ACGT"]
    name, alt_name = split_name(title.lstrip("#").strip().removeprefix("Protein:"))
    return motif_from_rows(name, [list(p) for p in zip(*values, strict=True)], " ".join(alt_name.split()), where)

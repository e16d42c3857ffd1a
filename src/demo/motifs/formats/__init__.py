"""Motif files: MEME (minimal), JASPAR and TRANSFAC, read without losing a motif and written whole or not at all.

What a reader cannot make sense of is a DemoError with file and line. All readers take plain or gzipped text with any
line ends. JASPAR and TRANSFAC hold counts: a motif is written as ``ppm * nsites``, and its ``nsites`` is read as the
largest row sum, so a file of probabilities reads as one site.
"""

from collections.abc import Sequence
from pathlib import Path

from demo.motifs.formats.jaspar import read_jaspar, write_jaspar
from demo.motifs.formats.meme import read_meme, write_meme
from demo.motifs.formats.transfac import read_transfac, write_transfac
from demo.motifs.motif import Motif

__all__ = [
    "read_jaspar",
    "read_meme",
    "read_transfac",
    "write_all_formats",
    "write_jaspar",
    "write_meme",
    "write_transfac",
]


def write_all_formats(folder: Path, motifs: Sequence[Motif]) -> list[Path]:
    """Write ``motifs.meme``, ``motifs.jaspar`` and ``motifs.transfac``, each with all motifs.

    Returns:
        The files.

    Raises:
        DemoError: there are no motifs, or a file cannot be written.
    """
    files = []
    for ending, write in (("meme", write_meme), ("jaspar", write_jaspar), ("transfac", write_transfac)):
        files.append(folder / f"motifs.{ending}")
        write(files[-1], motifs)
    return files

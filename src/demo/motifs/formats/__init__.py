"""Motif files, read without losing a motif and written whole or not at all.

What a reader cannot make sense of is a DemoError with file and line. All readers take plain or gzipped text with any
line ends. JASPAR and TRANSFAC hold counts: a motif is written as ``ppm * nsites``, and its ``nsites`` is read as the
largest row sum, so a file of probabilities reads as one site.

Each module of this package registers its formats in ``demo.motifs.formats.format.FORMATS``.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from demo.motifs.formats.format import FORMATS, MotifPath, WritableFormat, read, write
from demo.motifs.formats.headed import read_jaspar, write_jaspar
from demo.motifs.formats.meme import read_meme, write_meme
from demo.motifs.formats.transfac import read_transfac, write_transfac
from demo.motifs.motif import Motif

__all__ = [
    "read_jaspar",
    "read_meme",
    "read_motifs",
    "read_transfac",
    "write_all_formats",
    "write_jaspar",
    "write_meme",
    "write_transfac",
]

# A module put here is known without being named anywhere else.
for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def read_motifs(path: MotifPath) -> list[Motif]:
    """The motifs of a file of any known format, which is told by what the file holds.

    Raises:
        DemoError: the file is missing, of no known format, malformed, or holds no motif.
    """
    return read(path)


def write_all_formats(folder: Path, motifs: Sequence[Motif]) -> list[Path]:
    """Write ``motifs.meme``, ``motifs.jaspar``, ``motifs.transfac`` and so on for each format that can hold them.

    Returns:
        The files.

    Raises:
        DemoError: there are no motifs, or a file cannot be written.
    """
    files = []
    nucleotides = all(motif.alphabet.name in ("dna", "rna") for motif in motifs)
    for name, each in FORMATS.items():
        if issubclass(each, WritableFormat) and (nucleotides or each.any_alphabet):
            files.append(folder / f"motifs.{name}")
            write(files[-1], motifs, each)
    return files

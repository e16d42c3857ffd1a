"""Motif files: MEME (minimal), JASPAR and TRANSFAC, read without losing a motif and written whole or not at all.

What a reader cannot make sense of is a DemoError with file and line. All readers take plain or gzipped text with any
line ends. JASPAR and TRANSFAC hold counts: a motif is written as ``ppm * nsites``, and its ``nsites`` is read as the
largest row sum, so a file of probabilities reads as one site.
"""

from demo.motifs.formats.jaspar import read_jaspar, write_jaspar
from demo.motifs.formats.meme import read_meme, write_meme
from demo.motifs.formats.transfac import read_transfac, write_transfac

__all__ = ["read_jaspar", "read_meme", "read_transfac", "write_jaspar", "write_meme", "write_transfac"]

"""Motifs: their representation, file formats, and JASPAR's."""

from demo.motifs.formats import (
    read_jaspar,
    read_meme,
    read_motifs,
    read_transfac,
    write_jaspar,
    write_meme,
    write_transfac,
)
from demo.motifs.motif import Motif, laplace_smoothing

__all__ = [
    "Motif",
    "laplace_smoothing",
    "read_jaspar",
    "read_meme",
    "read_motifs",
    "read_transfac",
    "write_jaspar",
    "write_meme",
    "write_transfac",
]

"""Motifs: what one is, how it is drawn, and the files that hold it."""

from demo.motifs.formats import (
    read_jaspar,
    read_meme,
    read_transfac,
    write_jaspar,
    write_meme,
    write_transfac,
)
from demo.motifs.logo import draw_logo, logo_svg, save_aligned_pair, save_logo
from demo.motifs.motif import Motif, laplace_smoothing

__all__ = [
    "Motif",
    "draw_logo",
    "laplace_smoothing",
    "logo_svg",
    "read_jaspar",
    "read_meme",
    "read_transfac",
    "save_aligned_pair",
    "save_logo",
    "write_jaspar",
    "write_meme",
    "write_transfac",
]

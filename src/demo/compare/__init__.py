"""Comparison with known motifs: Tomtom's p-values, average motif affinity, JASPAR's matrices."""

from demo.compare.ama import ama
from demo.compare.tomtom import TomtomAlignment, best_alignment, storey_q_values, tomtom
from demo.motifs.jaspar import core_motifs, matrices_of, primary_matrix, relatives_of

__all__ = [
    "TomtomAlignment",
    "ama",
    "best_alignment",
    "core_motifs",
    "matrices_of",
    "primary_matrix",
    "relatives_of",
    "storey_q_values",
    "tomtom",
]

"""Simulated ChIP-seq of a TF with a JASPAR matrix, for use without real data.

Every positive is human-like background with sites of the matrix near its centre; as in real peaks, a few have weak
sites or none. Its negatives are dinucleotide shuffles of it, as in DeepBind's protocol (Alipanahi et al. 2015). Both
carry the same decoys (sites of the column-permuted matrix, low-complexity runs) at the same positions, exempt from the
shuffle, so that a decoy is uninformative about the label and a model has to tell it from a site.
"""

from demo.data.simulate.generate import simulate, simulated_dataset

__all__ = ["simulate", "simulated_dataset"]

"""Simulated ChIP-seq of a TF with a known matrix, for where no real set is at hand.

Every positive is human-like background with sites of the matrix near its centre; a few have weak sites or none, as
peaks do. Its negatives are dinucleotide shuffles of it, as in DeepBind's protocol (Alipanahi et al. 2015). Both carry
the same decoys (sites of the matrix with its columns permuted, low-complexity runs) in the same places, which the
shuffle leaves as they are, so that a decoy says nothing about the label and a model has to tell it from a site.
"""

from demo.data.simulate.dataset import simulated_dataset
from demo.data.simulate.generate import simulate

__all__ = ["simulate", "simulated_dataset"]

"""Human-like DNA without sites: a Markov chain with the dinucleotides of ChIP-seq peaks, including CpG depletion."""

import numpy as np
from numpy.typing import NDArray

_PAIRS = np.array(
    [
        # AA      AC      AG      AT      CA      CC      CG      GA      GC      TA
        [0.1125, 0.0531, 0.0661, 0.0866, 0.0717, 0.0372, 0.0069, 0.0581, 0.0334, 0.0759],
        [0.0814, 0.0543, 0.0750, 0.0617, 0.0794, 0.0601, 0.0132, 0.0616, 0.0515, 0.0500],
        [0.0554, 0.0519, 0.0783, 0.0388, 0.0774, 0.0866, 0.0334, 0.0624, 0.0747, 0.0292],
        [0.0348, 0.0462, 0.0732, 0.0217, 0.0655, 0.1123, 0.0732, 0.0589, 0.1065, 0.0167],
        [0.0181, 0.0364, 0.0599, 0.0110, 0.0501, 0.1402, 0.1245, 0.0487, 0.1490, 0.0085],
    ]
)
DINUCLEOTIDES = _PAIRS[:, [[0, 1, 2, 3], [4, 5, 6, 2], [7, 8, 5, 1], [9, 7, 4, 0]]]
"""(5, 4, 4) frequency of each base (row) before each (column), on both strands, in human ChIP-seq peaks of five classes
of GC content: below 0.4, to 0.5, to 0.6, to 0.7, above. Counted in 56,000 training positives, the first 4,000 of each
of 14 ENCODE sets from DeepBind (101 bp). CpG has 0.21 to 0.89 of the frequency expected from C and G."""
GC_SHARES = np.array([0.066, 0.194, 0.257, 0.283, 0.200])
"""(5,) share of each class among those peaks."""


def background(count: int, length: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(count, length) codes: a first-order Markov chain for each sequence, with its own class of GC content."""
    gc_class = rng.choice(len(GC_SHARES), count, p=GC_SHARES / GC_SHARES.sum())
    single = DINUCLEOTIDES.sum(axis=2)
    single = single / single.sum(axis=1, keepdims=True)
    following = DINUCLEOTIDES / DINUCLEOTIDES.sum(axis=2, keepdims=True)
    codes = np.empty((count, length), np.uint8)
    codes[:, 0] = draw(single[gc_class], rng)
    for position in range(1, length):
        codes[:, position] = draw(following[gc_class, codes[:, position - 1]], rng)
    return codes


def draw(probabilities: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """(...) codes drawn from (..., 4) probabilities."""
    # Without the last boundary, which rounding may put below 1.
    boundaries = probabilities.cumsum(axis=-1)[..., :3]
    return (rng.random((*probabilities.shape[:-1], 1)) >= boundaries).sum(axis=-1, dtype=np.uint8)

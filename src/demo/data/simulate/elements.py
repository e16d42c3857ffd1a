"""The elements planted in a background: sites of a matrix, and decoys. They determine how hard a simulated set is.

With these settings a network of the paper's (3 convolutional and 5 highway layers, 1,500 steps of 128) has test AUROCs
of 0.947 on CTCF, 0.976 on GATA1 and 0.973 on ARID3A (JASPAR 2016); scanning with the matrix itself reaches 0.941,
0.950 and 0.897.
"""

import numpy as np
from numpy.typing import NDArray

from demo.motifs import Motif
from demo.sequences import reverse_complement

WITHOUT_SITE = 0.04
"""Share of positives without a site: a perfect model has an AUROC of about 0.98."""
WEAK = 0.15
"""Share of positives whose sites are weak."""
WEAK_UNIFORM = 0.2
"""Weight of uniform bases in the matrix that weak sites are drawn from."""
BITS_OF_ONE_SITE = 17.0
"""A positive has on average one more site for every ``BITS_PER_SITE`` that the matrix has fewer than this, within the
two limits below: short motifs occur by chance in any sequence, and their TFs bind clusters of sites."""
BITS_PER_SITE = 3.0
FEWEST_SITES = 1.15
MOST_SITES = 4
CENTRE_SD = 12.0
"""Standard deviation of a site's distance from the centre in bp, if nothing is in its way."""
WITH_DECOY = 0.3
"""Share of sequences, of either label, with a site of the permuted matrix."""
MOST_LIKENESS = 0.6
"""Highest similarity of a permuted matrix to the matrix (1: the same); more similar decoys would be sites."""
WITH_RUN = 0.15
"""Share of sequences, of either label, with a low-complexity run."""
RUN_LENGTH = 12
GAP = 4
"""Minimal number of bp between two elements, so that the shuffle can destroy sites."""

_RUN_UNITS = np.array([[0, 0], [3, 3], [1, 0], [3, 2], [2, 0], [3, 1]], np.uint8)
"""Dinucleotides repeated in runs: A, T, and the most common dinucleotide repeats of the human genome."""


def plant_sites(codes: NDArray[np.uint8], occupied: NDArray[np.bool_], motif: Motif, rng: np.random.Generator) -> None:
    """Write sites into ``codes`` (N, L), near the centre and on either strand, and mark them in ``occupied``."""
    count, length = codes.shape
    mean = np.clip(1 + (BITS_OF_ONE_SITE - motif.total_information) / BITS_PER_SITE, FEWEST_SITES, MOST_SITES)
    sites = np.minimum(1 + rng.poisson(mean - 1, count), MOST_SITES)
    sites[rng.random(count) < WITHOUT_SITE] = 0
    strong_and_weak = np.stack([motif.ppm, (1 - WEAK_UNIFORM) * motif.ppm + WEAK_UNIFORM / 4])
    matrices = strong_and_weak[rng.binomial(1, WEAK, count)]

    distance = np.arange(length - motif.width + 1) - (length - motif.width) / 2
    for number in range(MOST_SITES):
        letters = _either_strand(draw(matrices, rng), rng)
        _plant(codes, occupied, letters, sites > number, -0.5 * (distance / CENTRE_SD) ** 2, rng)


def plant_decoys(
    codes: NDArray[np.uint8], occupied: NDArray[np.bool_], motif: Motif, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Write decoys into free positions of ``codes`` (N, L); returns their positions, (N, L)."""
    count = len(codes)
    permuted = decoy_matrix(motif.ppm)
    unlike = _likeness(motif.ppm, permuted) <= MOST_LIKENESS * _likeness(motif.ppm, motif.ppm)
    sites = _either_strand(draw(np.broadcast_to(permuted, (count, motif.width, 4)), rng), rng)
    runs = _RUN_UNITS[rng.integers(len(_RUN_UNITS), size=count)]
    decoys = np.zeros(codes.shape, bool)
    for letters, share in (
        (sites, WITH_DECOY if unlike else 0.0),
        (np.tile(runs, (1, RUN_LENGTH // 2)), WITH_RUN),
    ):
        anywhere = np.zeros(codes.shape[1] - letters.shape[1] + 1)
        decoys |= _plant(codes, occupied, letters, rng.random(count) < share, anywhere, rng)
    return decoys


def draw(probabilities: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """(...) codes drawn from (..., 4) probabilities."""
    # Without the last boundary, which rounding may put below 1.
    boundaries = probabilities.cumsum(axis=-1)[..., :3]
    return (rng.random((*probabilities.shape[:-1], 1)) >= boundaries).sum(axis=-1, dtype=np.uint8)


def decoy_matrix(ppm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(W, 4) the columns of ``ppm`` in the one of 200 random orders with the least similar sites.

    The order depends only on the matrix, so that all sets of one matrix have the same decoy.
    """
    rng = np.random.default_rng(0)
    candidates = [ppm[rng.permutation(len(ppm))] for _ in range(200)]
    return min(candidates, key=lambda candidate: _likeness(ppm, candidate))


def _plant(
    codes: NDArray[np.uint8],
    occupied: NDArray[np.bool_],
    letters: NDArray[np.uint8],
    wanted: NDArray[np.bool_],
    log_weights: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Write ``letters`` (N, W) into the rows ``wanted`` (N,) of ``codes`` (N, L), at least ``GAP`` from anything
    ``occupied``; rows without such a position do not change.

    Args:
        log_weights: (L - W + 1,) log of the relative probability of each start.

    Returns:
        (N, L) positions that were written; they are also marked in ``occupied``.
    """
    length, width = codes.shape[1], letters.shape[1]
    before = np.pad(occupied.cumsum(axis=1), ((0, 0), (1, 0)))  # (N, L + 1): occupied positions before each
    starts = np.arange(length - width + 1)
    near = before[:, np.minimum(starts + width + GAP, length)] - before[:, np.maximum(starts - GAP, 0)]
    # The maximum of log weights plus Gumbel noise is a draw by those weights.
    scores = np.where(near == 0, log_weights + rng.gumbel(size=near.shape), -np.inf)
    start = scores.argmax(axis=1)
    written = np.zeros(codes.shape, bool)
    rows = np.flatnonzero(wanted & (near == 0).any(axis=1))
    places = start[rows, None] + np.arange(width)
    codes[rows[:, None], places] = letters[rows]
    written[rows[:, None], places] = True
    occupied |= written
    return written


def _either_strand(letters: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """(N, W) codes, each row reverse complemented with probability 1/2."""
    return np.where(rng.random((len(letters), 1)) < 0.5, reverse_complement(letters), letters)


def _likeness(ppm: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Similarity of two (W, 4) matrices: the largest sum over columns of (p - 1/4) * (q - 1/4), over all offsets and
    both strands."""
    width = len(ppm)
    padded = np.pad(ppm - 0.25, ((width - 1, width - 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)  # (2 W - 1, 4, W)
    strands = np.stack([other, other[::-1, ::-1]]) - 0.25
    return float(np.einsum("obw,swb->so", windows, strands).max())

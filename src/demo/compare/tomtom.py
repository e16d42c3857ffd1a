"""Motif comparison: a p-value for the alignment of a query with each target of a database.

The method is Tomtom's (Gupta, Stamatoyannopoulos, Bailey & Noble, Genome Biol 8:R24, 2007; Tanaka et al.,
Bioinformatics 27:1603, 2011), written from its description. Lanchantin et al. (2016) use Pearson's correlation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.motifs.jaspar import core_motifs
from demo.motifs.motif import DEFAULT_NSITES, Motif
from demo.sequences.alphabet import DNA, Alphabet
from demo.utils.compilation import code_is_kept
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    import pandas as pd

Distance = Literal["pearson", "ed"]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_PSEUDOCOUNT = 0.1  # sites
_BINS = 100  # steps into which the scores of a query are divided
MAX_WIDTH = 300
"""Positions of a motif. The work grows with its fourth power if queries and targets are wide and of many widths:
about ten seconds for one query of this width against targets of every width up to it."""

_FEWEST_BITS = 0.01  # in the best position; less is noise of a flat motif


class TomtomAlignment(NamedTuple):
    """The best alignment of two motifs by Tomtom's scores.

    Attributes:
        offset: start of the query minus start of the target, in positions of the target as oriented.
        overlap: number of positions that both cover.
        orientation: ``"+"``, or ``"-"`` if the target has to be reverse complemented.
    """

    offset: int
    overlap: int
    orientation: str


def tomtom(
    queries: Motif | Sequence[Motif],
    targets: str | Sequence[Motif],
    distance: Distance = "pearson",
    min_overlap: int = 5,
) -> pd.DataFrame:
    """Compare every query with every target on both strands, and keep the better strand.

    The p-value is that of the best alignment on either strand, under a null model in which each query column meets a
    random column of the database; p-values are exact sums, down to about 1e-300 (Tomtom itself stops at 1e-45). So the
    database matters: pass all of it, even if only one target is of interest.

    Args:
        queries: one motif or several, each with information in some column.
        targets: the database, likewise; or a release of JASPAR (``"2016"``, ``"newest"``): its vertebrate matrices.
        distance: ``"pearson"`` (correlation of columns) or ``"ed"`` (Euclidean distance).
        min_overlap: minimal overlap of an alignment, 1 or more; narrower motifs must overlap completely.

    Returns:
        A row per pair, in order of queries and then p-value, with the columns of Tomtom's table: Query_ID, Target_ID,
        Optimal_offset, p-value, E-value (p times targets), q-value (Storey's, over all p-values of the query),
        Overlap, Query_consensus, Target_consensus (as oriented) and Orientation.

    Raises:
        DemoError: no queries or targets, no such release, a motif without information or with more than 300 positions,
            an unknown distance or an invalid overlap.
    """
    import pandas as pd

    targets = core_motifs(targets) if isinstance(targets, str) else targets
    database = _Database(targets)
    tables = []
    for query in _checked([queries] if isinstance(queries, Motif) else queries, "query", database.alphabet):
        scores = _scaled_scores(query, database, distance)
        best = _best_alignments(scores, database, min_overlap)
        p = _p_values(scores, database, best.score)
        q = storey_q_values(p)
        strand = _better_strand(p, best.overlap, database.strands)
        row = np.arange(len(targets)) + strand * len(targets)
        table = pd.DataFrame(
            {
                "Query_ID": query.name,
                "Target_ID": [target.name for target in targets],
                "Optimal_offset": best.offset[row],
                "p-value": p[row],
                "E-value": p[row] * len(targets),
                "q-value": q[row],
                "Overlap": best.overlap[row],
                "Query_consensus": _letters(_smoothed(query), database.alphabet),
                "Target_consensus": [database.consensus[i] for i in row],
                "Orientation": np.where(strand == 0, "+", "-"),
            }
        )
        tables.append(table.sort_values("p-value", kind="stable"))
    return pd.concat(tables, ignore_index=True)


def has_information(motif: Motif) -> bool:
    """Whether a motif can be compared: a flat one has "significant" matches that mean nothing."""
    return bool(motif.information_content.max() >= _FEWEST_BITS)


def best_alignment(
    query: Motif, target: Motif, distance: Distance = "pearson", min_overlap: int = 5
) -> TomtomAlignment:
    """The best alignment of ``target`` with ``query`` by Tomtom, with ``target`` as its database.

    Raises:
        DemoError: as :func:`tomtom`.
    """
    database = _Database([target])
    (query,) = _checked([query], "query", database.alphabet)
    scores = _scaled_scores(query, database, distance)
    best = _best_alignments(scores, database, min_overlap)
    strand = _better_strand(_p_values(scores, database, best.score), best.overlap, database.strands)[0]
    return TomtomAlignment(int(best.offset[strand]), int(best.overlap[strand]), "+-"[strand])


class _Database:
    """The targets' columns: all targets forward, then all reverse complemented if they have two strands.

    Attributes:
        alphabet: of the targets.
        strands: 2, or 1 of an alphabet without complement; twice N below is then N.
        columns: (K, 4) probabilities with pseudocounts.
        widths: (2N,) columns of each target.
        starts: (2N,) index in ``columns`` at which each begins.
        consensus: 2N strings.
    """

    def __init__(self, targets: Sequence[Motif]) -> None:
        _checked(targets, "target", targets[0].alphabet if len(targets) else DNA)
        self.alphabet = targets[0].alphabet
        self.strands = 1 if self.alphabet.complement is None else 2
        forward = [_smoothed(target) for target in targets]
        strands = forward + ([ppm[::-1, ::-1] for ppm in forward] if self.strands == 2 else [])
        self.columns: Floats = np.concatenate(strands)
        self.widths: Integers = np.array([len(ppm) for ppm in strands])
        self.starts: Integers = np.cumsum(self.widths) - self.widths
        letters = _letters(self.columns, self.alphabet)
        self.consensus = [letters[a : a + w] for a, w in zip(self.starts, self.widths, strict=True)]


class _Scores(NamedTuple):
    """Integer scores of the W query columns against the K database columns.

    Args:
        steps: (W, K), 0 to 100.
        neutral: the steps of a query column without partner.
    """

    steps: Integers
    neutral: int


class _Best(NamedTuple):
    """The best alignment with each of the 2N database entries; ``score`` is relative to no alignment at all."""

    score: Integers
    offset: Integers
    overlap: Integers


def _checked(motifs: Sequence[Motif], role: str, alphabet: Alphabet) -> Sequence[Motif]:
    if len(motifs) == 0:
        raise DemoError(f"Tomtom needs at least one {role}.")
    for motif in motifs:
        if motif.alphabet.letters != alphabet.letters:
            raise DemoError(
                f"The {role} {motif.name} is of {motif.alphabet.title}, and the database of {alphabet.title}."
            )
        if not has_information(motif):
            raise DemoError(
                f"The {role} {motif.name} is flat: it has no information to compare.",
                exists=f"at most {motif.information_content.max():.2g} bits in a position",
                fix="leave it out and count it as not found",
            )
        if motif.width > MAX_WIDTH:
            raise DemoError(
                f"The {role} {motif.name} has {motif.width} positions; Tomtom compares motifs of up to {MAX_WIDTH}.",
                fix="use Motif.trim, or Motif.window for the relevant part",
            )
    return motifs


def _smoothed(motif: Motif) -> Floats:
    nsites = int(motif.nsites) or DEFAULT_NSITES
    return (motif.ppm * nsites + _PSEUDOCOUNT * motif.background) / (nsites + _PSEUDOCOUNT)


def _scaled_scores(query: Motif, database: _Database, distance: Distance) -> _Scores:
    """Each column's scores minus their median, then the whole query divided into 100 steps."""
    raw = _raw_scores(_smoothed(query), database.columns, distance)
    middle = (raw.shape[1] - 1) // 2
    raw -= np.partition(raw, middle, axis=1)[:, middle, None]
    lowest = np.floor(raw.min())
    spread = raw.max() - lowest
    # Without spread every column scores the same, and any scale will do.
    scale = np.floor(_BINS / spread) if spread > 1e-9 else 1.0
    return _Scores(np.rint((raw - lowest) * scale).astype(np.int64), int(-lowest * scale))


def _raw_scores(query: Floats, columns: Floats, distance: Distance) -> Floats:
    """(W, K): larger is more similar."""
    if distance == "ed":
        return -np.sqrt(((query[:, None] - columns[None]) ** 2).sum(axis=2))
    if distance != "pearson":
        raise DemoError(f"There is no distance {distance!r}.", exists=["pearson", "ed"])
    flat = 1 / query.shape[1]
    return _unit_rows(query - flat) @ _unit_rows(columns - flat).T


def _unit_rows(rows: Floats) -> Floats:
    """Rows scaled to norm 1; those that are 0 up to rounding stay 0, and correlate with nothing."""
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.where(lengths > 1e-10, rows / np.maximum(lengths, 1e-10), 0.0)


def _best_alignments(scores: _Scores, database: _Database, min_overlap: int) -> _Best:
    """Slide the query along every target: the highest sum of column scores; ties go to the larger overlap."""
    if min_overlap < 1:
        raise DemoError(f"The minimal overlap is 1 position, not {min_overlap}.")
    # Imported here and below, because it waits for numba.
    from demo.compare.tomtom_loops import slide

    relative = np.ascontiguousarray((scores.steps - scores.neutral).T)
    best = _Best(*np.zeros((3, len(database.widths)), dtype=np.int64))
    with code_is_kept():
        slide(relative, database.starts, database.widths, min_overlap, *best)
    return best


def _p_values(scores: _Scores, database: _Database, observed: Integers) -> Floats:
    """(2N,) probability that some alignment, on either strand, scores at least ``observed``.

    Alignments count as independent, and those shorter than the minimal overlap count, too.
    """
    from demo.compare.tomtom_loops import add_log_none

    histograms = np.stack([np.bincount(row, minlength=_BINS + 1) / len(row) for row in scores.steps])
    by_width = np.argsort(database.widths, kind="stable")
    log_none = np.zeros(len(observed))
    with code_is_kept():
        add_log_none(histograms, database.widths[by_width], observed[by_width], scores.neutral, log_none)
    p_values = np.empty(len(observed))
    p_values[by_width] = -np.expm1(database.strands * log_none)
    return p_values


def _better_strand(p: Floats, overlaps: Integers, strands: int) -> Integers:
    """(N,) 0 or 1: smaller p-value, then larger overlap, then forward. Tomtom holds p in single precision."""
    if strands == 1:
        return np.zeros(len(p), np.int64)
    forward, reverse = np.split(p.astype(np.float32), 2)
    overlap_forward, overlap_reverse = np.split(overlaps, 2)
    return ((reverse < forward) | ((reverse == forward) & (overlap_reverse > overlap_forward))).astype(np.int64)


def _letters(ppm: Floats, alphabet: Alphabet) -> str:
    """The most probable letters. Tomtom keeps the best so far in single precision, which decides ties."""
    best = np.zeros(len(ppm), dtype=np.float32)
    codes = np.zeros(len(ppm), dtype=np.int64)
    for code in range(alphabet.size):
        better = ppm[:, code] > best.astype(np.float64)
        best[better] = ppm[better, code]
        codes[better] = code
    return "".join(alphabet.letters[code] for code in codes)


_LAMBDAS = 0.005 * np.arange(1, 101)
_BOOTSTRAPS = 100
_SAMPLE = 1000
_FEWEST = 100


def storey_q_values(p_values: ArrayLike, seed: int = 0) -> NDArray[np.float64]:
    """q-values after Storey (J R Stat Soc B 64:479, 2002): ``q_i = min over p_j >= p_i of pi0 * m * p_j / rank_j``.

    Args:
        p_values: (m,) in [0, 1].
        seed: of the bootstrap that finds pi0; the same seed gives the same q-values.

    Returns:
        (m,) in [0, 1], in the order of ``p_values``.

    Raises:
        DemoError: for values outside [0, 1].
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise DemoError("p-values must be a list of numbers from 0 to 1.")
    order = np.argsort(p, kind="stable")
    rates = _null_fraction(p, seed) * p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(rates[::-1])[::-1], 1.0)
    return q


def _null_fraction(p: NDArray[np.float64], seed: int) -> float:
    """pi0, the share of true nulls: the estimate at the lambda with the least bootstrap error; 1 for up to 100 values.

    The estimate at lambda is ``#{p >= lambda} / (m (1 - lambda))``. A bootstrap only needs the number of its 1,000
    draws between two lambdas, which is a multinomial draw.
    """
    if len(p) <= _FEWEST:
        return 1.0
    per_bin = np.bincount(np.searchsorted(_LAMBDAS, p, side="right"), minlength=len(_LAMBDAS) + 1)
    estimates = _estimates(per_bin[None])[0]
    draws = np.random.default_rng(seed).multinomial(_SAMPLE, per_bin / len(p), size=_BOOTSTRAPS)
    errors = ((_estimates(draws) - estimates.min()) ** 2).sum(axis=0)
    return min(float(estimates[errors.argmin()]), 1.0)


def _estimates(per_bin: NDArray[np.int64]) -> NDArray[np.float64]:
    """(..., 101) counts between lambdas -> (..., 100) estimates of pi0."""
    above = per_bin[..., ::-1].cumsum(axis=-1)[..., ::-1][..., 1:]
    return above / (per_bin.sum(axis=-1, keepdims=True) * (1 - _LAMBDAS))

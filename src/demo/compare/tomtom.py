"""Motif comparison: a p-value for the alignment of a query with each target of a database.

The method is Tomtom's (Gupta, Stamatoyannopoulos, Bailey & Noble, Genome Biol 8:R24, 2007; Tanaka et al.,
Bioinformatics 27:1603, 2011), written from its description. Lanchantin et al. (2016) use Pearson's correlation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.compare.tomtom_loops import BLOCK, add_log_none, count_steps, find_medians, slide_along
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
_FINE, _RANGE = 2048, 2.0  # finer steps of a column's scores, which lie within +-2
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
    database = _Database(targets, distance)
    queries = _checked([queries] if isinstance(queries, Motif) else queries, "query", database.alphabet)
    count = len(targets)
    columns: list[list[NDArray[Any]]] = []
    for query in queries:
        p, offset, overlap = _best_alignments(query, database, min_overlap)
        q = storey_q_values(p)
        row = np.arange(count) + _better_strand(p, overlap, database.strands) * count
        row = row[np.argsort(p[row], kind="stable")]
        columns.append([row, offset[row], p[row], q[row], overlap[row]])
    row, offset, p, q, overlap = (np.concatenate(column) for column in zip(*columns, strict=True))
    which = np.repeat(np.arange(len(queries)), count)
    return pd.DataFrame(
        {
            "Query_ID": pd.Index([query.name for query in queries]).take(which),
            "Target_ID": pd.Index([target.name for target in targets]).take(row % count),
            "Optimal_offset": offset,
            "p-value": p,
            "E-value": p * count,
            "q-value": q,
            "Overlap": overlap,
            "Query_consensus": pd.Index([_letters(_smoothed(query), database.alphabet) for query in queries]).take(
                which
            ),
            "Target_consensus": pd.Index(database.consensus).take(row),
            "Orientation": pd.Index(["+", "-"]).take(row // count),
        }
    )


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
    database = _Database([target], distance)
    (query,) = _checked([query], "query", database.alphabet)
    best = _best_alignments(query, database, min_overlap)
    strand = _better_strand(best.p, best.overlap, database.strands)[0]
    return TomtomAlignment(int(best.offset[strand]), int(best.overlap[strand]), "+-"[strand])


class _Database:
    """The targets, all forward and then, of two strands, all reverse complemented; and their columns in an order that
    is fast to read.

    Attributes:
        alphabet: of the targets.
        strands: 2, or 1 of an alphabet without complement; twice N below is then N.
        distance: by which columns are compared.
        consensus: 2N strings.
        widths: (2N,) of all entries, ascending.
        starts: where those of width w begin, ``widths[starts[w] : starts[w + 1]]``.
        place: (2N,) index of each entry in ``widths``.
        columns: (4, K) of the entries, as :meth:`compared` returns them: those of a width side by side, first all their
            first columns.
    """

    def __init__(self, targets: Sequence[Motif], distance: Distance) -> None:
        if distance not in ("pearson", "ed"):
            raise DemoError(f"There is no distance {distance!r}.", exists=["pearson", "ed"])
        self.distance = distance
        _checked(targets, "target", targets[0].alphabet if len(targets) else DNA)
        self.alphabet = targets[0].alphabet
        self.strands = 1 if self.alphabet.complement is None else 2
        forward = [_smoothed(target) for target in targets]
        strands = forward + ([ppm[::-1, ::-1] for ppm in forward] if self.strands == 2 else [])
        widths = np.array([len(ppm) for ppm in strands])
        columns = np.concatenate(strands)
        starts = np.cumsum(widths) - widths
        letters = _letters(columns, self.alphabet)
        self.consensus = [letters[a : a + w] for a, w in zip(starts, widths, strict=True)]
        by_width = np.argsort(widths, kind="stable")
        self.widths: Integers = widths[by_width]
        self.starts: Integers = np.searchsorted(self.widths, np.arange(self.widths[-1] + 2))
        self.place: Integers = np.argsort(by_width)
        entry = np.repeat(np.arange(len(widths)), widths)
        position = np.arange(len(columns)) - starts[entry]
        columns = columns[np.lexsort((entry, position, widths[entry]))]
        self.columns: Floats = np.ascontiguousarray(self.compared(columns).T)

    def compared(self, columns: Floats) -> Floats:
        """(K, 4) probabilities, or vectors whose product is the correlation."""
        return columns if self.distance == "ed" else _unit_rows(columns - 1 / self.alphabet.size)


class _Best(NamedTuple):
    """The best alignment with each of the 2N database entries."""

    p: Floats
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


def _unit_rows(rows: Floats) -> Floats:
    """Rows scaled to norm 1; those that are 0 up to rounding stay 0, and correlate with nothing."""
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.where(lengths > 1e-10, rows / np.maximum(lengths, 1e-10), 0.0)


def _best_alignments(query: Motif, database: _Database, min_overlap: int) -> _Best:
    """Slide the query along every entry: the highest sum of column scores; ties go to the larger overlap.

    The p-value is the probability that some alignment, on either strand, scores as much. Alignments count as
    independent, and those shorter than the minimal overlap count, too.
    """
    if min_overlap < 1:
        raise DemoError(f"The minimal overlap is 1 position, not {min_overlap}.")
    columns = np.ascontiguousarray(database.compared(_smoothed(query)))
    with code_is_kept():
        relative, histograms, neutral = _integer_scores(columns, database)
        entries = len(database.widths)
        best, offset = np.full(entries, np.iinfo(np.int64).min), np.zeros(entries, dtype=np.int64)
        slide_along(relative, database.starts, min_overlap, np.empty(entries, np.int16), best, offset)
        score, overlap = np.divmod(best, len(columns) + 1)
        log_none = _log_none(histograms, database, score, neutral)
    at = database.place
    return _Best(-np.expm1(database.strands * log_none[at]), offset[at], overlap[at])


def _integer_scores(columns: Floats, database: _Database) -> tuple[NDArray[np.int16], Floats, int]:
    """Scores of each of a query's columns (W, A) against all K of the database.

    Each query column's scores lose their median, then all of the query's are divided into ``_BINS`` steps.

    Returns:
        (W, K) steps above those of a column without partner; the share of database columns at each step,
        (W, ``_BINS`` + 1); the steps of a column without partner.
    """
    euclidean = database.distance == "ed"
    width, count = len(columns), database.columns.shape[1]
    # 16 bits hold a sum over the widest query.
    steps, block = np.empty((width, count), np.int16), np.empty(BLOCK)
    fine = np.zeros((width, _FINE + 1), np.int64)
    found = np.empty((width, 3))
    scale = _FINE / (2 * _RANGE)
    # Rounded down, so that perfect scores, 0 or 1, have a step of their own.
    count_steps(columns, database.columns, euclidean, np.zeros(width), 0.5 / scale - _RANGE, scale, block, steps, fine)
    find_medians(columns, database.columns, euclidean, steps, fine, np.empty(count), found)
    lows, medians, highs = found.T.copy()
    lowest = np.floor((lows - medians).min())
    spread = (highs - medians).max() - lowest
    # Without spread every column scores the same, and any scale will do.
    scale = np.floor(_BINS / spread) if spread > 1e-9 else 1.0
    counts = np.zeros((width, _BINS + 1), np.int64)
    count_steps(columns, database.columns, euclidean, medians, lowest, scale, block, steps, counts)
    neutral = int(-lowest * scale)
    steps -= np.int16(neutral)
    return steps, counts / count, neutral


def _log_none(histograms: Floats, database: _Database, score: Integers, neutral: int) -> Floats:
    """(2N,) log probability that no alignment with an entry, on one strand, scores as much as the best."""
    lowest = score.min()
    level = score - lowest
    log_none = np.zeros(len(score))
    add_log_none(
        histograms,
        np.argsort(histograms == 0, axis=1, kind="stable"),
        np.count_nonzero(histograms, axis=1),
        database.widths,
        database.starts,
        level,
        lowest,
        neutral,
        np.zeros((2, (len(histograms) + 2) * _BINS + 1)),
        np.empty(level.max() + 1),
        log_none,
    )
    return log_none


def _better_strand(p: Floats, overlaps: Integers, strands: int) -> Integers:
    """(N,) 0 or 1: smaller p-value, then larger overlap, then forward. Tomtom holds p in single precision."""
    if strands == 1:
        return np.zeros(len(p), np.int64)
    forward, reverse = p.astype(np.float32).reshape(2, -1)
    overlap_forward, overlap_reverse = overlaps.reshape(2, -1)
    return ((reverse < forward) | ((reverse == forward) & (overlap_reverse > overlap_forward))).astype(np.int64)


def _letters(ppm: Floats, alphabet: Alphabet) -> str:
    """The most probable letters. Tomtom keeps the best so far in single precision, which decides ties."""
    best = np.zeros(len(ppm), dtype=np.float32)
    codes = np.zeros(len(ppm), dtype=np.int64)
    for code in range(alphabet.size):
        better = ppm[:, code] > best.astype(np.float64)
        best[better] = ppm[better, code]
        codes[better] = code
    return "".join(map(alphabet.letters.__getitem__, codes.tolist()))


_LAMBDAS = 0.005 * np.arange(1, 101)
_SAMPLE = 1000
_FEWEST = 100


def storey_q_values(p_values: ArrayLike) -> NDArray[np.float64]:
    """q-values after Storey (J R Stat Soc B 64:479, 2002): ``q_i = min over p_j >= p_i of pi0 * m * p_j / rank_j``.

    Args:
        p_values: (m,) in [0, 1].

    Returns:
        (m,) in [0, 1], in the order of ``p_values``.

    Raises:
        DemoError: for values outside [0, 1].
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise DemoError("p-values must be a list of numbers from 0 to 1.")
    order = np.argsort(p)
    rates = _null_fraction(p[order]) * p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(rates[::-1])[::-1], 1.0)
    return q


def _null_fraction(ascending: NDArray[np.float64]) -> float:
    """pi0, the share of true nulls: the estimate at the lambda with the least error; 1 for up to 100 values.

    The estimate at lambda is ``#{p >= lambda} / (m (1 - lambda))``. Tomtom draws 100 bootstraps of 1,000 values for its
    squared error, from the smallest of all estimates; this is what they would have on average.
    """
    count = len(ascending)
    if count <= _FEWEST:
        return 1.0
    above = 1 - np.searchsorted(ascending, _LAMBDAS) / count
    estimates = above / (1 - _LAMBDAS)
    variances = above * (1 - above) / (_SAMPLE * (1 - _LAMBDAS) ** 2)
    errors = variances + (estimates - estimates.min()) ** 2
    return min(float(estimates[errors.argmin()]), 1.0)

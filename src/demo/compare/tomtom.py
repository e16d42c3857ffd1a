"""Motif against motif: a p-value for how well a query aligns with each target of a database.

The method is Tomtom's (Gupta, Stamatoyannopoulos, Bailey & Noble, Genome Biol 8:R24, 2007; Tanaka et al.,
Bioinformatics 27:1603, 2011), written from its description. Lanchantin et al. (2016) use Pearson's correlation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.compare.qvalues import storey_q_values
from demo.motifs.motif import DEFAULT_NSITES, Motif
from demo.utils.compilation import code_is_kept, compiled
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    import pandas as pd

Distance = Literal["pearson", "ed"]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_PSEUDOCOUNT = 0.1  # sites
_BINS = 100
MAX_WIDTH = 300
"""Positions of a motif. The work grows with the fourth power of it where queries and targets are wide and of many
widths: about ten seconds for one query of this width against targets of every width up to it."""

_FEWEST_BITS = 0.01  # in the best position: less is the noise of a flat motif


class TomtomAlignment(NamedTuple):
    """How two motifs fit best by Tomtom's scores.

    Args:
        offset: start of the query less start of the target, in positions of the target as oriented.
        overlap: positions that both cover.
        orientation: ``"+"``, or ``"-"`` where the target has to be reverse complemented.
    """

    offset: int
    overlap: int
    orientation: str


def tomtom(
    queries: Sequence[Motif], targets: Sequence[Motif], distance: Distance = "pearson", min_overlap: int = 5
) -> pd.DataFrame:
    """Compare every query with every target on both strands, and keep the better strand.

    The p-value is that of the best alignment among all of both strands, under a null where each query column meets a
    random column of the database; p-values are exact sums, down to about 1e-300 (Tomtom itself stops at 1e-45). So the
    database matters: give all of it, even if only one target is of interest.

    Args:
        queries: each with information in some column.
        targets: the database, likewise.
        distance: ``"pearson"`` (correlation of columns) or ``"ed"`` (Euclidean distance).
        min_overlap: fewest positions an alignment may share, 1 or more; narrower motifs need all of theirs.

    Returns:
        A row per pair, in order of queries and then p-value, with the columns of Tomtom's table: Query_ID, Target_ID,
        Optimal_offset, p-value, E-value (p times targets), q-value (Storey's, over all p-values of the query),
        Overlap, Query_consensus, Target_consensus (as oriented) and Orientation.

    Raises:
        DemoError: no queries or targets, a motif without information or of more than 300 positions, an unknown
            distance or a bad overlap.
    """
    import pandas as pd

    database = _Database(targets)
    tables = []
    for query in _checked(queries, "query"):
        scores = _scaled_scores(query, database, distance)
        best = _best_alignments(scores, database, min_overlap)
        p = _p_values(scores, database, best.score)
        q = storey_q_values(p)
        strand = _better_strand(p, best.overlap)
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
                "Query_consensus": _letters(_smoothed(query)),
                "Target_consensus": [database.consensus[i] for i in row],
                "Orientation": np.where(strand == 0, "+", "-"),
            }
        )
        tables.append(table.sort_values("p-value", kind="stable"))
    return pd.concat(tables, ignore_index=True)


def has_information(motif: Motif) -> bool:
    """Whether a motif can be compared at all: a flat one has "significant" matches that mean nothing."""
    return bool(motif.information_content.max() >= _FEWEST_BITS)


def best_alignment(
    query: Motif, target: Motif, distance: Distance = "pearson", min_overlap: int = 5
) -> TomtomAlignment:
    """The offset and orientation at which ``target`` fits ``query`` best: Tomtom's, with ``target`` as its database.

    Raises:
        DemoError: as :func:`tomtom`.
    """
    database = _Database([target])
    (query,) = _checked([query], "query")
    scores = _scaled_scores(query, database, distance)
    best = _best_alignments(scores, database, min_overlap)
    strand = _better_strand(_p_values(scores, database, best.score), best.overlap)[0]
    return TomtomAlignment(int(best.offset[strand]), int(best.overlap[strand]), "+-"[strand])


class _Database:
    """The targets' columns end to end, all targets forward and then all reverse complemented.

    Attributes:
        columns: (K, 4) probabilities with pseudocounts.
        widths: (2N,) columns of each target.
        starts: (2N,) where each begins in ``columns``.
        consensus: 2N strings.
    """

    def __init__(self, targets: Sequence[Motif]) -> None:
        forward = [_smoothed(target) for target in _checked(targets, "target")]
        strands = forward + [ppm[::-1, ::-1] for ppm in forward]
        self.columns: Floats = np.concatenate(strands)
        self.widths: Integers = np.array([len(ppm) for ppm in strands])
        self.starts: Integers = np.cumsum(self.widths) - self.widths
        letters = _letters(self.columns)
        self.consensus = [letters[a : a + w] for a, w in zip(self.starts, self.widths, strict=True)]


class _Scores(NamedTuple):
    """Whole-number scores of the W query columns against the K database columns.

    Args:
        steps: (W, K), 0 to 100.
        neutral: the steps that a query column without partner stands for.
    """

    steps: Integers
    neutral: int


class _Best(NamedTuple):
    """The best alignment with each of the 2N database entries; ``score`` is relative to no alignment at all."""

    score: Integers
    offset: Integers
    overlap: Integers


def _checked(motifs: Sequence[Motif], role: str) -> Sequence[Motif]:
    if len(motifs) == 0:
        raise DemoError(f"Tomtom needs at least one {role}.")
    for motif in motifs:
        if not has_information(motif):
            raise DemoError(
                f"The {role} {motif.name} is flat: it has no information to compare.",
                exists=f"at most {motif.information_content.max():.2g} bits in a position",
                fix="leave it out, and count it as not found",
            )
        if motif.width > MAX_WIDTH:
            raise DemoError(
                f"The {role} {motif.name} has {motif.width} positions; Tomtom compares motifs of up to {MAX_WIDTH}.",
                fix="Motif.trim, or Motif.window with the part that matters",
            )
    return motifs


def _smoothed(motif: Motif) -> Floats:
    nsites = int(motif.nsites) or DEFAULT_NSITES
    return (motif.ppm * nsites + _PSEUDOCOUNT * motif.background) / (nsites + _PSEUDOCOUNT)


def _scaled_scores(query: Motif, database: _Database, distance: Distance) -> _Scores:
    """Each column's scores less their median, then the whole query cut into 100 steps."""
    raw = _raw_scores(_smoothed(query), database.columns, distance)
    middle = (raw.shape[1] - 1) // 2
    raw -= np.partition(raw, middle, axis=1)[:, middle, None]
    lowest = np.floor(raw.min())
    spread = raw.max() - lowest
    # No spread means that every column scores the same, and any scale will do.
    scale = np.floor(_BINS / spread) if spread > 1e-9 else 1.0
    return _Scores(np.rint((raw - lowest) * scale).astype(np.int64), int(-lowest * scale))


def _raw_scores(query: Floats, columns: Floats, distance: Distance) -> Floats:
    """(W, K): larger is more alike."""
    if distance == "ed":
        return -np.sqrt(((query[:, None] - columns[None]) ** 2).sum(axis=2))
    if distance != "pearson":
        raise DemoError(f"There is no distance {distance!r}.", exists=["pearson", "ed"])
    return _unit_rows(query - 0.25) @ _unit_rows(columns - 0.25).T


def _unit_rows(rows: Floats) -> Floats:
    """Rows of length 1; those that are 0 up to rounding stay 0, and correlate with nothing."""
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.where(lengths > 1e-10, rows / np.maximum(lengths, 1e-10), 0.0)


def _best_alignments(scores: _Scores, database: _Database, min_overlap: int) -> _Best:
    """Slide the query along every target: the highest sum of column scores; among equals the larger overlap."""
    if min_overlap < 1:
        raise DemoError(f"The smallest overlap is 1 position, not {min_overlap}.")
    relative = np.ascontiguousarray((scores.steps - scores.neutral).T)
    best = _Best(*np.zeros((3, len(database.widths)), dtype=np.int64))
    with code_is_kept():
        _slide(relative, database.starts, database.widths, min_overlap, *best)
    return best


@compiled
def _slide(relative, starts, widths, min_overlap, score, offset, overlap):  # type: ignore[no-untyped-def]
    """Fill ``score``, ``offset`` and ``overlap`` (2N,) from the column scores ``relative`` (K, W)."""
    width = relative.shape[1]
    for entry in range(len(widths)):
        target, start = widths[entry], starts[entry]
        fewest = min(min_overlap, width, target)
        best = np.iinfo(np.int64).min
        for shift in range(1 - width, target):
            # Query column i meets target column shift + i.
            first, last = max(0, -shift), min(width, target - shift)
            if last - first < fewest:
                continue
            total = 0
            for i in range(first, last):
                total += relative[start + shift + i, i]
            rank = total * (width + 1) + last - first
            if rank > best:
                best = rank
                score[entry], offset[entry], overlap[entry] = total, shift, last - first


def _p_values(scores: _Scores, database: _Database, observed: Integers) -> Floats:
    """(2N,) chance that some alignment, on either strand, scores at least as high as ``observed``.

    Alignments count as independent, and the ones shorter than the smallest overlap count too.
    """
    histograms = np.stack([np.bincount(row, minlength=_BINS + 1) / len(row) for row in scores.steps])
    by_width = np.argsort(database.widths, kind="stable")
    log_none = np.zeros(len(observed))
    with code_is_kept():
        _add_log_none(histograms, database.widths[by_width], observed[by_width], scores.neutral, log_none)
    p_values = np.empty(len(observed))
    p_values[by_width] = -np.expm1(2 * log_none)
    return p_values


@compiled
def _add_log_none(histograms, widths, observed, neutral, log_none):  # type: ignore[no-untyped-def]
    """Add to ``log_none`` (2N,) the log probability that no alignment on one strand scores ``observed`` or more.

    A target covers a run of query columns. Runs at either end of the query are covered by all targets that are wide
    enough, at one offset each (the whole query at several); runs inside by targets exactly as wide. ``widths`` (2N,)
    ascend, so that the targets of a run stand side by side.
    """
    width, count = len(histograms), len(widths)
    longest = widths[-1]
    density = np.zeros((2, width * _BINS + 1))

    for at_start in (True, False):
        density[0, 0] = 1.0
        # The whole query is one run, not two.
        for length in range(1, min(longest, width if at_start else width - 1) + 1):
            _extend(density, length, histograms[length - 1 if at_start else width - length])
            fitting = np.searchsorted(widths, length)
            _add_run(density, length, neutral, fitting, count, observed, log_none, widths, length == width)

    for first in range(1, width - 1):
        # Of targets that lie inside the query with columns to spare on both sides.
        inside = np.searchsorted(widths, width - 1 - first, side="right")
        reach = widths[inside - 1] if inside else 0
        density[0, 0] = 1.0
        for length in range(1, reach + 1):
            _extend(density, length, histograms[first + length - 1])
            low, high = np.searchsorted(widths, length), np.searchsorted(widths, length, side="right")
            if low < high:
                _add_run(density, length, neutral, low, high, observed, log_none, widths, False)


@compiled
def _extend(density, length, histogram):  # type: ignore[no-untyped-def]
    """``density[0]``, of the sum over ``length`` - 1 columns, becomes that over ``length``; row 1 is scratch."""
    before = (length - 1) * _BINS + 1
    density[1, : before + _BINS] = 0.0
    for step in range(_BINS + 1):
        probability = histogram[step]
        if probability > 0.0:
            for k in range(before):
                density[1, k + step] += probability * density[0, k]
    density[0, : before + _BINS] = density[1, : before + _BINS]


@compiled
def _add_run(density, length, neutral, low, high, observed, log_none, widths, whole):  # type: ignore[no-untyped-def]
    """Add one run of query columns, for the targets [``low``, ``high``); ``whole`` is the run of the whole query."""
    if low == high:
        return
    # Summed from the top, since 1 - P(sum < k) has no digits left where it matters.
    tail = density[1]
    end = length * _BINS
    tail[end] = density[0, end]
    for k in range(end - 1, -1, -1):
        tail[k] = tail[k + 1] + density[0, k]
    for entry in range(low, high):
        at = max(observed[entry] + length * neutral, 0)
        if at <= end:
            offsets = widths[entry] - length + 1 if whole else 1
            log_none[entry] += offsets * np.log1p(-min(tail[at], 1.0))


def _better_strand(p: Floats, overlaps: Integers) -> Integers:
    """(N,) 0 or 1: smaller p-value, then larger overlap, then forward. Tomtom holds p in single precision."""
    forward, reverse = np.split(p.astype(np.float32), 2)
    overlap_forward, overlap_reverse = np.split(overlaps, 2)
    return ((reverse < forward) | ((reverse == forward) & (overlap_reverse > overlap_forward))).astype(np.int64)


def _letters(ppm: Floats) -> str:
    """The likeliest letters. Tomtom keeps the best so far in single precision, which decides between equals."""
    best = np.zeros(len(ppm), dtype=np.float32)
    codes = np.zeros(len(ppm), dtype=np.int64)
    for code in range(4):
        better = ppm[:, code] > best.astype(np.float64)
        best[better] = ppm[better, code]
        codes[better] = code
    return "".join("ACGT"[code] for code in codes)

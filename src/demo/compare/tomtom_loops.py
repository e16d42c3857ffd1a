"""Tomtom's inner loops, compiled: scores of columns, the best alignments, and sums over runs of columns."""

import numpy as np

from demo.utils.compilation import compiled

_BLOCK = 512  # columns of the database whose scores stay in the processor's nearest cache
_BUCKETS = 2048
_RANGE = 2.0  # similarities lie within +-2


@compiled
def integer_scores(query, columns, euclidean, bins, relative):  # type: ignore[no-untyped-def]
    """Score each column of a query (W, A) against all columns of the database (A, K).

    Each query column's scores lose their median, then all of the query's are divided into ``bins`` steps. ``relative``
    (W, K) becomes the steps above those of a column without partner, ``neutral``.

    Returns:
        The share of database columns at each step, (W, ``bins`` + 1), and ``neutral``.
    """
    width, count = relative.shape
    block = np.empty(_BLOCK)
    buckets = np.zeros((width, _BUCKETS + 1), dtype=np.int32)
    for start in range(0, count, _BLOCK):
        here = slice(start, start + _BLOCK)
        for i in range(width):
            _similarities(query[i], columns, here, euclidean, block)
            _count_buckets(block, relative[i, here], buckets[i])
    medians = np.empty(width)
    lowest, highest = np.inf, -np.inf
    for i in range(width):
        medians[i], low, high = _median(query[i], columns, euclidean, relative[i], buckets[i])
        lowest, highest = min(lowest, low - medians[i]), max(highest, high - medians[i])
    lowest = np.floor(lowest)
    spread = highest - lowest
    # Without spread every column scores the same, and any scale will do.
    scale = np.floor(bins / spread) if spread > 1e-9 else 1.0

    steps = np.zeros((width, bins + 1), dtype=np.int64)
    for start in range(0, count, _BLOCK):
        here = slice(start, start + _BLOCK)
        for i in range(width):
            _similarities(query[i], columns, here, euclidean, block)
            _count_steps(block, medians[i], lowest, scale, relative[i, here], steps[i])
    neutral = np.int64(-lowest * scale)
    relative -= np.int16(neutral)
    return steps / count, neutral


@compiled
def _similarities(column, columns, here, euclidean, out):  # type: ignore[no-untyped-def]
    """``out`` begins with the products of a column (A,) and ``columns[:, here]``, or with minus their distances."""
    count = len(columns[0, here])
    out[:count] = 0.0
    for letter in range(len(column)):
        value, row = column[letter], columns[letter, here]
        if euclidean:
            for k in range(count):
                out[k] += (value - row[k]) * (value - row[k])
        else:
            for k in range(count):
                out[k] += value * row[k]
    if euclidean:
        for k in range(count):
            out[k] = -np.sqrt(out[k])


@compiled
def _count_buckets(similarities, keys, counts):  # type: ignore[no-untyped-def]
    for k in range(len(keys)):
        keys[k] = np.int32((similarities[k] + _RANGE) * (_BUCKETS / (2 * _RANGE)))
    for key in keys:
        counts[key] += 1


@compiled
def _median(column, columns, euclidean, keys, counts):  # type: ignore[no-untyped-def]
    """The lower median, the minimum and the maximum similarity, of which only those in their buckets are compared."""
    first, last = 0, len(counts) - 1
    while not counts[first]:
        first += 1
    while not counts[last]:
        last -= 1
    middle = first
    rank = (len(keys) - 1) // 2
    while rank >= counts[middle]:
        rank -= counts[middle]
        middle += 1
    if first < middle:
        rank += counts[first]
    chosen = np.empty(len(keys), dtype=np.int64)
    found = 0
    for k in range(len(keys)):
        chosen[found] = k
        found += (keys[k] == first) | (keys[k] == middle) | (keys[k] == last)
    values = np.empty(found)
    _similarities(column, columns[:, chosen[:found]], slice(0, found), euclidean, values)
    low, high = np.inf, -np.inf
    for value in values:
        low, high = min(low, value), max(high, value)
    return _ranked(values, rank), low, high


@compiled
def _ranked(values, rank):  # type: ignore[no-untyped-def]
    """Number ``rank``, from 0, of ``values`` in ascending order. (To compile a sort takes seconds.)"""
    above, below = -np.inf, np.inf
    for value in values:
        if above < value < below:
            smaller, equal = 0, 0
            for other in values:
                smaller += other < value
                equal += other == value
            if smaller > rank:
                below = value
            elif smaller + equal <= rank:
                above = value
            else:
                return value
    return np.nan  # not reached: one of them has that rank


@compiled
def _count_steps(similarities, median, lowest, scale, steps, counts):  # type: ignore[no-untyped-def]
    for k in range(len(steps)):
        steps[k] = np.int32(np.rint((similarities[k] - median - lowest) * scale))
    for step in steps:
        counts[step] += 1


@compiled
def slide_along(relative, widths, min_overlap, score, offset, overlap):  # type: ignore[no-untyped-def]
    """Fill ``score``, ``offset`` and ``overlap`` (2N,) with the best alignment of a query of W columns.

    ``relative`` (W, K) are the scores of all columns of the database; ``widths`` (2N,) ascend. The n motifs of a
    width lie side by side: their first columns, then their second ones, and so on.
    """
    width = len(relative)
    first, start = 0, 0
    while first < len(widths):
        target = widths[first]
        last = np.searchsorted(widths, target, side="right")
        count = last - first
        best = np.full(count, np.iinfo(np.int64).min)
        fewest = min(min_overlap, width, target)
        for shift in range(fewest - width, target - fewest + 1):
            # Query column i meets target column shift + i.
            total = np.zeros(count, dtype=np.int16)
            begin, end = max(0, -shift), min(width, target - shift)
            for i in range(begin, end):
                at = start + (shift + i) * count
                _add(relative[i, at : at + count], total)
            _keep_better(
                total, shift, end - begin, width, best, score[first:last], offset[first:last], overlap[first:last]
            )
        first, start = last, start + target * count


@compiled
def _add(scores, total):  # type: ignore[no-untyped-def]
    for n in range(len(total)):
        total[n] += scores[n]


@compiled
def _keep_better(total, shift, covered, width, best, score, offset, overlap):  # type: ignore[no-untyped-def]
    for n in range(len(total)):
        rank = np.int64(total[n]) * (width + 1) + covered
        if rank > best[n]:
            best[n], score[n], offset[n], overlap[n] = rank, total[n], shift, covered


@compiled
def add_log_none(histograms, widths, observed, neutral, log_none):  # type: ignore[no-untyped-def]
    """Add to ``log_none`` (2N,) the log probability that no alignment on one strand scores ``observed`` or more.

    A target covers a run of query columns. Runs at either end of the query are covered by all targets that are wide
    enough, at one offset each (the whole query at several); runs inside by targets exactly as wide. ``widths`` (2N,)
    ascend, so that the targets of a run are adjacent.
    """
    width, count = len(histograms), len(widths)
    bins = histograms.shape[1] - 1
    longest = widths[-1]
    ones = np.ones_like(widths)
    density = np.zeros((2, (width + 2) * bins + 1))
    lowest = observed.min()
    level = observed - lowest
    logs = np.empty(level.max() + 1)

    for at_start in (True, False):
        density[0, 0] = 1.0
        # The whole query is one run, not two.
        for length in range(1, min(longest, width if at_start else width - 1) + 1):
            _extend(density, length, histograms[length - 1 if at_start else width - length])
            low = np.searchsorted(widths, length)
            offsets = widths - width + 1 if length == width else ones
            _add_run(density, length * bins, low, count, lowest + length * neutral, level, offsets, logs, log_none)

    for first in range(1, width - 1):
        # Of targets inside the query that leave columns free on both sides.
        inside = np.searchsorted(widths, width - 1 - first, side="right")
        reach = widths[inside - 1] if inside else 0
        density[0, 0] = 1.0
        for length in range(1, reach + 1):
            _extend(density, length, histograms[first + length - 1])
            low, high = np.searchsorted(widths, length), np.searchsorted(widths, length, side="right")
            if low < high:
                _add_run(density, length * bins, low, high, lowest + length * neutral, level, ones, logs, log_none)


@compiled
def _extend(density, length, histogram):  # type: ignore[no-untyped-def]
    """``density[0]``, of the sum over ``length`` - 1 columns, becomes that over ``length``; row 1 is scratch."""
    bins = len(histogram) - 1
    before = (length - 1) * bins + 1
    new, old = density[0, : before + bins], density[1]
    # Between zeros, so that no step reaches beyond.
    old[:bins] = 0.0
    for k in range(before):
        old[bins + k] = new[k]
    old[bins + before : before + 2 * bins] = 0.0
    new[:] = 0.0
    steps = np.flatnonzero(histogram)
    # Four at a time, in their order: the sum is read and written less often.
    for n in range(0, len(steps) - 3, 4):
        a, b, c, d = steps[n], steps[n + 1], steps[n + 2], steps[n + 3]
        p, q, r, s = histogram[a], histogram[b], histogram[c], histogram[d]
        at_a, at_b, at_c, at_d = old[bins - a :], old[bins - b :], old[bins - c :], old[bins - d :]
        for k in range(len(new)):
            new[k] = new[k] + p * at_a[k] + q * at_b[k] + r * at_c[k] + s * at_d[k]
    for step in steps[len(steps) // 4 * 4 :]:
        p, at = histogram[step], old[bins - step :]
        for k in range(len(new)):
            new[k] += p * at[k]


@compiled
def _add_run(density, end, low, high, lowest, level, offsets, logs, log_none):  # type: ignore[no-untyped-def]
    """Add one run of query columns, whose sum is at most ``end``, for the targets [``low``, ``high``).

    ``lowest`` + ``level`` (2N,) is to be reached at as many ``offsets`` (2N,). Many targets share a level: ``logs``, by
    level, is scratch.
    """
    if low == high:
        return
    # Summed from the top, because 1 - P(sum < k) would lose all digits.
    tail = density[1]
    tail[end] = density[0, end]
    for k in range(end - 1, -1, -1):
        tail[k] = tail[k + 1] + density[0, k]
    unknown = 1.0
    for entry in range(low, high):
        logs[level[entry]] = unknown
    for entry in range(low, high):
        if logs[level[entry]] == unknown:
            at = max(lowest + level[entry], 0)
            logs[level[entry]] = np.log1p(-min(tail[at], 1.0)) if at <= end else 0.0
        log_none[entry] += offsets[entry] * logs[level[entry]]

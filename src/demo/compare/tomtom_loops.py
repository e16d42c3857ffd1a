"""Tomtom's inner loops, compiled: scores of columns, the best alignments, and sums over runs of columns.

They only loop over arrays, which are made for them: a call of numpy's functions takes longer to compile than a loop.
"""

import numpy as np

from demo.utils.compilation import compiled

BLOCK = 512
"""Columns of the database whose scores stay in the processor's nearest cache."""


@compiled
def count_steps(query, columns, euclidean, origins, lowest, scale, block, steps, counts):  # type: ignore[no-untyped-def]
    """Score each column of a query (W, A) against all columns of the database (A, K), in steps of 1 / ``scale``.

    Fills ``steps`` (W, K) with those from ``origins`` (W,) + ``lowest``, and adds to ``counts`` (W, steps) how many
    there are of each. ``block`` (BLOCK,) is scratch.
    """
    entries = columns.shape[1]
    for start in range(0, entries, BLOCK):
        stop = min(start + BLOCK, entries)
        for i in range(len(query)):
            _similarities(query[i], columns, start, stop, euclidean, block)
            origin, row, count = origins[i], steps[i, start:stop], counts[i]
            for k in range(len(row)):
                row[k] = np.int32(np.rint((block[k] - origin - lowest) * scale))
            for step in row:
                count[step] += 1


@compiled
def _similarities(column, columns, start, stop, euclidean, out):  # type: ignore[no-untyped-def]
    """``out`` begins with the products of a column (A,) and ``columns[:, start:stop]``, or with minus their
    distances."""
    count = stop - start
    out[:count] = 0.0
    for letter in range(len(column)):
        value, row = column[letter], columns[letter, start:stop]
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
def find_medians(query, columns, euclidean, steps, counts, values, found):  # type: ignore[no-untyped-def]
    """Fill ``found`` (W, 3) with the minimum, the lower median and the maximum of each query column's scores.

    Only scores of their ``steps``, which ``count_steps`` has filled, are compared. ``values`` (K,) is scratch.
    """
    for i in range(len(query)):
        first, last = 0, counts.shape[1] - 1
        while not counts[i, first]:
            first += 1
        while not counts[i, last]:
            last -= 1
        middle = first
        rank = (columns.shape[1] - 1) // 2
        while rank >= counts[i, middle]:
            rank -= counts[i, middle]
            middle += 1
        if first < middle:
            rank += counts[i, first]
        chosen = 0
        row = steps[i]
        for k in range(len(row)):
            if row[k] == first or row[k] == middle or row[k] == last:
                _similarities(query[i], columns, k, k + 1, euclidean, values[chosen:])
                chosen += 1
        low, high = np.inf, -np.inf
        for k in range(chosen):
            low, high = min(low, values[k]), max(high, values[k])
        found[i, 0], found[i, 1], found[i, 2] = low, _ranked(values[:chosen], rank), high


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
def slide_along(relative, starts, min_overlap, total, best, offset):  # type: ignore[no-untyped-def]
    """Fill ``best`` and ``offset`` (2N,) with the best alignment of a query of W columns with each target.

    ``best`` is its score times W + 1 plus its overlap: of equal scores, the larger overlap is better.

    ``relative`` (W, K) are the scores of all columns of the database, whose targets ascend in width: those of width w
    begin at ``starts[w]``. The n motifs of a width lie side by side: their first columns, then their second ones, and
    so on. ``total`` (2N,) is scratch.
    """
    width = len(relative)
    begin = 0
    for target in range(1, len(starts) - 1):
        first, last = starts[target], starts[target + 1]
        here, count = total[first:last], last - first
        fewest = min(min_overlap, width, target)
        # Without a motif of that width there is nothing to slide along.
        for shift in range(fewest - width, target - fewest + 1 if count else fewest - width):
            # Query column i meets target column shift + i.
            low, high = max(0, -shift), min(width, target - shift)
            here[:] = 0
            for i in range(low, high):
                at = begin + (shift + i) * count
                scores = relative[i, at : at + count]
                for n in range(len(here)):
                    here[n] += scores[n]
            for n in range(count):
                rank = np.int64(here[n]) * (width + 1) + high - low
                if rank > best[first + n]:
                    best[first + n], offset[first + n] = rank, shift
        begin += target * count


@compiled
def add_log_none(  # type: ignore[no-untyped-def]
    histograms, steps, used, widths, starts, level, lowest, neutral, density, logs, log_none
):
    """Add to ``log_none`` (2N,) the log probability that no alignment on one strand scores what is observed or more.

    A target covers a run of query columns. Runs at either end of the query are covered by all targets that are wide
    enough, at one offset each (the whole query at several); runs inside by targets exactly as wide.

    Args:
        histograms: (W, bins + 1) share of the database's columns at each step.
        steps: (W, bins + 1) of each histogram, first those that are not 0, ascending.
        used: (W,) number of these.
        widths: (2N,) of the targets, ascending.
        starts: the targets of width w begin at ``starts[w]``.
        level: (2N,) observed scores, less ``lowest``.
        lowest: of the observed scores.
        neutral: score of a column without partner.
        density: (2, (W + 2) bins + 1) zeros, scratch.
        logs: (highest level + 1,), scratch.
        log_none: is added to.
    """
    width, count = len(histograms), len(level)
    bins = histograms.shape[1] - 1
    longest = len(starts) - 2
    for run in range(width):
        # From the start of the query; from its end; from inside, where targets leave columns free on both sides. (The
        # whole query is one run, not two.)
        at_end, inside = run == 1, run > 1
        reach = min(longest, width - run)
        while inside and reach and starts[reach] == starts[reach + 1]:
            reach -= 1
        density[0, 0] = 1.0
        for length in range(1, reach + 1):
            column = width - length if at_end else max(run, 1) + length - 2
            _extend(density, length, histograms[column], steps[column, : used[column]])
            low, high = starts[length], starts[length + 1] if inside else count
            whole = width if length == width else 0
            _add_run(density, length * bins, low, high, lowest + length * neutral, level, widths, whole, logs, log_none)


@compiled
def _extend(density, length, histogram, steps):  # type: ignore[no-untyped-def]
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
def _add_run(density, end, low, high, lowest, level, widths, whole, logs, log_none):  # type: ignore[no-untyped-def]
    """Add one run of query columns, whose sum is at most ``end``, for the targets [``low``, ``high``).

    ``lowest`` + ``level`` (2N,) is to be reached at one offset or, if the run is the ``whole`` query, of that many
    columns, at all offsets within the target. Many targets share a level: ``logs``, by level, is scratch.
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
        offsets = widths[entry] - whole + 1 if whole else 1
        log_none[entry] += offsets * logs[level[entry]]

"""Tomtom's inner loops, compiled: sliding a query along a database, and summing over runs of its columns."""

import numpy as np

from demo.utils.compilation import compiled


@compiled
def slide(relative, starts, widths, min_overlap, score, offset, overlap):  # type: ignore[no-untyped-def]
    """Fill ``score``, ``offset`` and ``overlap`` (2N,) with the best alignment of a query of W columns.

    ``relative`` (K, W) are the scores of all columns of the database; ``starts`` and ``widths`` (2N,) are its motifs.
    """
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
    density = np.zeros((2, width * bins + 1))

    for at_start in (True, False):
        density[0, 0] = 1.0
        # The whole query is one run, not two.
        for length in range(1, min(longest, width if at_start else width - 1) + 1):
            _extend(density, length, histograms[length - 1 if at_start else width - length])
            low = np.searchsorted(widths, length)
            offsets = widths - width + 1 if length == width else ones
            _add_run(density, length * bins, low, count, observed + length * neutral, offsets, log_none)

    for first in range(1, width - 1):
        # Of targets inside the query that leave columns free on both sides.
        inside = np.searchsorted(widths, width - 1 - first, side="right")
        reach = widths[inside - 1] if inside else 0
        density[0, 0] = 1.0
        for length in range(1, reach + 1):
            _extend(density, length, histograms[first + length - 1])
            low, high = np.searchsorted(widths, length), np.searchsorted(widths, length, side="right")
            if low < high:
                _add_run(density, length * bins, low, high, observed + length * neutral, ones, log_none)


@compiled
def _extend(density, length, histogram):  # type: ignore[no-untyped-def]
    """``density[0]``, of the sum over ``length`` - 1 columns, becomes that over ``length``; row 1 is scratch."""
    bins = len(histogram) - 1
    before = (length - 1) * bins + 1
    density[1, : before + bins] = 0.0
    for step in range(bins + 1):
        probability = histogram[step]
        if probability > 0.0:
            for k in range(before):
                density[1, k + step] += probability * density[0, k]
    density[0, : before + bins] = density[1, : before + bins]


@compiled
def _add_run(density, end, low, high, scores, offsets, log_none):  # type: ignore[no-untyped-def]
    """Add one run of query columns, whose sum is at most ``end``, for the targets [``low``, ``high``).

    ``scores`` (2N,) are to be reached at as many ``offsets`` (2N,).
    """
    if low == high:
        return
    # Summed from the top, because 1 - P(sum < k) would lose all digits.
    tail = density[1]
    tail[end] = density[0, end]
    for k in range(end - 1, -1, -1):
        tail[k] = tail[k + 1] + density[0, k]
    for entry in range(low, high):
        at = max(scores[entry], 0)
        if at <= end:
            log_none[entry] += offsets[entry] * np.log1p(-min(tail[at], 1.0))

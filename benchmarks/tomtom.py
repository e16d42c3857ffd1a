"""Time of 15 motifs against JASPAR 2016 (519), with peers measured in the same run, on one core.

The named peer is memelite (``pip install memelite``), if installed: Euclidean distance only, approximate medians and
hashed columns, and no q-values. The other peer is always run: the same method pair by pair, in plain Python.

OMP_NUM_THREADS=1 python benchmarks/tomtom.py [--queries 15] [--release 2016]
"""

import argparse
import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from demo.compare import core_motifs, tomtom
from demo.motifs import Motif

FRESH = """
from demo.compare import core_motifs, tomtom
targets = core_motifs("{release}")
tomtom(targets[::{step}][:{count}], targets)
"""


def pair_by_pair(query: Motif, targets: Sequence[Motif]) -> list[float]:
    """p-values of Pearson Tomtom, one target, alignment and column at a time."""
    ours, *strands = (
        (ppm * int(nsites) + 0.025) / (int(nsites) + 0.1)
        for ppm, nsites in [
            (query.ppm, query.nsites),
            *((m.ppm, m.nsites) for m in targets),
            *((m.ppm[::-1, ::-1], m.nsites) for m in targets),
        ]
    )
    raw = np.array([[correlation(column, other) for strand in strands for other in strand] for column in ours])
    raw -= np.sort(raw, axis=1)[:, raw.shape[1] // 2 - 1, None]
    floor = np.floor(raw.min())
    scale = np.floor(100 / (raw.max() - floor))
    steps = np.rint((raw - floor) * scale).astype(int)
    neutral = int(-floor * scale)
    width = len(ours)
    tails = {}
    for first in range(width):
        density = np.ones(1)
        for last in range(first + 1, width + 1):
            density = np.convolve(density, np.bincount(steps[last - 1], minlength=101) / steps.shape[1])
            tails[first, last] = np.append(density[::-1].cumsum()[::-1], 0.0)
    p_values, start = [], 0
    for strand in strands:
        runs = [(o, max(0, -o), min(width, len(strand) - o)) for o in range(1 - width, len(strand))]
        enough = min(5, width, len(strand))
        best = max(
            sum(steps[i, start + offset + i] - neutral for i in range(first, last))
            for offset, first, last in runs
            if last - first >= enough
        )
        log_none = 0.0
        for _, first, last in runs:
            tail = tails[first, last]
            log_none += np.log1p(-min(tail[min(max(best + (last - first) * neutral, 0), len(tail) - 1)], 1 - 1e-16))
        p_values.append(-np.expm1(2 * log_none))
        start += len(strand)
    return [min(pair) for pair in zip(p_values[: len(targets)], p_values[len(targets) :], strict=True)]


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's, of two columns."""
    a, b = a - 0.25, b - 0.25
    norm = np.sqrt(a.dot(a) * b.dot(b))
    return a.dot(b) / norm if norm > 0 else 0.0


def seconds(run: Callable[[], object], repeats: int = 3) -> float:
    """The best of ``repeats`` runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print all times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=15, help="JASPAR motifs searched with")
    parser.add_argument("--release", default="2016", help="of JASPAR, whose vertebrate motifs are the targets")
    arguments = parser.parse_args()
    count = arguments.queries
    targets = core_motifs(arguments.release)
    step = len(targets) // count
    queries = targets[::step][:count]

    command = [sys.executable, "-c", FRESH.format(release=arguments.release, step=step, count=count)]
    fresh = seconds(lambda: subprocess.run(command, check=True))
    pearson = seconds(lambda: tomtom(queries, targets))
    euclidean = seconds(lambda: tomtom(queries, targets, "ed", 1))
    print(f"{count} queries x {len(targets)} targets, seconds")
    print(f"{'demo, Pearson, a process of its own with imports':<58}{fresh:8.2f}")
    print(f"{'demo, Pearson, warm':<58}{pearson:8.2f}")
    print(f"{'demo, Euclidean, warm':<58}{euclidean:8.2f}")

    part = queries[:2]
    plain = seconds(lambda: [pair_by_pair(query, targets) for query in part], repeats=1)
    ours = seconds(lambda: tomtom(part, targets))
    table = tomtom(part, targets).set_index(["Query_ID", "Target_ID"])["p-value"]
    theirs = {(q.name, t.name): p for q in part for t, p in zip(targets, pair_by_pair(q, targets), strict=True)}
    difference = max(abs(table[pair] / p - 1) for pair, p in theirs.items())
    print(
        f"{f'plain Python, Pearson, {len(part)} of the queries':<58}{plain:8.2f}   demo is {plain / ours:.0f} x as fast"
    )
    print(f"{'  largest relative difference in p':<58}{difference:8.0e}")

    if importlib.util.find_spec("memelite") is None:
        print("memelite is not installed: no comparison with it")
        return
    from memelite import tomtom as memelite_tomtom

    theirs_q, theirs_t = [q.ppm.T for q in queries], [t.ppm.T for t in targets]
    first = seconds(lambda: memelite_tomtom(theirs_q, theirs_t, n_jobs=1), repeats=1)
    print(f"{'memelite, Euclidean, first call (compiles unless cached)':<58}{first:8.2f}")
    for label, bins in (("hashed columns (its default)", 100), ("exact columns", None)):
        peer = seconds(lambda bins=bins: memelite_tomtom(theirs_q, theirs_t, n_target_bins=bins, n_jobs=1))
        print(f"{f'memelite, Euclidean, {label}, compiled':<58}{peer:8.2f}   demo is {peer / euclidean:.2f} x as fast")


if __name__ == "__main__":
    main()

"""Windows of a genome to score: around the middles of intervals, or sliding along them."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator

from demo.scoring.rows import Row, Source
from demo.sequences.genome import Genome
from demo.sequences.intervals import Interval, iterate_bed

_PIECE = 100_000
"""Window starts of a long region whose letters are fetched at a time."""


def bed_source(path: str | os.PathLike[str], genome: Genome, length: int, stride: int | None = None) -> Source:
    """Windows at the intervals of a BED file, in its order.

    Args:
        path: BED, narrowPeak or broadPeak, plain or gzipped.
        genome: where the letters come from; what lies outside a chromosome is N.
        length: letters of a window.
        stride: ``None`` for one window per interval, around its summit or middle. Else intervals longer than a window
            are slid along: windows begin at the interval's start and every ``stride`` bases as long as they fit.

    Intervals that are not on a chromosome of the genome are skipped and counted. When iterated over, it raises what
    ``iterate_bed`` and ``Genome.fetch`` do.
    """
    source = Source(str(path), ("chrom", "start", "end", "name"), iter(()))
    source.rows = _windows(on_the_genome(iterate_bed(path), genome, source.skipped), genome, length, stride)
    return source


def sorted_bed_source(path: str | os.PathLike[str], genome: Genome, length: int, stride: int) -> Source:
    """As ``bed_source``, sorted by name of chromosome and start, overlapping intervals joined: as bedGraph needs it.

    The intervals are held in memory, their windows are not.
    """
    source = bed_source(path, genome, length, stride)

    def rows() -> Iterator[Row]:
        intervals = joined(on_the_genome(iterate_bed(path), genome, source.skipped))
        yield from _windows(intervals, genome, length, stride)

    source.rows = rows()
    return source


def on_the_genome(intervals: Iterable[Interval], genome: Genome, skipped: Counter[str]) -> Iterator[Interval]:
    """The intervals that lie on a chromosome of ``genome``; the others are counted in ``skipped``, by reason."""
    for interval in intervals:
        if interval.chrom not in genome.lengths:
            skipped[f"on {interval.chrom[:40]}, which the genome does not have"] += 1
        elif interval.end > genome.lengths[interval.chrom]:
            skipped["beyond the end of their chromosome"] += 1
        else:
            yield interval


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Intervals sorted by name of chromosome and start; those that overlap or touch are one."""
    result: list[Interval] = []
    for interval in sorted(intervals, key=lambda i: (i.chrom, i.start, i.end)):
        if result and result[-1].chrom == interval.chrom and interval.start <= result[-1].end:
            result[-1] = result[-1]._replace(end=max(result[-1].end, interval.end), summit=None)
        else:
            result.append(interval)
    return result


def fetch_padded(genome: Genome, chrom: str, start: int, end: int) -> str:
    """The letters of [start, end), from 0; N outside of the chromosome."""
    inside = max(start, 0), min(end, genome.lengths[chrom])
    if inside[0] >= inside[1]:
        return "N" * (end - start)
    return "N" * (inside[0] - start) + genome.fetch(chrom, *inside) + "N" * (end - inside[1])


def _windows(intervals: Iterable[Interval], genome: Genome, length: int, stride: int | None) -> Iterator[Row]:
    for interval in intervals:
        chrom, name = interval.chrom, interval.name or f"{interval.chrom}:{interval.start}-{interval.end}"
        if stride is None or interval.end - interval.start <= length:
            start = interval.centre - length // 2
            window = fetch_padded(genome, chrom, start, start + length)
            yield _row(chrom, start, window, name, interval.line, genome.lengths[chrom])
            continue
        last = interval.end - length
        step = max(1, _PIECE // stride) * stride
        for piece in range(interval.start, last + 1, step):
            letters = genome.fetch(chrom, piece, min(piece + step - stride, last) + length)
            for offset in range(0, len(letters) - length + 1, stride):
                window = letters[offset : offset + length]
                yield _row(chrom, piece + offset, window, name, interval.line, genome.lengths[chrom])


def _row(chrom: str, start: int, window: str, name: str, line: int, chromosome: int) -> Row:
    """A row whose start and end stay on the chromosome; the window itself may be longer."""
    place = str(max(start, 0)), str(min(start + len(window), chromosome))
    return Row((chrom, *place, name), (window,), line, start)

"""Windows of a genome to score: around the middles of intervals, or sliding along them; and pairs of windows, with REF
and with ALT, around variants."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from demo.scoring.rows import Row, Source
from demo.sequences.genome import Genome, Interval, iterate_bed
from demo.sequences.peak_format import peak_format
from demo.sequences.variants import Variant, iterate_vcf, not_bases

_PIECE = 100_000
"""Window starts of a long region whose sequence is fetched at a time."""

_Located = TypeVar("_Located", Interval, Variant)


def bed_source(path: str | os.PathLike[str], genome: Genome, length: int, stride: int | None = None) -> Source:
    """Windows at the intervals of a BED file, in its order.

    Args:
        path: BED or a peak format, plain or gzipped.
        genome: where the sequence comes from; what lies outside a chromosome is N.
        length: of a window in bp.
        stride: ``None`` for one window per interval, around its summit or middle. Otherwise windows slide along
            intervals longer than a window: they begin at the interval's start and every ``stride`` bp as long as they
            fit.

    Intervals that are not on a chromosome of the genome are skipped and counted. When iterated over, it raises what
    ``iterate_bed`` and ``Genome.fetch`` do, and a ``DemoError`` if no chromosome of the file is in the genome.

    Raises:
        DemoError: as ``peak_format``.
    """
    source = Source(str(path), ("chrom", "start", "end", "name"), iter(()), read_as=str(peak_format(path)))
    source.rows = _windows(_within(iterate_bed(path), genome, source.skipped), genome, length, stride)
    return source


def sorted_bed_source(path: str | os.PathLike[str], genome: Genome, length: int, stride: int) -> Source:
    """As ``bed_source``, sorted by name of chromosome and start, overlapping intervals joined: as bedGraph needs it.

    The intervals are held in memory, their windows are not.
    """
    source = bed_source(path, genome, length, stride)

    def rows() -> Iterator[Row]:
        yield from _windows(joined(_within(iterate_bed(path), genome, source.skipped)), genome, length, stride)

    source.rows = rows()
    return source


def on_the_genome(
    located: Iterable[_Located],
    genome: Genome,
    skipped: Counter[str],
    rows_of: Callable[[_Located], int] = lambda _: 1,
) -> Iterator[_Located]:
    """Those on a chromosome of ``genome``; ``rows_of`` the others are counted in ``skipped``, by chromosome.

    Raises:
        DemoError: at the end, if none is: it shows the names of chromosomes on either side.
    """
    any_known, unknown = False, dict[str, None]()
    for one in located:
        if one.chrom in genome.lengths:
            any_known = True
            yield one
        else:
            unknown[one.chrom] = None
            skipped[genome.missing(one.chrom)] += rows_of(one)
    if unknown and not any_known:
        raise genome.unknown(unknown)


def _within(intervals: Iterable[Interval], genome: Genome, skipped: Counter[str]) -> Iterator[Interval]:
    """The intervals that lie on a chromosome of ``genome`` as a whole; the others are counted, by reason."""
    for interval in on_the_genome(intervals, genome, skipped):
        if interval.end > genome.lengths[interval.chrom]:
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
    """The sequence of [start, end), from 0; N outside of the chromosome."""
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
    ends = str(max(start, 0)), str(min(start + len(window), chromosome))
    return Row((chrom, *ends, name), (window,), line, start)


def vcf_source(path: str | os.PathLike[str], genome: Genome, length: int) -> Source:
    """Two windows per alternative allele, one row each.

    Both windows begin at the same base, so that POS is their middle (base ``length // 2``, from 0), and hold REF or ALT
    there; after a shorter or longer allele, more or less of the genome follows. REF is taken from the VCF, the rest
    from the genome; where the genome has other bases in its place, column ``ref_matches`` says ``no`` and
    ``genome_ref`` what they are. What lies outside the chromosome is N.

    Skipped and counted, never an error: alleles that are symbolic (``<DEL>``, ``*``, breakends), missing (``.``), with
    ambiguity letters or longer than the window from its middle on, telomeres (POS 0), and variants not on the genome.

    When iterated over, it raises what ``iterate_vcf`` and ``Genome.fetch`` do, and a ``DemoError`` if no chromosome of
    the file is in the genome.
    """

    def rows() -> Iterator[Row]:
        for variant in on_the_genome(iterate_vcf(path), genome, source.skipped, lambda v: len(v.alts)):
            if reason := _not_here(variant, genome):
                source.skipped[reason] += len(variant.alts)
                continue
            in_genome = genome.fetch(variant.chrom, variant.start, variant.start + len(variant.ref))
            matches = in_genome == variant.ref
            for alt in variant.alts:
                if reason := not_bases(alt) or _too_long(variant.ref, alt, length - length // 2):
                    source.skipped[reason] += 1
                    continue
                if not matches:
                    source.remarks["whose REF differs from the genome (ref_matches is no)"] += 1
                position = variant.chrom, str(variant.start + 1), variant.id, variant.ref, alt
                windows = tuple(_window(variant, allele, genome, length) for allele in (variant.ref, alt))
                yield Row((*position, in_genome, "yes" if matches else "no"), windows, variant.line)

    columns = ("chrom", "position", "id", "ref", "alt", "genome_ref", "ref_matches")
    source = Source(str(path), columns, rows(), compares=True)
    return source


def _not_here(variant: Variant, genome: Genome) -> str | None:
    if variant.start < 0:
        return "at position 0 (a telomere)"
    if reason := not_bases(variant.ref):
        return reason
    if variant.start + len(variant.ref) > genome.lengths[variant.chrom]:
        return "beyond the end of their chromosome"
    return None


def _too_long(ref: str, alt: str, longest: int) -> str | None:
    if max(len(ref), len(alt)) > longest:
        return f"longer than {longest} bp, what a window has from its middle on"
    return None


def _window(variant: Variant, allele: str, genome: Genome, length: int) -> str:
    """The window with ``allele`` in the place of REF, extended by the genome after REF."""
    first, after = variant.start - length // 2, variant.start + len(variant.ref)
    room = length - length // 2 - len(allele)
    return (
        fetch_padded(genome, variant.chrom, first, variant.start)
        + allele
        + fetch_padded(genome, variant.chrom, after, after + room)
    )

"""Scores along a genome as a track for browsers: bedGraph or bigWig."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from demo.scoring.tables import SCORES, ScoredRow
from demo.utils.errors import DemoError


class TrackValue(NamedTuple):
    """A line of a bedGraph or bigWig: bases from ``start``, counted from 0, to before ``end``, and their value."""

    chrom: str
    start: int
    end: int
    value: float


def intervals(
    rows: Iterable[ScoredRow], stride: int, length: int, value: str, chromosomes: Mapping[str, int]
) -> Iterator[TrackValue]:
    """Each window's score at the ``stride`` bases in its middle, sorted and without overlaps.

    Args:
        rows: windows from ``sorted_bed_source``.
        stride: its stride.
        length: of a window in bp.
        value: one of ``SCORES``.
        chromosomes: their lengths, over which no interval goes.
    """
    column = SCORES.index(value)
    last_chrom, last_end = "", 0
    for row, scores in rows:
        chrom = row.fields[0]
        first = row.start + (length - stride) // 2
        first, end = max(first, 0), min(first + stride, chromosomes[chrom])
        if chrom == last_chrom:
            # Short intervals closer together than the stride.
            first = max(first, last_end)
        if first < end:
            yield TrackValue(chrom, first, end, scores[column])
            last_chrom, last_end = chrom, end


def bedgraph(scored: Iterable[TrackValue]) -> Iterator[str]:
    """Lines of a bedGraph that ``bedGraphToBigWig`` takes."""
    for chrom, start, end, value in scored:
        yield f"{chrom}\t{start}\t{end}\t{value:.6g}\n"


def write_bigwig(path: Path, scored: Iterable[TrackValue], chromosomes: Mapping[str, int]) -> None:
    """Write a bigWig file.

    Args:
        path: an existing file, which is overwritten; its name need not end in ``.bw``.
        scored: sorted by name of chromosome and start.
        chromosomes: their lengths.

    Raises:
        DemoError: it cannot be written completely. What ``scored`` raises is passed on.
    """
    import pybigtools

    trouble: list[BaseException] = []
    bases = 0

    def until_trouble() -> Iterator[TrackValue]:
        """The intervals; pybigtools would print an exception of its iterator and end as if all was well."""
        nonlocal bases
        try:
            for interval in scored:
                bases += interval.end - interval.start
                yield interval
        except GeneratorExit:
            raise
        except BaseException as error:
            trouble.append(error)

    # It opens only files that are named so.
    with TemporaryDirectory() as folder:
        link = Path(folder) / "scores.bw"
        link.symlink_to(path.absolute())
        try:
            pybigtools.open(str(link), "w").write(dict(chromosomes), until_trouble())
            if trouble:
                raise trouble[0]
            # Not every failure to write raises.
            covered = pybigtools.open(str(link)).info()["summary"]["basesCovered"] if bases else 0
        except BaseException as error:
            # A panic of Rust, of a full disk, is no Exception.
            if type(error).__name__ != "PanicException" and not isinstance(error, pybigtools.BBIReadError):
                raise
            raise DemoError(f"The bigWig file could not be written ({error}).", where=str(path)) from error
    if covered != bases:
        raise DemoError(f"Only {covered:,} of {bases:,} bp could be written to the bigWig file.", where=str(path))

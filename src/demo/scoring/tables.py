"""Scored rows as lines of a table (TSV) or of a bedGraph, or as a bigWig file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from demo.scoring.engine import Ensemble
from demo.scoring.rows import Row, Source
from demo.sequences import encode
from demo.utils.errors import DemoError

_BATCH = 2048
"""Rows in memory at a time."""

SCORES = ("logit", "probability")
COMPARED_SCORES = ("ref_logit", "alt_logit", "logit_difference", "ref_probability", "alt_probability")
"""Columns that follow those of the source; ``logit_difference`` is ALT less REF."""


class ScoredRow(NamedTuple):
    """A row with its scores.

    Attributes:
        row: what was scored.
        scores: as ``SCORES`` or, of a source that compares, ``COMPARED_SCORES``.
    """

    row: Row
    scores: tuple[float, ...]


def columns(source: Source) -> tuple[str, ...]:
    """Names of all columns of the table."""
    return source.columns + (COMPARED_SCORES if source.compares else SCORES)


def score(source: Source, ensemble: Ensemble) -> Iterator[ScoredRow]:
    """Each row of a source with its scores, or the best of each line; a batch is in memory at a time.

    Raises:
        DemoError: a letter is no nucleotide, the source has no row or all were skipped, or what the source raises.
    """
    rows = _all_scored(source, ensemble)
    if not source.best_of_line:
        return rows
    return (max(windows, key=_logit) for _, windows in groupby(rows, key=_line))


def _logit(scored: ScoredRow) -> float:
    return scored.scores[0]


def _line(scored: ScoredRow) -> int:
    return scored.row.line


def _all_scored(source: Source, ensemble: Ensemble) -> Iterator[ScoredRow]:
    any_row = False
    while batch := list(islice(source.rows, _BATCH)):
        any_row = True
        yield from _scored(batch, source.name, ensemble)
    if not any_row:
        raise DemoError("There is nothing to score here.", where=source.name, exists=reasons(source) or None)


def _scored(batch: list[Row], name: str, ensemble: Ensemble) -> Iterator[ScoredRow]:
    each = len(batch[0].sequences)
    codes = encode(
        [sequence for row in batch for sequence in row.sequences],
        locate=lambda i: f"{name}, line {batch[i // each].line}",
    )
    logits, probabilities = (values.reshape(-1, each) for values in ensemble(codes))
    if each == 1:
        table = np.concatenate([logits, probabilities], axis=1)
    else:
        table = np.concatenate([logits, logits[:, 1:] - logits[:, :1], probabilities], axis=1)
    for row, scores in zip(batch, table.tolist(), strict=True):
        yield ScoredRow(row, tuple(scores))


def reasons(source: Source) -> str:
    """What was skipped and why, in words; empty if nothing was."""
    return "; ".join(f"{count:,} skipped, {reason}" for reason, count in source.skipped.most_common(10))


def tsv(names: Sequence[str], rows: Iterable[ScoredRow]) -> Iterator[str]:
    """Lines of a table with tabs: header, then one line per row."""
    yield "\t".join(names) + "\n"
    for row, scores in rows:
        yield "\t".join([*row.fields, *(f"{value:.9g}" for value in scores)]) + "\n"


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

"""Rows to score: what stands in a table's line, and the sequences whose scores go into it."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from demo.data.labelled.files import read_table
from demo.sequences.alphabet import DNA, Alphabet
from demo.sequences.fasta import iterate_fasta
from demo.sequences.sequence_set import iterate_seq_gz
from demo.sequences.variants import not_bases
from demo.utils.errors import DemoError
from demo.utils.text_files import iterate_lines


class Row(NamedTuple):
    """One line of the table that comes out.

    Attributes:
        fields: what stands before the scores; as many as the source has columns.
        sequences: one to score, or two to compare.
        line: of the input, counted from 1.
        start: of windows: the first base, from 0; below 0 where the window begins before its chromosome or sequence.
    """

    fields: tuple[str, ...]
    sequences: tuple[str, ...]
    line: int
    start: int = 0


WINDOW_COLUMNS = ("name", "start", "end")
"""Of windows of a sequence, as in BED: the first base is 0, the end is not included."""


@dataclass
class Source:
    """What is scored.

    Attributes:
        name: of the file, for messages.
        columns: names of the fields of each row.
        rows: in the order of the input; read as they are iterated over.
        compares: whether each row has two sequences, the second of which is compared with the first.
        best_of_line: whether of consecutive rows of the same line only the one with the highest logit counts; of
            several classes, the best one for each.
        skipped: how many rows were left out so far, by reason.
        remarks: how many rows are remarkable, by what about them is.
        read_as: what the columns of the file were taken for, if more than one thing is possible.
    """

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]
    compares: bool = False
    best_of_line: bool = False
    skipped: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    read_as: str = ""


def fasta_source(
    path: str | os.PathLike[str], length: int, stride: int | None = None, alphabet: Alphabet = DNA
) -> Source:
    """Sequences of a FASTA file, of any length: windows along longer ones, N around shorter ones.

    Args:
        path: plain or gzipped.
        length: of a window in bp.
        stride: bp between windows, each of which is a row; ``None`` for one row per sequence, its best window of all.
        alphabet: of the sequences.

    Raises, when iterated over:
        DemoError: as ``iterate_fasta``.
    """

    def rows() -> Iterator[Row]:
        for record in iterate_fasta(path, as_written=alphabet.letters != DNA.letters):
            if record.ambiguous:
                source.remarks["with IUPAC ambiguity letters, read as N"] += 1
            if record.has_u:
                source.remarks["written with U, read as T"] += 1
            yield from windows(record.name, record.sequence, record.line, length, stride, source.remarks, alphabet)

    source = Source(str(path), WINDOW_COLUMNS, rows(), best_of_line=stride is None)
    return source


def windows(
    name: str,
    sequence: str,
    line: int,
    length: int,
    stride: int | None,
    remarks: Counter[str],
    alphabet: Alphabet = DNA,
) -> Iterator[Row]:
    """Windows every ``stride`` bp as long as they fit, or everywhere; one, padded with N, if the sequence is short."""
    for alias, letter in alphabet.aliases.items():
        if alias in sequence or alias.lower() in sequence:
            remarks[f"written with {alias}, read as {letter}"] += 1
    surplus = len(sequence) - length
    if surplus < 0:
        remarks[
            f"shorter than the {length} {alphabet.unit} that the model reads, with {alphabet.unknown} around them"
        ] += 1
        left = -surplus // 2
        padded = alphabet.unknown * left + sequence + alphabet.unknown * (-surplus - left)
        yield Row((name, "0", str(len(sequence))), (padded,), line, -left)
        return
    for start in range(0, surplus + 1, stride or 1):
        yield Row((name, str(start), str(start + length)), (sequence[start : start + length],), line, start)


def seq_gz_source(path: str | os.PathLike[str], length: int) -> Source:
    """Sequences of a ``.seq.gz`` file with their labels.

    Raises, when iterated over:
        DemoError: as ``iterate_seq_gz``, or a sequence has another length.
    """

    def rows() -> Iterator[Row]:
        for record in iterate_seq_gz(path):
            where = f"{path}, line {record.line}"
            sequence = checked(record.sequence, length, record.name, where)
            yield Row((record.name, str(record.label)), (sequence,), record.line)

    return Source(str(path), ("name", "label"), rows())


def table_source(path: Path, length: int, stride: int | None = None, alphabet: Alphabet = DNA) -> Source:
    """Sequences of a table with a column ``sequence``, and possibly ``id``; otherwise as ``fasta_source``.

    Raises, when iterated over:
        DemoError: as ``read_table``.
    """

    def rows() -> Iterator[Row]:
        for line, values in read_table(path, ("sequence",)):
            name = values.get("id") or f"line_{line}"
            yield from windows(name, values["sequence"], line, length, stride, source.remarks, alphabet)

    source = Source(str(path), WINDOW_COLUMNS, rows(), best_of_line=stride is None)
    return source


def strings_source(
    sequences: Sequence[str], length: int, stride: int | None = None, alphabet: Alphabet = DNA
) -> Source:
    """Sequences in memory, named by their number from 1; otherwise as ``fasta_source``.

    Raises:
        DemoError: there is none.
    """
    if not len(sequences):
        raise DemoError("There is no sequence to score.")

    def rows() -> Iterator[Row]:
        for number, sequence in enumerate(sequences, start=1):
            yield from windows(str(number), sequence, number, length, stride, source.remarks, alphabet)

    source = Source("sequences", WINDOW_COLUMNS, rows(), best_of_line=stride is None)
    return source


def checked(sequence: str, length: int, name: str, where: str) -> str:
    """``sequence``, which must have ``length`` bp.

    Raises:
        DemoError: it has not.
    """
    if len(sequence) != length:
        raise DemoError(
            f"{name!r} has {len(sequence):,} bp; the model was trained on {length}.",
            where=where,
            fix=f"cut windows of {length} bp, or give their regions: input=regions.bed genome=genome.fa "
            "(stride=10 slides along longer ones)",
        )
    return sequence


def kind_of(path: Path) -> str:
    """``fasta``, ``bed``, ``vcf``, ``seq.gz`` or ``table``, by the suffix of a file's name or else its content.

    Raises:
        DemoError: neither says, or the file cannot be read.
    """
    name = path.name.lower()
    for kind, suffixes in KINDS.items():
        if name.endswith(tuple(suffixes)) or name.removesuffix(".gz").removesuffix(".bgz").endswith(tuple(suffixes)):
            return kind
    for _, line in iterate_lines(path, "FASTA, BED, a peak format, VCF or .seq.gz"):
        fields = line.split("\t")
        if line.startswith((">", ";")):
            return "fasta"
        if line.startswith(("##fileformat=VCF", "#CHROM\t")) or _is_variant(fields):
            return "vcf"
        if {"EventID", "seq", "Bound"} <= set(fields):
            return "seq.gz"
        if "sequence" in re.split(r"[\t,;]", line.lower()):
            return "table"
        if not line.startswith(("#", "track", "browser")):
            # A line of data of no other kind: BED, if it holds a start and an end.
            if sum(field.isdecimal() for field in line.split()) >= 2 or fields[:3] == ["chr", "start", "end"]:
                return "bed"
            break
    raise DemoError(
        "What kind of file this is cannot be told, neither from its name nor from its content.",
        where=str(path),
        exists="; ".join(f"{kind}: {' '.join(suffixes)}" for kind, suffixes in KINDS.items()) + " (and .gz of these)",
        fix="give it the suffix of its format",
    )


def _is_variant(fields: list[str]) -> bool:
    """Whether a line of data is VCF's CHROM POS ID REF ALT, not BED's start, end and name (which may be ``CAT``)."""
    if len(fields) < 5 or not fields[1].isdecimal() or not_bases(fields[3].upper()):
        return False
    return not (fields[2].isdecimal() and int(fields[2]) > int(fields[1]))


KINDS: dict[str, tuple[str, ...]] = {
    "seq.gz": (".seq.gz",),
    "fasta": (".fa", ".fasta", ".fna", ".fas"),
    "bed": (".bed", ".narrowpeak", ".broadpeak", ".gappedpeak", ".bedgraph"),
    "vcf": (".vcf",),
}
"""Suffixes of names, in lower case, of each kind of input."""

"""VCF, read a line at a time: https://samtools.github.io/hts-specs/VCFv4.3.pdf"""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from demo.sequences.alphabet import AMBIGUOUS
from demo.utils.errors import DemoError
from demo.utils.text_files import iterate_lines

_FORMAT = "VCF: CHROM POS ID REF ALT and more, with tabs between"
_BASES = re.compile(r"[ACGTN]+")
_AMBIGUOUS = re.compile(f"[ACGTU{AMBIGUOUS}]+")
_SYMBOLS = re.compile(r"<[^<>\s]+>|\*|[^\s,]*[\[\]][^\s,]*|\.[ACGTN]+|[ACGTN]+\.", re.IGNORECASE)
_POSITION = re.compile(r"[0-9]{1,15}")


class Variant(NamedTuple):
    """A line of a VCF file.

    Attributes:
        chrom: name of the chromosome.
        start: first base of REF, counted from 0 (POS - 1); -1 for a telomere (POS 0).
        id: ``.`` if it has none.
        ref: as it stands, in upper case if it is written out.
        alts: alternative alleles, likewise.
        line: in the file, counted from 1.
    """

    chrom: str
    start: int
    id: str
    ref: str
    alts: tuple[str, ...]
    line: int


def not_bases(allele: str) -> str | None:
    """What an allele is other than bases ACGTN; ``None`` if it is these."""
    if _BASES.fullmatch(allele):
        return None
    if allele in (".", ""):
        return "without REF or ALT"
    if _AMBIGUOUS.fullmatch(allele):
        return "REF or ALT with ambiguity letters"
    if _SYMBOLS.fullmatch(allele):
        return "symbolic (<DEL>, *, breakends)"
    return "REF or ALT that is no allele of VCF"


def iterate_vcf(path: str | os.PathLike[str]) -> Iterator[Variant]:
    """The variants of a VCF file, plain or gzipped, in file order; one is in memory at a time.

    Raises:
        DemoError: a line has fewer than five columns, a position is no whole number, there is no variant; or as
            ``iterate_lines``. Names the line.
    """
    any_variant = False
    for number, line in iterate_lines(path, _FORMAT):
        if line.startswith("#"):
            continue
        any_variant = True
        yield _variant(line, number, f"{path}, line {number}")
    if not any_variant:
        raise DemoError("There is no variant in this file.", where=str(path), exists=f"The format is {_FORMAT}.")


def _variant(line: str, number: int, where: str) -> Variant:
    fields = [field.strip() for field in line.split("\t", maxsplit=5)]
    if len(fields) < 5:
        raise DemoError(
            f"This line has {len(fields)} columns; a variant has five or more.",
            where=where,
            exists=f"The format is {_FORMAT}.",
        )
    chrom, position, name, ref, alts = fields[:5]
    if not chrom:
        raise DemoError("The chromosome has no name.", where=where)
    if not _POSITION.fullmatch(position):
        raise DemoError(f"The position is {position[:40]!r}; it is a whole number.", where=where)
    return Variant(chrom, int(position) - 1, name or ".", _upper(ref), tuple(map(_upper, alts.split(","))), number)


def _upper(allele: str) -> str:
    """``allele`` in upper case, unless it is a symbol, whose letters may be a name."""
    return allele.upper() if allele.isalpha() else allele

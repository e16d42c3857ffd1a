"""VCF, read a line at a time: https://samtools.github.io/hts-specs/VCFv4.3.pdf"""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from demo.utils.errors import DemoError
from demo.utils.text_files import iterate_lines

_FORMAT = "VCF: CHROM POS ID REF ALT and more, with tabs between"
_LETTERS = re.compile(r"[ACGTN]+")
_OTHER_ALLELES = re.compile(r"<[^<>\s]+>|\*|\.|[^\s,]*[\[\]][^\s,]*|\.[ACGTN]+|[ACGTN]+\.", re.IGNORECASE)
_POSITION = re.compile(r"[0-9]{1,15}")


class Variant(NamedTuple):
    """A line of a VCF file.

    Attributes:
        chrom: name of the chromosome.
        start: first base of REF, counted from 0 (POS - 1).
        id: ``.`` where there is none.
        ref: letters ACGTN, upper case.
        alts: alternative alleles as they stand: letters ACGTN in upper case, or symbols as ``<DEL>``, ``*``, breakends.
        line: in the file, counted from 1.
    """

    chrom: str
    start: int
    id: str
    ref: str
    alts: tuple[str, ...]
    line: int


def is_letters(allele: str) -> bool:
    """Whether an allele is written out, not a symbol (``<DEL>``, ``*``, ``.``, a breakend)."""
    return _LETTERS.fullmatch(allele) is not None


def iterate_vcf(path: str | os.PathLike[str]) -> Iterator[Variant]:
    """The variants of a VCF file, plain or gzipped, in file order; one is in memory at a time.

    Raises:
        DemoError: a line has fewer than five columns, a position is no whole number above 0, an allele is neither
            letters nor a symbol of VCF, there is no variant; or as ``iterate_lines``. Names the line.
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
    if not _POSITION.fullmatch(position) or int(position) < 1:
        raise DemoError(f"The position is {position[:40]!r}; it is a whole number, 1 or more.", where=where)
    if not is_letters(ref.upper()):
        raise DemoError(f"REF is {ref[:40]!r}; it is letters A C G T N.", where=where)
    alleles = tuple(alt.upper() if is_letters(alt.upper()) else alt for alt in alts.split(","))
    for allele in alleles:
        if not is_letters(allele) and not _OTHER_ALLELES.fullmatch(allele):
            raise DemoError(
                f"ALT is {allele[:40]!r}; it is letters A C G T N, or a symbol such as <DEL> or *.", where=where
            )
    return Variant(chrom, int(position) - 1, name or ".", ref.upper(), alleles, number)

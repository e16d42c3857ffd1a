"""Windows of variants to compare: the genome with REF, and with ALT in its place."""

import os
from collections.abc import Iterator

from demo.scoring.regions import fetch_padded, on_the_genome
from demo.scoring.rows import Row, Source
from demo.sequences.genome import Genome
from demo.sequences.variants import Variant, iterate_vcf, not_bases


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

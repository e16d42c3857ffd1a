"""A genome: sequences of regions, from an indexed FASTA file."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from demo.sequences.fasta_index import BAD_FASTA, damaged, indexed
from demo.utils.errors import DemoError


class Genome:
    """A genome in FASTA, plain or compressed with ``bgzip``, read by region.

    The index (``.fai``, and ``.gzi`` for a compressed file) beside the file or in the user's cache is used if it fits
    the file, whatever its date; otherwise the file is indexed again, and the index kept beside the file or, where that
    folder is read-only, in the cache.

    Args:
        path: the file.

    Attributes:
        lengths: of the chromosomes in bp, in the order of the file.

    Raises:
        DemoError: the file is not there, not readable, no regular file, no FASTA, or gzipped without blocks.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file = indexed(self.path)
        self.lengths: dict[str, int] = {name: record.rlen for name, record in self._file.index.items()}

    def fetch(self, chrom: str, start: int, end: int) -> str:
        """The sequence of [start, end), from 0, in upper case, with N and other letters as the file has them.

        Raises:
            DemoError: there is no such chromosome, it is shorter, or the file is damaged there.
        """
        if chrom not in self.lengths:
            raise self.unknown([chrom])
        if not 0 <= start < end <= self.lengths[chrom]:
            raise DemoError(
                f"{chrom}:{start:,}-{end:,} is not on the chromosome.",
                where=str(self.path),
                exists=f"{chrom} has {self.lengths[chrom]:,} bases",
            )
        from pyfaidx import FetchError

        try:
            letters = str(self._file.fetch(chrom, start + 1, end))
        except (OSError, FetchError, *BAD_FASTA) as error:
            raise damaged(self.path, f"{chrom}:{start:,}-{end:,}") from error
        if len(letters) != end - start:
            raise damaged(self.path, f"{chrom}:{start:,}-{end:,}")
        return letters

    def unknown(self, chroms: Iterable[str]) -> DemoError:
        """The error for chromosomes that are not in this genome; it shows the names on either side."""
        wanted = list(dict.fromkeys(chroms))
        same = [(name, here) for name in wanted if (here := _other_name(name, self.lengths))]
        return DemoError(
            f"{_few(wanted)} {'is' if len(wanted) == 1 else 'are'} not in this genome.",
            where=str(self.path),
            exists=f"the chromosomes {_few(list(self.lengths))}",
            fix=f"use the same names in both: this genome has {same[0][1]}, the other file {same[0][0]}"
            if same
            else "the assembly that the regions refer to",
        )

    def missing(self, chrom: str) -> str:
        """Why what lies on ``chrom``, which is not in this genome, is skipped; names the chromosome meant if any."""
        here = _other_name(chrom, self.lengths)
        return f"on {chrom[:40]}, which the genome does not have" + (f" (it has {here})" if here else "")

    def close(self) -> None:
        """Close the file; the genome cannot be read any more."""
        self._file.close()

    def __enter__(self) -> "Genome":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _other_name(chrom: str, names: Collection[str]) -> str | None:
    """What a genome with these ``names`` calls ``chrom``: UCSC writes chr1 and chrM, Ensembl 1 and MT."""
    bare = chrom[3:] if chrom.lower().startswith("chr") else chrom
    bare = {"m": "MT", "mt": "MT"}.get(bare.lower(), bare)
    same = {bare, f"chr{bare}", *(("M", "chrM") if bare == "MT" else ())}
    return next((name for name in names if name in same), None)

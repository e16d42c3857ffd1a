"""A genome: pieces of its chromosomes by place, from an indexed FASTA file."""

import hashlib
import logging
import os
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from demo.utils.errors import DemoError
from demo.utils.files import atomic_write
from demo.utils.text_files import cannot_read, is_gzipped

_log = logging.getLogger(__name__)

_BAD_FASTA = (
    *(ValueError, IndexError, OverflowError, MemoryError, EOFError, AssertionError, RuntimeError),
    *(struct.error, zlib.error),
)
"""What pyfaidx and Biopython's reader of block gzip raise for files that are not what they should be."""


class Genome:
    """A genome in FASTA, plain or compressed with ``bgzip``, which is read by place.

    The index (``.fai``, and ``.gzi`` for a compressed file) is taken from beside the file where it is there and not
    older; else it is built, beside the file or, where that folder cannot be written, in the user's cache.

    Args:
        path: the file.

    Attributes:
        lengths: bases of each chromosome, in the order of the file.

    Raises:
        DemoError: the file is not there, not readable, no FASTA, or gzipped in the ordinary way.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file = _indexed(self.path)
        self.lengths: dict[str, int] = {name: record.rlen for name, record in self._file.index.items()}

    def fetch(self, chrom: str, start: int, end: int) -> str:
        """The letters of [start, end), from 0, in upper case, as the file has them (N and other letters too).

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
        except (OSError, FetchError, *_BAD_FASTA) as error:
            raise DemoError(f"This genome cannot be read: {error}.", where=str(self.path)) from error
        if len(letters) != end - start:
            raise DemoError(
                f"The index is not of this genome: {chrom}:{start:,}-{end:,} gives {len(letters)} letters.",
                where=str(self.path),
                fix=f"delete {self._file.indexname}",
            )
        return letters

    def unknown(self, chroms: Iterable[str]) -> DemoError:
        """The error that says that chromosomes are not in this genome, with the names on either side."""
        wanted = list(dict.fromkeys(chroms))
        there = list(self.lengths)
        chr_there, chr_wanted = (all(name.startswith("chr") for name in names) for names in (there, wanted))
        return DemoError(
            f"{_few(wanted)} {'is' if len(wanted) == 1 else 'are'} not in this genome.",
            where=str(self.path),
            exists=f"the chromosomes {_few(there)}",
            fix=f"one naming for both: this genome writes {'chr1' if chr_there else '1'}, the other file "
            f"{'chr1' if chr_wanted else '1'}"
            if chr_there != chr_wanted
            else "the assembly that the places were made for",
        )

    def close(self) -> None:
        """Close the file; the genome cannot be read any more."""
        self._file.close()

    def __enter__(self) -> "Genome":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _indexed(path: Path) -> Any:
    """pyfaidx's reader of ``path``, with its index: one that is there, else a new one."""
    suffixes = (".fai", ".gzi") if _is_block_gzipped(path) else (".fai",)
    homes = [[Path(f"{stem}{suffix}") for suffix in suffixes] for stem in (path, _stem_in_cache(path))]
    for home in homes:
        if all(_is_current(index, path) for index in home):
            return _open(path, home)
    with tempfile.TemporaryDirectory() as scratch:
        built = [Path(scratch) / f"index{suffix}" for suffix in suffixes]
        reader = _open(path, built)
        if not any(_kept(built, home) for home in homes):
            _log.info("The index of %s cannot be kept anywhere: it is built whenever the genome is opened.", path)
    # The reader holds its index in memory.
    return reader


def _open(path: Path, index: list[Path]) -> Any:
    """pyfaidx's reader; builds the index where it is not there."""
    from pyfaidx import Faidx, FastaIndexingError

    try:
        return Faidx(
            path,
            indexname=index[0],
            gzi_indexname=index[-1],
            as_raw=True,
            sequence_always_upper=True,
        )
    except (OSError, FastaIndexingError, *_BAD_FASTA) as error:
        raise DemoError(
            f"This genome cannot be read: {error}",
            where=str(path),
            exists="A genome is FASTA, plain or compressed with bgzip; all lines of a chromosome but the last are of "
            "one length.",
            fix=f"delete the index {index[0]} if it is not of this file",
        ) from error


def _kept(built: list[Path], home: list[Path]) -> bool:
    """Copy an index to where it is found the next time; whether that was possible."""
    try:
        for source, target in zip(built, home, strict=True):
            with atomic_write(target) as temporary:
                shutil.copyfile(source, temporary)
    except DemoError:
        return False
    return True


def _is_current(index: Path, path: Path) -> bool:
    try:
        return index.stat().st_mtime >= path.stat().st_mtime
    except OSError:
        return False


def _stem_in_cache(path: Path) -> Path:
    """Where the index of a genome in a folder that cannot be written lies, less its ending; another for each state of
    the file."""
    state = path.stat()
    name = hashlib.sha256(f"{path.resolve()}\0{state.st_size}\0{state.st_mtime_ns}".encode()).hexdigest()[:16]
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "deep-motif" / f"{path.name[:100]}-{name}"


def _is_block_gzipped(path: Path) -> bool:
    """Whether a genome is compressed with ``bgzip``; a ``DemoError`` where it is compressed so that no place in it can
    be found without reading all before it."""
    named_so = path.suffix.lower() in (".gz", ".bgz")
    if not is_gzipped(path):
        if named_so:
            raise DemoError("This file is named as if gzipped, and is not.", where=str(path), fix="rename it to .fa")
        return False
    try:
        with open(path, "rb") as file:
            start = file.read(16)
    except OSError as error:
        raise cannot_read(path, error) from error
    # RFC 1952: a flag says that extra fields follow the header; those of a block gzip begin with BC.
    if len(start) < 16 or not start[3] & 4 or start[12:14] != b"BC":
        raise DemoError(
            "This genome is gzipped in the ordinary way: no place in it is found without unzipping all before it.",
            where=str(path),
            fix=f"gunzip {path.name}, or compress it with bgzip instead: gunzip {path.name} && bgzip {path.stem}",
        )
    if not named_so:
        raise DemoError(
            "This genome is compressed with bgzip, and its name does not end in .gz.",
            where=str(path),
            fix=f"rename it to {path.name}.gz",
        )
    return True

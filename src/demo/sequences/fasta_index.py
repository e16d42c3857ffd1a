"""The index of a genome in FASTA (``.fai``, ``.gzi``): found, checked against the file, or built.

Formats: https://www.htslib.org/doc/faidx.html and https://www.htslib.org/doc/bgzip.html
"""

import gzip
import hashlib
import logging
import os
import shutil
import struct
import tempfile
import warnings
import zlib
from bisect import bisect_right
from itertools import pairwise
from pathlib import Path
from typing import Any

from demo.utils.errors import DemoError
from demo.utils.files import atomic_write
from demo.utils.text_files import cannot_read, is_gzipped

_log = logging.getLogger(__name__)

BAD_FASTA = (
    *(ValueError, IndexError, OverflowError, MemoryError, EOFError, AssertionError, RuntimeError),
    *(struct.error, zlib.error),
)
"""What pyfaidx and Biopython's reader of block gzip raise for files that are not what they should be."""

_OTHER_FORMATS = {
    b"\x43\x27\x41\x1a": ("in 2bit format", "twoBitToFa {name} {stem}.fa"),
    b"\x1a\x41\x27\x43": ("in 2bit format", "twoBitToFa {name} {stem}.fa"),
    b"\xef\xbb\xbf": ("marked with a byte order mark", "tail -c +4 {name} > {stem}.unmarked.fa"),
    b"PK\x03\x04": ("a zip archive", "unzip {name}"),
    b"BZh": ("compressed with bzip2", "bunzip2 {name}"),
    b"\xfd7zXZ": ("compressed with xz", "unxz {name}"),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "unzstd {name}"),
}
"""What a file is that begins with these bytes, and what makes FASTA of it."""

_LONGEST_HEADER = 1_000_000
"""Bytes between two sequences; more is no header but a record that the index does not know."""


def indexed(path: Path) -> Any:
    """pyfaidx's reader of ``path`` with an index that fits: one that is there, else a new one.

    Raises:
        DemoError: the file is not there, not readable, no regular file, no FASTA, or gzipped without blocks.
    """
    suffixes = (".fai", ".gzi") if _is_block_gzipped(path) else (".fai",)
    homes = [[Path(f"{stem}{suffix}") for suffix in suffixes] for stem in (path, _stem_in_cache(path)) if stem]
    for home in homes:
        if all(index.is_file() for index in home) and (reader := _opened_if_fits(path, home)):
            return reader
    with tempfile.TemporaryDirectory() as scratch:
        built = [Path(scratch) / f"index{suffix}" for suffix in suffixes]
        try:
            reader = _open(path, built)
            # pyfaidx lets some uneven files pass, whose regions it would misplace.
            if not _records_fit(reader):
                reader.close()
                raise ValueError("The index does not account for all of the file.")
        except (OSError, *BAD_FASTA) as error:
            raise _why_no_index(path, error) from error
        if not any(_kept(built, home) for home in homes):
            _log.info("The index of %s cannot be kept anywhere: it is built whenever the genome is opened.", path)
    # The reader holds its index in memory.
    return reader


def damaged(path: Path, what: str) -> DemoError:
    """The error for a genome of which ``what`` cannot be read."""
    return DemoError(
        f"{what} cannot be read: the file is damaged or truncated, or it changed while it was read.",
        where=str(path),
        fix="copy or download the genome again",
    )


def _open(path: Path, index: list[Path]) -> Any:
    """pyfaidx's reader; builds the index if it is not there, and leaves one that is there as it is."""
    from pyfaidx import Faidx, FastaIndexingError

    with warnings.catch_warnings():
        # Of an index older than its file: what counts is whether it fits.
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return Faidx(
                path,
                indexname=index[0],
                gzi_indexname=index[-1],
                as_raw=True,
                sequence_always_upper=True,
                rebuild=False,
            )
        except FastaIndexingError as error:
            raise ValueError(str(error)) from error


def _opened_if_fits(path: Path, index: list[Path]) -> Any:
    """pyfaidx's reader with this index; ``None`` if the index is of another file, or of a part of this one."""
    try:
        if len(index) > 1 and not _blocks_fit(path, index[1]):
            return None
        reader = _open(path, index)
        if _records_fit(reader):
            return reader
        reader.close()
    except (OSError, *BAD_FASTA):
        pass
    return None


def _records_fit(reader: Any) -> bool:
    """Whether the index accounts for every byte of the file: between the sequences lie their headers, nothing else."""
    end, has_bases = 0, False
    for name, record in sorted(reader.index.items(), key=lambda item: item[1].offset):
        rlen, offset, width, stride = record.rlen, record.offset, record.lenc, record.lenb
        if not 0 < offset - end < _LONGEST_HEADER or rlen < 0 or (rlen and not 0 < width <= stride <= width + 2):
            return False
        *before, header = _bytes_at(reader, end, offset - end).splitlines(keepends=True)
        # What precedes is the line end of the last sequence, blank lines or, before the first one, comments.
        if header.split()[:1] != [b">" + name.encode()] or not header.endswith(b"\n"):
            return False
        if any(line.strip() and (end or not line.startswith(b";")) for line in before):
            return False
        if has_bases and not before:
            return False
        lines = (rlen - 1) // width if rlen else 0
        for line in {0, lines - 1} if lines else ():
            ends = _bytes_at(reader, offset + line * stride + width - 1, stride - width + 2)
            if ends[:1].isspace() or ends[1:-1].strip() or ends[-1:].isspace() or stride == width:
                return False
        end, has_bases = offset + rlen + lines * (stride - width), rlen > 0
        if has_bases and _bytes_at(reader, end - 1, 1).isspace():
            return False
    rest = _bytes_at(reader, end, _LONGEST_HEADER)
    return end > 0 and not rest.strip() and (not rest or not has_bases or rest[:1].isspace())


def _bytes_at(reader: Any, offset: int, count: int) -> bytes:
    """Bytes of the (uncompressed) FASTA; fewer at its end."""
    if reader._bgzf:
        from Bio.bgzf import make_virtual_offset

        block = reader.gzi_index[bisect_right(reader.gzi_index, offset, key=lambda block: block.ustart) - 1]
        reader.file.seek(make_virtual_offset(block.cstart, offset - block.ustart))
    else:
        reader.file.seek(offset)
    return bytes(reader.file.read(count))


def _blocks_fit(path: Path, index: Path) -> bool:
    """Whether a ``.gzi`` lists the blocks of a file compressed with ``bgzip``, from the first to the last."""
    content = index.read_bytes()
    blocks = [(0, 0), *struct.iter_unpack("<QQ", content[8:])]
    if struct.unpack("<Q", content[:8])[0] != len(blocks) - 1:
        return False
    with open(path, "rb") as file:
        for (_, data), (next_start, next_data) in pairwise(blocks):
            # A block ends with the size of its data (RFC 1952), and the next one begins.
            file.seek(next_start - 4)
            if file.read(8) != struct.pack("<I", next_data - data) + b"\x1f\x8b\x08\x04":
                return False
        # After the last block comes an empty one of 28 bytes, which ends the file.
        file.seek(blocks[-1][0] + 16)
        last = blocks[-1][0] + int.from_bytes(file.read(2), "little") + 1
        return path.stat().st_size == last + 28


def _why_no_index(path: Path, error: Exception) -> DemoError:
    """Why a FASTA file cannot be indexed, in terms of its first line that is not right."""
    names: set[bytes] = set()
    width = blank = short = 0
    try:
        with gzip.open(path) if path.suffix.lower() in (".gz", ".bgz") else open(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                where, bases = f"{path}, line {number}", line.strip()
                if line.startswith(b">"):
                    name = line[1:].split()[:1]
                    if not name:
                        return DemoError("This sequence has no name.", where=where, fix="write one right after '>'")
                    if name[0] in names:
                        return DemoError(
                            f"Two sequences have the name {name[0].decode(errors='replace')[:80]!r}.",
                            where=where,
                            fix="give each chromosome a name of its own, or take one of the two out",
                        )
                    names.add(name[0])
                    width = short = 0
                elif bases and not names and not line.startswith(b";"):
                    return DemoError("This is not FASTA: no line '>name' precedes this one.", where=where)
                elif not bases:
                    blank = blank or (number if names else 0)
                    short = short or (number if width else 0)
                elif short or (width and len(bases) > width):
                    return DemoError(
                        "The lines of this chromosome differ in length; all but its last must have the same length, "
                        "without blank lines between, so that regions can be found.",
                        where=f"{path}, line {short or number}",
                        fix=f"fold the lines again: seqtk seq -l 60 {path.name} > folded.fa",
                    )
                else:
                    width = width or len(bases)
                    short = number if len(bases) < width else 0
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return damaged(path, "The genome")
    except OSError as read_error:
        return cannot_read(path, read_error)
    if not names:
        return DemoError("There is no sequence in this file.", where=str(path), exists="A genome is FASTA.")
    if blank:
        return DemoError(
            "There are blank lines between the sequences, or lines of different kinds of line ends.",
            where=f"{path}, line {blank}",
            fix=f"take the blank lines out: grep -v '^\\s*$' {path.name} > clean.fa",
        )
    if isinstance(error, OSError) and error.errno:
        return cannot_read(path, error)
    return damaged(path, "The genome")


def _kept(built: list[Path], home: list[Path]) -> bool:
    """Copy an index to where it is found the next time; whether that was possible."""
    try:
        for source, target in zip(built, home, strict=True):
            with atomic_write(target) as temporary:
                shutil.copyfile(source, temporary)
    except DemoError:
        return False
    return True


def _stem_in_cache(path: Path) -> Path | None:
    """Where the index of a genome in a read-only folder lies, less its suffix, in the user's cache; ``None`` for a user
    who has none (no HOME, as in containers)."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(cache):
        return None
    state = path.stat()
    name = hashlib.sha256(f"{path.resolve()}\0{state.st_size}\0{state.st_mtime_ns}".encode()).hexdigest()[:16]
    return Path(cache) / "deep-motif" / f"{path.name[:100]}-{name}"


def _is_block_gzipped(path: Path) -> bool:
    """Whether a genome is compressed with ``bgzip``.

    Raises:
        DemoError: it is in another format, or compressed so that no region can be found without reading all before it.
    """
    named_so = path.suffix.lower() in (".gz", ".bgz")
    zipped = is_gzipped(path)
    try:
        with open(path, "rb") as file:
            start = file.read(1 << 16)
    except OSError as error:
        raise cannot_read(path, error) from error
    for magic, (what, command) in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise DemoError(
                f"This genome is {what}; a genome is FASTA, plain or compressed with bgzip.",
                where=str(path),
                fix=command.format(name=path.name, stem=path.stem),
            )
    if not zipped:
        if b"\r" in start and b"\n" not in start:
            raise DemoError(
                "This genome has the line ends of old Macs, CR alone.",
                where=str(path),
                fix=f"tr '\\r' '\\n' < {path.name} > {path.stem}.unix.fa",
            )
        if named_so:
            raise DemoError("This file is named as if gzipped, and is not.", where=str(path), fix="rename it to .fa")
        return False
    # RFC 1952: a flag says that extra fields follow the header; those of a block gzip begin with BC.
    if len(start) < 16 or not start[3] & 4 or start[12:14] != b"BC":
        raise DemoError(
            "This genome is gzipped without blocks: no region can be found without unzipping all before it.",
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

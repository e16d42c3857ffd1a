"""The data sets in a zip archive."""

import errno
import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from tqdm import tqdm

from demo.data.catalogue import TEST_SUFFIX, TRAIN_SUFFIX
from demo.data.catalogue.sets import key
from demo.sequences import read_seq_gz
from demo.utils.errors import DemoError, nearest
from demo.utils.files import atomic_write

_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 20
"""In bytes: a few kilobytes of gzip may unpack to a line that fills the memory."""

# Raised by zipfile for damaged, encrypted or exotic archives; OSErrors: bz2's (no errno) and bad seeks (EINVAL).
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip


class Member(NamedTuple):
    """A ``.seq.gz`` file in an archive."""

    data_set: str
    file_name: str
    entry: zipfile.ZipInfo


@contextmanager
def opened(file: BinaryIO, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive in ``file``.

    Raises:
        DemoError: it is a damaged zip archive, or something else, such as a web page.
    """
    try:
        with _damage_is_named(name):
            archive = zipfile.ZipFile(file)
    except DemoError:
        file.seek(0)
        if file.read(_CHUNK).lstrip().startswith(b"<"):
            raise DemoError(
                "This is a web page, not a zip archive; it may be a login page.",
                where=name,
                fix="open the URL in a browser, download the archive, and give it as url=<file>.zip",
            ) from None
        raise
    with archive:
        yield archive


def members_of(archive: zipfile.ZipFile, name: str, wanted: list[str], cell: str | None) -> list[Member]:
    """The files of the data sets in ``wanted``, in any folder of the archive.

    Args:
        archive: the archive.
        name: of the archive, for messages.
        wanted: TFs or names of data sets, in any case, parentheses or ``-``; ``["all"]`` for all.
        cell: only sets from this cell line; ``None`` for any.

    Raises:
        DemoError: there are none, or none of one of ``wanted``.
    """
    there = []
    for entry in archive.infolist():
        file_name = PurePosixPath(entry.filename).name
        data_set = file_name.removesuffix(TRAIN_SUFFIX).removesuffix(TEST_SUFFIX)
        if data_set not in ("", file_name) and not data_set.startswith("."):
            there.append(Member(data_set, file_name, entry))
    if not there:
        raise DemoError(
            f"There are no data sets (files *{TRAIN_SUFFIX} and *{TEST_SUFFIX}) in this archive.",
            where=name,
            exists=[entry.filename for entry in archive.infolist()[:5]],
        )
    chosen = []
    for word in wanted:
        fitting = [member for member in there if _fits(member.data_set, word, cell)]
        if not fitting:
            names = {member.data_set for member in there} | {member.data_set.split("_")[0] for member in there}
            raise DemoError(
                f"The archive has no data set of {word}{f' in {cell}' if cell else ''}.",
                where=name,
                exists=nearest(word, names) or f"{len({member.data_set for member in there})} others",
            )
        chosen += fitting
    return list(dict.fromkeys(chosen))


def is_there(member: Member, path: Path) -> bool:
    """Whether ``path`` has the content of the archive's file: same size, same CRC-32."""
    if not path.is_file() or path.stat().st_size != member.entry.file_size:
        return False
    crc = 0
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc == member.entry.CRC


def extract(archive: zipfile.ZipFile, member: Member, path: Path, bar: tqdm) -> None:
    """Write a member to ``path``, after checking its size, CRC-32 and records.

    Raises:
        DemoError: it is damaged, encrypted or not a data set, or cannot be written.
    """
    if member.entry.flag_bits & 0x1:
        raise DemoError(
            f"{member.file_name} is encrypted in the archive.",
            where=str(archive.filename or ""),
            fix="unpack it yourself and put its files into the data folder",
        )
    with atomic_write(path) as part:
        with _damage_is_named(member.file_name), archive.open(member.entry) as source, open(part, "wb") as target:
            # The last read compares the CRC-32.
            while chunk := source.read(_CHUNK):
                target.write(chunk)
                bar.update(len(chunk))
        try:
            _check_line_lengths(part)
            read_seq_gz(part)
        except DemoError as error:
            raise DemoError(f"{member.file_name} is damaged in the archive: {error.what}", where=error.where) from error


def _check_line_lengths(path: Path) -> None:
    # Other errors in the file are reported when it is read.
    with suppress(OSError, EOFError, zlib.error), gzip.open(path) as file:
        while line := file.readline(_LONGEST_LINE + 1):
            if len(line) > _LONGEST_LINE:
                raise DemoError(f"It has a line of more than {_LONGEST_LINE:,} bytes, so it is not a data set.")


@contextmanager
def _damage_is_named(name: str) -> Iterator[None]:
    try:
        yield
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise DemoError(
            f"This is not a zip archive, or it is damaged: {error}.", where=name, fix="delete it if it is on disk"
        ) from error


def _fits(data_set: str, word: str, cell: str | None) -> bool:
    parts = data_set.split("_")
    named = word.lower() == "all" or key(word) in (key(data_set), key(parts[0]))
    return named and (cell is None or (len(parts) > 1 and key(parts[1]) == key(cell)))

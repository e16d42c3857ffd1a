"""Text files, plain or gzipped, line by line; a missing, truncated, damaged or binary one is a ``DemoError``."""

import gzip
import logging
import os
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.utils.errors import DemoError, nearest

_log = logging.getLogger(__name__)

GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STANDARD_INPUT = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")


@contextmanager
def input_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A regular file with the content of a user's input, which may be a pipe.

    Readers open a file more than once (for its format, records and checksum), but a pipe can be read only once. So a
    pipe, or ``-`` for standard input, is copied to a temporary file of the same name for the duration of the block;
    any other path is yielded as it is.

    Raises:
        DemoError: standard input is a terminal or closed, there is no input, or no space for the copy.
    """
    path = Path(path)
    from_stdin = str(path) in _STANDARD_INPUT
    if not from_stdin and not _is_pipe(path):
        yield path
        return
    shown = "standard input" if from_stdin else str(path)
    # Logged first, because opening a pipe waits for a writer.
    _log.info("Reading %s", shown)
    with tempfile.TemporaryDirectory(prefix="deep-motif-") as folder:
        copy = Path(folder, "stdin" if from_stdin else path.name)
        try:
            # A duplicate: closing it leaves standard input open.
            with open(os.dup(0) if from_stdin else path, "rb") as source, open(copy, "wb") as target:
                if source.isatty():
                    raise DemoError("Standard input is a terminal.", fix="pipe a file in: zcat x.gz | python ...")
                shutil.copyfileobj(source, target)
        except OSError as error:
            raise DemoError(f"Cannot read {shown}: {error.strerror or error}.", where=error.filename) from error
        if not copy.stat().st_size:
            raise DemoError(f"Nothing came from {shown}.", fix="check the output of the command that writes to it")
        yield copy


def require_regular(path: Path) -> None:
    """Refuse pipes and devices, which can be read only once or never end.

    Raises:
        DemoError: ``path`` is one, or cannot be examined.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise cannot_read(path, error) from error
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        kind = "a pipe, which can be read only once" if stat.S_ISFIFO(mode) else "a device or socket"
        raise DemoError(f"This is {kind}; give a file.", where=str(path), fix="write its content to a file first")


def _is_pipe(path: Path) -> bool:
    try:
        return path.is_fifo()
    except (OSError, ValueError):
        return False


def iterate_lines(
    path: str | os.PathLike[str], expected: str, *, only_gzipped: bool = False
) -> Iterator[tuple[int, str]]:
    """The non-blank lines of a file, without line ends, with their numbers from 1.

    The file is streamed in constant memory. Lines may end as on Unix, Windows or old Macs.

    Args:
        path: a text file (UTF-8). Its content, not its name, says whether it is gzipped.
        expected: description of the expected format, for error messages.
        only_gzipped: whether plain text is an error.

    Raises:
        DemoError: the file is missing, unreadable, not regular (``input_file`` copies pipes), empty, truncated, damaged
            or binary. Damage further down is found when iteration gets there.
    """
    path = Path(path)
    zipped = is_gzipped(path)
    if only_gzipped and not zipped:
        raise DemoError(
            "This file is not gzipped.", where=str(path), exists=f"The format is {expected}.", fix="gzip it"
        )
    number, any_line = 0, False
    for chunk in _binary_lines(path, zipped):
        # A chunk is a line, unless lines end as on old Macs.
        for line in chunk.splitlines():
            number += 1
            if line.strip():
                any_line = True
                yield number, _decoded(line, number, path, expected)
    if not any_line:
        raise DemoError(f"This {'gzipped ' * zipped}file has no lines.", where=str(path), fix="copy the file again")


def is_gzipped(path: Path) -> bool:
    """Whether the content of a file is gzipped.

    Raises:
        DemoError: the file is missing, unreadable, not regular, or empty.
    """
    require_regular(path)
    try:
        with open(path, "rb") as file:
            start = file.read(len(GZIP_MAGIC))
    except (OSError, ValueError) as error:
        raise cannot_read(path, error) from error
    if not start:
        raise DemoError("This file is empty.", where=str(path), fix="copy the file again")
    return start == GZIP_MAGIC


def cannot_read(path: Path, error: Exception) -> DemoError:
    """The error for a file that cannot be opened or read; for a missing one, it lists the existing ones."""
    if not isinstance(error, FileNotFoundError):
        reason = getattr(error, "strerror", None) or error
        return DemoError(f"Cannot read this file: {reason}.", where=str(path))
    folder = path.parent
    try:
        there = sorted(entry.name for entry in folder.iterdir())
    except OSError as folder_error:
        return DemoError(
            f"There is no such file, and its folder cannot be listed: {folder_error.strerror}.",
            where=str(path),
            fix=f"check the path {folder}",
        )
    close = nearest(path.name, there) or there[:5]
    return DemoError(
        "There is no such file.",
        where=str(path),
        exists=f"{', '.join(close)} ({len(there):,} in that folder)" if there else "nothing in that folder",
        fix="use one of the existing files",
    )


def _binary_lines(path: Path, zipped: bool) -> Iterator[bytes]:
    """Lines that end with a line feed, decompressed, without the byte order mark of Windows editors."""
    try:
        with gzip.open(path) if zipped else open(path, "rb") as file:
            yield file.readline().removeprefix(_BYTE_ORDER_MARK)
            yield from file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        what = "truncated" if isinstance(error, EOFError) else "damaged"
        raise DemoError(
            f"This gzipped file is {what} ({error}).", where=str(path), fix="copy the file again"
        ) from error
    except OSError as error:
        raise cannot_read(path, error) from error


def _decoded(line: bytes, number: int, path: Path, expected: str) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise DemoError(
            f"The byte 0x{line[error.start]:02x} here is not text (UTF-8).",
            where=f"{path}, line {number}",
            exists=f"The format is {expected}.",
        ) from error

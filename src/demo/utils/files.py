"""Files: atomic writes, locks, and checksums."""

import atexit
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

import yaml

from demo.utils.errors import DemoError

_NO_SPACE = "free some space on the disk (or in your quota), or write somewhere else"
_NO_PERMISSION = "write to a folder of yours, or change its permissions"
_BAD_PATH = "name a file in a folder that can exist"
_FIXES = {
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EFBIG: _NO_SPACE,
    errno.EACCES: _NO_PERMISSION,
    errno.EPERM: _NO_PERMISSION,
    errno.EROFS: _NO_PERMISSION,
    errno.ENOTDIR: _BAD_PATH,
    errno.EISDIR: _BAD_PATH,
    errno.EEXIST: _BAD_PATH,
    errno.ELOOP: _BAD_PATH,
    errno.ENAMETOOLONG: "give the file a shorter name",
}


_LARGEST_OBJECT = 64 << 20
"""Bytes of a JSON or YAML file; ours have some hundred thousand."""
_SCRATCH = "deep-motif-"

_PART = re.compile(r"\.demo-[0-9a-f]{8}\.part")
"""Names of temporary files, which match no pattern for results, such as ``*.png``."""


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path to write to; flush it to disk and rename it to ``path`` when the block succeeds.

    The temporary file already exists, empty, in the folder of ``path``, which is created if necessary. It lacks the
    extension of ``path``, so writers that infer the format from it must be told. If the block raises, the temporary
    file is removed and ``path`` does not change; if the process dies, ``remove_leftovers`` removes it. Two processes
    may write the same ``path``: the later one wins. Symbolic links are followed. Devices, pipes and file descriptors
    (``/dev/fd/3``) are written to directly.

    Raises:
        DemoError: the file cannot be written (no space, no permission, an impossible path); says why. Other exceptions
            of the block, including an ``OSError`` about another file, are passed on.
    """
    path = Path(path)
    temporary = target = path
    part: IO[bytes] | None = None
    try:
        if not _is_written_directly(path):
            target = Path(os.path.realpath(path))
            make_folder(target.parent)
            part = _new_part(target.parent)
            temporary = Path(part.name)
        yield temporary
        if part:
            # Otherwise a power cut may leave the new name without the content. Not via `part`: the writer may have
            # replaced the file.
            _flush_to_disk(temporary)
            os.replace(temporary, target)
            _flush_to_disk(target.parent)
    except OSError as error:
        if not _is_about(error, temporary, target):
            raise
        raise _cannot_write(path, error) from error
    finally:
        if part:
            part.close()
            _remove(temporary)


def remove(path: Path) -> None:
    """Remove whatever has this name, a folder with all that it holds; a link, not what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Create a folder and its parents if necessary, durably."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        _flush_to_disk(folder.parent)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files in a folder whose writers have died."""
    for path in folder.glob(".demo-*.part"):
        if _PART.fullmatch(path.name):
            # Another process may be writing it, or have finished or removed it by now.
            with suppress(OSError), open(path, "rb") as part:
                fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def files_in(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that match a pattern, by name, without hidden ones, such as half-written files."""
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def use_own_scratch() -> None:
    """Create a folder for this process's temporary files in ``TMPDIR``, and remove those of dead processes.

    It holds files that libraries leave behind when killed, such as W&B's media, and is removed at exit.
    """
    with suppress(OSError):
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH))
        lock = open(scratch / ".lock", "xb")  # noqa: SIM115
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for other in scratch.parent.glob(f"{_SCRATCH}*/.lock"):
            # Its process is alive, or it belongs to another user.
            with suppress(OSError), open(other, "rb") as its_lock:
                fcntl.flock(its_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(other.parent)
        tempfile.tempdir = str(scratch)
        # The argument keeps the lock file open.
        atexit.register(lambda lock: shutil.rmtree(scratch, ignore_errors=True), lock)


def check_not_input(output: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str] | None]) -> None:
    """Check that an output does not replace one of the inputs, under any name.

    Raises:
        DemoError: it does.
    """
    for path in inputs:
        if path is not None and os.path.isfile(output) and os.path.isfile(path) and os.path.samefile(output, path):
            raise DemoError("The output would replace an input.", where=str(path), fix="write to another file")


@contextmanager
def others_write_to(folder: Path) -> Iterator[None]:
    """Around code in which libraries write to ``folder``: failed writes become a ``DemoError``.

    Raises:
        DemoError: there is no space or no permission; other exceptions are passed on.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FIXES:
            raise
        raise _cannot_write(folder, error) from error


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Lock a file for this process until the block ends. The lock ends with the process.

    Args:
        path: the lock file; created if necessary, and never removed.
        wait: whether to wait until another process releases it.

    Yields:
        Whether we have the lock; always true with ``wait``.

    Raises:
        DemoError: the file cannot be created.
    """
    try:
        make_folder(path.parent)
        # Never replaced, or two processes would hold locks on two files of the same name.
        lock = open(path, "a")  # noqa: SIM115
    except OSError as error:
        raise _cannot_write(path.parent, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write UTF-8 text atomically, with its own line ends.

    Raises:
        DemoError: the file cannot be written.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object atomically; NaN is an error, since it is not JSON."""
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        DemoError: it cannot be read, or is not a JSON object.
    """
    return _read_object(path, "JSON", json.loads)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping from a file as plain values: no Python objects, no interpolations, no aliases.

    Raises:
        DemoError: it cannot be read, or is not a YAML mapping.
    """
    # The C parser, because a study reads hundreds of these.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def load(text: str) -> Any:
        # We never write any, and a page of them can expand to gigabytes.
        if "*" in text and any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, loader)):
            raise ValueError("it has aliases")
        return yaml.load(text, loader)

    return _read_object(path, "YAML", load)


def _read_object(path: Path, kind: str, parse: Callable[[str], Any]) -> dict[str, Any]:
    fix = "copy it again; if it is from your own run, move it away and run the same command again"
    try:
        if path.stat().st_size > _LARGEST_OBJECT:
            raise DemoError(f"This file is too large for {kind} of ours.", where=str(path), fix=fix)
        content = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DemoError(f"Cannot read this file: {error.strerror or error}.", where=str(path)) from error
    except (ValueError, RecursionError, MemoryError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DemoError(f"This file is not {kind}: {reason}.", where=str(path), fix=fix) from error
    if not isinstance(content, dict):
        raise DemoError(f"This file has no {kind} object.", where=str(path), fix=fix)
    return content


def checksums(*paths: Path) -> dict[str, str]:
    """SHA-256 of each file, in hexadecimal, by name.

    Raises:
        DemoError: one is not a regular file, such as a pipe, which would block.
    """
    sums = {}
    for path in paths:
        if not path.is_file():
            raise DemoError("This is not a regular file.", where=str(path), fix="write its content to a file first")
        with open(path, "rb") as file:
            sums[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums


def _cannot_write(path: Path, error: OSError) -> DemoError:
    return DemoError(
        f"Cannot write here: {error.strerror or error}.",
        where=str(path),
        fix=_FIXES.get(error.errno or 0, "write somewhere else"),
    )


def _is_written_directly(path: Path) -> bool:
    """Whether ``path`` exists and is not a file or folder, which could be replaced."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    of_a_process = str(path).startswith(("/dev/std", "/dev/fd/", "/proc/"))
    return of_a_process or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _new_part(folder: Path) -> IO[bytes]:
    """A new temporary file, locked while open, which tells ``remove_leftovers`` that its writer is alive."""
    _tidy(folder)
    while True:
        part = open(folder / f".demo-{secrets.token_hex(4)}.part", "xb")  # noqa: SIM115
        # Continue without a lock on file systems that have none.
        with suppress(OSError):
            fcntl.flock(part, fcntl.LOCK_EX)
        if os.path.exists(part.name):
            return part
        # It was removed before we locked it.
        part.close()


@cache
def _tidy(folder: Path) -> None:
    """``remove_leftovers``, once per process."""
    remove_leftovers(folder)


def _flush_to_disk(path: Path) -> None:
    """Flush a file or folder to disk."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:
        # A folder may be writable but not readable.
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot flush a folder.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


def _is_about(error: OSError, temporary: Path, path: Path) -> bool:
    """Whether ``error`` comes from writing ``path``. A failed ``write()`` names no file, so its errno has to tell."""
    if error.filename is None:
        return error.errno in _FIXES
    named = Path(os.fsdecode(error.filename))
    return named in (temporary, path) or named in path.parents or bool(_PART.fullmatch(named.name))


def _remove(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        # If the folder itself is the problem (not a folder, read-only), nothing was written, and the relevant
        # error has already been raised.
        return

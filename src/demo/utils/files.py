"""Files: written whole or not at all, kept for one process, and told apart by their checksums."""

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

_NO_SPACE = "make room on the disk (or in your quota), or write somewhere else"
_NO_PERMISSION = "write to a folder that you own, or change its permissions"
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
"""Bytes of a JSON or YAML file; those that we write have some hundred thousand."""
_SCRATCH = "deep-motif-"

_PART = re.compile(r"\.demo-[0-9a-f]{8}\.part")
"""Names of temporary files: no pattern for results, such as ``*.png``, fits them."""


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path to write to; flush it to the disk and rename it to ``path`` when the block ends well.

    The temporary file is there already, empty, in the folder of ``path``, which is made if need be. It does not have
    the ending of ``path``: a writer that goes by it is to be told the format. When the block raises, the temporary
    file is removed and what was at ``path`` stays; when the process dies, ``remove_leftovers`` removes it. Two
    processes may write the same ``path``: the later one wins. A symbolic link is followed. A device, a pipe and a
    file descriptor (``/dev/fd/3``) are written to directly.

    Raises:
        DemoError: the file cannot be written (no space, no permission, a path that cannot be); says which. Other
            exceptions of the block, and an ``OSError`` about some other file, come out as they are.
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
            # Without it, a power cut may leave the new name and not the content. Not by `part`: the writer may have
            # put another file in its place.
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


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where they are not there; they survive a power cut."""
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
            # Where another process is writing it, has finished it or has removed it by now, all is well.
            with suppress(OSError), open(path, "rb") as part:
                fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def files_in(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that a pattern fits, by name; hidden ones, such as half-written files, are none."""
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def use_own_scratch() -> None:
    """Give this process a folder for temporary files below ``TMPDIR``, and remove those of processes that died.

    It is for what libraries leave when they are killed, such as W&B's media. The folder goes when the process ends.
    """
    with suppress(OSError):
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH))
        lock = open(scratch / ".lock", "xb")  # noqa: SIM115
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for other in scratch.parent.glob(f"{_SCRATCH}*/.lock"):
            # Where its process lives, or the folder is another user's, it stays.
            with suppress(OSError), open(other, "rb") as its_lock:
                fcntl.flock(its_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(other.parent)
        tempfile.tempdir = str(scratch)
        # The argument keeps the lock open.
        atexit.register(lambda lock: shutil.rmtree(scratch, ignore_errors=True), lock)


def check_not_input(output: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str] | None]) -> None:
    """See that an output would not replace one of the inputs, by whatever name.

    Raises:
        DemoError: it would.
    """
    for path in inputs:
        if path is not None and os.path.isfile(output) and os.path.isfile(path) and os.path.samefile(output, path):
            raise DemoError("The output would replace an input.", where=str(path), fix="write to another file")


@contextmanager
def others_write_to(folder: Path) -> Iterator[None]:
    """Where libraries write to ``folder``: what the disk refuses them is a ``DemoError``.

    Raises:
        DemoError: there is no space or no permission; other exceptions come out as they are.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FIXES:
            raise
        raise _cannot_write(folder, error) from error


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Keep a lock file for this process until the block ends. The lock dies with the process, however that ends.

    Args:
        path: the lock file; made where it is not there, and left there.
        wait: until another process has let go of it.

    Yields:
        Whether we have it; always where we wait.

    Raises:
        DemoError: the file cannot be made.
    """
    try:
        make_folder(path.parent)
        # Never replaced: two processes would then hold locks on two files of one name.
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
    """Write UTF-8 text with the line ends it has, whole or not at all.

    Raises:
        DemoError: the file cannot be written.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object, whole or not at all; NaN is an error, since it is no JSON."""
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        DemoError: it cannot be read, or is no JSON object.
    """
    return _read_object(path, "JSON", json.loads)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping from a file as plain values: no Python objects, no interpolations, no aliases.

    Raises:
        DemoError: it cannot be read, or is no YAML mapping.
    """
    # C's parser: a study reads hundreds of these.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def load(text: str) -> Any:
        # Nothing that we write has any, and a page of them can stand for gigabytes.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, loader)):
            raise ValueError("it holds aliases")
        return yaml.load(text, loader)

    return _read_object(path, "YAML", load)


def _read_object(path: Path, kind: str, parse: Callable[[str], Any]) -> dict[str, Any]:
    fix = "copy it again; of a run of yours, move it away and run the same command again"
    try:
        if path.stat().st_size > _LARGEST_OBJECT:
            raise DemoError(f"This file is too large for {kind} of ours.", where=str(path), fix=fix)
        content = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DemoError(f"Cannot read this file: {error.strerror or error}.", where=str(path)) from error
    except (ValueError, RecursionError, MemoryError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DemoError(f"This file is no {kind}: {reason}.", where=str(path), fix=fix) from error
    if not isinstance(content, dict):
        raise DemoError(f"This file holds no {kind} object.", where=str(path), fix=fix)
    return content


def checksums(*paths: Path) -> dict[str, str]:
    """SHA-256 of each file, in hexadecimal, by its name.

    Raises:
        DemoError: one is not a regular file: a pipe would have to be waited for.
    """
    sums = {}
    for path in paths:
        if not path.is_file():
            raise DemoError("This is not a regular file.", where=str(path), fix="write what it holds to a file first")
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
    """Whether ``path`` is there and is no file or folder of its own, which could be replaced by a new one."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    of_a_process = str(path).startswith(("/dev/std", "/dev/fd/", "/proc/"))
    return of_a_process or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _new_part(folder: Path) -> IO[bytes]:
    """A new temporary file, locked as long as it is open: that tells ``remove_leftovers`` that its writer lives."""
    _tidy(folder)
    while True:
        part = open(folder / f".demo-{secrets.token_hex(4)}.part", "xb")  # noqa: SIM115
        # A file system without locks takes the file all the same.
        with suppress(OSError):
            fcntl.flock(part, fcntl.LOCK_EX)
        if os.path.exists(part.name):
            return part
        # It was removed before it was locked.
        part.close()


@cache
def _tidy(folder: Path) -> None:
    """``remove_leftovers``, once in the life of this process."""
    remove_leftovers(folder)


def _flush_to_disk(path: Path) -> None:
    """Have the system write a file or folder to the disk now."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:
        # A folder may be written to and not be read.
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
    """Whether ``error`` comes from writing ``path``. A failed ``write()`` names no file: its number has to tell."""
    if error.filename is None:
        return error.errno in _FIXES
    named = Path(os.fsdecode(error.filename))
    return named in (temporary, path) or named in path.parents or bool(_PART.fullmatch(named.name))


def _remove(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        # Where the folder itself is the trouble (not a folder, read-only) nothing was written, and the error that
        # matters is already on its way.
        return

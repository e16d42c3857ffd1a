"""Files: written whole or not at all, kept for one process, and told apart by their checksums."""

import errno
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
    errno.ENAMETOOLONG: "give the file a shorter name",
}


_LARGEST_OBJECT = 64 << 20
"""Bytes of a JSON or YAML file; those that we write have some hundred thousand."""


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path to write to; rename it to ``path`` when the block ends well.

    The temporary file lies in the folder of ``path`` (which is made if need be), begins with a dot and keeps the ending
    of ``path``, for writers that look at it (``savefig``, ``np.savez``). When the block raises, the temporary file is
    removed and what was at ``path`` stays. Two processes may write the same ``path``: the later one wins.

    Raises:
        DemoError: the file cannot be written (no space, no permission, a path that cannot be); says which. Other
            exceptions of the block, and an ``OSError`` about some other file, come out as they are.
    """
    path = Path(path)
    temporary = path.with_name(f".{secrets.token_hex(4)}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if not _is_about(error, temporary, path):
            raise
        raise _cannot_write(path, error) from error
    finally:
        _remove(temporary)


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
        path.parent.mkdir(parents=True, exist_ok=True)
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
    """SHA-256 of each file, in hexadecimal, by its name."""
    sums = {}
    for path in paths:
        with open(path, "rb") as file:
            sums[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums


def _cannot_write(path: Path, error: OSError) -> DemoError:
    return DemoError(
        f"Cannot write here: {error.strerror or error}.",
        where=str(path),
        fix=_FIXES.get(error.errno or 0, "write somewhere else"),
    )


def _is_about(error: OSError, temporary: Path, path: Path) -> bool:
    """Whether ``error`` comes from writing ``path``. A failed ``write()`` names no file: its number has to tell."""
    if error.filename is None:
        return error.errno in _FIXES
    named = Path(os.fsdecode(error.filename))
    return named in (temporary, path) or named in path.parents


def _remove(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        # Where the folder itself is the trouble (not a folder, read-only) nothing was written, and the error that
        # matters is already on its way.
        return

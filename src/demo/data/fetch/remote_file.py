"""A zip archive on an HTTP server: read in parts as if it were on disk, or downloaded whole if necessary."""

import http.client
import io
import logging
import re
import socket
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn, TypeVar

from tqdm import tqdm

from demo.data.fetch.archive import opened
from demo.utils.errors import DemoError
from demo.utils.files import atomic_write

PART = 1 << 20
"""Bytes per request."""
TRIES = 5
FIRST_PAUSE = 1.0
"""Seconds before a failed request is repeated; doubled each time."""

_PIECE = 1 << 16
_TIMEOUT = 30
_FAILURES = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


def open_remote(url: str, folder: Path) -> BinaryIO:
    """The zip archive at ``url``, seekable. If the server cannot send parts of it, it is downloaded to ``folder``.

    A downloaded archive is kept and reused without asking the server as long as it is complete.

    Raises:
        DemoError: there is no network or no such file, it is not a zip archive, or the connection fails repeatedly.
    """
    name = re.sub(r"[^\w.-]+", "_", url.rstrip("/").rpartition("/")[2]).strip(".")
    downloaded = folder / f"{name.removesuffix('.zip') or 'archive'}.zip"
    if _is_whole(downloaded):
        _log.info("Using the archive downloaded earlier: %s", downloaded)
        return open(downloaded, "rb")
    version = _retried(url, lambda: _version_in_parts(url))
    if version is not None:
        return io.BufferedReader(_RemoteFile(url, version), PART)
    _log.info("This server cannot send parts of a file: downloading all of it to %s.", downloaded)
    with atomic_write(downloaded) as part:
        _retried(url, lambda: _download(url, part))
        # Before renaming it: a web page or half an archive would be taken for the archive next time.
        with open(part, "rb") as file, opened(file, url):
            pass
    return open(downloaded, "rb")


def _is_whole(archive: Path) -> bool:
    """Whether a file is a zip archive that includes its end, with the table of contents."""
    return archive.is_file() and zipfile.is_zipfile(archive)


class _Version(NamedTuple):
    """Identifies the version of the file on the server."""

    size: int
    tag: str | None


class _RemoteFile(io.RawIOBase):
    """A file on a server that supports range requests."""

    def __init__(self, url: str, version: _Version) -> None:
        self._url, self._version, self._size, self._at = url, version, version.size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        received = _retried(self._url, lambda: self._receive(self._at, end))
        buffer[: len(received)] = received
        self._at += len(received)
        # A short read is not the end of the file: the reader asks for the rest, which resumes a broken download.
        return len(received)

    def _receive(self, start: int, end: int) -> bytes:
        """The bytes of [start, end) that the server sends before breaking off, at least one."""
        with _request(self._url, {"Range": f"bytes={start}-{end - 1}"}) as response:
            if _version(response) != self._version:
                raise DemoError(
                    "The file on the server changed while it was being read.", where=self._url, fix="start again"
                )
            received = bytearray()
            try:
                while len(received) < end - start and (
                    piece := response.read(min(_PIECE, end - start - len(received)))
                ):
                    received += piece
            except _FAILURES:
                if not received:
                    raise
        if not received:
            raise ConnectionError("the server sent nothing")
        return bytes(received)


def _version_in_parts(url: str) -> _Version | None:
    """The file; ``None`` if the server ignores range requests."""
    with _request(url, {"Range": "bytes=0-0"}) as response:
        return _version(response)


def _version(response: http.client.HTTPResponse) -> _Version | None:
    total = re.fullmatch(r"bytes \d+-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if response.status != http.HTTPStatus.PARTIAL_CONTENT or total is None:
        return None
    return _Version(int(total.group(1)), response.headers.get("ETag") or response.headers.get("Last-Modified"))


def _download(url: str, path: Path) -> None:
    with _request(url, {}) as response, open(path, "wb") as file:
        stated = response.headers.get("Content-Length", "")
        expected = int(stated) if stated.isdecimal() else None
        with tqdm(total=expected, unit="B", unit_scale=True, disable=None) as bar:
            while part := response.read(PART):
                file.write(part)
                bar.update(len(part))
        if expected is not None and file.tell() != expected:
            raise ConnectionError(f"the server broke off after {file.tell():,} of {expected:,} bytes")


def _request(url: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    return urllib.request.urlopen(
        urllib.request.Request(url, headers={"User-Agent": "deep-motif", **headers}), timeout=_TIMEOUT
    )


def _retried(url: str, attempt: Callable[[], _Result]) -> _Result:
    """The result of ``attempt``, which is repeated when the connection fails."""
    for number in range(TRIES):
        try:
            return attempt()
        except _FAILURES as error:
            if number == TRIES - 1 or _is_final(error):
                _give_up(url, error)
            _log.info("The connection failed (%s); retrying.", error)
            time.sleep(FIRST_PAUSE * 2**number)
    raise AssertionError("unreachable")


def _is_final(error: Exception) -> bool:
    """Whether retrying is useless: the server refused, its name is unknown, or the URL is invalid."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, http.client.InvalidURL) or isinstance(getattr(error, "reason", None), socket.gaierror)


def _give_up(url: str, error: Exception) -> NoReturn:
    if isinstance(error, urllib.error.HTTPError):
        what = f"The server has no such file ({error.code} {error.reason})."
    else:
        what = f"The archive cannot be downloaded: {getattr(error, 'reason', error)}."
    raise DemoError(what, where=url) from error

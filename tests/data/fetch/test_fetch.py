"""``python fetch.py`` against a local server: one that breaks off, one that sends no parts, one without the file."""

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from demo.commands.fetch import FETCHED, fetch_command
from demo.data.catalogue import on_disk
from demo.data.fetch import remote_file
from demo.sequences import decode
from demo.utils.errors import DemoError

ROOT = Path(__file__).resolve().parents[3]
ARID3A = "ARID3A_K562_ARID3A_(sc-8821)_Stanford"
NAMES = ("CTCF_K562_CTCF_UW", "CTCFL_K562_CTCFL_(SC-98982)_HudsonAlpha", ARID3A, "CTCF_GM12878_CTCF_Broad")


def file_of(name: str, seed: int) -> bytes:
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (300, 101)).astype(np.uint8)
    rows = [f"A\tseq_{i:05d}_peak\t{letters}\t1" for i, letters in enumerate(decode(codes))]
    return gzip.compress("\n".join(["FoldID\tEventID\tseq\tBound", *rows, ""]).encode(), mtime=0)


FILES = {f"{name}{end}": file_of(name, i) for i, name in enumerate(NAMES) for end in ("_AC.seq.gz", "_B.seq.gz")}


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nbt3300-code/README.txt", "DEEPBIND training scripts")
        for name, data in files.items():
            archive.writestr(f"nbt3300-code/data/encode/{name}", data)
    return content.getvalue()


ARCHIVE = zipped(FILES)
HEADER = b"FoldID\tEventID\tseq\tBound\n"


def encrypted(archive: bytes) -> bytes:
    """The archive with the flag of encryption at every entry."""
    content = bytearray(archive)
    for signature, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + flag] |= 1
            at = content.find(signature, at + 4)
    return bytes(content)


class Server:
    """What a test's server does, and what was asked of it.

    Attributes:
        parts: whether it sends parts of a file.
        breaks_after: bytes of a response after which it breaks the connection; ``None`` for never.
        breaks_left: how many more responses it breaks.
        sent: bytes of content sent.
    """

    def __init__(self, content: bytes = ARCHIVE) -> None:
        self.content = content
        self.parts = True
        self.breaks_after: int | None = None
        self.breaks_left = 1_000_000
        self.status = 200
        self.sent = 0
        self.url = ""

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers.get("Range", ""))
        if self.status != 200 or not handler.path.endswith("/encode.zip"):
            handler.send_error(self.status if self.status != 200 else 404)
            return
        body = self.content
        if asked and self.parts:
            start, end = int(asked.group(1)), int(asked.group(2))
            body = self.content[start : end + 1]
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{start + len(body) - 1}/{len(self.content)}")
        else:
            handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if self.breaks_after is not None and self.breaks_left and len(body) > self.breaks_after:
            body, self.breaks_left = body[: self.breaks_after], self.breaks_left - 1
        self.sent += len(body)
        handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server()) as it:
        yield it


@contextmanager
def serving(it: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # The client closes when it has seen enough: a server that sends no parts is not read to its end.
            with suppress(ConnectionError):
                it.respond(self)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        it.url = f"http://127.0.0.1:{http.server_address[1]}/nbtcode/encode.zip"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield it
        finally:
            http.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_file, "FIRST_PAUSE", 0.0)


def fetch(url: str, out: Path, *overrides: str) -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        fetch_command(compose("fetch", [f"url={url}", f"out={out}", *overrides]))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != FETCHED}


def test_all_sets(server: Server, tmp_path: Path) -> None:
    fetch(server.url, tmp_path)
    assert contents(tmp_path) == FILES
    assert all(data_set.complete for data_set in on_disk(tmp_path)) and len(on_disk(tmp_path)) == 4


def test_only_what_is_asked_for_is_downloaded(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_file, "PART", 4096)
    fetch(server.url, tmp_path, "tf=CTCF", "cell=k562")
    assert contents(tmp_path) == {name: data for name, data in FILES.items() if name.startswith("CTCF_K562_CTCF_UW")}
    # Two of eight files, and the archive's directory.
    assert server.sent < 0.4 * len(ARCHIVE)
    fetch(server.url, tmp_path, f"tf=[ctcfl,{ARID3A.replace('(', '-').replace(')', '-')}]")
    assert len(contents(tmp_path)) == 6 and contents(tmp_path).items() <= FILES.items()


def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_file, "PART", 4096)
    fetch(server.url, tmp_path)
    (tmp_path / f"{ARID3A}_B.seq.gz").unlink()
    server.sent = 0
    fetch(server.url, tmp_path)
    assert contents(tmp_path) == FILES
    assert server.sent < 0.3 * len(ARCHIVE)


def test_a_server_that_breaks_off_is_asked_for_the_rest(server: Server, tmp_path: Path) -> None:
    server.breaks_after = 5000
    fetch(server.url, tmp_path)
    assert contents(tmp_path) == FILES
    assert server.sent < 1.5 * len(ARCHIVE), "the rest, not everything again"
    assert server.breaks_left < 1_000_000 - 10


def test_a_server_that_sends_nothing_any_more_is_given_up_and_the_next_command_goes_on(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_file, "PART", 4096)
    respond = server.respond

    def until_half_is_sent(handler: BaseHTTPRequestHandler) -> None:
        server.breaks_after = 0 if server.sent > len(ARCHIVE) / 2 else None
        respond(handler)

    monkeypatch.setattr(server, "respond", until_half_is_sent)
    with pytest.raises(DemoError, match=r"(?s)sent nothing.*resumes.*Without a network.*nbtcode"):
        fetch(server.url, tmp_path)
    half = contents(tmp_path)
    assert 1 <= len(half) < len(FILES) and half.items() <= FILES.items(), "whole files only"
    server.sent = -10 * len(ARCHIVE)
    fetch(server.url, tmp_path)
    assert contents(tmp_path) == FILES
    assert server.sent + 10 * len(ARCHIVE) < 0.8 * len(ARCHIVE)


def test_a_server_that_sends_no_parts(server: Server, tmp_path: Path) -> None:
    server.parts = False
    server.breaks_after, server.breaks_left = 10_000, 3
    fetch(server.url, tmp_path, "tf=ARID3A")
    assert contents(tmp_path).keys() == {f"{ARID3A}_AC.seq.gz", f"{ARID3A}_B.seq.gz", "encode.zip"}
    # The archive is kept: another set needs no network.
    server.status = 503
    fetch(server.url, tmp_path)
    assert contents(tmp_path) == {**FILES, "encode.zip": ARCHIVE}


def test_a_server_that_sends_no_parts_and_breaks_off_each_time(server: Server, tmp_path: Path) -> None:
    server.parts, server.breaks_after = False, 10_000
    with pytest.raises(DemoError, match=r"(?s)broke off after 10,000 of .*Without a network"):
        fetch(server.url, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("parts", [True, False])
def test_a_login_page_is_not_taken_for_the_archive_nor_kept(tmp_path: Path, parts: bool) -> None:
    with serving(Server(b"<!DOCTYPE html><html><body>Log in</body></html>")) as server:
        server.parts = parts
        with pytest.raises(DemoError, match=r"(?s)web page, not a zip archive.*browser"):
            fetch(server.url, tmp_path)
        assert not list(tmp_path.iterdir())
        server.content = ARCHIVE
        fetch(server.url, tmp_path, "tf=CTCFL")
    assert contents(tmp_path).keys() - {"encode.zip"} == {f"{NAMES[1]}_AC.seq.gz", f"{NAMES[1]}_B.seq.gz"}


def test_half_an_archive_that_lies_there_is_not_used(server: Server, tmp_path: Path) -> None:
    server.parts = False
    (tmp_path / "encode.zip").write_bytes(ARCHIVE[: len(ARCHIVE) // 2])
    fetch(server.url, tmp_path)
    assert contents(tmp_path) == {**FILES, "encode.zip": ARCHIVE}


def test_a_file_that_changes_on_the_server_is_noticed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_file, "PART", 4096)
    respond = server.respond

    def changing(handler: BaseHTTPRequestHandler) -> None:
        handler.send_header = lambda name, value, send=handler.send_header: send(  # type: ignore[method-assign]
            *(("ETag", f'"{server.sent // 20_000}"') if name == "Content-Length" else (name, value))
        )
        respond(handler)

    monkeypatch.setattr(server, "respond", changing)
    with pytest.raises(DemoError, match="changed while it was being read"):
        fetch(server.url, tmp_path)


def test_checksums_of_what_was_fetched_are_kept_and_compared(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"{ARID3A}_B.seq.gz"
    fetch(server.url, tmp_path)
    noted = json.loads((tmp_path / FETCHED).read_text())
    assert noted.keys() == FILES.keys() and noted[name]["sha256"] == hashlib.sha256(FILES[name]).hexdigest()
    assert noted[name]["url"] == server.url and noted[name]["bytes"] == len(FILES[name])
    (tmp_path / name).unlink()
    fetch(server.url, tmp_path)
    assert "differs from what was fetched" not in caplog.text
    (tmp_path / name).unlink()
    server.content = zipped({**FILES, name: file_of(ARID3A, 99)})
    fetch(server.url, tmp_path)
    assert f"{name} differs from what was fetched from {server.url} before" in caplog.text


def test_no_change_of_a_byte_goes_unnoticed(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    small = {name: gzip.compress(HEADER + b"A\ts1\tACGTACGT\t1\n", mtime=0) for name in list(FILES)[:2]}
    archive = zipped(small)
    for number in range(60):
        content = bytearray(archive)
        for _ in range(1 + number % 3):
            content[random.integers(len(content))] = random.integers(256)
        path = tmp_path / f"{number}.zip"
        path.write_bytes(content)
        with suppress(DemoError):
            fetch(str(path), tmp_path / str(number))
        for name, data in contents(tmp_path / str(number)).items() if (tmp_path / str(number)).exists() else ():
            assert data in small.values(), f"{number}: {name}"


def test_no_such_file_on_the_server(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"(?s)no such file \(404.*Without a network: download the archive of http"):
        fetch(server.url.replace("encode.zip", "other.zip"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_server_in_trouble_is_asked_again(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    respond, refusals = server.respond, [503, 503]

    def at_first_refused(handler: BaseHTTPRequestHandler) -> None:
        server.status = refusals.pop() if refusals else 200
        respond(handler)

    monkeypatch.setattr(server, "respond", at_first_refused)
    fetch(server.url, tmp_path, "tf=CTCF")
    assert len(contents(tmp_path)) == 4


def test_no_network_at_all(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "fetch.py"), "url=http://no-such-host.invalid/encode.zip", f"out={tmp_path}"],
        capture_output=True, text=True, timeout=60, env=os.environ,
    )  # fmt: skip
    assert done.returncode == 2 and "Traceback" not in done.stderr
    for words in ("cannot be downloaded", "no-such-host.invalid", "Without a network", "_AC.seq.gz", str(tmp_path)):
        assert words in done.stderr


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("nowhere.zip", "no such file"),
        ("ftp://x.org/encode.zip", "no such file"),
        ("5", "no such file"),
        ("http://127.0.0.1:99999/encode.zip", "cannot be downloaded"),
        ('"http://127.0.0.1/a b.zip"', "cannot be downloaded"),
        ("http://127.0.0.1:9/encode.zip", r"(?s)cannot be downloaded: .*refused.*Without a network"),
    ],
)
def test_addresses_that_are_none(tmp_path: Path, url: str, what: str) -> None:
    with pytest.raises(DemoError, match=what):
        fetch(url, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_archive_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "mit Umlaut ä.zip"
    path.write_bytes(ARCHIVE)
    fetch(f'"{path}"', tmp_path / "data", "tf=CTCFL")
    assert len(contents(tmp_path / "data")) == 2


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (ARCHIVE[:-200], "not a zip archive, or it is damaged"),
        (b"<html>Moved</html>", "web page, not a zip archive"),
        (
            zipped({"MAX_K562_x_AC.seq.gz": gzip.compress(b"<html>\n<p></p>\n")}),
            "AC.seq.gz is damaged.*column",
        ),
        (zipped({"MAX_K562_x_AC.seq.gz": gzip.compress(HEADER + b"A\ts\tAC!T\t1\n")}), "AC.seq.gz is damaged"),
        (zipped({"MAX_K562_x_AC.seq.gz": gzip.compress(HEADER + b"A" * 3_000_000)}), "more than 1,048,576 bytes"),
        (encrypted(ARCHIVE), "is encrypted in the archive"),
        (ARCHIVE.replace(FILES[f"{ARID3A}_B.seq.gz"][200:230], bytes(30)), "damaged|error"),
        (zipped({"notes.txt": b"x"}), r"(?s)no data sets.*README"),
        (zipped({"MAX_K562_x_AC.seq.gz": gzip.compress(b"FoldID\n")[:-4]}), "MAX_K562_x_AC.seq.gz is damaged in the"),
        (zipped({"MAX_K562_x_AC.seq.gz": b"FoldID\tEventID\tseq\tBound\n"}), "not gzipped"),
    ],
    ids=[
        "cut off",
        "web page",
        "web page inside",
        "odd letter",
        "endless line",
        "encrypted",
        "byte changed",
        "other files",
        "cut off inside",
        "not gzipped inside",
    ],
)
def test_damaged_archives(tmp_path: Path, content: bytes, what: str) -> None:
    if content == ARCHIVE:
        middle = len(ARCHIVE) // 2
        content = ARCHIVE[:middle] + bytes(30) + ARCHIVE[middle + 30 :]
    with serving(Server(content)) as server, pytest.raises(DemoError, match=what):
        fetch(server.url, tmp_path)
    assert contents(tmp_path).items() <= FILES.items(), "nothing damaged gets its name"


def test_names_that_the_archive_has_not(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"(?s)no data set of CTFC\..*CTCF"):
        fetch(server.url, tmp_path, "tf=CTFC")
    with pytest.raises(DemoError, match="no data set of CTCF in HeLa-S3"):
        fetch(server.url, tmp_path, "tf=CTCF", "cell=HeLa-S3")


def test_other_files_of_these_names_are_not_written_over(server: Server, tmp_path: Path) -> None:
    mine = tmp_path / f"{ARID3A}_B.seq.gz"
    mine.write_bytes(b"my own")
    with pytest.raises(DemoError, match=r"(?s)Other files with these names.*force=true"):
        fetch(server.url, tmp_path)
    assert contents(tmp_path) == {mine.name: b"my own"}
    fetch(server.url, tmp_path, "force=true")
    assert contents(tmp_path) == FILES

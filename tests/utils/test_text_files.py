import gzip
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given

from any_bytes import MANY, noise_or_mutations
from demo.utils.errors import DemoError
from demo.utils.text_files import input_file, is_gzipped, iterate_lines

TEXT = "one\n\n  \ntwo \nthrée\n".encode()
LINES = [(1, "one"), (4, "two "), (5, "thrée")]


def put(folder: Path, content: bytes) -> Path:
    path = folder / "Datei ä.txt"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["Unix", "Windows", "old Mac"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_lines_that_are_not_blank_with_their_numbers(tmp_path: Path, end: bytes, zipped: bool, mark: bytes) -> None:
    content = mark + TEXT.replace(b"\n", end)
    path = put(tmp_path, gzip.compress(content) if zipped else content)
    assert list(iterate_lines(path, "text")) == LINES
    assert is_gzipped(path) == zipped


def test_plain_text_where_only_gzipped_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"(?s)not gzipped.*The format is a table"):
        list(iterate_lines(put(tmp_path, TEXT), "a table", only_gzipped=True))


def test_a_gzipped_file_in_several_parts_is_read_to_its_end(tmp_path: Path) -> None:
    # As bgzip and cat make them.
    path = put(tmp_path, gzip.compress(b"one\ntw") + gzip.compress(b"o\n") + gzip.compress(b""))
    assert list(iterate_lines(path, "text")) == [(1, "one"), (2, "two")]


@pytest.mark.parametrize(
    ("content", "what", "where"),
    [
        (b"", "This file is empty", ""),
        (b"\n\r\n \n", "^This file has no lines", ""),
        (gzip.compress(b"\n"), "^This gzipped file has no lines", ""),
        (TEXT + b"\xe9\n", "byte 0xe9 here is not text", ", line 6"),
        ("one\n".encode("utf-16"), "byte 0xff here is not text", ", line 1"),
        (gzip.compress(TEXT)[:-3], "truncated", ""),
        (gzip.compress(TEXT)[:15], "truncated", ""),
        (gzip.compress(TEXT) + b"more", "damaged", ""),
        (b"\x1f\x8b\x08", "truncated", ""),
    ],
)
def test_damage_is_said(tmp_path: Path, content: bytes, what: str, where: str) -> None:
    path = put(tmp_path, content)
    with pytest.raises(DemoError, match=what) as caught:
        list(iterate_lines(path, "text"))
    assert caught.value.where == f"{path}{where}"


def test_lines_before_the_damage_are_given(tmp_path: Path) -> None:
    lines = "".join(f"line {i}\n" for i in range(50_000)).encode()
    path = put(tmp_path, gzip.compress(lines)[:-20])
    read = iterate_lines(path, "text")
    assert next(read) == (1, "line 0")
    with pytest.raises(DemoError, match="truncated"):
        list(read)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    put(tmp_path, TEXT)
    with pytest.raises(DemoError, match=r"(?s)no such file.*Datei ä\.txt"):
        next(iterate_lines(tmp_path / "Datei a.txt", "text"))
    with pytest.raises(DemoError, match="directory"):
        next(iterate_lines(tmp_path, "text"))
    with pytest.raises(DemoError, match="Cannot read this file: embedded null"):
        next(iterate_lines("a\0b", "text"))


def written_to(fifo: Path, content: bytes) -> threading.Thread:
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=[content], daemon=True)
    writer.start()
    return writer


@pytest.mark.parametrize("zipped", [False, True])
def test_a_pipe_can_be_read_again_and_again(tmp_path: Path, zipped: bool) -> None:
    # More than a pipe holds at once.
    text = b"".join(b"line %d\n" % i for i in range(20_000))
    content = gzip.compress(text) if zipped else text
    writer = written_to(tmp_path / "x.txt", content)
    with input_file(tmp_path / "x.txt") as path:
        assert path.name == "x.txt" and path.read_bytes() == content
        for _ in range(2):
            assert sum(1 for _ in iterate_lines(path, "text")) == 20_000
    assert not path.exists() and not path.parent.exists()
    writer.join(10)


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input(tmp_path: Path, name: str) -> None:
    script = (
        "import sys; from demo.utils.text_files import input_file\n"
        "with input_file(sys.argv[1]) as path: print(len(path.read_bytes()), path.name)"
    )

    def read(stdin: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([sys.executable, "-c", script, name], input=stdin, capture_output=True, timeout=60)

    assert read(TEXT * 10_000).stdout == b"%d stdin\n" % (10_000 * len(TEXT))
    assert b"DemoError: Nothing came from standard input" in read(b"").stderr


def test_a_file_is_not_copied_and_the_rest_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, TEXT)
    with input_file(path) as same:
        assert same == path
    for missing in (tmp_path / "none", tmp_path):
        with input_file(missing) as same, pytest.raises(DemoError):
            list(iterate_lines(same, "text"))
    os.mkfifo(tmp_path / "pipe")
    for odd, what in ((tmp_path / "pipe", "This is a pipe, which can be read only once"), ("/dev/zero", "a device")):
        with pytest.raises(DemoError, match=what):
            next(iterate_lines(odd, "text"))


@MANY
@given(noise_or_mutations(TEXT, "one two"))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path, content)
    try:
        lines = list(iterate_lines(path, "text"))
    except DemoError as error:
        assert error.where is not None and str(path) in error.where
    else:
        assert lines and all(line.strip(" \t\r\n\v\f") and "\n" not in line for _, line in lines)

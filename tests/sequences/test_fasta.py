import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given

from any_bytes import MANY, noise_or_mutations
from demo.sequences import encode, iterate_fasta
from demo.utils.errors import DemoError

GOOD = b">one first\nACGTN\n>two\nttac\nGG\n"


def put(folder: Path, content: bytes) -> Path:
    path = folder / "Spitzen für CTCF.fa"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "first_line"),
    [
        (GOOD, 1),
        (gzip.compress(GOOD), 1),
        (GOOD.rstrip(), 1),
        (GOOD.replace(b"\n", b"\r\n"), 1),
        (GOOD.replace(b"\n", b"\r"), 1),
        (b"\xef\xbb\xbf" + GOOD, 1),
        (b"; made by hand\n\n" + GOOD.replace(b"\n", b" \n\n"), 3),
    ],
    ids=["plain", "gzipped", "no last line end", "Windows", "old Mac", "byte-order mark", "blanks and comment"],
)
def test_forms_that_are_read(tmp_path: Path, content: bytes, first_line: int) -> None:
    one, two = iterate_fasta(put(tmp_path, content))
    assert (one.name, one.sequence, two.name, two.sequence) == ("one", "ACGTN", "two", "TTACGG")
    assert (one.ambiguous, two.ambiguous) == (0, 0)
    assert one.line == first_line and two.line > one.line


def test_letters_for_several_bases_are_read_as_n_and_counted(tmp_path: Path) -> None:
    (record,) = iterate_fasta(put(tmp_path, b">rna\nACGUn\nRYK\n"))
    assert (record.sequence, record.ambiguous) == ("ACGTNNNN", 3)
    assert encode([record.sequence]).tolist() == encode(["ACGUnRYK"]).tolist()


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        (b">p\nMEEPQSDPSV\n", "'E' at position 2 .* not a nucleotide", 2),
        (b">a\nACGT\nAC-GT\n", "'-' at position 3", 3),
        (b">a\nACGT\nAC GT\n", "' ' at position 3", 3),
        (b">a\n>b\nACGT\n", "'a' is empty", 1),
        (GOOD + b">last\n\n", "'last' is empty", 6),
        (b">\nACGT\n", "no name", 1),
        (b"ACGT\n>a\nACGT\n", "not FASTA", 1),
        (b"chr1\t10\t20\n", "not FASTA", 1),
        (GOOD + b">three\nAC\xff\n", "0xff here is not text", 7),
        (b"; only a comment\n", "no sequence", None),
        (b"", "This file is empty", None),
        (b"\n \n", "has no lines", None),
        (gzip.compress(b""), "has no lines", None),
        (gzip.compress(GOOD)[:-9], "truncated", None),
        (gzip.compress(GOOD)[:-5] + b"abcde", "damaged", None),
    ],
)
def test_bad_files_are_named(tmp_path: Path, content: bytes, what: str, line: int | None) -> None:
    path = put(tmp_path, content)
    with pytest.raises(DemoError, match=what) as caught:
        list(iterate_fasta(path))
    assert caught.value.where == str(path) + (f", line {line}" if line else "")


def test_no_such_file_names_those_that_are_there(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    with pytest.raises(DemoError, match=r"(?s)no such file.*Spitzen für CTCF\.fa"):
        next(iterate_fasta(tmp_path / "Spitzen fur CTCF.fa"))


def test_one_record_is_in_memory_at_a_time(tmp_path: Path) -> None:
    records = iterate_fasta(put(tmp_path, gzip.compress(b">a\n" + b"ACGT" * 2500 + b"\n") * 500))
    tracemalloc.start()
    try:
        assert sum(len(record.sequence) for record in records) == 5_000_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@MANY
@given(noise_or_mutations(GOOD, "> >a >b ACGT N acgu RYK MEEP ; -"))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path, content)
    try:
        records = list(iterate_fasta(path))
    except DemoError as error:
        assert error.where is not None and str(path) in error.where
    else:
        assert records
        for record in records:
            assert record.name and set(record.sequence) <= set("ACGTN") and record.sequence

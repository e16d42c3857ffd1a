import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from any_bytes import MANY, noise_or_mutations
from demo.sequences import SequenceSet, encode, read_seq_gz, write_seq_gz
from demo.sequences.sequence_set import count_records
from demo.utils.errors import DemoError


@pytest.fixture
def three() -> SequenceSet:
    labels = np.array([1, 0, 1], np.uint8)
    return SequenceSet(["a", "b", "c"], encode(["AAAA", "CCCC", "GGGG"]), labels, {"too short": 2})


def test_size(three: SequenceSet) -> None:
    assert len(three) == 3
    assert three.length == 4


def test_positives_keep_their_order(three: SequenceSet) -> None:
    assert three.positives.ids == ["a", "c"]
    assert three.positives.codes[:, 0].tolist() == [0, 2]
    assert three.positives.labels.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("index", "ids"),
    [
        (slice(1, None), ["b", "c"]),
        ([2, 0, 0], ["c", "a", "a"]),
        (np.array([False, True, False]), ["b"]),
        (np.array([-1]), ["c"]),
        ([], []),
    ],
)
def test_select_takes_names_codes_and_labels_together(three: SequenceSet, index: object, ids: list[str]) -> None:
    selected = three.select(index)  # type: ignore[arg-type]
    assert selected.ids == ids
    assert selected.codes[:, 0].tolist() == ["abc".index(name) for name in ids]
    assert selected.labels.tolist() == [int(name != "b") for name in ids]
    assert selected.skipped == {"too short": 2}


def test_a_selection_is_a_copy(three: SequenceSet) -> None:
    three.select(slice(None)).codes[:] = 3
    assert three.codes[0, 0] == 0


@pytest.mark.parametrize(
    ("ids", "labels"),
    [
        (["a"], np.zeros(2, np.uint8)),
        (["a", "b"], np.zeros(3, np.uint8)),
        (["a", "b"], np.zeros(2)),
        (["a", "b"], np.full(2, 2, np.uint8)),
    ],
)
def test_parts_that_do_not_fit_are_refused(ids: list[str], labels: np.ndarray) -> None:
    with pytest.raises(DemoError):
        SequenceSet(ids, encode(["AC", "GT"]), labels)


HEADER = "FoldID\tEventID\tseq\tBound\n"
GOOD = HEADER + "A\tone\tACGTN\t1\nA\ttwo\tttacg\t0\n"


def put(folder: Path, text: str | bytes) -> Path:
    path = folder / "MINE_AC.seq.gz"
    path.write_bytes(gzip.compress(text if isinstance(text, bytes) else text.encode()))
    return path


def is_good(read: SequenceSet) -> bool:
    return (
        read.ids == ["one", "two"]
        and read.labels.tolist() == [1, 0]
        and read.codes.tolist() == [[0, 1, 2, 3, 4], [3, 3, 0, 1, 2]]
    )


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.rstrip("\n"),
        GOOD.replace("\n", "\r\n"),
        "\n" + GOOD.replace("\n", "\n\n") + "  \n\n",
        "\ufeff" + GOOD,
        "Bound\tseq\tEventID\n1\tACGTN\tone\n0\tTTACG\ttwo\n",
        "FoldID\tEventID\tseq\tBound\tscore\nA\tone\tACGTN\t1\t3.5\nA\ttwo\tTTACG\t0\t\n",
    ],
    ids=["plain", "no last line end", "Windows", "blank lines", "byte-order mark", "other order", "more columns"],
)
def test_forms_that_are_read(tmp_path: Path, text: str) -> None:
    path = put(tmp_path, text)
    assert is_good(read_seq_gz(path))
    assert count_records(path) == 2


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("FoldID\tEventID\tBound\nA\tone\t1\n", "no column 'seq'", 1),
        ("FoldID\tEventID\tseq\nA\tone\tACGT\n", "no column 'Bound'", 1),
        ("FoldID EventID seq Bound\nA one ACGT 1\n", "no column 'EventID'", 1),
        ("EventID\tseq\tseq\tBound\n", "more than one column 'seq'", 1),
        (GOOD + "A\tthree\tACGXT\t1\n", "'X' at position 4", 4),
        (GOOD + "\n\nA\tthree\tACG T\t1\n", "' ' at position 4", 6),
        (GOOD + "A\tthree\tACGT\t1\n", "4 bp, those before it have 5", 4),
        (GOOD + "A\tthree\t\t1\n", "sequence is empty", 4),
        (GOOD + "A\tthree\tACGTA\t2\n", "label .* is '2'", 4),
        (GOOD + "A\tthree\tACGTA\t\n", "label .* is ''", 4),
        (GOOD + "A\tthree\tACGTA\n", "3 fields, the header has 4", 4),
        (GOOD + "A\tthree\tACGTA\t1\t9\n", "5 fields, the header has 4", 4),
        (GOOD.encode() + b"A\t\xff\xfe\tACGTA\t1\n", "0xff here is not text", 4),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, text: str | bytes, what: str, line: int) -> None:
    path = put(tmp_path, text)
    with pytest.raises(DemoError, match=what) as caught:
        read_seq_gz(path)
    assert caught.value.where == f"{path}, line {line}"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "This file is empty"),
        (GOOD.encode(), "not gzipped"),
        (gzip.compress(GOOD.encode())[:-9], "truncated"),
        (gzip.compress(GOOD.encode())[:12], "truncated"),
        (gzip.compress(GOOD.encode())[:-5] + b"abcde", "damaged"),
        (gzip.compress(GOOD.encode()) + b"more", "damaged"),
        (b"\x1f\x8bnot really gzip", "damaged"),
        (gzip.compress(b""), "has no lines"),
        (gzip.compress(b"\r\n\n"), "has no lines"),
        (gzip.compress(HEADER.encode()), "header and no record"),
    ],
)
def test_files_that_are_no_data_set(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "MINE_AC.seq.gz"
    path.write_bytes(content)
    with pytest.raises(DemoError, match=what) as caught:
        read_seq_gz(path)
    assert caught.value.where == str(path)


def test_a_missing_file_names_those_that_are_there(tmp_path: Path) -> None:
    for name in ("CTCF_AC.seq.gz", "CTCF_B.seq.gz", "notes.txt"):
        (tmp_path / name).touch()
    with pytest.raises(DemoError, match="no such file") as caught:
        read_seq_gz(tmp_path / "CTFC_AC.seq.gz")
    assert caught.value.exists is not None
    assert caught.value.exists.startswith("CTCF_AC.seq.gz") and "(3 in that folder)" in caught.value.exists


def test_a_missing_file_in_an_empty_or_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="nothing in that folder"):
        read_seq_gz(tmp_path / "x.seq.gz")
    with pytest.raises(DemoError, match="folder cannot be listed"):
        read_seq_gz(tmp_path / "nowhere" / "x.seq.gz")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="directory"):
        read_seq_gz(tmp_path)


@MANY
@given(noise_or_mutations(GOOD.encode(), "FoldID EventID seq Bound 0 1 A ACGTN ttacg AC-T"), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, zipped: bool) -> None:
    content = gzip.compress(content) if zipped else content
    path = tmp_path / "any_AC.seq.gz"
    path.write_bytes(content)
    try:
        read = read_seq_gz(path)
    except DemoError as error:
        assert error.where is not None and str(path) in error.where
    else:
        assert len(read) == count_records(path) > 0


names = st.text(st.characters(exclude_characters="\t\r\n", exclude_categories=["Cs"]), max_size=10)


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.lists(st.tuples(names, st.text("ACGTN", min_size=n, max_size=n), st.integers(0, 1)), min_size=1)
    )
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back(tmp_path: Path, records: list[tuple[str, str, int]]) -> None:
    ids, letters, labels = (list(column) for column in zip(*records, strict=True))
    written = SequenceSet(ids, encode(letters), np.array(labels, np.uint8))
    write_seq_gz(tmp_path / "x_B.seq.gz", written, fold="B")
    read = read_seq_gz(tmp_path / "x_B.seq.gz")
    assert read.ids == written.ids
    assert (read.codes == written.codes).all() and (read.labels == written.labels).all()


def test_the_same_set_gives_the_same_bytes_in_deepbinds_layout(tmp_path: Path) -> None:
    read = read_seq_gz(put(tmp_path, GOOD))
    write_seq_gz(tmp_path / "a.seq.gz", read)
    write_seq_gz(tmp_path / "b.seq.gz", read)
    assert (tmp_path / "a.seq.gz").read_bytes() == (tmp_path / "b.seq.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.seq.gz").read_bytes()).decode() == GOOD.replace("ttacg", "TTACG")


def test_a_name_that_the_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="tab or a line end"):
        write_seq_gz(tmp_path / "x.seq.gz", SequenceSet(["a\tb"], encode(["ACGT"]), np.ones(1, np.uint8)))
    assert os.listdir(tmp_path) == []


def test_a_place_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    read = read_seq_gz(put(tmp_path, GOOD))
    with pytest.raises(DemoError, match="Cannot write"):
        write_seq_gz(tmp_path / "MINE_AC.seq.gz" / "x.seq.gz", read)


def test_real_training_and_test_files(shared: Path) -> None:
    folder = shared / "data" / "encode"
    training = read_seq_gz(folder / "MYC_H1-hESC_c-Myc_Stanford_AC.seq.gz")
    assert (len(training), training.length, training.labels.min()) == (4051, 101, 1)
    assert training.codes.max() == 3
    test = read_seq_gz(folder / "MYC_H1-hESC_c-Myc_Stanford_B.seq.gz")
    assert (len(test), len(test.positives)) == (1000, 500)
    assert count_records(folder / "MYC_H1-hESC_c-Myc_Stanford_AC.seq.gz") == 4051

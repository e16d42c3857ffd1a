import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from any_bytes import MANY, noise_or_mutations
from demo.motifs import (
    Motif,
    laplace_smoothing,
    read_jaspar,
    read_meme,
    read_transfac,
    write_jaspar,
    write_meme,
    write_transfac,
)
from demo.utils.errors import DemoError

FORMATS = {
    "meme": (read_meme, write_meme),
    "jaspar": (read_jaspar, write_jaspar),
    "transfac": (read_transfac, write_transfac),
}
HEADER = "MEME version 4\n\nALPHABET= ACGT\n\nBackground letter frequencies\nA 0.3 C 0.2 G 0.2 T 0.3\n\n"
ROWS = "0.1 0.2 0.3 0.4\n0.7 0.1 0.1 0.1"

names = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
alt_names = st.text("abXY0:(). ", max_size=12).map(str.strip)
weights = arrays(np.float64, st.tuples(st.integers(1, 6), st.just(4)), elements=st.floats(0.0, 100.0))
motifs = st.builds(
    lambda name, alt, counts, nsites: Motif(name, laplace_smoothing(counts, 0.01), nsites, alt_name=alt),
    names,
    alt_names,
    weights,
    st.floats(0.5, 1e6),
)
WORDS = {
    "meme": "MOTIF URL letter-probability matrix: w= nsites= alength= 0.25 0.5 1 inf nan 1e308 ALPHABET= MEME "
    "version 4 Background letter frequencies A C G T",
    "jaspar": "> >a [ ] A C G T 0 1 1e308 1e-320 nan",
    "transfac": "AC ID P0 PO A C G T // XX 01 02 0 1 1e308 nan DE",
}


def read_text(reader, tmp_path: Path, text: str | bytes) -> list[Motif]:
    path = tmp_path / "motifs.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return reader(path)


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(motifs, min_size=1, max_size=3))
def test_round_trip(kind, written, tmp_path):
    reader, writer = FORMATS[kind]
    writer(tmp_path / "m", written)
    read = reader(tmp_path / "m")
    assert [(m.name, m.alt_name) for m in read] == [(m.name, m.alt_name) for m in written]
    for ours, theirs in zip(read, written, strict=True):
        np.testing.assert_allclose(ours.ppm, theirs.ppm, atol=1e-6)
        assert ours.nsites == pytest.approx(theirs.nsites, rel=1e-6)


def test_round_trip_keeps_the_background_in_meme(tmp_path):
    background = np.array([0.3, 0.2, 0.2, 0.3])
    write_meme(tmp_path / "m", [Motif("m", [[1, 0, 0, 0]], background=background)])
    assert read_meme(tmp_path / "m")[0].background.tolist() == background.tolist()
    with pytest.raises(DemoError, match="one background"):
        write_meme(tmp_path / "n", [Motif("m", [[1, 0, 0, 0]], background=background), Motif("n", [[1, 0, 0, 0]])])
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize("kind", FORMATS)
@MANY
@given(data=st.data())
def test_any_bytes_are_read_or_refused(kind, data, tmp_path):
    reader, writer = FORMATS[kind]
    writer(tmp_path / "good", [Motif("m", [[0.7, 0.1, 0.1, 0.1], [0, 0, 1, 0]], alt_name="x")])
    content = data.draw(noise_or_mutations((tmp_path / "good").read_bytes(), WORDS[kind]))
    try:
        assert read_text(reader, tmp_path, content)
    except DemoError as error:
        assert error.where is not None and str(tmp_path / "motifs.txt") in error.where


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("compress", [False, True])
def test_meme_motifs_need_no_blank_lines_nor_a_last_line_end(tmp_path, newline, compress):
    text = (
        f"{HEADER}MOTIF MA1.1 CTCF\nletter-probability matrix: alength= 4 w= 2 nsites= 913 E= 1e-5\n{ROWS}\n"
        f"MOTIF second\nletter-probability matrix: alength= 4 w= 2\n{ROWS}\nURL http://x.org/a\n"
        f"MOTIF third\n\nletter-probability matrix:\n\n{ROWS}"
    ).replace("\n", newline)
    read = read_text(read_meme, tmp_path, gzip.compress(text.encode()) if compress else text)
    assert [(m.name, m.alt_name, m.nsites, m.width) for m in read] == [
        ("MA1.1", "CTCF", 913, 2),
        ("second", "", 20, 2),
        ("third", "", 20, 2),
    ]
    assert read[2].ppm.tolist() == [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]]
    assert read[0].background.tolist() == [0.3, 0.2, 0.2, 0.3]


def test_meme_rows_are_kept_to_the_digit_and_scaled_only_if_coarse(tmp_path):
    text = f"{HEADER}MOTIF a\nletter-probability matrix: w= 2\n0.095290 0.318729 0.083242 0.502738\n0.33 0.33 0.33 0\n"
    (m,) = read_text(read_meme, tmp_path, text)
    assert m.ppm[0].tolist() == [0.095290, 0.318729, 0.083242, 0.502738]
    np.testing.assert_allclose(m.ppm[1], [1 / 3, 1 / 3, 1 / 3, 0])


def test_meme_of_the_shared_files_loses_no_motif(shared):
    read = read_meme(shared / "golden/JASPAR2016_CORE_vertebrates_nr.meme")
    assert len(read) == 519
    assert (read[0].name, read[0].alt_name, read[0].nsites) == ("MA0002.2", "RUNX1", 2000)
    assert len(read_meme(shared / "golden/tomtom_queries.meme")) == 15


MATRIX = "letter-probability matrix: alength= 4 w= 2 nsites= 9\n"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "is empty", None),
        (">x\nA [1]\n", "not a MEME", 1),
        (HEADER, "no motif", None),
        (f"{HEADER}MOTIF a\n", "Motif a has no", 8),
        (f"{HEADER}MOTIF a\nMOTIF b\n{MATRIX}{ROWS}", "Motif a has no", 8),
        (f"{HEADER}{MATRIX}{ROWS}", "without a MOTIF", 8),
        (f"{HEADER}MOTIF\n{MATRIX}{ROWS}", "name", 8),
        (f"{HEADER}MOTIF a\n{MATRIX}0.1 0.2 0.7\n", "needs 4 numbers", 10),
        (f"{HEADER}MOTIF a\n{MATRIX}0.1 0.2 0.7 x\n", "not a number", 10),
        (f"{HEADER}MOTIF a\n{MATRIX}0.1 0.2 0.7 nan\n", "finite", 10),
        (f"{HEADER}MOTIF a\n{MATRIX}0.1 0.2 1.0 -0.3\n", "0 or more", 10),
        (f"{HEADER}MOTIF a\n{MATRIX}0.1 0.2 0.7 0.3\n", "sum to 1", 10),
        (f"{HEADER}MOTIF a\n{MATRIX}0.1 0.2 0.3 0.4\nMOTIF b\n", "1 rows where w= says 2", 9),
        (f"{HEADER}MOTIF a\n{MATRIX}{ROWS}\n0.1 0.2 0.3 0.4\n", "outside a matrix", 12),
        (f"{HEADER}MOTIF a\nletter-probability matrix: w= x\n{ROWS}", "whole number", 9),
        (f"{HEADER}MOTIF a\nletter-probability matrix: alength= 20 w= 2\n{ROWS}", "DNA has 4", 9),
        (f"{HEADER}MOTIF a\nletter-probability matrix: nsites= -3\n{ROWS}", "0 or more", 9),
        ("MEME version 4\nALPHABET= ACDEFGHIKLMNPQRSTVWY\n", "not ACGT", 2),
        ("MEME version 4\nBackground letter frequencies\nA 0.5 C 0.5\n", "Background", 3),
    ],
)
def test_bad_meme_says_file_and_line(tmp_path, text, message, line):
    with pytest.raises(DemoError, match=message) as caught:
        read_text(read_meme, tmp_path, text)
    assert caught.value.where == str(tmp_path / "motifs.txt") + (f", line {line}" if line else "")


def test_jaspar_with_and_without_letters(tmp_path):
    text = ">MA0001.1 JUN (var.2)\nA  [ 0  3.5 ]\nC [1 0]\nG [ 0 0 ]\nT [ 0 0 ]\n>plain\n1 2\n3 4\n0 0\n0 1"
    first, second = read_text(read_jaspar, tmp_path, text)
    assert (first.name, first.alt_name, first.nsites) == ("MA0001.1", "JUN (var.2)", 3.5)
    assert first.ppm.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0]]
    np.testing.assert_allclose(second.ppm, [[1 / 4, 3 / 4, 0, 0], [2 / 7, 4 / 7, 0, 1 / 7]])


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "is empty", None),
        ("A [1 2]\n", "not a JASPAR", 1),
        (">m\n1 2\n1 2\n1 2\n", "ends before its counts of T", 4),
        (">m\n1 2\n1 2\n>n\n", "ends before its counts of G", 3),
        (">m\n1 2\n1 2\n1 2\n1\n", "differ in length: 2, 2, 2, 1", 1),
        (">m\nA [1]\nG [1]\nC [1]\nT [1]\n", "counts of C should be here", 3),
        (">m\n1\n-1\n1\n1\n", "0 or more", 3),
        (">m\n1\nx\n1\n1\n", "counts of C should be here", 3),
        (">m\n1 0\n1 0\n1 0\n1 0\n", "Position 2 has no weight", 1),
        (">\n1\n1\n1\n1\n", "name", 1),
    ],
)
def test_bad_jaspar_says_file_and_line(tmp_path, text, message, line):
    with pytest.raises(DemoError, match=message) as caught:
        read_text(read_jaspar, tmp_path, text)
    assert caught.value.where == str(tmp_path / "motifs.txt") + (f", line {line}" if line else "")


def test_transfac_fields_order_and_letters(tmp_path):
    text = (
        "VV  TRANSFAC MATRIX TABLE\nXX\n//\nAC  M1\nXX\nID  V$CTCF\nNA  CTCF\nBF  x; y.\nP0      A   T   G   C\n"
        "01  1  2  0  0  W\n02 0 0 0 3\nXX\nCC  free text\n//\nID only\nPO A C G T\n1 1.5 0 0 1.5 W"
    )
    first, second = read_text(read_transfac, tmp_path, text)
    assert (first.name, first.alt_name, second.name, second.nsites) == ("M1", "V$CTCF", "only", 3)
    np.testing.assert_allclose(first.ppm, [[1 / 3, 0, 0, 2 / 3], [0, 1, 0, 0]])


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("AC a\nP0 A C G T\n01 1 2 3\n", "needs 4 numbers", 3),
        ("AC a\nP0 A C G T\n01 1 2 3 4 5\n", "needs 4 numbers", 3),
        ("AC a\nP0 A C G T\n01 1 2 3 nan\n", "finite", 3),
        ("AC a\nP0 A C G U\n01 1 2 3 4\n", "names A, C, G and T", 2),
        ("AC a\nP0 A C G T\nXX\n", "must be", 2),
        ("P0 A C G T\n01 1 2 3 4\n", "without AC or ID", 1),
        ("AC a\n01 1 2 3 4\n", "without a P0", 2),
        ("AC a\n//\nAC b\nP0 A C G T\n01 1 2 3 4\n", "Motif a has no matrix", 3),
        ("AC a\nXX\n//\n", "has no matrix", 3),
        (">x\n", "not a line of a TRANSFAC", 1),
        ("XX\n", "no motif", None),
    ],
)
def test_bad_transfac_says_file_and_line(tmp_path, text, message, line):
    with pytest.raises(DemoError, match=message) as caught:
        read_text(read_transfac, tmp_path, text)
    assert caught.value.where == str(tmp_path / "motifs.txt") + (f", line {line}" if line else "")


@pytest.mark.parametrize("kind", FORMATS)
def test_files_that_cannot_be_read_or_written(kind, tmp_path):
    reader, writer = FORMATS[kind]
    for path, data, what in (
        ("binary", b"\xff\xfe\x00", "not text"),
        ("half.gz", gzip.compress(b"MEME version 4" * 50)[:30], "cut off"),
    ):
        (tmp_path / path).write_bytes(data)
        with pytest.raises(DemoError, match=what):
            reader(tmp_path / path)
    with pytest.raises(DemoError, match="no such file"):
        reader(tmp_path / "absent")
    with pytest.raises(DemoError, match="directory"):
        reader(tmp_path)
    with pytest.raises(DemoError, match="no motifs to write"):
        writer(tmp_path / "none", [])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["binary", "half.gz"]

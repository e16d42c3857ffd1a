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
    read_motifs,
    read_transfac,
    write_jaspar,
    write_meme,
    write_transfac,
)
from demo.motifs.formats import write_all_formats
from demo.motifs.formats.format import FORMATS as REGISTRY
from demo.motifs.formats.format import WritableFormat
from demo.sequences import alphabet_of
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
        ("MEME version 4\nALPHABET= AACG\n", "not a list of letters", 2),
        ("MEME version 4\nALPHABET= version\n", "not a list of letters", 2),
        ("MEME version 4\nALPHABET= A\n", "not a list of letters", 2),
        ("MEME version 4\nALPHABET= NX?.-_\n", "not a list of letters", 2),
        ("MEME version 4\nALPHABET= ΆACG\n", "not a list of letters", 2),
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
        ("AC a\nP0 A C G X\n01 1 2 3 4\n", "names A, C, G and T", 2),
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
        ("half.gz", gzip.compress(b"MEME version 4" * 50)[:30], "truncated"),
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


HOMER = ">ACGT\t1-ACGT,BestGuess:CTCF(Zf)/x/Homer\t6.1\t-100\t0\tT:10(5%),B:2(1%)\n"
FOUR = "0.9\t0.05\t0.03\t0.02\n0.05\t0.6\t0.33\t0.02\n0\t0\t1\t0\n0.4\t0\t0\t0.6\n"
POSITIONS = [[0.9, 0.05, 0.03, 0.02], [0.05, 0.6, 0.33, 0.02], [0, 0, 1, 0], [0.4, 0, 0, 0.6]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_homers_rows_are_positions_at_any_width(tmp_path, end):
    five = HOMER + FOUR + "0.25\t0.25\t0.25\t0.25\n"
    for text, width in ((HOMER + FOUR, 4), (five, 5), (HOMER + FOUR + five, 4)):
        motif = read_text(read_motifs, tmp_path, gzip.compress(text.replace("\n", end).encode()))[0]
        assert motif.ppm.tolist()[:4] == POSITIONS and motif.width == width
        assert (motif.name, motif.nsites) == ("1-ACGT,BestGuess:CTCF(Zf)/x/Homer", 10)
        with pytest.raises(DemoError, match="format of HOMER"):
            read_text(read_jaspar, tmp_path, text)
    # The sums of this one would be those of four rows of bases, too: the header tells.
    twisted = HOMER + "0.7 0.1 0.1 0.1\n0.1 0.7 0.1 0.1\n0.1 0.1 0.7 0.1\n0.1 0.1 0.1 0.7\n".replace(" ", "\t")
    assert read_text(read_motifs, tmp_path, twisted)[0].consensus == "ACGT"
    assert read_text(read_motifs, tmp_path, HOMER.partition("\t0\t")[0] + "\n" + FOUR)[0].nsites == 20


@pytest.mark.parametrize("header", ["", "# GimmeMotifs version 0.18\n# another comment\n"])
def test_rows_of_positions_are_never_read_as_rows_of_bases(tmp_path, header):
    counts = "90 5 3 2\n5 60 33 2\n0 0 100 0\n40 0 0 60\n"
    for text, nsites in ((f"{header}>CTCF_HUMAN.H11MO.0.A\n{FOUR}", 20), (f"{header}>CTCF\n{counts}", 100)):
        (motif,) = read_text(read_motifs, tmp_path, text)
        np.testing.assert_allclose(motif.ppm, POSITIONS)
        assert motif.nsites == nsites
        with pytest.raises(DemoError, match="format of HOCOMOCO"):
            read_text(read_jaspar, tmp_path, text)
    first, second = read_text(read_motifs, tmp_path, f"{header}>a b\n{counts}>c\n1 0 0 0\n0 1 0 0\n")
    assert (first.name, first.alt_name, first.width, second.consensus) == ("a", "b", 4, "AC")


def test_jaspar_of_width_four_is_told_by_its_sums_or_its_letters(tmp_path):
    columns = np.array(POSITIONS).T * 100
    bare = "\n".join(" ".join(f"{value:g}" for value in row) for row in columns)
    np.testing.assert_allclose(read_text(read_motifs, tmp_path, f">MA1 X\n{bare}\n")[0].ppm, POSITIONS)
    # Sums that are equal both ways, or neither, do not tell; in a file with motifs of other widths these do.
    for rows in ("7 1 1 1\n1 7 1 1\n1 1 7 1\n1 1 1 7\n", "9 1 1 1\n1 7 1 1\n1 1 7 1\n1 1 1 3\n"):
        with pytest.raises(DemoError, match=r"4 x 4.*JASPAR.*HOMER") as caught:
            read_text(read_motifs, tmp_path, f">m\n{rows}")
        assert caught.value.fix is not None
        assert len(read_text(read_motifs, tmp_path, f">m\n{rows}>n\n1 2\n1 2\n1 2\n1 2\n")) == 2
        lettered = "".join(f"{base} [{row}]\n" for base, row in zip("ACGT", rows.split("\n"), strict=False))
        assert read_text(read_motifs, tmp_path, f">m\n{lettered}")[0].width == 4


def test_log_odds_sequences_and_other_kinds_of_file_are_refused(tmp_path):
    for text, message in (
        (">CTCF pwm\n-1.2 0.3 0.1 0.4\n0.1 0.2 -3 1\n", "0 or more"),
        (">seq1\nACGTACGT\n", "not known"),
        ("1 2 3\n1 2 3\n1 2 3\n1 2 3\n", "not known"),
        ("<?xml version='1.0'?>\n<MEME version='5'/>", "is XML"),
        ("<!DOCTYPE HTML>\n<html>", "web page"),
        ('{"motifs": []}', "is JSON"),
    ):
        with pytest.raises(DemoError, match=message) as caught:
            read_text(read_motifs, tmp_path, text)
        assert caught.value.fix is not None and "motifs.txt" in str(caught.value.where)
        with pytest.raises(DemoError):
            read_text(read_meme, tmp_path, text)


UNIPROBE = "A:\t0.9 0.05\nC:\t0.05 0.6\nG:\t0.03 0.33\nT:\t0.02 0.02\n"


def test_uniprobe(tmp_path):
    text = f"Protein: Arid3a\tSeed k-mer: TTAATTAA\n{UNIPROBE}second\n{UNIPROBE}"
    first, second = read_text(read_motifs, tmp_path, text)
    assert (first.name, first.alt_name, second.name) == ("Arid3a", "Seed k-mer: TTAATTAA", "second")
    assert first.ppm.tolist() == second.ppm.tolist() == POSITIONS[:2]
    full = (
        "Arid3a\n\nEnrichment score matrix\n\nA:\t-0.1\t0.2\nC:\t0\t0\nG:\t0\t0\nT:\t0\t0\n\n"
        "Reverse complement matrix for enoLOGOS\n\nPO\t1\t2\nT:\t-1\t1\nG:\t1\t1\nC:\t1\t1\nA:\t1\t1\n\n"
        f"Probability matrix\n\n{UNIPROBE}"
    )
    (motif,) = read_text(read_motifs, tmp_path, full)
    assert (motif.name, motif.ppm.tolist()) == ("Arid3a", POSITIONS[:2])
    with pytest.raises(DemoError, match="four rows of one length"):
        read_text(read_motifs, tmp_path, "m\n" + UNIPROBE.replace("T:\t0.02 ", "T:\t"))


# As MEME 5.5 prints it, shortened; one sequence is named by a number, and rows of log odds stand before the matrix.
MEME_OUTPUT = """********************
MEME - Motif discovery tool
********************
MEME version 5.5.7 (Release date: Wed Jun 19 13:59:04 2024 -0700)

ALPHABET= ACGT
Sequence name            Weight Length  Sequence name            Weight Length
-------------            ------ ------  -------------            ------ ------
1                        1.0000    101  2                        1.0000    101
Letter frequencies in dataset:
A 0.25 C 0.25 G 0.25 T 0.25
Background letter frequencies (from file dataset with add-one prior applied):
A 0.29 C 0.21 G 0.21 T 0.29
********************
MOTIF ACG MEME-1\twidth =   3  sites =  20  llr = 120  E-value = 1.2e-010
********************
\tMotif ACG MEME-1 sites sorted by position p-value
1                            45  1.10e-05
--------------------
BL   MOTIF ACG width=3 seqs=2
1                        (   45) ACG  1
//
--------------------
log-odds matrix: alength= 4 w= 3 n= 9900 bayes= 9.1 E= 1.2e-010
   185   -232   -332   -332
  -232    185   -332   -332
 -1000  -1000    200  -1000
--------------------
letter-probability matrix: alength= 4 w= 3 nsites= 0 E= 1.2e-010
  0.900000  0.050000  0.025000  0.025000
  0.050000  0.900000  0.025000  0.025000
  0.000000  0.000000  1.000000  0.000000
--------------------
Time  0.42 secs.
"""
DREME_OUTPUT = """# DREME 5.1.0
#     command: dreme -p peaks.fa
#   positives: 812 from peaks.fa

MEME version 5.1.0

ALPHABET "DNA" DNA-LIKE
A "Adenine" CC0000 ~ T "Thymine" 008000
C "Cytosine" 0000CC ~ G "Guanine" FFB300
N "Any base" = ACGT
END ALPHABET

strands: + -

Background letter frequencies (from dataset):
A 0.303 C 0.183 G 0.209 T 0.305


MOTIF ACG DREME-1

#             Word    RC Word        Pos        Neg    P-value    E-value
# BEST         ACG        CGT        100         10   1.0e-012   1.0e-010

letter-probability matrix: alength= 4 w= 3 nsites= 120 E= 1.0e-010
1.000000 0.000000 0.000000 0.000000
0.000000 1.000000 0.000000 0.000000
0.000000 0.000000 1.000000 0.000000


Time 0.42 secs.
"""


def test_text_that_meme_and_dreme_print(tmp_path):
    (motif,) = read_text(read_meme, tmp_path, MEME_OUTPUT)
    assert (motif.name, motif.alt_name, motif.consensus, motif.nsites) == ("ACG", "MEME-1", "ACG", 20)
    assert motif.background.tolist() == [0.29, 0.21, 0.21, 0.29]
    (motif,) = read_text(read_motifs, tmp_path, DREME_OUTPUT)
    assert (motif.name, motif.alt_name, motif.consensus, motif.nsites) == ("ACG", "DREME-1", "ACG", 120)
    assert motif.background.tolist() == [0.303, 0.183, 0.209, 0.305]
    only_log_odds = MEME_OUTPUT[: MEME_OUTPUT.index("letter-probability")]
    for text, message in (
        (only_log_odds, "no letter-probability matrix"),
        (DREME_OUTPUT.replace('"DNA" DNA-LIKE', '"RNA" RNA-LIKE'), "given as 'A .. C .. G .. U ..'"),
        (MEME_OUTPUT.replace("ALPHABET= ACGT", "ALPHABET= ACDEFGHIKLMNPQRSTVWY"), "Background frequencies are given"),
    ):
        with pytest.raises(DemoError, match=message):
            read_text(read_meme, tmp_path, text)


def test_a_background_in_another_order(tmp_path):
    text = HEADER.replace("A 0.3 C 0.2 G 0.2 T 0.3", "A 0.4 T 0.1 C 0.2 G 0.3") + f"MOTIF a\n{MATRIX}{ROWS}"
    assert read_text(read_motifs, tmp_path, text)[0].background.tolist() == [0.4, 0.2, 0.3, 0.1]


def test_outputs_of_streme(shared):
    counts = {path.name: len(read_motifs(path)) for path in (shared / "golden/streme").glob("*_*.txt")}
    assert len(counts) == 14 and set(counts.values()) <= {3, 4, 5}


def test_every_format_is_told_by_its_content_and_a_new_one_is_one_class(tmp_path, monkeypatch):
    monkeypatch.setattr(REGISTRY, "_named", dict(REGISTRY))

    @REGISTRY.register("consensus")
    class Consensus(WritableFormat):
        title = "consensus"

        @staticmethod
        def recognises(lines):
            return lines[0] == "consensus"

        @staticmethod
        def parse(lines):
            lines.take()
            return [Motif(name, np.eye(4)[["ACGT".index(c) for c in word]]) for name, word in map(str.split, lines)]

        @staticmethod
        def text(motifs):
            return "\n".join(["consensus", *(f"{motif.name} {motif.consensus}" for motif in motifs)])

    written = [Motif("a", [[0.7, 0.1, 0.1, 0.1]] * 4), Motif("b", [[0, 0, 1, 0]], alt_name="x")]
    files = write_all_formats(tmp_path, written)
    assert {path.name for path in files} == {f"motifs.{name}" for name in (*FORMATS, "consensus")}
    for path in files:
        assert [motif.consensus for motif in read_motifs(path)] == ["AAAA", "G"], path


@pytest.mark.parametrize("name, formats", [("rna", {"meme", "jaspar", "transfac"}), ("protein", {"meme"})])
def test_motifs_of_other_alphabets_are_written_and_read(tmp_path, name, formats):
    alphabet = alphabet_of(name)
    ppm = np.random.default_rng(0).dirichlet(np.ones(alphabet.size), 6)
    motif = Motif("m1", ppm, 50, alphabet=alphabet)
    files = write_all_formats(tmp_path, [motif])
    assert {file.suffix[1:] for file in files} == formats
    for file in files:
        (back,) = read_motifs(file)
        assert back.alphabet == alphabet and np.allclose(back.ppm, ppm, atol=1e-6)

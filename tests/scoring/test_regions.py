from pathlib import Path

import pytest

from demo.scoring import regions
from demo.scoring.regions import bed_source, sorted_bed_source, vcf_source
from demo.scoring.rows import Row
from demo.sequences import Genome
from demo.utils.errors import DemoError
from scoring.places import CHROMOSOMES, padded, write_genome

L = 41


def bed(folder: Path, *lines: str, end: str = "\n") -> Path:
    path = folder / "x.bed"
    path.write_bytes("".join(line.replace(" ", "\t") + end for line in lines).encode())
    return path


def test_one_window_at_each_summit_or_middle(tmp_path: Path) -> None:
    path = tmp_path / "x.narrowPeak"
    path.write_text(
        "chr1\t100\t400\tp1\t0\t.\t5\t-1\t-1\t20\nchr1\t100\t401\tp2\t0\t.\t5\t-1\t-1\t-1\nchr2\t0\t4\t.\t0\t.\t5\t-1\t-1\t0\n"
    )
    rows = list(bed_source(path, Genome(write_genome(tmp_path)), L).rows)
    assert [row.fields for row in rows] == [
        ("chr1", "100", "141", "p1"),
        ("chr1", "230", "271", "p2"),
        ("chr2", "0", "21", "chr2:0-4"),
    ]
    assert [row.sequences[0] for row in rows] == [
        CHROMOSOMES["chr1"][100:141],
        CHROMOSOMES["chr1"][230:271],
        padded("chr2", -20, 21),
    ]
    assert [row.line for row in rows] == [1, 2, 3]


@pytest.mark.parametrize("stride", [1, 7, 100])
def test_sliding_windows_are_those_that_fit(tmp_path: Path, stride: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "_PIECE", 50)  # so that a region is fetched in several pieces
    source = bed_source(bed(tmp_path, "chr1 33 900"), Genome(write_genome(tmp_path)), L, stride)
    starts = range(33, 900 - L + 1, stride)
    rows = list(source.rows)
    assert [(int(row.fields[1]), row.sequences[0]) for row in rows] == [
        (start, CHROMOSOMES["chr1"][start : start + L]) for start in starts
    ]


def test_what_is_not_on_the_genome_is_counted(tmp_path: Path) -> None:
    lines = ("chr1 1900 2000", "chr1 1900 2001", "chrX 1 9", "chrX 2 9", "chr2 900 950")
    source = bed_source(bed(tmp_path, *lines, end="\r\n"), Genome(write_genome(tmp_path)), L)
    assert len(list(source.rows)) == 1
    assert source.skipped == {
        "on chrX, which the genome does not have": 2,
        "beyond the end of their chromosome": 2,
    }


def test_sorted_and_joined_for_bedgraph(tmp_path: Path) -> None:
    lines = ("chr2 3 9", "chr10 100 200", "chr10 50 120", "chr10 200 210", "chr1 500 600", "chr1 20 90")
    source = sorted_bed_source(bed(tmp_path, *lines), Genome(write_genome(tmp_path)), L, 10)
    places = [(row.fields[0], row.start) for row in source.rows]
    assert places == [
        *(("chr1", start) for start in range(20, 50, 10)),
        *(("chr1", start) for start in range(500, 560, 10)),
        *(("chr10", start) for start in range(50, 170, 10)),
        ("chr2", -14),
    ]


def test_a_chromosome_shorter_than_a_window(tmp_path: Path) -> None:
    (row,) = bed_source(bed(tmp_path, "chr2 0 25"), Genome(write_genome(tmp_path)), L).rows
    assert row.fields[:3] == ("chr2", "0", "25") and row.start == -8 and row.sequences == (padded("chr2", -8, 33),)


def test_a_malformed_line(tmp_path: Path) -> None:
    source = bed_source(bed(tmp_path, "chr1 10 20", "chr1 20 10"), Genome(write_genome(tmp_path)), L)
    with pytest.raises(DemoError, match=r"(?s)not before the end.*line 2"):
        list(source.rows)


L, LEFT = 41, 20
CHR1 = CHROMOSOMES["chr1"]


def rows_of(folder: Path, *variants: tuple[str, int, str, str]) -> tuple[list[Row], dict[str, int], dict[str, int]]:
    """Rows, what was skipped and what is remarked on, of variants (chrom, position from 1, REF, ALT)."""
    path = folder / "x.vcf"
    path.write_text("".join(f"{chrom}\t{at}\t.\t{ref}\t{alt}\t.\n" for chrom, at, ref, alt in variants))
    source = vcf_source(path, Genome(write_genome(folder)), L)
    return list(source.rows), dict(source.skipped), dict(source.remarks)


def other(letter: str) -> str:
    return "A" if letter != "A" else "C"


def test_a_substitution_is_in_the_middle(tmp_path: Path) -> None:
    at, alt = 100, other(CHR1[100])
    (row,), skipped, remarks = rows_of(tmp_path, ("chr1", at + 1, CHR1[at], alt))
    assert row.fields == ("chr1", "101", ".", CHR1[at], alt, CHR1[at], "yes") and not skipped and not remarks
    ref_window = CHR1[at - LEFT : at - LEFT + L]
    assert row.sequences == (ref_window, ref_window[:LEFT] + alt + ref_window[LEFT + 1 :])


def test_indels_are_filled_up_from_the_genome(tmp_path: Path) -> None:
    at = 500
    deletion = ("chr1", at + 1, CHR1[at : at + 8], CHR1[at])
    insertion = ("chr1", at + 1, CHR1[at], CHR1[at] + "GATTACA")
    rows, skipped, _ = rows_of(tmp_path, deletion, insertion)
    assert not skipped
    left, ref_window = CHR1[at - LEFT : at], CHR1[at - LEFT : at - LEFT + L]
    assert rows[0].sequences == (ref_window, left + CHR1[at] + CHR1[at + 8 : at + 8 + 20])
    assert rows[1].sequences == (ref_window, left + CHR1[at] + "GATTACA" + CHR1[at + 1 : at + 1 + 13])
    assert all(len(window) == L for row in rows for window in row.sequences)


def test_each_alternative_has_a_row_and_symbols_are_counted(tmp_path: Path) -> None:
    at = 300
    alts = [letter for letter in "ACGT" if letter != CHR1[at]]
    rows, skipped, _ = rows_of(
        tmp_path, ("chr1", at + 1, CHR1[at], ",".join([*alts, "<DEL>", "*"])), ("chr1", 9, CHR1[8], "."),
        ("chr1", at + 1, CHR1[at], "A" * 21), ("chr1", at + 1, CHR1[at], "A" * 22), ("chr9", 1, "A", "G,T"),
        ("chr2", 30, "A", "G"),
    )  # fmt: skip
    assert [row.fields[4] for row in rows] == [*alts, "A" * 21]
    assert rows[-1].sequences[1] == CHR1[at - LEFT : at] + "A" * 21
    assert skipped == {
        "symbolic (<DEL>, *, breakends)": 2,
        "without REF or ALT": 1,
        "longer than 21 bp, what a window has from its middle on": 1,
        "on chr9, which the genome does not have": 2,
        "beyond the end of their chromosome": 1,
    }


def test_variants_that_cannot_be_scored_are_counted_by_reason(tmp_path: Path) -> None:
    at = 300
    ref, alt = CHR1[at], other(CHR1[at])
    rows, skipped, _ = rows_of(
        tmp_path, ("chr1", 0, "N", "A"), ("chr1", at + 1, "R", "A,C"), ("chr1", at + 1, ref, f"Y,{alt}"),
        ("chr1", at + 1, "-", "A"), ("chr1", at + 1, ref, f"{alt},"), ("chr1", at + 1, ref, "<NON_REF>"),
        ("MT", 5, "A", "G"), ("1", 5, "A", "G,T"), ("chr1", at + 1, ref, f"{ref}[chr2:5["),
    )  # fmt: skip
    assert [row.fields[4] for row in rows] == [alt, alt]
    assert skipped == {
        "at position 0 (a telomere)": 1,
        "REF or ALT with ambiguity letters": 3,
        "REF or ALT that is no allele of VCF": 1,
        "without REF or ALT": 1,
        "symbolic (<DEL>, *, breakends)": 2,
        "on MT, which the genome does not have": 1,
        "on 1, which the genome does not have (it has chr1)": 2,
    }


def test_other_names_of_chromosomes_are_explained(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"(?s)^1, 2 are not in this genome.*has chr1, the other file 1"):
        rows_of(tmp_path, ("1", 5, "A", "G"), ("2", 7, "A", "<DEL>"))


def test_a_reference_that_is_not_the_genomes_is_said(tmp_path: Path) -> None:
    at = 700
    wrong = other(CHR1[at])
    (row,), _, remarks = rows_of(tmp_path, ("chr1", at + 1, wrong, CHR1[at]))
    assert row.fields[5:] == (CHR1[at], "no") and list(remarks.values()) == [1]
    assert row.sequences[0][LEFT] == wrong and row.sequences[1] == CHR1[at - LEFT : at - LEFT + L]


def test_at_the_edges_of_a_chromosome(tmp_path: Path) -> None:
    letters = CHROMOSOMES["chr2"]
    (first, last), _, _ = rows_of(
        tmp_path, ("chr2", 1, letters[0], other(letters[0])), ("chr2", 25, letters[24], letters[24] + "T")
    )
    assert first.sequences[0] == padded("chr2", -20, 21) and first.sequences[1][20] == other(letters[0])
    assert last.sequences == (padded("chr2", 4, 45), padded("chr2", 4, 25) + "T" + "N" * 19)

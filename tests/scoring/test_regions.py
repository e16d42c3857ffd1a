from pathlib import Path

import pytest

from demo.scoring import regions
from demo.scoring.regions import bed_source, sorted_bed_source
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

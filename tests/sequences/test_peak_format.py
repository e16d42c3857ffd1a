"""Formats are recognised by what their columns hold, whatever the file is called."""

from pathlib import Path

import pytest

from demo.sequences import iterate_bed, peak_format
from demo.utils.errors import DemoError

NARROW = "c\t100\t400\tp\t960\t.\t25.5\t12.1\t8.4\t30"
GAPPED = "c\t100\t400\tp\t500\t.\t150\t250\t0\t3\t1,100,1\t0,50,299\t8.5\t20.1\t17.2"


@pytest.mark.parametrize(
    ("name", "line", "title", "signal", "score", "centre"),
    [
        ("x.bed", "c\t100\t400", "BED3", None, None, 250),
        ("x.bed", "c\t100\t101\tpeak_summit\t7.5", "BED5", None, 7.5, 100),
        ("x.narrowPeak", "c\t100\t400\tp\t5\t+", "BED6", None, 5, 250),
        ("x.bed", "c\t100\t400\tGENE\tENSG0001\tprotein_coding", "BED4+2", None, None, 250),
        ("x.bed", "c\t100\t400\tp\t5\tprotein_coding\t9", "BED5+2", None, 5, 250),
        ("x.bed", "c\t100\t400\tp\t5\t+\tK562\tCTCF\tr\ts", "BED6+4", None, 5, 250),
        ("x.bed", "c\t100\t400\tp\t5\t.\t150\t250", "BED8", None, 5, 250),
        ("x.narrowPeak", "c\t100\t400\tp\t5\t.\t100\t200\t255,0,0", "BED9", None, 5, 250),
        ("x.bed", "c\t100\t400\tp\t5\t.\t0\t0\t255,0,0\t30", "BED9+1", None, 5, 250),
        ("x.narrowPeak", "c\t100\t400\tp\t5\t.\t150\t250\t0\t3\t1,100,1\t0,50,299", "BED12", None, 5, 250),
        ("x.bed", "c\t100\t400\tp\t5\t.\t150\t250\t0\t1\t300,\t0,\tK562", "BED12+1", None, 5, 250),
        ("x.bed", "c\t100\t400\tp\t5\t.\t150\t250\t0\t1\t300\t0\tx\ty\tz", "BED12+3", None, 5, 250),
        ("x.gappedPeak", GAPPED, "gappedPeak", 8.5, 500, 200),
        ("x.narrowPeak", GAPPED, "gappedPeak", 8.5, 500, 200),
        ("x.bed", GAPPED.replace("\t150\t250\t", "\t100\t100\t"), "gappedPeak", 8.5, 500, 250),
        ("x.bed", GAPPED + "\tmine", "gappedPeak", 8.5, 500, 200),
        ("x.bed", NARROW, "narrowPeak", 25.5, 960, 130),
        ("x.bed", NARROW.replace("\t30", "\t-1"), "narrowPeak", 25.5, 960, 250),
        ("x.txt", NARROW + "\t3.2\t5.00\t110\t390\t9.1\t140", "narrowPeak", 25.5, 960, 130),  # IDR
        ("x.bed", NARROW.rsplit("\t", 1)[0], "broadPeak", 25.5, 960, 250),
        ("x.bed", NARROW.rsplit("\t", 1)[0] + "\t3.21\t5.00\t110\t390\t9.1", "broadPeak", 25.5, 960, 250),  # IDR
        ("x.bedGraph", "c\t100\t400\t7", "bedGraph", 7, None, 250),
        ("x.bed", "c\t100\t400\t7.25", "bedGraph", 7.25, None, 250),
        ("x.bed", "c\t100\t400\t7", "BED4", None, None, 250),
        ("x.txt", "#PeakID\tchr\nc-1\tc\t101\t400\t+\t35.5\t0.9\t12", "HOMER peaks", 35.5, None, 250),
        ("x.txt", "c-1\tc\t101\t400\t0", "HOMER peaks", None, None, 250),
        ("x.bed", "c\t100\t400\t35.5\t12\tc:120-160", "SEACR peaks", 35.5, None, 140),
        (
            "x.xls",
            "# called by MACS2\nchr\tstart\tend\tlength\tabs_summit\tpileup\t-log10(pvalue)\tfold_enrichment\t"
            "-log10(qvalue)\tname\nc\t101\t400\t300\t131\t40\t9.5\t25.5\t8\tp",
            "MACS .xls", 25.5, None, 130,
        ),
        ("x.bed", "track type=bedGraph\nc\t100\t400\t7", "bedGraph", 7, None, 250),
    ],
)  # fmt: skip
def test_formats(
    tmp_path: Path, name: str, line: str, title: str, signal: float | None, score: float | None, centre: int
) -> None:
    (tmp_path / name).write_text(line + "\n")
    form = peak_format(tmp_path / name)
    (interval,) = iterate_bed(tmp_path / name)
    assert form.title == title and bool(form.signal) == (signal is not None)
    assert (interval.chrom, interval.start, interval.signal, interval.score) == ("c", 100, signal, score)
    assert interval.centre == centre


def test_a_format_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.bed"
    for line, words in (
        (NARROW, "narrowPeak: signal from column 7, centred on the summit (column 10), else the middle of the region"),
        (GAPPED, "gappedPeak: signal from column 13, centred on the middle of the thick part (columns 7 and 8), else "
         "of the region"),
        ("c 1 2", "BED3: centred on the middle of the region"),
    ):  # fmt: skip
        path.write_text(line + "\n")
        assert str(peak_format(path)) == words


def test_a_format_is_of_the_file_not_of_a_line(tmp_path: Path) -> None:
    """Near the start of a chromosome, a signal and its p value may look like a thick part."""
    path = tmp_path / "x.bed"
    lines = ["c\t0\t100\tp\t5\t.\t7\t9\t0"] + [f"c\t{i}000\t{i}100\tp\t5\t.\t7\t9\t0" for i in range(1, 9)]
    path.write_text("\n".join(lines) + "\n")
    assert peak_format(path).title == "broadPeak"
    assert [interval.signal for interval in iterate_bed(path)] == [7] * 9


def test_what_a_name_promises_is_held_to(tmp_path: Path) -> None:
    for name, line, what in (
        ("x.narrowPeak", NARROW.replace("\t30", "\t300"), "summit .column 10. is 300 bases from the start"),
        ("x.broadPeak", NARROW.rsplit("\t", 1)[0].replace("25.5", "high"), "signal .column 7. is not a number"),
    ):
        (tmp_path / name).write_text(line + "\n")
        with pytest.raises(DemoError, match=what):
            list(iterate_bed(tmp_path / name))

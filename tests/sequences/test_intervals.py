import gzip
from pathlib import Path

import pytest
from hypothesis import given

from any_bytes import MANY, noise_or_mutations
from demo.sequences import Interval, iterate_bed
from demo.utils.errors import DemoError

NARROW = b"chr2\t100\t200\tpeak 1\t960\t.\t25.5\t-1\t4.1\t30\nchr1\t5\t9\t.\t0\t+\t7\t-1\t-1\t-1\n"


def put(folder: Path, content: bytes) -> Path:
    path = folder / "Spitzen für CTCF.narrowPeak"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        NARROW,
        gzip.compress(NARROW),
        NARROW.replace(b"\n", b"\r\n"),
        NARROW.rstrip(),
        b"browser position chr7\ntrack type=narrowPeak\n#chrom start end\n\n" + NARROW,
        NARROW.replace(b"\t-1\n", b"\t-1\n\n# end\n"),
        NARROW.replace(b"\n", b"\t1000\tchr9\n"),
    ],
    ids=["plain", "gzipped", "Windows", "no last line end", "headers", "comment", "IDR's further columns"],
)
def test_forms_of_narrow_peak(tmp_path: Path, content: bytes) -> None:
    first, second = iterate_bed(put(tmp_path, content))
    assert first[:8] == ("chr2", 100, 200, "peak 1", 960, ".", 25.5, 130) and first.centre == 130
    assert second[:8] == ("chr1", 5, 9, None, 0, "+", 7, None)
    assert second.centre == 7, "a summit of -1 is none: the middle is taken"
    assert second.line == first.line + 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("chr1 10 20", Interval("chr1", 10, 20, None, None, ".", None, None, 1)),
        ("chr1\t10\t20\tmy peak", Interval("chr1", 10, 20, "my peak", None, ".", None, None, 1)),
        ("1\t10\t20\tp\t3.5", Interval("1", 10, 20, "p", 3.5, ".", None, None, 1)),
        ("chr1\t10\t20\tp\t1e2\t-", Interval("chr1", 10, 20, "p", 100, "-", None, None, 1)),
        ("chr1\t10\t20\t\t.\t*", Interval("chr1", 10, 20, None, None, ".", None, None, 1)),
        ("c\t10\t20\tp\t1\t+\t10\t20\t255,0,0", Interval("c", 10, 20, "p", 1, "+", None, None, 1)),
        ("c\t10\t20\tp\t1\t+\t10\t10\t0\t1\t10,\t0,", Interval("c", 10, 20, "p", 1, "+", None, None, 1)),
        ("c\t10\t20\tp\t1\t.\t8.25\t-1\t-1", Interval("c", 10, 20, "p", 1, ".", 8.25, None, 1)),
    ],
    ids=["BED3", "BED4", "BED5", "BED6", "nothing given", "BED9", "BED12", "broadPeak"],
)
def test_what_the_columns_mean(tmp_path: Path, line: str, expected: Interval) -> None:
    assert list(iterate_bed(put(tmp_path, line.encode()))) == [expected]
    assert expected.centre == 15


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        (b"chr1\t20\t10\n", "start, 20, is not before the end, 10", 1),
        (b"chr1\t20\t20\n", "not before", 1),
        (b"chr1\t-5\t20\n", "start is negative: -5", 1),
        (b"chrom\tstart\tend\nchr1\t1\t2\n", "start is not a whole number: 'start'", 1),
        (b"chr1\t1e3\t2000\n", "start is not a whole number: '1e3'", 1),
        (b"chr1\t1_0\t20\n", "not a whole number", 1),
        ("chr1\t١\t20\n".encode(), "not a whole number", 1),
        (b"chr1\t10\t" + b"9" * 5000, "end is not a whole number", 1),
        (b"chr1\t10\n", "2 columns; BED has three or more", 1),
        (b">seq\nACGT\n", "1 columns", 1),
        (NARROW + b"chr1\t10\t20\n", "3 columns; those before it have 10", 3),
        (NARROW.replace(b"\t25.5", b"\tnan"), "signal .column 7. is not a number: 'nan'", 1),
        (NARROW.replace(b"\t25.5", b"\t1e999"), "signal .column 7. is not a number", 1),
        (NARROW.replace(b"\t960", b"\thigh"), "score .column 5. is not a number: 'high'", 1),
        (NARROW.replace(b"\t30\n", b"\t100\n"), "summit .column 10. is 100 bases from the start", 1),
        (NARROW.replace(b"\t30\n", b"\t-2\n"), "summit .* is negative", 1),
        (NARROW.replace(b"\t+", b"\tup"), "strand is 'up'", 2),
        (b"\t10\t20\n", "no name", 1),
        (NARROW + b"\xff\xfe\t1\t2\n", "0xff here is not text", 3),
        (b"track name=x\n# nothing\n", "no interval", None),
        (b"", "This file is empty", None),
        (gzip.compress(NARROW)[:-9], "truncated", None),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, content: bytes, what: str, line: int | None) -> None:
    path = put(tmp_path, content)
    with pytest.raises(DemoError, match=what) as caught:
        list(iterate_bed(path))
    assert caught.value.where == str(path) + (f", line {line}" if line else "")


@MANY
@given(noise_or_mutations(NARROW, "chr1 chr1\t10\t20 track # 0 5 . + - nan 1,2 .5 960"))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path, content)
    try:
        intervals = list(iterate_bed(path))
    except DemoError as error:
        assert error.where is not None and str(path) in error.where
    else:
        assert intervals
        for interval in intervals:
            assert interval.chrom and 0 <= interval.start <= interval.centre < interval.end
            assert interval.strand in "+-."

import gzip
import os
import re
import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from Bio import bgzf
from hypothesis import given

from any_bytes import MANY, noise_or_mutations
from demo.sequences import Genome, Interval, iterate_bed
from demo.utils.errors import DemoError

NOBODY = 65534


def letters(length: int, seed: int) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGTacgtN"), length))


CHROMOSOMES = {"chr1": letters(4001, 0), "chr2": letters(60, 1), "chrUn-1": "A"}
FASTA = "".join(
    f">{name} of a test\n" + "".join(f"{bases[i : i + 60]}\n" for i in range(0, len(bases), 60))
    for name, bases in CHROMOSOMES.items()
).encode()


def bgzipped(path: Path, content: bytes = FASTA) -> Path:
    with bgzf.BgzfWriter(str(path)) as file:
        file.write(content)
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a genome that this process, root or not, cannot write to."""
    folder = Path(tempfile.mkdtemp())
    (folder / "hg.fa").write_bytes(FASTA)
    bgzipped(folder / "hg.fa.gz")
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        # Permissions do not hold root back.
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize("form", ["plain", "Windows", "bgzip"])
def test_pieces_by_place(tmp_path: Path, form: str) -> None:
    path = tmp_path / "Maus für Versuch.fa"
    path.write_bytes(FASTA.replace(b"\n", b"\r\n") if form == "Windows" else FASTA)
    path = bgzipped(tmp_path / "Maus für Versuch.fa.gz") if form == "bgzip" else path
    random = np.random.default_rng(0)
    # The second time, the index of the first is taken.
    for _ in range(2):
        with Genome(path) as genome:
            assert genome.lengths == {name: len(bases) for name, bases in CHROMOSOMES.items()}
            for name, bases in CHROMOSOMES.items():
                assert genome.fetch(name, 0, len(bases)) == bases.upper()
                for start in random.integers(0, len(bases), 20).tolist():
                    end = int(random.integers(start + 1, len(bases) + 1))
                    assert genome.fetch(name, start, end) == bases[start:end].upper()


def test_the_index_is_kept_beside_the_genome_and_taken_from_there(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "hg.fa"
    path.write_bytes(FASTA)
    Genome(path).close()
    index = tmp_path / "hg.fa.fai"
    assert index.read_text().splitlines()[0].split("\t")[:2] == ["chr1", "4001"]
    assert not list(cache.iterdir()) and len(list(tmp_path.iterdir())) == 2
    before = index.stat().st_ino
    Genome(path).close()
    assert index.stat().st_ino == before
    # An older index that fits is as good, as after cp or git clone; whatever its date, one that does not is replaced.
    os.utime(index, (0, 0))
    Genome(path).close()
    assert index.stat().st_ino == before
    path.write_bytes(b">other\nACGT\n")
    os.utime(path, (0, 0))
    assert Genome(path).lengths == {"other": 4} and index.read_text() == "other\t4\t7\t4\t5\n"


@pytest.mark.parametrize("name", ["hg.fa", "hg.fa.gz"])
def test_a_genome_without_index_in_a_folder_that_cannot_be_written(
    read_only: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = sorted(os.listdir(read_only))
    with pytest.raises(PermissionError):
        (read_only / "x").touch()
    with tempfile.TemporaryDirectory() as cache:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
        assert Genome(read_only / name).fetch("chr2", 10, 20) == CHROMOSOMES["chr2"][10:20].upper()
        kept = {path: path.stat().st_ino for path in (Path(cache) / "deep-motif").iterdir()}
        assert len(kept) == (2 if name.endswith("gz") else 1)
        assert Genome(read_only / name).fetch("chr2", 10, 20) == CHROMOSOMES["chr2"][10:20].upper()
        assert {path: path.stat().st_ino for path in (Path(cache) / "deep-motif").iterdir()} == kept
    # Neither there nor in the cache.
    monkeypatch.setenv("XDG_CACHE_HOME", str(read_only / "cache"))
    assert Genome(read_only / name).fetch("chr1", 3990, 4001) == CHROMOSOMES["chr1"][3990:].upper()
    assert sorted(os.listdir(read_only)) == before


def test_other_names_of_chromosomes_show_both(tmp_path: Path) -> None:
    path = tmp_path / "hg.fa"
    path.write_bytes(FASTA)
    with pytest.raises(DemoError) as caught:
        Genome(path).fetch("1", 0, 10)
    assert "1 is not in this genome" in caught.value.what and "chr1, chr2" in (caught.value.exists or "")
    assert caught.value.fix == "use the same names in both: this genome has chr1, the other file 1"
    with pytest.raises(DemoError) as caught:
        Genome(path).fetch("chr3", 0, 10)
    assert caught.value.fix == "the assembly that the regions refer to"


@pytest.mark.parametrize(
    ("here", "name", "expected"),
    [("chrM", "MT", "chrM"), ("MT", "chrM", "MT"), ("M", "chrM", "M"), ("chrX", "X", "chrX"), ("X", "chrX", "X"),
     ("chr1", "1", "chr1"), ("chr1", "chr2", None), ("scaffold_1", "1", None)],
)  # fmt: skip
def test_the_name_meant(tmp_path: Path, here: str, name: str, expected: str | None) -> None:
    path = tmp_path / "hg.fa"
    path.write_text(f">{here}\nACGT\n")
    said = Genome(path).missing(name)
    assert said == f"on {name}, which the genome does not have" + (f" (it has {expected})" if expected else "")


@pytest.mark.parametrize(("start", "end"), [(-1, 10), (10, 10), (20, 10), (50, 61), (60, 61), (1000, 1100)])
def test_places_that_are_not_on_the_chromosome(tmp_path: Path, start: int, end: int) -> None:
    path = tmp_path / "hg.fa"
    path.write_bytes(FASTA)
    with pytest.raises(DemoError, match=r"(?s)not on the chromosome.*chr2 has 60 bases"):
        Genome(path).fetch("chr2", start, end)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("hg.fa.gz", gzip.compress(FASTA), "(?s)gzipped without blocks.*gunzip hg.fa.gz && bgzip hg.fa"),
        ("hg.fa", gzip.compress(FASTA), "gzipped without blocks"),
        ("hg.fa.gz", FASTA, "named as if gzipped"),
        ("hg.fa", b"", "This file is empty"),
        ("hg.fa", b"\n\n", "no sequence in this file"),
        ("hg.fa", b"ACGT\nACGT\n", "(?s)not FASTA: no line '>name'.*line 1$"),
        ("hg.2bit", b"\x43\x27\x41\x1a" + bytes(100), "(?s)2bit.*twoBitToFa hg.2bit hg.fa"),
        ("hg.fa", b"\x1a\x41\x27\x43" + bytes(100), "2bit"),
        ("hg.fa", b"\xef\xbb\xbf>chr1\nACGT\n", "(?s)byte order mark.*tail"),
        ("hg.fa", b">chr1\rACGT\rACGT\r", r"(?s)old Macs.*tr '\\r' '\\n' < hg\.fa"),
        ("hg.fa.bz2", b"BZh91AY&SY" + bytes(100), "(?s)bzip2.*bunzip2 hg.fa.bz2"),
        ("hg.zip", b"PK\x03\x04" + bytes(100), "zip archive"),
        ("hg.fa", b">a\nACGT\nAC\nACGT\n", "(?s)differ in length.*line 3"),
        ("hg.fa", b">a\nACGT\nACGTA\n", "(?s)differ in length.*line 3"),
        ("hg.fa", b">a\nACGT\n\nACGT\n", "(?s)differ in length.*line 3"),
        ("hg.fa", b">a\nACGT\nAC\n\n\n>b\nACGT\n", "(?s)blank lines between.*line 4"),
        ("hg.fa", b">a\nACGT\n\n\n>b\nACGT\n", "(?s)blank lines between.*line 3"),
        ("hg.fa", b">a\nACGT\n>b\nA\n>a x\nACGT\n", "(?s)Two sequences have the name 'a'.*line 5"),
        ("hg.fa", b">\nACGT\n", "(?s)no name.*line 1"),
        ("hg.fa", b">a\r\nACGT\r\nACGT\nACG\r\n", "hg.fa"),
    ],
)
def test_files_that_are_no_genome(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DemoError, match=what) as caught:
        Genome(tmp_path / name)
    assert (caught.value.where or "").startswith(str(tmp_path / name))
    assert not re.search(r"report this|[Dd]elete|pyfaidx|index", str(caught.value))
    assert sorted(os.listdir(tmp_path)) == [name]


def test_block_gzip_under_another_name_and_cut_off(tmp_path: Path) -> None:
    whole = bgzipped(tmp_path / "hg.fa.gz")
    (tmp_path / "hg.fa").write_bytes(whole.read_bytes())
    with pytest.raises(DemoError, match=r"rename it to hg\.fa\.gz"):
        Genome(tmp_path / "hg.fa")
    (tmp_path / "cut.fa.gz").write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(DemoError, match="damaged or truncated"):
        Genome(tmp_path / "cut.fa.gz")


OTHER_ORDER = "".join(
    f">{name}\n" + "".join(f"{bases[i : i + 60]}\n" for i in range(0, len(bases), 60))
    for name, bases in reversed(CHROMOSOMES.items())
).encode()
NO_INDEX = {
    "of the chromosomes in another order": lambda fai: fai_of(OTHER_ORDER),
    "of other line lengths": lambda fai: fai_of(FASTA.replace(b"\n", b"\r\n")),
    "cut off after a line": lambda fai: fai.split(b"\n")[0] + b"\n",
    "cut off within a line": lambda fai: fai[:-5],
    "without its first chromosome": lambda fai: fai.split(b"\n", 1)[1],
    "empty": lambda fai: b"",
    "with a chromosome more": lambda fai: fai + b"chr9\t100\t9999\t60\t61\n",
    "with a name of another file": lambda fai: fai.replace(b"chr2", b"chr3"),
    "with a shorter chromosome": lambda fai: fai.replace(b"4001", b"4000"),
    "with a longer chromosome": lambda fai: fai.replace(b"4001", b"4002"),
    "no index": lambda fai: b"no index\n",
    "no text": lambda fai: bytes(range(256)),
}


def fai_of(content: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.fa"
        path.write_bytes(content)
        Genome(path).close()
        return (path.parent / "x.fa.fai").read_bytes()


@pytest.mark.parametrize("form", ["plain", "bgzip"])
@pytest.mark.parametrize("kind", NO_INDEX)
def test_an_index_that_does_not_fit_is_built_again(tmp_path: Path, form: str, kind: str) -> None:
    path = tmp_path / ("hg.fa.gz" if form == "bgzip" else "hg.fa")
    bgzipped(path) if form == "bgzip" else path.write_bytes(FASTA)
    Genome(path).close()
    index = Path(f"{path}.fai")
    right = index.read_bytes()
    wrong = NO_INDEX[kind](right)
    assert wrong != right
    index.write_bytes(wrong)
    with Genome(path) as genome:
        assert genome.lengths == {name: len(bases) for name, bases in CHROMOSOMES.items()}
        for name, bases in CHROMOSOMES.items():
            assert genome.fetch(name, 0, len(bases)) == bases.upper()
    assert index.read_bytes() == right


def test_a_block_index_that_does_not_fit_is_built_again(tmp_path: Path) -> None:
    path, other = tmp_path / "hg.fa.gz", tmp_path / "other.fa.gz"
    # Several blocks, of which the first chromosome fills the first two.
    bases = {"chr1": letters(200_001, 5), "chr2": letters(90_000, 6)}
    content = "".join(f">{name}\n{text}\n" for name, text in bases.items()).encode()
    bgzipped(path, content)
    bgzipped(other, content[::-1].replace(b"\n", b"A").replace(b">", b"") * 2)
    Genome(path).close()
    index = Path(f"{path}.gzi")
    right = index.read_bytes()
    assert len(right) > 8 + 2 * 16
    blocks = struct.unpack("<Q", right[:8])[0]
    for wrong in (b"", right[:-16], right[:-3], struct.pack("<Q", blocks - 1) + right[8:-16], right[:8] + right[24:],
                  right + right[-16:], right[:16] + right[8:16] + right[24:]):  # fmt: skip
        index.write_bytes(wrong)
        with Genome(path) as genome:
            assert genome.fetch("chr1", 150_000, 150_050) == bases["chr1"][150_000:150_050].upper()
            assert genome.fetch("chr2", 89_950, 90_000) == bases["chr2"][89_950:].upper()
        assert index.read_bytes() == right


def test_no_home_is_no_cache_folder(read_only: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)

    # A uid without an entry in the password file, as in containers.
    def no_entry(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", no_entry)
    assert Genome(read_only / "hg.fa").fetch("chr2", 10, 20) == CHROMOSOMES["chr2"][10:20].upper()
    assert sorted(os.listdir(read_only)) == ["hg.fa", "hg.fa.gz"]


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hg.fa")
    with pytest.raises(DemoError, match="This is a pipe, which can be read only once; give a file"):
        Genome(tmp_path / "hg.fa")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no such file"):
        Genome(tmp_path / "hg.fa")
    with pytest.raises(DemoError, match="directory"):
        Genome(tmp_path)


def opened_or_refused(path: Path) -> None:
    try:
        with Genome(path) as genome:
            for name, length in genome.lengths.items():
                if length:
                    assert len(genome.fetch(name, 0, length)) == length
    except DemoError as error:
        assert (error.where or "").startswith(str(path))


@MANY
@given(noise_or_mutations(b">a\nACGT\nAC\n>b\nACGTA\n", ">a >b >\n ACGT ; >c\r\nACGT\r\n \n\n"))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("any.fa", "any.fa.gz"):
        (tmp_path / name).write_bytes(content)
        for index in tmp_path.glob("*.fai"):
            index.unlink()
        opened_or_refused(tmp_path / name)


@MANY
@given(noise_or_mutations(b"a\t4\t3\t4\t5\nb\t4\t11\t4\t5\n", "a b 0 -1 4\t5 99999999999999999999"))
def test_whatever_the_index_the_sequences_are_right(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "any.fa").write_bytes(b">a\nACGT\n>b\nTTGA\n")
    (tmp_path / "any.fa.fai").write_bytes(content)
    with Genome(tmp_path / "any.fa") as genome:
        assert genome.lengths == {"a": 4, "b": 4}
        assert (genome.fetch("a", 0, 4), genome.fetch("b", 0, 4)) == ("ACGT", "TTGA")


BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""An empty block, which ends a file."""


@MANY
@given(noise_or_mutations(BLOCK, "BC"))
def test_any_block_gzip_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    bgzipped(tmp_path / "any.fa.gz", b">a\nACGT\n")
    whole = (tmp_path / "any.fa.gz").read_bytes()
    for data in (whole[:18] + content, whole + content, whole[: len(content)] + whole):
        (tmp_path / "any.fa.gz").write_bytes(data)
        for index in (*tmp_path.glob("*.fai"), *tmp_path.glob("*.gzi")):
            index.unlink()
        opened_or_refused(tmp_path / "any.fa.gz")


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
def test_any_bytes_of_a_bed_file_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
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

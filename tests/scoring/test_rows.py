import gzip
from pathlib import Path

import pytest

from demo.scoring.rows import fasta_source, kind_of, seq_gz_source, strings_source
from demo.sequences import SequenceSet, encode, write_seq_gz
from demo.utils.errors import DemoError


def test_fasta_rows_and_what_is_remarked(tmp_path: Path) -> None:
    path = tmp_path / "x y é.fa"
    path.write_text(">one first\nacg\ntr\n>two\nACGUN\n")
    source = fasta_source(path, 5)
    assert [(row.fields, row.sequences, row.line) for row in source.rows] == [
        (("one", "0", "5"), ("ACGTN",), 1),
        (("two", "0", "5"), ("ACGTN",), 4),
    ]
    assert list(source.remarks.values()) == [1, 1] and "written with U, read as T" in source.remarks


def test_seq_gz_rows_have_labels(tmp_path: Path) -> None:
    labels = encode(["CA"])[0]
    write_seq_gz(tmp_path / "x.seq.gz", SequenceSet(["a", "b"], encode(["ACGT", "GGGN"]), labels))
    source = seq_gz_source(tmp_path / "x.seq.gz", 4)
    assert source.columns == ("name", "label")
    assert [(row.fields, row.sequences) for row in source.rows] == [(("a", "1"), ("ACGT",)), (("b", "0"), ("GGGN",))]


def test_fasta_of_any_length_is_read_in_windows(tmp_path: Path) -> None:
    path = tmp_path / "x.fa"
    path.write_text(">a\nACG\n>b\nACGTACGA\n")
    everywhere, by_two = fasta_source(path, 5), fasta_source(path, 5, stride=2)
    assert everywhere.best_of_line and not by_two.best_of_line
    assert [(row.fields, row.sequences[0], row.start) for row in everywhere.rows] == [
        (("a", "0", "3"), "NACGN", -1),
        *((("b", str(i), str(i + 5)), "ACGTACGA"[i : i + 5], i) for i in range(4)),
    ]
    assert list(everywhere.remarks.values()) == [1]
    assert [row.fields[1] for row in by_two.rows] == ["0", "0", "2"]
    assert [row.fields for row in strings_source(["ACGTA", "ACGTAC"], 5).rows] == [
        ("1", "0", "5"), ("2", "0", "5"), ("2", "1", "6"),
    ]  # fmt: skip
    with pytest.raises(DemoError, match="no sequence"):
        strings_source([], 5)


def test_labelled_sequences_of_another_length_are_refused_with_their_line(tmp_path: Path) -> None:
    write_seq_gz(tmp_path / "x.seq.gz", SequenceSet(["a"], encode(["ACGT"]), encode(["C"])[0]))
    with pytest.raises(DemoError, match=r"(?s)'a' has 4 bp.*trained on 5.*x.seq.gz, line 2.*input=regions.bed"):
        list(seq_gz_source(tmp_path / "x.seq.gz", 5).rows)


@pytest.mark.parametrize(
    "name, kind",
    [
        ("x.fa", "fasta"), ("X.FASTA.gz", "fasta"), ("x.fna.bgz", "fasta"), ("x.seq.gz", "seq.gz"), ("x.bed", "bed"),
        ("x.narrowPeak.gz", "bed"), ("x.broadPeak", "bed"), ("a.vcf", "vcf"), ("a b.vcf.gz", "vcf"),
    ],
)  # fmt: skip
def test_kinds_by_name(name: str, kind: str) -> None:
    assert kind_of(Path(name)) == kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (">a\nACGT\n", "fasta"), ("; comment\n>a\nACGT\n", "fasta"),
        ("##fileformat=VCFv4.2\n", "vcf"), ("#CHROM\tPOS\tID\n", "vcf"), ("chr1\t100\trs1\tA\tG\t.\n", "vcf"),
        ("FoldID\tEventID\tseq\tBound\n", "seq.gz"),
        ("chr1\t100\t200\n", "bed"), ("chr1 100 200\n", "bed"), ("track name=x\n# y\nchr1\t1\t2\tCAT\t5\n", "bed"),
        ("#PeakID\tchr\nc-1\tc\t101\t400\t+\n", "bed"), ("chr\tstart\tend\tlength\n", "bed"),
    ],
)  # fmt: skip
def test_kinds_by_content_where_the_name_says_nothing(tmp_path: Path, content: str, kind: str) -> None:
    for name in ("stdin", "x.txt", "x.gz"):
        data = content.encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name == "x.gz" else data)
        assert kind_of(tmp_path / name) == kind


@pytest.mark.parametrize("content", ["name,score\n", "{}\n", "# only a comment\n", "motif 1 x\n"])
def test_files_of_no_kind(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.txt").write_text(content)
    with pytest.raises(DemoError, match=r"(?s)neither from its name nor from its content.*vcf: \.vcf"):
        kind_of(tmp_path / "x.txt")

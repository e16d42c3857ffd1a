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
        (("one",), ("ACGTN",), 1),
        (("two",), ("ACGTN",), 4),
    ]
    assert list(source.remarks.values()) == [1]


def test_seq_gz_rows_have_labels(tmp_path: Path) -> None:
    labels = encode(["CA"])[0]
    write_seq_gz(tmp_path / "x.seq.gz", SequenceSet(["a", "b"], encode(["ACGT", "GGGN"]), labels))
    source = seq_gz_source(tmp_path / "x.seq.gz", 4)
    assert source.columns == ("name", "label")
    assert [(row.fields, row.sequences) for row in source.rows] == [(("a", "1"), ("ACGT",)), (("b", "0"), ("GGGN",))]


def test_another_length_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.fa"
    path.write_text(">a\nACGTA\n>b\nACGT\n")
    with pytest.raises(DemoError, match=r"(?s)'b' has 4 bp.*trained on 5.*x.fa, line 3.*input=regions.bed"):
        list(fasta_source(path, 5).rows)
    with pytest.raises(DemoError, match=r"(?s)has 3 bp.*sequence 2"):
        list(strings_source(["ACGTA", "ACG"], 5).rows)
    with pytest.raises(DemoError, match="no sequence"):
        strings_source([], 5)


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

import gzip
from pathlib import Path

import pytest
from hypothesis import given

from any_bytes import MANY, noise_or_mutations
from demo.sequences.variants import Variant, iterate_vcf, not_bases
from demo.utils.errors import DemoError

HEADER = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
VCF = HEADER + "chr1\t10\trs1\tA\tg,<DEL>,*\t.\tPASS\t.\nchr2\t1\t.\tac\tA\t9\t.\tDP=1\n"
READ = [
    Variant("chr1", 9, "rs1", "A", ("G", "<DEL>", "*"), 3),
    Variant("chr2", 0, ".", "AC", ("A",), 4),
]


@pytest.mark.parametrize(
    "content", [VCF.encode(), VCF.replace("\n", "\r\n").encode(), gzip.compress(VCF.encode())], ids=["", "crlf", "gz"]
)
def test_variants_are_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mes variantes é.vcf"
    path.write_bytes(content)
    assert list(iterate_vcf(path)) == READ


def test_symbols_of_vcf_are_no_letters(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    symbols = ("<DUP:TANDEM>", "*", ".", "G]17:198982]", "[13:123457[C", ".A", "T.")
    path.write_text(f"chr1\t5\t.\tN\t{','.join(symbols)}\n")
    (variant,) = iterate_vcf(path)
    assert variant.alts == symbols and all(map(not_bases, symbols)) and not_bases("ACGTN") is None


@pytest.mark.parametrize(
    ("allele", "kind"),
    [
        ("ACGTN", None), ("R", "ambiguity"), ("ACGY", "ambiguity"), ("U", "ambiguity"), (".", "without"),
        ("", "without"), ("*", "symbolic"), ("<DEL>", "symbolic"), ("<*>", "symbolic"), ("<INS:ME:ALU>", "symbolic"),
        ("G]17:198982]", "symbolic"), ("]<ctg1>:7]A", "symbolic"), ("T.", "symbolic"), ("-", "no allele"),
        ("0", "no allele"), ("A/G", "no allele"), ("<X", "no allele"), ("PROTEIN", "no allele"),
    ],
)  # fmt: skip
def test_kinds_of_alleles(allele: str, kind: str | None) -> None:
    found = not_bases(allele)
    assert (found is None) == (kind is None) and (kind or "") in (found or "")


def test_odd_variants_do_not_stop_the_stream(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    path.write_text(HEADER + "chr1\t0\t.\tN\tA\nchr1\t5\t.\tr\ta,y\nchr1\t6\t.\t-\tA,\nchr1\t7\t.\tA\tG\n")
    assert [(v.start, v.ref, v.alts) for v in iterate_vcf(path)] == [
        (-1, "N", ("A",)), (4, "R", ("A", "Y")), (5, "-", ("A", "")), (6, "A", ("G",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line, words",
    [
        ("chr1\t10\trs1\tA", ["line 3", "4 columns"]),
        ("chr1 10 rs1 A G", ["line 3", "1 columns"]),
        ("chr1\tten\t.\tA\tG", ["line 3", "'ten'"]),
        ("chr1\t1_0\t.\tA\tG", ["line 3", "'1_0'"]),
        ("\t10\t.\tA\tG", ["line 3", "no name"]),
    ],
)
def test_malformed_lines(tmp_path: Path, line: str, words: list[str]) -> None:
    path = tmp_path / "x.vcf"
    path.write_text(HEADER + line + "\n")
    with pytest.raises(DemoError) as error:
        list(iterate_vcf(path))
    for word in (*words, str(path)):
        assert word in str(error.value)


def test_files_without_variants(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    for content, word in (
        (b"", "empty"),
        (HEADER.encode(), "no variant"),
        (gzip.compress(VCF.encode())[:-9], "truncated"),
    ):
        path.write_bytes(content)
        with pytest.raises(DemoError, match=word):
            list(iterate_vcf(path))


@MANY
@given(data=noise_or_mutations(VCF.encode(), "chr1 10 A G,<DEL> . * ## #CHROM rs1 N]2:5] 0"))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.vcf"
    path.write_bytes(data)
    try:
        variants = list(iterate_vcf(path))
    except DemoError:
        return
    assert variants and all(v.start >= -1 and v.alts for v in variants)

"""Labelled sequences: what is read, how it is split, and what each mistake is told."""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from demo.data.labelled.files import is_labelled
from demo.data.labelled.module import LabelledDataModule
from demo.data.labelled.read import read_labelled
from demo.data.labelled.settings import LabelledSettings
from demo.data.labelled.splits import folds_of, groups_of
from demo.sequences import Task, decode, encode
from demo.utils.errors import DemoError


def table(path: Path, rows: list[tuple[str, str]], separator: str = "\t") -> Path:
    path.write_text("\n".join(separator.join(row) for row in [("sequence", "label"), *rows]) + "\n")
    return path


def rows(count: int = 30, labels: str = "abc", length: int = 12, letters: str = "ACGT") -> list[tuple[str, str]]:
    random = np.random.default_rng(0)
    return [("".join(random.choice(list(letters), length)), label) for label in labels for _ in range(count)]


def read(path: Path, test: Path | None = None, **settings: object):
    return read_labelled(path, test or path, LabelledSettings(**settings))


def test_a_table_is_split_by_class_and_equal_sequences_stay_together(tmp_path: Path) -> None:
    many = rows(40)
    many += [(sequence, label) for sequence, label in many[:10]]
    data = read(table(tmp_path / "x.csv", many, ","))
    assert data.train.task.classes == ("a", "b", "c") and len(data.test) + len(data.train) == len(many)
    assert set(Counter(data.test.labels.tolist()).values()) <= {8, 9, 10}
    assert not {bytes(row) for row in data.train.codes} & {bytes(row) for row in data.test.codes}
    folds = [read(tmp_path / "x.csv", fold=fold).test.ids for fold in range(5)]
    assert sorted(name for part in folds for name in part) == sorted([*data.train.ids, *data.test.ids])


def test_sequences_that_share_a_word_are_one_group() -> None:
    as_given = Task(strands=1)
    groups = groups_of(encode(["AAAACCCC", "CCCCGGGG", "GGGGTTTT", "ACACACAC"]), as_given, 4)
    assert len(set(groups[:3])) == 1 and groups[3] != groups[0]
    assert len(set(folds_of(groups_of(encode(["A", "A", "C", "G"]), as_given), list("xxxx"), 2, 0)[:2])) == 1
    # Padding is nothing that sequences have in common; on two strands, the other one is.
    assert len(set(groups_of(encode(["ACGTNNNN", "CCATNNNN"]), as_given, 4))) == 2
    assert (
        len(set(groups_of(encode(["AACG", "CGTT"]), Task())))
        == 1
        < len(set(groups_of(encode(["AACG", "CGTT"]), as_given)))
    )


def test_sequences_that_are_equal_once_cropped_are_on_one_side(tmp_path: Path) -> None:
    many = [(f"{'ACGT'[i % 4]}{s}", label) for i in range(2) for s, label in rows(30, "ab")]
    data = read(table(tmp_path / "x.tsv", many), length=12, crop="end", strands=1)
    assert not {bytes(row) for row in data.train.codes} & {bytes(row) for row in data.test.codes}


def test_fasta_has_its_label_in_the_header_and_rna_may_be_written_with_t(tmp_path: Path) -> None:
    path = tmp_path / "x.fa.gz"
    records = "".join(f"> chr{i}; class:{int(label == 'b')}\n{s}\n" for i, (s, label) in enumerate(rows(20, "ab")))
    path.write_bytes(gzip.compress(records.encode()))
    data = read(path, alphabet="rna")
    assert data.train.task.classes == ("0", "1") and data.train.task.strands == 1
    assert any("written with T, read as U" in note for note in data.notes)
    with pytest.raises(DemoError, match="no label in this header"):
        read(path, alphabet="rna", label=r"kind=(\w+)")


@pytest.mark.parametrize(
    "changed, settings, message, fix",
    [
        (rows(letters="ACDEFGHIKL"), {}, "is not a letter of DNA", "data.alphabet=protein"),
        (rows(letters="ACDEFGHIKL"), {"alphabet": "rna"}, "is not a letter of RNA", "data.alphabet=protein"),
        ([*rows(), *rows(3, "d")], {}, "'d' has 3 sequences", "merge it with another class"),
        (rows(labels="a"), {}, "All sequences have the label 'a'", ""),
        ([*rows(), *rows(labels="d", length=5)], {}, "2 different lengths, from 5 to 12 bp", "data.length=12"),
        ([(s, f"x{i}") for i, (s, _) in enumerate(rows(60))], {}, "'x0' has 1 sequence, too few", "merge"),
        ([(s, f"{i}.5") for i, (s, _) in enumerate(rows(100))], {}, "more than 255: are these numbers", ""),
        ([("ACGT" * 3, label) for _, label in rows()], {}, "one that is equal to another", "data.test="),
        ([(f"ACXG{s}", label) for s, label in rows()], {}, "'X' at position 3", "an unknown position is written N"),
        ([(f"ZACG{s}", label) for s, label in rows()], {}, "'Z' at position 1", "data.alphabet=ACGTZ"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path, changed, settings, message, fix) -> None:
    with pytest.raises(DemoError, match=message) as caught:
        read(table(tmp_path / "x.tsv", changed), **settings)
    assert fix in (caught.value.fix or "")


def test_what_may_be_a_mistake_is_said(tmp_path: Path) -> None:
    many = rows(20, "ab")
    path = table(
        tmp_path / "x.csv", [*many, *many[:3], (many[0][0], "b"), *((s[::-1], "A") for s, _ in many[20:32])], ";"
    )
    notes = read(path).notes
    assert any("more than one label" in note and note.startswith("1 ") for note in notes)
    assert any("differ only in case" in note and "A, a" in note for note in notes)
    assert any("are set aside for the test" in note for note in notes)


def test_a_class_of_the_test_file_alone_is_an_error(tmp_path: Path) -> None:
    train, test = table(tmp_path / "train.tsv", rows()), table(tmp_path / "test.tsv", rows(labels="abcd"))
    with pytest.raises(DemoError, match="'d' is in no training sequence"):
        read(train, test)


@pytest.mark.parametrize("crop, pad, long, short", [("start", "end", "ACGT", "CNNN"), ("end", "both", "GTAC", "NCNN")])
def test_lengths_are_made_equal_as_the_settings_say(tmp_path, crop, pad, long, short) -> None:
    changed = [*rows(length=4), *(("ACGTAC", "a") for _ in range(12)), *(("C", "b") for _ in range(12))]
    data = read(table(tmp_path / "x.tsv", changed), length=4, crop=crop, pad=pad)
    assert {long, short} <= {*decode(data.train.codes), *decode(data.test.codes)}
    assert {note.split(" ", 1)[1] for note in data.notes} >= {f"sequences are cropped to 4 bp (data.crop={crop})."}


def test_two_hundred_classes_are_read(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    many = [("".join(random.choice(list("ACGT"), 12)), f"c{label}") for label in range(200) for _ in range(10)]
    data = LabelledDataModule(table(tmp_path / "x.tsv", many), tmp_path / "x.tsv", LabelledSettings(test_fraction=0.3))
    data.setup()
    assert data.task.outputs == 200 and len(set(data.validation_labels.tolist())) == 200


def test_the_positive_class_is_the_rarer_one_unless_it_is_named(tmp_path: Path) -> None:
    path = table(tmp_path / "x.tsv", [*rows(40, "a"), *rows(15, "b")])
    assert read(path).train.task.classes == ("a", "b")
    assert read(path, positive="a").train.task.classes == ("b", "a")


def test_an_epoch_has_every_sequence_once_and_balanced_classes_weigh_the_same(tmp_path: Path) -> None:
    path = table(tmp_path / "x.tsv", [*rows(40, "a"), *rows(20, "b")])
    data = LabelledDataModule(path, path, LabelledSettings(strands=1, class_weights="balanced"))
    data.setup()
    codes, labels = data.epoch(0)
    assert sorted(map(bytes, codes)) == sorted(map(bytes, data.training.codes))
    weights = np.array(data.class_weights)[labels]
    assert weights[labels == 0].sum() == pytest.approx(weights[labels == 1].sum())
    assert not np.array_equal(codes, data.epoch(1)[0]) and np.array_equal(codes, data.epoch(0)[0])


def test_labelled_sequences_are_told_from_peaks(tmp_path: Path) -> None:
    def is_told(text: str) -> bool:
        (tmp_path / "given").write_text(text)
        return is_labelled(tmp_path / "given")

    assert is_told("id\tlabel\tsequence\nx\tEI\tACGT\n")
    assert is_told(">x; class:0\nACGT\n>y; class:1\nACGT\n")
    assert not is_told(">x class:1\nACGT\n>y class:1\nACGT\n")
    assert not is_told(">sp|P1|NAME\nACGT\n>sp|P2|OTHER\nACGT\n")
    assert not is_told("chr1\t10\t200\tlabel\n")

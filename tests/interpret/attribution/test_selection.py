import logging
from pathlib import Path

import numpy as np
import pytest

from demo.interpret.attribution.selection import read_sequences, top_positives
from demo.sequences import SequenceSet, decode
from demo.utils.errors import DemoError
from interpret.extraction.known_network import SITE, positives, site_model


def fasta(path: Path, **sequences: str) -> Path:
    path.write_text("".join(f">{name} more\n{letters}\n" for name, letters in sequences.items()))
    return path


def test_the_surest_bound_sequences_come_first() -> None:
    codes = positives(40)
    labels = np.tile(np.array([1, 0], np.uint8), 20)
    test = SequenceSet([f"s{i}" for i in range(40)], codes, labels)
    chosen = top_positives(site_model(), test, 7)
    logits = site_model().logits(codes)
    assert len(chosen.names) == 7 and chosen.labels == [1] * 7 and chosen.starts == [0] * 7
    places = [int(name[1:]) for name in chosen.names]
    assert all(labels[place] == 1 for place in places)
    assert np.array_equal(chosen.codes, codes[places])
    assert logits[places].min() >= np.sort(logits[labels == 1])[-7]
    with pytest.raises(DemoError, match="top is 21, and the test set has 20 bound") as caught:
        top_positives(site_model(), test, 21)
    assert caught.value.fix == "top=20"


def test_data_of_another_length() -> None:
    test = SequenceSet(["a"], positives(1, 50), np.ones(1, np.uint8))
    with pytest.raises(DemoError, match="reads sequences of 60 bp, the test set's have 50 bp"):
        top_positives(site_model(), test, 1)


def test_of_a_long_sequence_the_best_window_is_taken(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    long = "G" * 200 + SITE + "G" * 91
    path = fasta(tmp_path / "x.fa", without="G" * 60, long=long)
    with caplog.at_level(logging.INFO):
        found = read_sequences(site_model(), path, 5)
    assert found.names == ["long", "without"] and found.labels == [None, None]
    start = found.starts[0]
    assert SITE in decode(found.codes)[0] and decode(found.codes)[0] == long[start : start + 60]
    assert f"long has 300 bp, the model reads 60: explained at {start + 1}-{start + 60}" in caplog.text


def test_only_the_top_ones_are_taken_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = fasta(tmp_path / "x.fa", a="G" * 60, b=SITE + "G" * 51, c="C" * 60)
    with caplog.at_level(logging.INFO):
        assert read_sequences(site_model(), path, 1).names == ["b"]
    assert "1 of 3 sequences are explained" in caplog.text


@pytest.mark.parametrize(
    ("letters", "message"),
    [
        ("ACGT", "'x' has 4 bp, the model reads 60"),
        ("A" * 10_001, "10,001 bp; at most 10,000"),
        ("MKVLW" * 12, "not a nucleotide"),
    ],
)
def test_what_cannot_be_explained(tmp_path: Path, letters: str, message: str) -> None:
    with pytest.raises(DemoError, match=message) as caught:
        read_sequences(site_model(), fasta(tmp_path / "x.fa", x=letters), 10)
    assert "x.fa, line" in str(caught.value.where)


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "x.fa").write_text("")
    with pytest.raises(DemoError):
        read_sequences(site_model(), tmp_path / "x.fa", 10)

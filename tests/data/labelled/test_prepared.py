"""``deep-motif prepare data=labelled``: one table, from which a training has the same split."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.data.labelled.test_read import rows, table

import demo
from demo.data.labelled.module import LabelledDataModule
from demo.data.labelled.settings import LabelledSettings
from demo.utils.errors import DemoError


def parts(path: Path, **settings: object) -> list[tuple[bytes, list[int], list[str]]]:
    data = LabelledDataModule(path, path, LabelledSettings(**settings))
    data.setup()
    return [(s.codes.tobytes(), s.labels.tolist(), s.ids) for s in (data.training, data.validation, data.test_set())]


def test_a_training_on_the_table_has_the_same_parts(tmp_path: Path) -> None:
    many = [*rows(40, "ab"), *rows(15, "c", 9)]
    given = table(tmp_path / "given.csv", many + many[:7], ",")
    made = demo.prepare(
        data={"path": str(given), "alphabet": "rna", "length": 12, "pad": "end", "fold": 2, "split_seed": 5},
        tf="mine",
        out=tmp_path / "out",
    )
    assert made.train_path == made.test_path == tmp_path / "out" / "mine.tsv"
    assert parts(made.train_path, alphabet="rna") == parts(
        given, alphabet="rna", length=12, pad="end", fold=2, split_seed=5
    )
    note = json.loads((tmp_path / "out" / "mine.json").read_text())
    assert sum(note["counts"]["c"].values()) == 15 and any("padded to 12 nt" in text for text in note["notes"])
    assert "U" in made.train_path.read_text().split("\n")[1]
    with pytest.raises(DemoError, match="exists already"):
        demo.prepare(data={"path": str(given), "alphabet": "rna", "length": 12}, tf="mine", out=tmp_path / "out")


def test_settings_of_peaks_are_not_for_labelled_sequences(tmp_path: Path) -> None:
    given = str(table(tmp_path / "x.tsv", rows()))
    with pytest.raises(DemoError, match="negatives= is for peaks"):
        demo.prepare(data={"path": given}, negatives="genomic", out=tmp_path)
    with pytest.raises(DemoError, match="These are labelled sequences") as caught:
        demo.prepare(given, "MYTF", out=tmp_path)
    assert "prepare data=labelled data.path=" in (caught.value.fix or "")
    assert not np.any([path.suffix == ".json" for path in tmp_path.iterdir()])

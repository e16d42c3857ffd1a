"""One FASTA a class: from a mapping or a folder to labelled sequences, and what mistakes are told."""

from pathlib import Path

import pytest
from tests.data.labelled.test_read import rows

from demo.commands.command_line import as_text
from demo.data.labelled.read import read_labelled
from demo.data.labelled.settings import LabelledSettings
from demo.data.sources import labelled_data
from demo.utils.errors import DemoError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "splice"
    made.mkdir()
    for label in ("EI", "IE"):
        records = [f">{label}{i}\n{sequence}\n" for i, (sequence, _) in enumerate(rows(labels=label[0]))]
        (made / f"{label}.fa").write_text("".join(records))
    return made


def test_a_folder_and_a_mapping_are_the_same_data(folder: Path) -> None:
    joined = folder.parent / "joined"
    of_folder = labelled_data(None, str(folder), None, None, joined)
    of_mapping = labelled_data("splice", {"EI": "EI.fa", "IE": "IE.fa"}, None, folder, joined)
    assert of_folder == of_mapping
    assert of_folder.name == "splice"
    path = of_folder.train_path
    assert path is not None
    assert path == of_folder.test_path
    read = read_labelled(path, path, LabelledSettings(positive="IE"))
    names = [*read.train.ids, *read.test.ids]
    labels = [*read.train.labels.tolist(), *read.test.labels.tolist()]
    assert {(name[:2], label) for name, label in zip(names, labels, strict=True)} == {("EI", 0), ("IE", 1)}
    # Other sequences are another table: that of an earlier run stays.
    (folder / "EI.fa").write_text((folder / "EI.fa").read_text() + ">more\nACGTACGTACGT\n")
    assert labelled_data("splice", str(folder), None, None, joined).train_path != path
    assert path.exists()


def test_an_error_names_the_file_of_the_user(folder: Path) -> None:
    (folder / "IE.fa").write_text((folder / "IE.fa").read_text() + ">odd\nACGTACGTACGZ\n")
    made = labelled_data(None, str(folder), None, None, folder.parent / "joined")
    assert made.train_path
    with pytest.raises(DemoError, match=r"'Z' at position 12 of 'odd'") as caught:
        read_labelled(made.train_path, made.train_path, LabelledSettings())
    assert caught.value.where == "IE.fa, line 61"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"EI": "EI.fa", "IE": "no.fa"}, "no such file of the class 'IE'"),
        ({"EI": "EI.fa", "IE": "EI.fa"}, "'EI' and 'IE' have the same file"),
        ({"EI": "EI.fa"}, "two classes at least"),
        (["EI.fa", "IE.fa"], "does not say which class"),
        ({"a b": "EI.fa", "IE": "IE.fa"}, "no name for the data set"),
    ],
)
def test_what_is_wrong_with_the_files_is_said(folder: Path, given: object, message: str) -> None:
    with pytest.raises(DemoError, match=message):
        labelled_data(None, given, None, folder, folder.parent / "joined")


def test_files_of_a_mapping_are_text() -> None:
    assert as_text("data.test={0: 'a,b.fa'}") == "data.test={0: 'a,b.fa'}"
    assert as_text("data.path={EI: a/2024_11.fa, 0:~/b.fa}") == "data.path={EI: 'a/2024_11.fa',0: '~/b.fa'}"

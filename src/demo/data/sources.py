"""The data of a run: where they come from, files on disk or a simulation, and how training uses them."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from demo.data.catalogue import TEST_SUFFIX, TRAIN_SUFFIX, DataSet, UnknownTF, resolve
from demo.data.labelled.class_files import class_files, joined
from demo.data.simulate import simulated_dataset
from demo.utils.checks import choice, flag, real, whole
from demo.utils.environment import typed
from demo.utils.errors import DemoError
from demo.utils.text_files import require_regular


@dataclass(frozen=True)
class DataSettings:
    """How training uses a data set.

    Args:
        batch_size: sequences per batch.
        validation_fraction: fraction of the training file held out for validation, in (0, 0.5].
        reverse_complement: whether training reverse complements each sequence with probability 0.5, drawn again in
            every epoch.
        shift: training shifts each sequence by up to this many bp, drawn again in every epoch, and pads with N.
        fresh_negatives: whether each epoch has new shuffles; otherwise all epochs use those of the first.
        negatives_per_positive: shuffles of each training positive in an epoch. More than one lowers the predicted
            probabilities accordingly. Validation always has one.
        label_noise: fraction of training labels that are flipped, drawn again in every epoch, in [0, 0.5].

    Raises:
        SettingError: a setting is out of range.
    """

    batch_size: int = 64
    validation_fraction: float = 0.1
    reverse_complement: bool = True
    shift: int = 4
    fresh_negatives: bool = True
    negatives_per_positive: int = 1
    label_noise: float = 0.0

    def __post_init__(self) -> None:
        whole("batch_size", self.batch_size, 2, 1_000_000)
        real("validation_fraction", self.validation_fraction, 0, 0.5, open_low=True)
        flag("reverse_complement", self.reverse_complement)
        whole("shift", self.shift, 0, 1_000_000)
        flag("fresh_negatives", self.fresh_negatives)
        whole("negatives_per_positive", self.negatives_per_positive, 1, 1000)
        real("label_noise", self.label_noise, 0, 0.5)


SOURCES = ("auto", "encode", "simulated", "labelled")
"""Values of ``data=``."""

DEFAULT_FOLDER = Path("data")
"""Searched if neither ``data.dir=`` nor ``DEMO_DATA`` names a folder."""

JOINED = "joined"
"""Folder in that of runs, for tables made of one FASTA a class."""

_log = logging.getLogger(__name__)


def data_folder(setting: str | None) -> Path | None:
    """The folder that ``data.dir=`` names, otherwise ``data/`` if it exists, otherwise ``None``."""
    # An empty variable names no folder.
    if setting:
        return Path(setting)
    return DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else None


class FoundSet(NamedTuple):
    """A data set on disk.

    Attributes:
        dataset: whose two files exist.
        source: ``encode``, ``user`` or ``simulated``.
        message: how it was chosen; empty if there was no choice.
    """

    dataset: DataSet
    source: str
    message: str = ""

    def say_how(self) -> None:
        """Log how it was chosen."""
        if self.message:
            _log.info(self.message)


def find_data(
    tf: str, *, cell: str | None, lab: str | None, source: str, folder: Path | None, simulated_folder: Path
) -> FoundSet:
    """The data set of a command.

    Args:
        tf: a TF or the name of a data set.
        cell: restricts to a cell line.
        lab: restricts to a lab.
        source: ``auto`` (simulate if no real set is on disk), ``encode`` (fail instead), ``simulated``. Labelled
            sequences are found by ``labelled_data``.
        folder: of real data sets, if any.
        simulated_folder: where simulated sets are written.

    Raises:
        DemoError: the name is unknown or ambiguous, a file is missing, or there is nothing to simulate from.
    """
    if source == "labelled":
        raise DemoError(
            "Trunks are pretrained on peaks, not on labelled sequences.",
            fix=f"{typed('train')} data=labelled data.path=<file>",
        )
    choice("data.source", source, SOURCES[:3])
    if source == "simulated":
        return FoundSet(_simulated(tf, simulated_folder), "simulated")
    try:
        resolution = resolve(tf, folder, cell, lab)
    except UnknownTF as unknown:
        if source == "encode":
            raise
        return FoundSet(_simulated_if_known(tf, simulated_folder, unknown), "simulated")
    found = resolution.dataset
    if found.on_disk:
        return FoundSet(found, source_of(found), resolution.message)
    if source == "encode":
        place = f"{folder}/" if folder else f"a folder named by data.dir= or DEMO_DATA, or {DEFAULT_FOLDER}/"
        raise DemoError(
            f"The data set {found.name} is not on disk.",
            where=str(folder or "no data folder"),
            fix=f"put {found.name}{TRAIN_SUFFIX} and {found.name}{TEST_SUFFIX} (DeepBind's ENCODE data, Alipanahi et "
            f"al. 2015) into {place}, or data=auto for simulated data",
        )
    return FoundSet(_simulated(found.tf, simulated_folder), "simulated")


def labelled_data(name: str | None, path: object, test: object, folder: Path | None, joined_folder: Path) -> DataSet:
    """The data set of labelled sequences in a file, or in one FASTA a class.

    Args:
        name: of the data set; that of the file or folder, or the labels, if None.
        path: the file; or one FASTA a class: a mapping, label to file, or a folder with them.
        test: likewise, of the test; ``None`` if a part of the first is the test.
        folder: where they are looked for, if they are not where ``path`` says.
        joined_folder: where the table of several files is written.

    Returns:
        The set; without test sequences of their own, both of its files are the same.

    Raises:
        DemoError: a file is not there, or the name is none of a folder.
    """
    found: list[Path | dict[str, Path]] = []
    for each in (path,) if test is None else (path, test):
        if not isinstance(each, str):
            found.append(class_files(each, folder))
            continue
        there = [file for file in (Path(each), *([folder / each] if folder else [])) if file.exists()]
        if not there:
            raise DemoError(
                "There is no such file of labelled sequences.",
                where=each,
                fix="data.path=<a table with columns sequence and label, FASTA, or a folder with one FASTA a class>",
            )
        require_regular(there[0])
        found.append(class_files(there[0], folder) if there[0].is_dir() else there[0])
    if test is not None and found[0] == found[1]:
        raise DemoError(
            "The test file is the training file.",
            where=str(test),
            fix="leave data.test= out, and a part of the file is set aside (data.test_fraction)",
        )
    if name is None:
        first = found[0]
        stem = first.name.partition(".")[0] if isinstance(first, Path) else _named_by(path, list(first))
        name = re.sub(r"[_.-]?train(ing)?$", "", stem) or "labelled"
    if not name or "/" in name or name.startswith("."):
        raise DemoError(f"{name!r} cannot be the name of a data set: it is that of a folder.", fix="tf=mydata")
    parts = ("train", "test") if len(found) == 2 else ("all",)
    files = [
        each if isinstance(each, Path) else joined(each, joined_folder, f"{name}_{part}")
        for each, part in zip(found, parts, strict=True)
    ]
    return DataSet(name, name, None, None, files[0], files[-1])


def _named_by(path: object, labels: list[str]) -> str:
    """The name of a folder with one FASTA a class; of a mapping, its labels."""
    if isinstance(path, str):
        return Path(path).resolve().name
    name = "-".join(labels)
    if len(name) > 60 or not re.fullmatch(r"[\w.+-]+", name):
        raise DemoError("The labels are no name for the data set.", exists=labels[:20], fix="tf=mydata")
    return name


def source_of(dataset: DataSet) -> str:
    """``encode`` for a set on disk that is DeepBind's or named by an ENCODE accession, ``simulated`` for one that was
    made by a simulation, otherwise ``user``."""
    if dataset.name.endswith("_simulated"):
        return "simulated"
    known = dataset.published is not None or re.search("ENCSR|ENCFF", dataset.name)
    return "encode" if known else "user"


def _simulated(tf: str, folder: Path) -> DataSet:
    dataset = simulated_dataset(tf, folder)
    _log.warning(
        "\n  *** SIMULATED DATA ***  These are not ChIP-seq peaks: they are random sequences with planted sites of "
        "the JASPAR matrix of %s.\n  Numbers and motifs of this run say nothing about %s in a cell. "
        "For real data: data.dir=<folder with .seq.gz files>\n",
        dataset.tf,
        dataset.tf,
    )
    return dataset


def _simulated_if_known(tf: str, folder: Path, unknown: UnknownTF) -> DataSet:
    """Simulate a TF outside the catalogue if JASPAR has it; otherwise the name is unknown."""
    try:
        return _simulated(tf, folder)
    except DemoError as no_matrix:
        raise unknown from no_matrix

"""The data of a run: where they come from, files on disk or a simulation, and how training uses them."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path

from demo.data.catalogue import TEST_SUFFIX, TRAIN_SUFFIX, DataSet, UnknownTF, resolve
from demo.data.simulate import simulated_dataset
from demo.utils.checks import choice, flag, real, whole
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

_log = logging.getLogger(__name__)


def data_folder(setting: str | None) -> Path | None:
    """The folder that ``data.dir=`` names, otherwise ``data/`` if it exists, otherwise ``None``."""
    # An empty variable names no folder.
    if setting:
        return Path(setting)
    return DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else None


def find_data(
    tf: str, *, cell: str | None, lab: str | None, source: str, folder: Path | None, simulated_folder: Path
) -> tuple[DataSet, str]:
    """The data set of a command, and the kind of its data.

    Args:
        tf: a TF or the name of a data set.
        cell: restricts to a cell line.
        lab: restricts to a lab.
        source: ``auto`` (simulate if no real set is on disk), ``encode`` (fail instead), ``simulated``. Labelled
            sequences are found by ``labelled_data``.
        folder: of real data sets, if any.
        simulated_folder: where simulated sets are written.

    Returns:
        The set, whose two files exist, and ``encode``, ``user`` or ``simulated``.

    Raises:
        DemoError: the name is unknown or ambiguous, a file is missing, or there is nothing to simulate from.
    """
    if source == "labelled":
        raise DemoError(
            "data=labelled is for one training at a time: a sweep or a pretraining looks for data sets of peaks.",
            fix="train.py data=labelled data.path=<file>, and the study of all runs afterwards",
        )
    choice("data.source", source, SOURCES[:3])
    if source == "simulated":
        return _simulated(tf, simulated_folder), "simulated"
    try:
        resolution = resolve(tf, folder, cell, lab)
    except UnknownTF as unknown:
        if source == "encode":
            raise
        return _simulated_if_known(tf, simulated_folder, unknown), "simulated"
    found = resolution.dataset
    if found.on_disk:
        _log.info(resolution.message)
        return found, source_of(found)
    if source == "encode":
        place = f"{folder}/" if folder else f"a folder named by data.dir= or DEMO_DATA, or {DEFAULT_FOLDER}/"
        raise DemoError(
            f"The data set {found.name} is not on disk.",
            where=str(folder or "no data folder"),
            fix=f"put {found.name}{TRAIN_SUFFIX} and {found.name}{TEST_SUFFIX} (DeepBind's ENCODE data, Alipanahi et "
            f"al. 2015) into {place}, or data=auto for simulated data",
        )
    return _simulated(found.tf, simulated_folder), "simulated"


def labelled_data(name: str | None, path: str, test: str | None, folder: Path | None) -> DataSet:
    """The data set of labelled sequences in a file.

    Args:
        name: of the data set; that of the file if None.
        path: the file.
        test: the test file; ``None`` if a part of the first is the test.
        folder: where they are looked for, if they are not where ``path`` says.

    Returns:
        The set; without a test file, both of its files are the same.

    Raises:
        DemoError: a file is not there, or the name is none of a folder.
    """
    found = []
    for each in (path, test or path):
        there = [file for file in (Path(each), *([folder / each] if folder else [])) if file.exists()]
        if not there:
            raise DemoError(
                "There is no such file of labelled sequences.",
                where=each,
                fix="data.path=<a table with columns sequence and label, or FASTA>",
            )
        require_regular(there[0])
        found.append(there[0])
    name = name or re.sub(r"[_.-]?train(ing)?$", "", found[0].name.partition(".")[0]) or "labelled"
    if "/" in name or name.startswith("."):
        raise DemoError(f"{name!r} cannot be the name of a data set: it is that of a folder.", fix="tf=mydata")
    return DataSet(name, name, None, None, found[0], found[1])


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

"""``deep-motif prepare``: a data set from a user's peaks, or from labelled sequences."""

import logging
import os
import re
import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from demo.commands.prepare_labelled import prepare_labelled
from demo.data.catalogue import DataSet, resolve
from demo.data.labelled.files import is_labelled
from demo.data.prepare.bound import (
    FEWEST_PEAKS,
    TOP,
    Bound,
    bound_windows,
    by_chromosome,
    by_rank,
    is_fasta,
    overlapping,
    sequences_of,
)
from demo.data.prepare.dataset import files_of, set_name, write
from demo.data.prepare.negatives import NEGATIVES, Negatives, Wanted, from_fasta
from demo.data.sources import DEFAULT_FOLDER, data_folder
from demo.runs.result import git_commit, versions
from demo.sequences import Genome, SequenceSet
from demo.utils.checks import choice, flag, whole
from demo.utils.config import check_given, plain
from demo.utils.environment import typed
from demo.utils.errors import DemoError
from demo.utils.files import check_not_input, checksums
from demo.utils.text_files import input_file

_SPLITS = ("rank", "chromosome")
_OVERLAPS_TEST = "training window that overlaps a test window"

_log = logging.getLogger(__name__)


def prepare_command(config: DictConfig) -> DataSet:
    """Make a data set from a user's peaks, or from labelled sequences, and log how many were kept or dropped.

    Args:
        config: ``conf/prepare.yaml`` with the command's overrides.

    Returns:
        The data set, in its two files; in one, if it has labels.

    Raises:
        DemoError: a setting or a file is unusable, the data set exists already, or too few peaks are left.
    """
    if "data" in config:
        return prepare_labelled(plain(config))
    more = f"; {typed('prepare')} --help says more"
    check_given(config, {"tf": f"tf=MYTF{more}", "peaks": f"peaks=peaks.narrowPeak{more}"})
    length = whole("length", config.length, 20, 100_000)
    seed = whole("seed", config.seed, 0)
    choice("split", config.split, _SPLITS)
    name = set_name(config.tf, config.cell, config.name)
    folder = Path(str(config.out or DEFAULT_FOLDER))
    files = files_of(folder, name, force=flag("force", config.force))

    with ExitStack() as opened:
        own_negatives = None if config.negatives in NEGATIVES else str(config.negatives)
        _check_there(own_negatives)
        # As typed -> a file with what it holds, which a pipe is not.
        inputs = {
            typed: opened.enter_context(input_file(typed))
            for typed in (str(config.peaks), own_negatives)
            if typed is not None
        }
        if is_labelled(inputs[str(config.peaks)]):
            raise DemoError(
                "These are labelled sequences, not peaks.",
                where=str(config.peaks),
                fix=f"{typed('prepare')} data=labelled data.path={config.peaks}, or train on them as they are: "
                f"{typed('train')} data=labelled data.path={config.peaks}",
            )
        genome = opened.enter_context(Genome(str(config.genome))) if config.genome is not None else None
        bound = _ranks_in_names(_bound(inputs[str(config.peaks)], genome, length))
        test = _test_part(config, bound)
        leaks = overlapping(bound, test)
        bound, test = bound.select(~leaks, _OVERLAPS_TEST), test[~leaks]
        _log.info(_what_became_of(bound, config.peaks))
        positives = SequenceSet(bound.names, bound.codes, np.ones(len(bound), np.uint8))
        per_peak = whole("genomic_per_peak", config.genomic_per_peak, 1)
        wanted = Wanted(bound, test, genome, config.split == "chromosome", per_peak, seed)
        if own_negatives is None:
            negatives = _checked(config.negatives, NEGATIVES[config.negatives](wanted), length)
        else:
            negatives = from_fasta(inputs[own_negatives], wanted)
        sources = {_source(typed, file): checksums(file)[file.name] for typed, file in inputs.items()}
        if genome is not None:
            sources[str(genome.path.resolve())] = checksums(genome.path)[genome.path.name]
        for file in files:
            check_not_input(file, [*inputs, config.genome])

    training, held_out = positives.select(~test), positives.select(test)
    counts = {
        "read": bound.read,
        "dropped": dict(bound.dropped),
        "training_positives": len(training),
        "training_negatives": len(negatives.training),
        "test_positives": len(held_out),
        "test_negatives": len(negatives.test),
        **negatives.counts,
    }
    write(
        files,
        [training, negatives.training],
        [held_out, negatives.test],
        {
            "what": "a user's peaks, prepared for training",
            "data_set": name,
            "sources": sources,
            "settings": {key: value for key, value in plain(config).items() if key not in ("out", "force")},
            "read_as": str(bound.form or "FASTA"),
            "ranked_by": bound.ranked_by,
            "coordinates": "as in BED: the first base of a chromosome is 0",
            "counts": counts,
            "versions": versions(),
            "git_commit": git_commit(),
        },
    )
    _log.info(_what_came_out(config, files, name, counts, negatives))
    return resolve(name, folder).dataset


def _check_there(negatives: str | None) -> None:
    """``negatives=`` is a file, if it is not the name of a way of making them; a ``DemoError`` otherwise."""
    if negatives not in (None, "-") and not Path(negatives).exists():
        raise DemoError(
            f"negatives is {negatives!r}.",
            exists=f"it may be {', '.join(NEGATIVES)}, or a FASTA file (there is no file of that name)",
            fix="negatives=shuffled; a way of your own needs plugins=<module> that registers it",
        )


def _checked(name: str, negatives: Negatives, length: int) -> Negatives:
    """What a way of making negatives returned, which may be the user's own.

    Raises:
        DemoError: it is not what ``Negatives`` promises.
    """
    for part, records in (("training", negatives.training), ("test", negatives.test)):
        if not isinstance(records, SequenceSet) or records.labels.any():
            problem = f"has {part} negatives that are not sequences labelled 0; demo.data.prepare.negatives.unbound"
            raise DemoError(f"negatives={name} {problem} makes them.")
        if len(records) and records.codes.shape[1] != length:
            raise DemoError(f"negatives={name} has {part} negatives of {records.codes.shape[1]} bp, not {length} bp.")
    if not len(negatives.test):
        raise DemoError(f"negatives={name} has no test negatives.")
    return negatives


def _source(typed: str, file: Path) -> str:
    """What the note calls an input: the whole path of a file; a pipe, which has none that lasts, as it was typed."""
    return str(file.resolve()) if file == Path(typed) else f"pipe {typed}"


def _bound(peaks: Path, genome: Genome | None, length: int) -> Bound:
    if is_fasta(peaks):
        bound = sequences_of(peaks, length)
    elif genome is None:
        raise DemoError(
            "The peaks are regions of a genome, and genome= is not given.",
            where=str(peaks),
            fix="genome=hg38.fa, or peaks= with a FASTA file of the bound sequences",
        )
    else:
        bound = bound_windows(peaks, genome, length)
    if len(bound) < FEWEST_PEAKS:
        raise DemoError(
            f"{len(bound)} usable peaks are too few: a training and a test set need {FEWEST_PEAKS} at least.",
            where=str(peaks),
            exists=f"{bound.read:,} in the file; dropped: "
            + (", ".join(f"{count:,} {reason}" for reason, count in bound.dropped.items()) or "none"),
        )
    return bound


def _ranks_in_names(bound: Bound) -> Bound:
    """``seq_00002_peak_chr1:100-201``: DeepBind's names, then the region or the name of the sequence."""
    return replace(bound, names=[f"seq_{rank:05d}_peak_{name}" for rank, name in enumerate(bound.names, start=1)])


def _test_part(config: DictConfig, bound: Bound) -> NDArray[np.bool_]:
    if config.split == "rank":
        return by_rank(len(bound))
    bound.require_regions("split=chromosome", "split=rank")
    chosen = config.test_chromosomes
    return by_chromosome(bound, [str(chosen)] if isinstance(chosen, str | int) else [str(chrom) for chrom in chosen])


def _what_became_of(bound: Bound, path: object) -> str:
    lines = [f"{path}: {bound.read:,} {'peaks' if bound.form else 'sequences'}, strongest first by: {bound.ranked_by}"]
    lines += [f"  {bound.form}"] if bound.form else []
    lines += [f"  {count:>9,}  dropped: {reason}" for reason, count in bound.dropped.items()]
    return "\n".join([*lines, f"  {len(bound):>9,}  kept"])


def _what_came_out(
    config: DictConfig, files: Sequence[Path], name: str, counts: dict[str, Any], negatives: Negatives
) -> str:
    train_file, test_file, note = files
    lines = [
        *negatives.report,
        f"Training: {counts['training_positives']:,} positives, "
        + (f"{counts['training_negatives']:,} negatives" if counts["training_negatives"] else "shuffled in training"),
        f"  {train_file}",
        f"Test:     {counts['test_positives']:,} positives, {counts['test_negatives']:,} negatives",
        f"  {test_file}",
        f"Note of what they were made of:\n  {note}",
    ]
    if config.split == "rank" and counts["test_positives"] < TOP // 2:
        lines.append(
            f"Few peaks: {counts['test_positives']:,} are for the test (DeepBind has {TOP // 2}), a third of all; "
            "the interval of its AUROC will be wide."
        )
    return "\n".join([*lines, f"Next: {_next(config, train_file.parent, name)}"])


def _next(config: DictConfig, folder: Path, name: str) -> str:
    """The command that trains on this set; by its whole name where the factor has other sets too."""
    found = resolve(str(config.tf), folder).dataset.name == name
    words = [*typed("train").split(), f"tf={config.tf if found else name}"]
    if folder != data_folder(os.environ.get("DEMO_DATA")):
        simple = re.fullmatch(r"[A-Za-z0-9_./-]+", str(folder))
        words.append(f"data.dir={folder}" if simple else f'data.dir="{folder}"')
    return shlex.join(words)

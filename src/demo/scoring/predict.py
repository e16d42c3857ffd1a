"""Scores of new sequences, peaks and variants as a table: ``demo.predict``."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from numpy.typing import NDArray

from demo.runs.trained_model import TrainedModel, load
from demo.scoring.regions import bed_source, vcf_source
from demo.scoring.rows import Source, fasta_source, kind_of, seq_gz_source, strings_source, table_source
from demo.scoring.tables import Ensemble, columns, reasons, score
from demo.sequences import BINDING, Genome, Task, decode, encode
from demo.utils.errors import DemoError
from demo.utils.text_files import input_file

if TYPE_CHECKING:
    import pandas as pd

_log = logging.getLogger(__name__)


def predict(
    run: str | os.PathLike[str] | TrainedModel | Sequence[str | os.PathLike[str] | TrainedModel],
    sequences: str | os.PathLike[str] | Sequence[str] | NDArray[Any],
    *,
    genome: str | os.PathLike[str] | None = None,
    stride: int | None = None,
) -> pd.DataFrame:
    """Scores of sequences, as ``deep-motif predict`` writes them.

    Args:
        run: a run directory, a checkpoint, a loaded model, or several of these as an ensemble.
        sequences: strings, or others as ``demo.encode`` takes them; or the path of a FASTA, ``.seq.gz``, BED, peak or
            VCF file, which may be a pipe.
        genome: FASTA; for BED and VCF.
        stride: bp between windows along regions of a BED file, see ``demo.scoring.regions.bed_source``, or along
            sequences, of which only the best window is returned otherwise; of several classes, the best for each.

    Returns:
        One row per sequence, window or alternative allele: what the input says of it, then ``logit`` (the network's
        log odds) and ``probability`` (0-1, calibrated) or, of variants, ``demo.scoring.tables.COMPARED_SCORES``; of
        several classes ``predicted`` and the probability of each, after ``best_for``, the class that a row is the best
        window for, without ``stride``. Of fine-tuned networks also ``pretrained_on``: whether the trunk was
        trained on a sequence that shares a 20-mer with this one, ``yes`` or ``no``; not of variants.

    Raises:
        DemoError: a run or the input cannot be used.
    """
    import pandas as pd

    runs = [run] if isinstance(run, str | os.PathLike | TrainedModel) else list(run)
    models = [one if isinstance(one, TrainedModel) else load(one) for one in runs]
    ensemble = Ensemble(models, torch.device("cpu"))
    with ExitStack() as opened:
        if isinstance(sequences, str | os.PathLike):
            path = opened.enter_context(input_file(sequences))
            source = file_source(path, ensemble.length, genome, stride, ensemble.task)
        else:
            are_strings = all(isinstance(sequence, str) for sequence in sequences)
            strings = (
                list(sequences)
                if are_strings
                else decode(encode(sequences, alphabet=ensemble.task.alphabet), ensemble.task.alphabet)
            )
            source = strings_source(strings, ensemble.length, stride, ensemble.task.alphabet)
        rows = [[*row.fields, *scores] for row, scores in score(source, ensemble)]
    log_remarks(source)
    whole_numbers = {name: int for name in ("start", "end", "position", "label") if name in source.columns}
    return pd.DataFrame(rows, columns=list(columns(source, ensemble))).astype(whole_numbers)


def file_source(
    path: Path,
    length: int,
    genome: str | os.PathLike[str] | None = None,
    stride: int | None = None,
    task: Task = BINDING,
) -> Source:
    """What is to score in a file, whose kind ``kind_of`` tells.

    Args:
        path: FASTA, ``.seq.gz``, BED or VCF.
        length: of the sequences or windows in bp.
        genome: FASTA, for BED and VCF.
        stride: for FASTA and BED.
        task: what the network reads.

    Raises:
        DemoError: the kind is unknown, or a setting is missing or not for this kind.
    """
    kind = kind_of(path)
    if task.arguments and kind in ("bed", "vcf", "seq.gz"):
        # A genome has two strands and four letters, and .seq.gz two classes.
        raise DemoError(
            f"This network reads {task.alphabet.title} as it is given, and tells {len(task.classes)} classes apart: it "
            f"scores sequences, not {kind}.",
            where=str(path),
            fix="input=sequences.fa, or a table with a column sequence",
        )
    if kind in ("fasta", "seq.gz", "table"):
        if genome is not None:
            raise DemoError(f"genome= is for regions of a genome (BED, VCF); this is {kind}.", where=str(path))
        if kind == "fasta":
            return fasta_source(path, length, stride, task.alphabet)
        if kind == "table":
            return table_source(path, length, stride, task.alphabet)
        if stride is not None:
            raise DemoError("stride= is for FASTA and BED; this is seq.gz.", where=str(path))
        return seq_gz_source(path, length)
    if genome is None:
        raise DemoError(f"{kind.upper()} holds positions, not sequences: the genome is missing.", fix="genome=hg38.fa")
    if kind == "bed":
        return bed_source(path, Genome(genome), length, stride)
    if stride is not None:
        raise DemoError("stride= is for FASTA and BED; variants are scored where they are.", where=str(path))
    return vcf_source(path, Genome(genome), length)


def log_remarks(source: Source) -> None:
    """Say what the input was read as, and how many rows were skipped or odd, and why."""
    if source.read_as:
        _log.info("%s", source.read_as)
    for remark, count in source.remarks.items():
        _log.warning("%s rows %s", f"{count:,}", remark)
    if source.skipped:
        _log.warning("%s", reasons(source))

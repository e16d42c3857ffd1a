"""``python predict.py`` and ``demo.predict``: scores of new sequences."""

from __future__ import annotations

import gzip
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import torch
from omegaconf import DictConfig
from tqdm import tqdm

from demo.checks import choice, whole
from demo.configuration import check_given
from demo.device import choose_device
from demo.errors import DemoError
from demo.files import atomic_write
from demo.loading import TrainedModel, load
from demo.run_paths import run_paths
from demo.scoring.engine import Ensemble
from demo.scoring.regions import bed_source, sorted_bed_source
from demo.scoring.rows import Source, fasta_source, kind_of, seq_gz_source, strings_source
from demo.scoring.tables import SCORES, ScoredRow, bedgraph, columns, reasons, score, tsv
from demo.scoring.variant_windows import vcf_source
from demo.sequences.genome import Genome

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("tsv", "bedgraph")
"""What ``format`` may be."""

_log = logging.getLogger(__name__)


def predict_command(config: DictConfig) -> None:
    """``python predict.py``: score an input with one run or with several, and write a table.

    Args:
        config: ``conf/predict.yaml`` with the command's overrides.

    Raises:
        DemoError: a setting, a run or the input cannot be used, or the output cannot be written.
    """
    check_given(config, {"run": "run=runs/<data set>/<model>/seed0", "input": "input=peaks.fa"})
    choice("format", config.format, FORMATS)
    choice("value", config.value, SCORES)
    stride = None if config.stride is None else whole("stride", config.stride, 1)
    torch.set_num_threads(whole("threads", config.threads, 1, 1024))
    ensemble = Ensemble(
        [load(path) for path in run_paths(config.run)], choose_device("accelerator", config.accelerator)
    )
    path = Path(config.input)
    if config.format == "bedgraph":
        source, genome = _bedgraph_source(path, config.genome, ensemble.length, stride)
        rows = _with_progress(score(source, ensemble))
        lines = bedgraph(rows, stride or 1, ensemble.length, config.value, genome.lengths)
    else:
        source = file_source(path, ensemble.length, config.genome, stride)
        lines = tsv(columns(source), _with_progress(score(source, ensemble)))
    with _opened(config.output) as file:
        file.writelines(lines)
    _say_what_happened(ensemble, source, config.output)


def predict(
    run: str | os.PathLike[str] | TrainedModel | Sequence[str | os.PathLike[str] | TrainedModel],
    sequences: str | os.PathLike[str] | Sequence[str],
    *,
    genome: str | os.PathLike[str] | None = None,
    stride: int | None = None,
) -> pd.DataFrame:
    """Scores of sequences, as ``python predict.py`` writes them.

    Args:
        run: a run directory, a checkpoint, a loaded model, or several of these as an ensemble.
        sequences: strings of the model's length; or the path of a FASTA, ``.seq.gz``, BED or VCF file.
        genome: FASTA; for BED and VCF.
        stride: for BED, see ``demo.scoring.regions.bed_source``.

    Returns:
        One row per sequence, window or alternative allele: what the input says of it, then ``logit`` (the network's
        log odds) and ``probability`` (0-1, calibrated) or, of variants, ``demo.scoring.tables.COMPARED_SCORES``.

    Raises:
        DemoError: a run or the input cannot be used.
    """
    import pandas as pd

    runs = [run] if isinstance(run, str | os.PathLike | TrainedModel) else list(run)
    models = [one if isinstance(one, TrainedModel) else load(one) for one in runs]
    ensemble = Ensemble(models, torch.device("cpu"))
    if isinstance(sequences, str | os.PathLike):
        source = file_source(Path(sequences), ensemble.length, genome, stride)
    else:
        source = strings_source(sequences, ensemble.length)
    rows = [[*row.fields, *scores] for row, scores in score(source, ensemble)]
    _say_what_was_odd(source)
    whole_numbers = {name: int for name in ("start", "end", "position", "label") if name in source.columns}
    return pd.DataFrame(rows, columns=list(columns(source))).astype(whole_numbers)


def file_source(
    path: Path, length: int, genome: str | os.PathLike[str] | None = None, stride: int | None = None
) -> Source:
    """What is to score in a file, which is of the kind that its name says.

    Args:
        path: FASTA, ``.seq.gz``, BED or VCF.
        length: letters of the sequences or windows.
        genome: FASTA, for BED and VCF.
        stride: for BED.

    Raises:
        DemoError: the name says no kind, or a setting is missing or not for this kind.
    """
    kind = kind_of(path)
    if kind in ("fasta", "seq.gz"):
        for name, value in (("genome", genome), ("stride", stride)):
            if value is not None:
                raise DemoError(f"{name}= is for places in a genome (BED, VCF); this is {kind}.", where=str(path))
        return fasta_source(path, length) if kind == "fasta" else seq_gz_source(path, length)
    if genome is None:
        raise DemoError(f"{kind.upper()} says where, not what: the genome is missing.", fix="genome=hg38.fa")
    if kind == "bed":
        return bed_source(path, Genome(genome), length, stride)
    if stride is not None:
        raise DemoError("stride= is for BED; variants are scored where they are.", where=str(path))
    return vcf_source(path, Genome(genome), length)


def _bedgraph_source(path: Path, genome: str | None, length: int, stride: int | None) -> tuple[Source, Genome]:
    if kind_of(path) != "bed" or stride is None or genome is None:
        raise DemoError(
            "A bedGraph is made by sliding along the intervals of a BED file.",
            where=str(path),
            fix="input=regions.bed genome=hg38.fa stride=10",
        )
    opened = Genome(genome)
    return sorted_bed_source(path, opened, length, stride), opened


def _with_progress(rows: Iterable[ScoredRow]) -> Iterator[ScoredRow]:
    terminal = sys.stderr.isatty()
    return tqdm(rows, desc="scoring", unit=" rows", mininterval=0.2 if terminal else 30, file=sys.stderr)


@contextmanager
def _opened(output: str | None) -> Iterator[IO[Any]]:
    """A text file to write lines to: standard output, or ``output``, which is there whole or not at all."""
    if output is None:
        yield sys.stdout
        return
    with atomic_write(output) as temporary:
        opener = gzip.open if str(output).endswith(".gz") else open
        with opener(temporary, "wt", encoding="utf-8") as file:
            yield file


def _say_what_happened(ensemble: Ensemble, source: Source, output: str | None) -> None:
    temperatures = ", ".join(f"{model.temperature:.3g}" for model in ensemble.models)
    mean = f", means of {len(ensemble.models)} runs (logits; probabilities)" if len(ensemble.models) > 1 else ""
    simulated = " (trained on simulated data)" if any(m.data_source == "simulated" for m in ensemble.models) else ""
    _log.info("%s%s%s; temperature %s", ensemble.tf, simulated, mean, temperatures)
    _say_what_was_odd(source)
    if output is not None:
        _log.info("%s", output)


def _say_what_was_odd(source: Source) -> None:
    for remark, count in source.remarks.items():
        _log.warning("%s rows %s", f"{count:,}", remark)
    if source.skipped:
        _log.warning("%s", reasons(source))

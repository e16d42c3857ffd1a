"""``deep-motif predict``: a table of scores of new sequences."""

from __future__ import annotations

import gzip
import io
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import torch
from omegaconf import DictConfig
from tqdm import tqdm

from demo.runs.directory import run_paths
from demo.runs.trained_model import load
from demo.scoring.predict import file_source, log_remarks
from demo.scoring.regions import sorted_bed_source
from demo.scoring.rows import Source, kind_of
from demo.scoring.tables import SCORES, Ensemble, ScoredRow, columns, score, tsv
from demo.scoring.tracks import TrackValue, bedgraph, intervals, write_bigwig
from demo.sequences.genome import Genome
from demo.utils.checks import choice, whole
from demo.utils.config import check_given, plain
from demo.utils.errors import DemoError
from demo.utils.files import atomic_write, check_not_input
from demo.utils.hardware import choose_device
from demo.utils.text_files import input_file

FORMATS = ("tsv", "bedgraph", "bigwig")
"""Values of ``format``."""

_log = logging.getLogger(__name__)


def predict_command(config: DictConfig) -> None:
    """Score an input with one or several runs, and write a table.

    Args:
        config: ``conf/predict.yaml`` with the command's overrides.

    Raises:
        DemoError: a setting, a run or the input is unusable, or the output cannot be written.
    """
    check_given(config, {"run": "run=runs/<data set>/<model>/seed0", "input": "input=peaks.fa"})
    choice("format", config.format, FORMATS)
    choice("value", config.value, SCORES)
    if config.format == "bigwig" and (config.output is None or not _may_be_a_file(Path(config.output))):
        raise DemoError("A bigWig is written to a file.", fix="output=scores.bw")
    stride = None if config.stride is None else whole("stride", config.stride, 1)
    torch.set_num_threads(whole("threads", config.threads, 1, 1024))
    ensemble = Ensemble(
        [load(path) for path in run_paths(plain(config)["run"])], choose_device("accelerator", config.accelerator)
    )
    if config.output is not None:
        check_not_input(config.output, [config.input, config.genome, *_files_of_runs(ensemble)])
    with input_file(str(config.input)) as path:
        if config.format == "tsv":
            source = file_source(path, ensemble.length, config.genome, stride, ensemble.task)
            with _opened(config.output) as file:
                file.writelines(tsv(columns(source, ensemble), _with_progress(score(source, ensemble))))
        else:
            if ensemble.task.arguments:
                raise DemoError("A bedGraph or bigWig is of networks that read both strands of DNA.", fix="format=tsv")
            source, genome = _track_source(path, config.genome, ensemble.length, stride)
            rows = _with_progress(score(source, ensemble))
            track = intervals(rows, stride or 1, ensemble.length, config.value, genome.lengths)
            _write_track(config.format, config.output, track, genome)
    _say_what_happened(ensemble, source, config.output)


def _write_track(kind: str, output: str | None, track: Iterator[TrackValue], genome: Genome) -> None:
    if kind == "bedgraph":
        with _opened(output) as file:
            file.writelines(bedgraph(track))
    else:
        assert output is not None
        with atomic_write(output) as temporary:
            write_bigwig(temporary, track, genome.lengths)


def _track_source(path: Path, genome: str | None, length: int, stride: int | None) -> tuple[Source, Genome]:
    if kind_of(path) != "bed" or stride is None or genome is None:
        raise DemoError(
            "A bedGraph or bigWig needs windows along the regions of a BED file.",
            where=str(path),
            fix="input=regions.bed genome=hg38.fa stride=10",
        )
    opened = Genome(genome)
    return sorted_bed_source(path, opened, length, stride), opened


def _may_be_a_file(path: Path) -> bool:
    """Whether it is a file or nothing yet, not a pipe or terminal."""
    return path.is_file() or not path.exists()


def _files_of_runs(ensemble: Ensemble) -> Iterator[Path]:
    """The checkpoints, and everything in the run directories that they are of."""
    for model in ensemble.models:
        yield model.path
        if model.path.parent.name == "checkpoints":
            yield from model.path.parent.parent.rglob("*")


def _with_progress(rows: Iterable[ScoredRow]) -> Iterator[ScoredRow]:
    terminal = sys.stderr.isatty()
    return tqdm(rows, desc="scoring", unit=" rows", mininterval=0.2 if terminal else 30, file=sys.stderr)


@contextmanager
def _opened(output: str | None) -> Iterator[IO[Any]]:
    """A text file to write lines to: standard output, or ``output``, which is written completely or not at all."""
    if output is None or output == "/dev/stdout":
        # Opening it by name would truncate the file that it is redirected to.
        yield sys.stdout
        return
    with atomic_write(output) as temporary, open(temporary, "wb") as file:
        packed = str(output).endswith(".gz")
        # Without name and time, so that the same scores give the same bytes.
        binary = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) if packed else file
        with io.TextIOWrapper(binary, encoding="utf-8") as text:
            yield text


def _say_what_happened(ensemble: Ensemble, source: Source, output: str | None) -> None:
    temperatures = ", ".join(f"{model.temperature:.3g}" for model in ensemble.models)
    mean = f", means of {len(ensemble.models)} runs (logits; probabilities)" if len(ensemble.models) > 1 else ""
    simulated = " (trained on simulated data)" if any(m.data_source == "simulated" for m in ensemble.models) else ""
    _log.info("%s%s%s; temperature %s", ensemble.tf, simulated, mean, temperatures)
    log_remarks(source)
    if output is not None:
        _log.info("%s", output)

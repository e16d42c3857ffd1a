"""What ``python prepare.py`` does."""

import logging
import os
import re
import shlex
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from demo.data.catalogue import resolve
from demo.data.prepare.bound import Bound, bound_windows, is_fasta, sequences_of
from demo.data.prepare.dataset import files_of, set_name, write
from demo.data.prepare.negatives import GenomicWindows, from_fasta, shuffles
from demo.data.prepare.split import FEWEST_PEAKS, TOP, by_chromosome, by_rank, overlapping
from demo.data.sources import DEFAULT_FOLDER, data_folder
from demo.runs.provenance import git_commit, versions
from demo.sequences import Genome, SequenceSet
from demo.utils.checks import choice, flag, whole
from demo.utils.config import check_given, plain
from demo.utils.errors import DemoError
from demo.utils.files import check_not_input, checksums

_SPLITS = ("rank", "chromosome")
_NEGATIVES = ("shuffled", "genomic")
_OVERLAPS_TEST = "training window that overlaps a test window"
_SEED_OF_TEST = 1
"""Added to the seed for what the test has of its own."""

_log = logging.getLogger(__name__)


def prepare_command(config: DictConfig) -> None:
    """Make a data set of a user's peaks, and say what became of them.

    Args:
        config: ``conf/prepare.yaml`` with the command's overrides.

    Raises:
        DemoError: a setting or a file is not usable, the data set is there already, or too few peaks are left.
    """
    more = "; python prepare.py --help says more"
    check_given(config, {"tf": f"tf=MYTF{more}", "peaks": f"peaks=peaks.narrowPeak{more}"})
    length = whole("length", config.length, 20, 100_000)
    seed = whole("seed", config.seed, 0)
    choice("split", config.split, _SPLITS)
    name = set_name(config.tf, config.cell, config.name)
    folder = Path(str(config.out or DEFAULT_FOLDER))
    files = files_of(folder, name, force=flag("force", config.force))

    with ExitStack() as opened:
        genome = opened.enter_context(Genome(str(config.genome))) if config.genome is not None else None
        bound = _ranks_in_names(_bound(config, genome, length))
        test = _test_part(config, bound)
        leaks = overlapping(bound, test)
        bound, test = bound.select(~leaks, _OVERLAPS_TEST), test[~leaks]
        _log.info(_what_became_of(bound, config.peaks))
        positives = SequenceSet(bound.names, bound.codes, np.ones(len(bound), np.uint8))
        unbound = _negatives(config, bound, positives, test, genome, seed)

    training, held_out = positives.select(~test), positives.select(test)
    counts = {
        "read": bound.read,
        "dropped": dict(bound.dropped),
        "training_positives": len(training),
        "training_negatives": len(unbound.training),
        "test_positives": len(held_out),
        "test_negatives": len(unbound.test),
        **unbound.counts,
    }
    own_negatives = None if config.negatives in _NEGATIVES else config.negatives
    sources = [Path(str(path)) for path in (config.peaks, config.genome, own_negatives) if path is not None]
    for file in files:
        check_not_input(file, sources)
    write(
        files,
        [training, unbound.training],
        [held_out, unbound.test],
        {
            "what": "a user's peaks, prepared for training",
            "data_set": name,
            "sources": {str(path.resolve()): checksums(path)[path.name] for path in sources},
            "settings": {key: value for key, value in plain(config).items() if key not in ("out", "force")},
            "ranked_by": bound.ranked_by,
            "places": "as in BED: the first base of a chromosome is 0",
            "counts": counts,
            "versions": versions(),
            "git_commit": git_commit(),
        },
    )
    _log.info(_what_came_out(config, files, name, counts))


class _Unbound(NamedTuple):
    training: SequenceSet
    test: SequenceSet
    counts: dict[str, Any]


def _bound(config: DictConfig, genome: Genome | None, length: int) -> Bound:
    peaks = str(config.peaks)
    if is_fasta(peaks):
        bound = sequences_of(peaks, length)
    elif genome is None:
        raise DemoError(
            "The peaks are places on a genome, and genome= is not given.",
            where=peaks,
            fix="genome=hg38.fa, or peaks= with a FASTA file of the bound sequences",
        )
    else:
        bound = bound_windows(peaks, genome, length)
    if len(bound) < FEWEST_PEAKS:
        raise DemoError(
            f"{len(bound)} usable peaks are too few: a training and a test set need {FEWEST_PEAKS} at least.",
            where=peaks,
            exists=f"{bound.read:,} in the file; dropped: "
            + (", ".join(f"{count:,} {reason}" for reason, count in bound.dropped.items()) or "none"),
        )
    return bound


def _ranks_in_names(bound: Bound) -> Bound:
    """``seq_00002_peak_chr1:100-201``: DeepBind's names, and the place or the name that a sequence had."""
    return replace(bound, names=[f"seq_{rank:05d}_peak_{name}" for rank, name in enumerate(bound.names, start=1)])


def _test_part(config: DictConfig, bound: Bound) -> NDArray[np.bool_]:
    if config.split == "rank":
        return by_rank(len(bound))
    _need_places(bound, "split=chromosome", "split=rank")
    chosen = config.test_chromosomes
    return by_chromosome(bound, [str(chosen)] if isinstance(chosen, str | int) else [str(chrom) for chrom in chosen])


def _need_places(bound: Bound, setting: str, instead: str) -> None:
    if not bound.have_places:
        raise DemoError(
            f"{setting} needs to know where on the genome the peaks are, which FASTA does not say.",
            fix=f"peaks= with a BED file and genome=, or {instead}",
        )


def _negatives(
    config: DictConfig,
    bound: Bound,
    positives: SequenceSet,
    test: NDArray[np.bool_],
    genome: Genome | None,
    seed: int,
) -> _Unbound:
    if config.negatives == "shuffled":
        none = positives.select([])
        return _Unbound(none, shuffles(positives.select(test), seed + _SEED_OF_TEST), {})
    if config.negatives == "genomic":
        _need_places(bound, "negatives=genomic", "negatives=shuffled")
        assert genome is not None
        return _genomic(config, bound, test, genome, seed)
    if not Path(str(config.negatives)).exists():
        raise DemoError(
            f"negatives is {str(config.negatives)!r}.",
            exists="it may be shuffled, genomic, or a FASTA file (there is no file of that name)",
            fix="negatives=shuffled",
        )
    training, held_out, dropped = from_fasta(str(config.negatives), bound.codes, int(test.sum()), seed)
    return _Unbound(training, held_out, {"dropped_negatives": dict(dropped)})


def _genomic(config: DictConfig, bound: Bound, test: NDArray[np.bool_], genome: Genome, seed: int) -> _Unbound:
    """Negatives from the chromosomes that have peaks; those of the test from its own where it has its own."""
    per_peak = whole("genomic_per_peak", config.genomic_per_peak, 1)
    windows = GenomicWindows(genome, bound.peaks, bound.codes.shape[1], seed)
    everywhere = np.ones(len(bound), bool)
    by_rank = config.split == "rank"
    parts = [
        windows.draw(bound.codes[part], count, dict.fromkeys(bound.chroms[everywhere if by_rank else part].tolist()))
        for part, count in ((test, 1), (~test, per_peak))
    ]
    gap = float(np.mean(windows.gc_gaps)) / bound.codes.shape[1]
    return _Unbound(parts[1], parts[0], {"mean_gc_difference": round(gap, 5)})


def _what_became_of(bound: Bound, path: object) -> str:
    lines = [f"{path}: {bound.read:,} {'peaks' if bound.peaks else 'sequences'}, strongest first by: {bound.ranked_by}"]
    lines += [f"  {count:>9,}  dropped: {reason}" for reason, count in bound.dropped.items()]
    return "\n".join([*lines, f"  {len(bound):>9,}  kept"])


def _what_came_out(config: DictConfig, files: Sequence[Path], name: str, counts: dict[str, Any]) -> str:
    train_file, test_file, note = files
    lines = [
        f"Training: {counts['training_positives']:,} positives, "
        + (f"{counts['training_negatives']:,} negatives" if counts["training_negatives"] else "shuffled in training"),
        f"  {train_file}",
        f"Test:     {counts['test_positives']:,} positives, {counts['test_negatives']:,} negatives",
        f"  {test_file}",
        f"Note of what they were made of:\n  {note}",
    ]
    if counts.get("dropped_negatives"):
        dropped = Counter(counts["dropped_negatives"])
        lines[1:1] = [f"  {count:>9,}  negatives dropped: {reason}" for reason, count in dropped.items()]
    if "mean_gc_difference" in counts:
        lines.insert(
            0, f"GC content of negatives: {counts['mean_gc_difference']:.2%} from that of the peaks on average"
        )
    if config.split == "rank" and counts["test_positives"] < TOP // 2:
        lines.append(
            f"Few peaks: {counts['test_positives']:,} are for the test (DeepBind has {TOP // 2}), a third of all; "
            "the interval of its AUROC will be wide."
        )
    return "\n".join([*lines, f"Next: {_next(config, train_file.parent, name)}"])


def _next(config: DictConfig, folder: Path, name: str) -> str:
    """The command that trains on this set; by its whole name where the factor has other sets too."""
    found = resolve(str(config.tf), folder).dataset.name == name
    words = ["python", "train.py", f"tf={config.tf if found else name}"]
    if folder != data_folder(os.environ.get("DEMO_DATA")):
        simple = re.fullmatch(r"[A-Za-z0-9_./-]+", str(folder))
        words.append(f"data.dir={folder}" if simple else f'data.dir="{folder}"')
    return shlex.join(words)

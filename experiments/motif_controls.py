"""Negative and positive controls: ignorant networks must yield no known motif, planted motifs must be recovered.

    python experiments/motif_controls.py --data data [--sets MYC SRF ELK1 USF2 CTCF] [--networks 10] [--steps 1500]
    python experiments/motif_controls.py --data data --pretrained base --controls shuffled simulated --steps 400

Three controls, each through the whole extraction with its defaults and Tomtom against all of a JASPAR release:

untrained   freshly initialised networks, on real peaks;
shuffled    networks trained as usual, but on labels permuted once: peaks and their dinucleotide shuffles in one file,
            the column Bound permuted, so that training, validation, choice of the checkpoint and choice of the motif
            see only these labels (data randomisation, Adebayo et al. 2018, "Sanity checks for saliency maps")
simulated   networks trained as usual on simulated sets, where the planted matrix is known: the positive control.

With --pretrained, networks are fine-tuned from a trunk, whose factors' motifs must not appear in either.

For each kind of motif it prints how many networks yielded one, and how many of all networks match anything, or the TF's
own matrix, at q < 0.05, with exact binomial (Clopper-Pearson) 95 % intervals: once for the motifs that separate
validation positives from their shuffles ("telling"), once for all. A run flags motifs that do not.
"""

import argparse
import csv
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from scipy.stats import binomtest

from demo.commands.cli import bad_input_ends
from demo.compare.comparison import COMPARED, FURTHER, compare_with_jaspar
from demo.compare.known import KnownMatrices
from demo.data.catalogue import TEST_SUFFIX, TRAIN_SUFFIX, DataSet, resolve
from demo.data.datamodule import PeakDataModule
from demo.data.sources import find_data
from demo.interpret.extraction.extract import Extraction, extract_motifs
from demo.interpret.extraction.sketch import make_sketch
from demo.metrics import evaluate
from demo.motifs.jaspar import matrices_of
from demo.networks import make_network
from demo.networks.inference import predict_logits
from demo.runs.settings import MotifSettings, RunSettings
from demo.runs.trained_model import load
from demo.sequences import SequenceSet, read_seq_gz, write_seq_gz
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.training.resolve import TrainingRun, settings_of
from demo.training.train import train
from demo.utils.config import plain
from demo.utils.files import atomic_write

SIGNIFICANT = 0.05
CONTROLS = ("untrained", "shuffled", "simulated")
_CONF = Path(__file__).resolve().parents[1] / "conf"


@dataclass(frozen=True)
class Outcome:
    """One kind of motif of one network against one release; empty if the network yielded no such motif."""

    control: str
    data: str
    seed: int
    validation_auroc: float
    release: str
    motif: str
    consensus: str | None
    bits: float | None
    tells_apart: bool | None
    best_match: str | None
    best_q: float | None
    own_q: float | None


@dataclass(frozen=True)
class Setting:
    """What all controls share."""

    run: RunSettings
    releases: Sequence[str]
    folder: Path


def outcomes(control: str, dataset: DataSet, network: torch.nn.Module, seed: int, setting: Setting) -> list[Outcome]:
    """Extract the motifs of ``network`` as a run does, and look them up."""
    assert dataset.train_path and dataset.test_path
    motif = setting.run.motif
    assert motif.extraction is not None
    data = PeakDataModule(dataset.train_path, dataset.test_path, setting.run.data, seed=seed)
    data.setup()
    auroc = evaluate(data.validation_labels, predict_logits(network, data.validation_codes)).auroc
    own = matrices_of(dataset.tf, motif.release, motif.taxon)
    settings = Extraction.of(motif.extraction)
    extracted = extract_motifs(
        network,
        data.train_positives,
        data.validation_positives,
        dataset.tf,
        settings,
        window_width=own[0].width if own else None,
        # Of the untrained, a sketch would be a trained one.
        sketch=None if control == "untrained" else make_sketch(setting.run.network, data, settings.sketch),
        training_negatives=data.train_negatives,
        validation_negatives=data.validation_codes[data.validation_labels == 0],
    )
    comparison, _ = compare_with_jaspar(extracted.motifs, KnownMatrices(dataset.tf, motif.taxon), setting.releases)
    kinds = [*COMPARED, *(kind for kind in extracted.motifs if FURTHER.fullmatch(kind))]
    rows = []
    for part in comparison.releases:
        for kind in kinds:
            motif, found = extracted.motifs.get(kind), part.motifs.get(kind)
            best, mine = (found.best, found.own) if found else (None, None)
            rows.append(
                Outcome(
                    control, dataset.name, seed, auroc, part.release, kind,
                    motif and motif.consensus,
                    motif and motif.total_information,
                    extracted.separation[kind].tells_apart if kind in extracted.separation else None,
                    best and f"{best.name} ({best.matrix_id}, {best.relation})",
                    best and best.q,
                    mine and mine.q,
                )
            )  # fmt: skip
    return rows


def untrained(dataset: DataSet, seed: int, setting: Setting) -> list[Outcome]:
    """A freshly initialised network."""
    torch.manual_seed(seed)
    network = make_network(setting.run.network).eval()
    return outcomes("untrained", dataset, network, seed, setting)


def shuffled(dataset: DataSet, seed: int, setting: Setting) -> list[Outcome]:
    """A network trained on meaningless labels."""
    made = with_shuffled_labels(dataset, seed, setting.folder)
    return outcomes("shuffled", made, trained(made, "encode", seed, setting), seed, setting)


def with_shuffled_labels(dataset: DataSet, seed: int, folder: Path) -> DataSet:
    """The peaks of a set and a shuffle of each, half of them labelled bound at random; the test file is unchanged."""
    assert dataset.train_path and dataset.test_path
    peaks = read_seq_gz(dataset.train_path).positives
    codes = np.concatenate([peaks.codes, dinucleotide_shuffle(peaks.codes, seed)])
    order = np.random.default_rng(seed).permutation(len(codes))
    labels = np.repeat(np.array([1, 0], np.uint8), len(peaks))
    name = f"{dataset.tf}_shuffled-labels-{seed}"
    train_path, test_path = (folder / f"{name}{suffix}" for suffix in (TRAIN_SUFFIX, TEST_SUFFIX))
    write_seq_gz(train_path, SequenceSet([f"sequence{i}" for i in order], codes[order], labels))
    write_seq_gz(test_path, read_seq_gz(dataset.test_path))
    return DataSet(name, dataset.tf, None, None, train_path, test_path)


def simulated(tf: str, seed: int, setting: Setting) -> list[Outcome]:
    """A network trained on simulated peaks of a TF."""
    dataset, _ = find_data(
        tf, cell=None, lab=None, source="simulated", folder=None, simulated_folder=setting.folder / "runs" / "simulated"
    )
    return outcomes("simulated", dataset, trained(dataset, "simulated", seed, setting), seed, setting)


def trained(dataset: DataSet, source: str, seed: int, setting: Setting) -> torch.nn.Module:
    """The best checkpoint of ``python train.py`` on this data set."""
    settings = replace(setting.run, motif=MotifSettings(), seed=seed)
    run = TrainingRun(dataset, source, settings, setting.folder / "runs" / dataset.name / f"seed{seed}")
    train(run)
    return load(run.directory).network


def rates(rows: Sequence[Outcome], networks: int) -> Iterator[str]:
    """A line per control, release and kind of motif."""
    for control, release, kind in dict.fromkeys((row.control, row.release, row.motif) for row in rows):
        of_kind = [row for row in rows if (row.control, row.release, row.motif) == (control, release, kind)]
        for what, kept in (("telling", [row for row in of_kind if row.tells_apart]), ("all", of_kind)):
            given = sum(row.consensus is not None for row in kept)
            yield (
                f"{control:<10} JASPAR {release}  {kind:<14} {what:<8} found in {given:2d} of {networks}; match "
                f"anything: {_rate([row.best_q for row in kept], networks)}; "
                f"the TF's own: {_rate([row.own_q for row in kept], networks)}"
            )


def _rate(q_values: Sequence[float | None], networks: int) -> str:
    count = sum(q is not None and q < SIGNIFICANT for q in q_values)
    low, high = binomtest(count, networks).proportion_ci(method="exact")
    return f"{count:2d} of {networks} ({count / networks:.2f}, {low:.2f} to {high:.2f})"


def write_table(path: Path, rows: Sequence[Outcome]) -> None:
    """One line per network, release and kind."""
    with atomic_write(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(field.name for field in fields(Outcome))
        table.writerows(astuple(row) for row in rows)


def main() -> None:
    """Run the controls and print their rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("DEMO_DATA", "data"), help="real data [DEMO_DATA]")
    parser.add_argument("--sets", nargs="+", default=["MYC", "SRF", "ELK1", "USF2", "CTCF"], help="TFs or data sets")
    parser.add_argument("--controls", nargs="+", choices=CONTROLS, default=CONTROLS)
    parser.add_argument("--networks", type=int, default=10, help="per control, sets in turn, seeds 0, 1, ...")
    parser.add_argument("--steps", type=int, default=1_500, help="of training")
    parser.add_argument("--pretrained", help="a trunk that training begins with")
    parser.add_argument("--releases", nargs="+", default=["2016", "newest"], help="of JASPAR")
    parser.add_argument("--out", type=Path, help="a table of all motifs, .tsv")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)

    rows: list[Outcome] = []
    with bad_input_ends(), tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        overrides = [f"trainer.steps={arguments.steps}", "logger=csv", "callbacks.progress_bar=null"]
        if arguments.pretrained:
            overrides.append(f"pretrained={arguments.pretrained}")
        with initialize_config_dir(str(_CONF), version_base="1.3"):
            settings, _ = settings_of(plain(compose("train", ["tf=x", *overrides])))
        torch.set_num_threads(settings.trainer.threads)
        setting = Setting(settings, arguments.releases, folder)
        for control in arguments.controls:
            for seed in range(arguments.networks):
                dataset = resolve(arguments.sets[seed % len(arguments.sets)], arguments.data).dataset
                if control == "simulated":
                    new = simulated(dataset.tf, seed, setting)
                else:
                    new = {"untrained": untrained, "shuffled": shuffled}[control](dataset, seed, setting)
                rows += new
                for row in new:
                    print(*("-" if value is None else value for value in astuple(row)), sep="\t", flush=True)
                if arguments.out:
                    write_table(arguments.out, rows)
    print(*rates(rows, arguments.networks), sep="\n")


if __name__ == "__main__":
    main()

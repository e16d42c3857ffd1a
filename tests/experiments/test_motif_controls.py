"""``experiments/motif_controls.py`` on the toy set: how it counts, and that shuffled labels are shuffled."""

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from demo.sequences import read_seq_gz
from warm import python

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).resolve().parents[2] / "experiments" / "motif_controls.py"


@pytest.fixture(scope="module")
def controls() -> ModuleType:
    specification = importlib.util.spec_from_file_location("motif_controls", SCRIPT)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules["motif_controls"] = module
    specification.loader.exec_module(module)
    return module


def test_rates_are_of_all_networks_and_motifs_that_tell_nothing_are_counted_apart(controls: ModuleType) -> None:
    def outcome(seed: int, consensus: str | None, tells: bool | None, best: float | None, own: float | None) -> object:
        return controls.Outcome(
            "untrained", "SET", seed, 0.5, "2016", "best_window", consensus, 9.0, tells, "X", best, own
        )

    rows = [
        outcome(0, "ACGT", True, 0.01, 0.2),
        outcome(1, "ACGT", False, 0.04, 0.04),
        outcome(2, "ACGT", False, 0.05, None),
        outcome(3, None, None, None, None),
    ]
    telling, everything = controls.rates(rows, 4)
    # Exact interval of 1 in 4.
    assert "telling  found in  1 of 4; match anything:  1 of 4 (0.25, 0.01 to 0.81)" in telling
    assert telling.endswith("the TF's own:  0 of 4 (0.00, 0.00 to 0.60)")
    assert "all      found in  3 of 4; match anything:  2 of 4" in everything
    assert "the TF's own:  1 of 4" in everything


def test_shuffled_labels_say_nothing_about_the_sequences(controls: ModuleType, tiny_data: Path, tmp_path: Path) -> None:
    dataset = controls.resolve("TOY", tiny_data).dataset
    made = controls.with_shuffled_labels(dataset, 3, tmp_path)
    assert made.tf == "TOY" and made.name == "TOY_shuffled-labels-3"
    peaks, mixed = read_seq_gz(dataset.train_path).codes, read_seq_gz(made.train_path)
    assert len(mixed) == 2 * len(peaks) and mixed.labels.sum() == len(peaks)
    real = {row.tobytes() for row in peaks}
    is_peak = np.array([row.tobytes() in real for row in mixed.codes])
    assert is_peak.sum() == len(peaks)
    # 400 of 800, half of them by chance: 200 with a standard deviation of 7.
    assert 165 < is_peak[mixed.labels == 1].sum() < 235


def test_an_untrained_network_from_the_command_line(tiny_data: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    words = ["--data", tiny_data, "--sets", "TOY", "--controls", "untrained", "--networks", "1", "--releases", "2016"]
    done = python(SCRIPT, *words, "--out", table)
    assert done.returncode == 0, done.stderr
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [row["motif"] for row in rows] == ["headline_motif", "class_motif", "best_window"]
    assert rows[2]["consensus"] and rows[2]["own_q"] == "" and "best_window    all      found in  1 of 1" in done.stdout
    refused = python(SCRIPT, *words[:3], "TOI")
    assert refused.returncode == 2 and "'TOI'" in refused.stderr and "Traceback" not in refused.stderr

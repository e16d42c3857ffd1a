from pathlib import Path

import numpy as np
import pytest
import torch

from demo.networks import make_network
from demo.networks.checkpoint import read_checkpoint
from demo.networks.trunk import take_trunk
from demo.runs.directory import RunDirectory
from demo.runs.pretrained import BASE, SHIPPED, FineTuning, Trunk, write_sequences
from demo.runs.trained_model import load
from demo.sequences import read_seq_gz, reverse_complement
from demo.utils.errors import DemoError
from demo.utils.files import write_json

NETWORK = {"name": "demonet", "conv_layers": 3, "pool": 2, "dropout": 0.05}
RANDOM = np.random.default_rng(3)
SEEN = RANDOM.integers(0, 4, (30, 60)).astype(np.uint8)


@pytest.fixture
def trunk(tmp_path: Path) -> Trunk:
    folder = RunDirectory(tmp_path / "runs" / "pretrained" / "base")
    folder.path.mkdir(parents=True)
    folder.checkpoints.mkdir()
    folder.best_checkpoint.write_bytes(b"weights")
    write_sequences(folder, SEEN)
    write_json(
        folder.pretraining,
        {"model": NETWORK, "sets": [{"name": "A"}, {"name": "B"}], "steps": 3066, "held_out": {"overlap_bp": 20}},
    )
    return Trunk.open(folder.path)


def test_a_trunk_has_a_name_or_a_path(trunk: Trunk, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for name in ("base", str(trunk.folder.path)):
        assert Trunk.named(name, runs).folder.path == trunk.folder.path
    assert trunk.name == "base" and trunk.sets == ("A", "B")
    with pytest.raises(DemoError, match=r"no pretrained trunk 'other'[\s\S]*There is: base\n[\s\S]*name=other"):
        Trunk.named("other", runs)
    (runs / "pretrained" / "begun").mkdir()
    with pytest.raises(DemoError, match="no finished pretraining"):
        Trunk.named("begun", runs)


def test_a_trunk_comes_with_the_package(tmp_path: Path) -> None:
    """It fits the default network, knows what it has seen, and a trunk of that name in the user's runs comes first."""
    base = Trunk.named(BASE, tmp_path / "runs")
    assert base.folder.path == SHIPPED / BASE and len(base.sets) == 14 and base.network["name"] == "demonet"
    network = make_network(base.network)
    before = network.output.weight.clone()
    weights = base.folder.best_checkpoint
    take_trunk(network, read_checkpoint(weights), weights)
    assert torch.equal(network.output.weight, before) and weights.stat().st_size < 1_000_000
    codes = read_seq_gz(base.folder.pretrained_on).codes
    assert len(codes) <= sum(each["training_positives"] for each in base.about["sets"])
    unknown = RANDOM.integers(0, 4, (5, 101)).astype(np.uint8)
    asked = np.concatenate([reverse_complement(codes[:5]), unknown])
    assert base.seen(asked).tolist() == [True] * 5 + [False] * 5
    # For many sequences, its k-mers are sorted.
    assert base.seen(np.tile(asked, (200, 1))).tolist() == ([True] * 5 + [False] * 5) * 200
    own = tmp_path / "runs" / "pretrained" / BASE
    own.mkdir(parents=True)
    with pytest.raises(DemoError, match=str(own)):
        Trunk.named(BASE, tmp_path / "runs")


def test_a_run_names_its_trunk_by_what_it_was(trunk: Trunk, tmp_path: Path) -> None:
    """Where it was, or in this package; a trunk that has changed is another one."""
    run = tmp_path / "runs" / "TOY" / "conv3_hw5" / "seed0"
    run.mkdir(parents=True)
    assert Trunk.of_run(run) is None
    for path, there in ((trunk.folder.path, trunk.folder.path), (Path("/gone/base"), SHIPPED / BASE)):
        sums = {"base/best.ckpt": Trunk.open(there).checksum}
        write_json(run / "config.yaml", {"pretrained": str(path), "data_sha256": sums})
        found = Trunk.of_run(run)
        assert found is not None and found.folder.path == there
    for path, what in ((trunk.folder.path, "has changed"), ("/gone/mine", "is not there any more")):
        write_json(run / "config.yaml", {"pretrained": str(path), "data_sha256": {"base/best.ckpt": "0" * 64}})
        with pytest.raises(DemoError, match=what):
            Trunk.of_run(run)
    write_json(run / "config.yaml", {"pretrained": None})
    assert Trunk.of_run(run) is None


def test_a_trunk_is_no_model(trunk: Trunk) -> None:
    with pytest.raises(DemoError, match=r"trunk[\s\S]*pretrained="):
        load(trunk.folder.path)


def test_the_network_is_the_trunks(trunk: Trunk) -> None:
    usual = {**NETWORK, "pool": 1}
    assert trunk.network_for(usual, usual) == NETWORK
    assert trunk.network_for({**NETWORK, "dropout": 0.2}, usual)["dropout"] == 0.2
    with pytest.raises(DemoError, match="conv_layers: 3 there, 4 asked for"):
        trunk.network_for({**NETWORK, "conv_layers": 4}, usual)


def test_what_it_has_seen_is_found_exactly_and_left_out_of_the_measures(trunk: Trunk) -> None:
    validation, test = (RANDOM.integers(0, 4, (20, 60)).astype(np.uint8) for _ in range(2))
    test[4, 10:40] = reverse_complement(SEEN[7:8])[0, 20:50]
    seen = trunk.seen(validation), trunk.seen(test)
    assert not seen[0].any() and np.flatnonzero(seen[1]).tolist() == [4]
    labels = np.repeat(np.array([1, 0], np.uint8), 10)
    logits = labels.astype(np.float32)
    logits[4] = -1
    tuning = FineTuning(trunk, *seen)
    facts = tuning.facts((labels, logits), (labels, logits))
    assert "0 of 20 validation and 1 of 20 test sequences" in tuning.message
    assert facts["test"]["overlapping"] == 1 and facts["validation"]["without_overlapping"]["auroc"] == 0.9
    assert facts["test"]["without_overlapping"]["auroc"] == 1.0
    assert facts["test"]["without_overlapping"]["positives"] == 9
    nothing = FineTuning(trunk, np.zeros(20, bool), labels == 1)
    assert nothing.facts((labels, logits), (labels, logits))["test"]["without_overlapping"] is None
    assert "on no sequence" in FineTuning(trunk, seen[0], seen[0]).message

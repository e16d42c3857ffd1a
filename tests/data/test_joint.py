from pathlib import Path

import numpy as np
import pytest

from demo.data.catalogue import DataSet, described
from demo.data.datamodule import PeakDataModule
from demo.data.joint import JointDataModule
from demo.sequences import SequenceSet, read_seq_gz, reverse_complement, write_seq_gz
from demo.sequences.overlap import distinct_kmers, having_any
from demo.utils.errors import DemoError

RANDOM = np.random.default_rng(7)


def written(folder: Path, name: str, train: np.ndarray, test: np.ndarray) -> DataSet:
    paths = folder / f"{name}_AC.seq.gz", folder / f"{name}_B.seq.gz"
    labels = np.ones(len(train), np.uint8), np.arange(len(test), dtype=np.uint8) % 2
    for path, codes, label in zip(paths, (train, test), labels, strict=True):
        write_seq_gz(path, SequenceSet([f"s{i}" for i in range(len(codes))], codes, label))
    return described(name, *paths)


def drawn(count: int) -> np.ndarray:
    return RANDOM.integers(0, 4, (count, 60)).astype(np.uint8)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> list[DataSet]:
    """Three sets; the second one holds parts of the first one's files, backwards and moved by 30 bp, like the third."""
    folder = tmp_path_factory.mktemp("sets")
    train, test = drawn(100), drawn(20)
    moved = [np.concatenate([part[:, 30:], drawn(len(part))[:, :30]], axis=1) for part in (train[:60], test[:12])]
    return [
        written(folder, "ONE_K562_x_y", train, test),
        written(folder, "TWO_K562_x_y", np.concatenate([drawn(60), reverse_complement(np.vstack(moved))]), drawn(20)),
        written(folder, "THREE_K562_x_y", np.concatenate([drawn(50), moved[0][:20]]), drawn(20)),
    ]


def test_no_training_sequence_shares_20_bp_with_what_a_target_is_judged_by(sets: list[DataSet]) -> None:
    """ONE is no part of the pretraining, but a target all the same."""
    joint = JointDataModule(sets[1:], sets, held_out_seeds=[0, 3], positives_per_epoch=30)
    joint.setup()
    assert [part.name for part in joint.parts] == ["TWO_K562_x_y", "THREE_K562_x_y"]
    held_out = [read_seq_gz(each.test_path).codes for each in sets]
    for each in sets:
        for seed in (0, 3):
            data = PeakDataModule(each.train_path, each.test_path, seed=seed)
            data.setup()
            held_out.append(data.validation_codes)
    kmers = distinct_kmers(*held_out)
    codes, labels, _ = joint.epoch(0)
    assert not having_any(joint.training_positives(), kmers).any()
    assert not having_any(codes[labels == 1], kmers).any()
    assert all(part.left_out for part in joint.parts)
    # All of ONE's test sequences that TWO has, and about a fifth of its training sequences.
    assert 12 <= joint.parts[0].left_out - 7 < 40


def test_each_set_has_as_many_positives_in_an_epoch_and_its_own_negatives(sets: list[DataSet]) -> None:
    joint = JointDataModule(sets, [], positives_per_epoch=20)
    joint.setup()
    codes, labels, numbers = joint.epoch(4)
    assert [(int(((numbers == i) & (labels == y)).sum())) for i in range(3) for y in (0, 1)] == [20] * 6
    assert joint.steps_per_epoch == 2 and len(codes) == 120
    again = JointDataModule(sets, [], positives_per_epoch=20)
    again.setup()
    for one, other in zip(joint.epoch(4), again.epoch(4), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(joint.epoch(5)[0], codes)
    for i, part in enumerate(joint.parts):
        ours = codes[(numbers == i) & (labels == 1)]
        # Shifted and of either strand.
        assert having_any(ours, distinct_kmers(part.data.train_positives)).all()


def test_validation_is_that_of_each_set(sets: list[DataSet]) -> None:
    joint = JointDataModule(sets[:2], sets, seed=2)
    joint.setup()
    batches = list(joint.val_dataloader())
    codes, labels, numbers = (np.concatenate([batch[i].numpy() for batch in batches]) for i in range(3))
    for i, each in enumerate(sets[:2]):
        data = PeakDataModule(each.train_path, each.test_path, seed=2)
        data.setup()
        assert sorted(map(bytes, codes[numbers == i])) == sorted(map(bytes, data.validation_codes))
        assert labels[numbers == i].sum() == len(data.validation_positives)


def test_sets_of_two_lengths_and_sets_without_a_rest_are_refused(sets: list[DataSet], tmp_path: Path) -> None:
    longer = written(tmp_path, "LONG_K562_x_y", RANDOM.integers(0, 4, (40, 80)).astype(np.uint8), drawn(20)[:, :60])
    with pytest.raises(DemoError, match=r"LONG_K562_x_y: 80 bp"):
        JointDataModule([sets[0], longer], []).setup()
    records = read_seq_gz(sets[0].train_path).codes
    copy = written(tmp_path, "COPY_K562_x_y", drawn(20), records)
    with pytest.raises(DemoError, match="without=ONE_K562_x_y"):
        JointDataModule([sets[0]], [copy]).setup()

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from demo.data.datamodule import PeakDataModule
from demo.data.sources import DataSettings
from demo.sequences import SequenceSet, reverse_complement, write_seq_gz
from demo.utils.errors import DemoError
from demo.utils.settings import build


def sequence_set(positives: int, negatives: int, length: int = 40, seed: int = 0) -> SequenceSet:
    codes = np.random.default_rng(seed).integers(0, 4, (positives + negatives, length)).astype(np.uint8)
    labels = np.repeat(np.array([1, 0], np.uint8), (positives, negatives))
    return SequenceSet([f"s{i}" for i in range(len(codes))], codes, labels)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    train, test = tmp_path / "TF_AC.seq.gz", tmp_path / "TF_B.seq.gz"
    write_seq_gz(train, sequence_set(200, 0))
    write_seq_gz(test, sequence_set(30, 20, seed=1))
    return train, test


def module(files: tuple[Path, Path], seed: int = 0, **settings: object) -> PeakDataModule:
    data = PeakDataModule(*files, build(DataSettings, {"shift": 0, **settings}, "data"), seed=seed)
    data.setup()
    return data


def rows(codes: np.ndarray) -> set[bytes]:
    return {row.tobytes() for row in codes}


def dinucleotides(codes: np.ndarray) -> list[list[int]]:
    return [np.bincount(row[:-1] * 4 + row[1:], minlength=16).tolist() for row in codes.astype(int)]


def test_validation_is_a_seeded_part_of_the_training_file_in_every_tenth(files: tuple[Path, Path]) -> None:
    data = module(files, validation_fraction=0.1)
    train, validation = rows(data.train_positives), rows(data.validation_positives)
    assert len(validation) == 20 and len(train) == 180 and not train & validation
    everything = [row.tobytes() for row in sequence_set(200, 0).codes]
    assert train | validation == set(everything)
    # Strong and weak peaks alike: one of each ten neighbours.
    assert [sum(row in validation for row in everything[i : i + 10]) for i in range(0, 200, 10)] == [1] * 20
    assert rows(module(files, validation_fraction=0.1).validation_positives) == validation
    assert rows(module(files, validation_fraction=0.1, seed=1).validation_positives) != validation


def test_negatives_are_shuffles_of_the_same_part_and_fresh_in_every_epoch(files: tuple[Path, Path]) -> None:
    data = module(files, reverse_complement=False)
    first, labels = data.epoch(0)
    negatives = first[labels == 0]
    assert labels.sum() == len(negatives) == len(data.train_positives)
    assert sorted(dinucleotides(negatives)) == sorted(dinucleotides(data.train_positives))
    again, _ = data.epoch(0)
    second, second_labels = data.epoch(1)
    assert (first == again).all()
    assert len(rows(negatives) & rows(second[second_labels == 0])) == 0
    assert rows(first[labels == 1]) == rows(second[second_labels == 1]) == rows(data.train_positives)
    assert (first != second).any()
    validation_negatives = data.validation_codes[data.validation_labels == 0]
    assert sorted(dinucleotides(validation_negatives)) == sorted(dinucleotides(data.validation_positives))


def test_half_of_the_sequences_are_turned_to_the_other_strand(files: tuple[Path, Path]) -> None:
    data = module(files)
    codes, labels = data.epoch(0)
    positives = rows(data.train_positives)
    forward = sum(row.tobytes() in positives for row in codes[labels == 1])
    backward = sum(row.tobytes() in positives for row in reverse_complement(codes[labels == 1]))
    assert forward + backward == len(positives)
    assert 0.35 < forward / len(positives) < 0.65


def test_shift_moves_sequences_and_fills_with_n(files: tuple[Path, Path]) -> None:
    data = module(files, shift=3, reverse_complement=False)
    codes, labels = data.epoch(0)
    originals = {row[3:-3].tobytes() for row in data.train_positives}
    n_counts = (codes == 4).sum(1)
    assert n_counts.max() == 3 and set(n_counts.tolist()) == {0, 1, 2, 3}
    assert (codes[:, 5:-5] != 4).all()
    shifts = [
        shift
        for row in codes[labels == 1]
        for shift in range(-3, 4)
        if row[3 - shift : len(row) - 3 - shift].tobytes() in originals
    ]
    assert len(shifts) == len(data.train_positives) and set(shifts) == set(range(-3, 4))


def test_negatives_of_the_training_file_are_used_where_it_has_them(tmp_path: Path, files: tuple[Path, Path]) -> None:
    records = sequence_set(100, 300)
    write_seq_gz(tmp_path / "own_AC.seq.gz", records)
    data = module((tmp_path / "own_AC.seq.gz", files[1]), reverse_complement=False)
    given = rows(records.codes[records.labels == 0])
    first, labels = data.epoch(0)
    second, second_labels = data.epoch(1)
    drawn, drawn_next = rows(first[labels == 0]), rows(second[second_labels == 0])
    assert drawn <= given and len(drawn) == 90 and drawn != drawn_next
    assert rows(data.validation_codes[data.validation_labels == 0]) <= given - drawn


def test_the_training_set_is_the_first_epoch_as_it_is(files: tuple[Path, Path]) -> None:
    data = module(files, shift=3)
    codes, labels = data.training_set()
    assert np.array_equal(codes[labels == 1], data.train_positives) and labels[: len(data.train_positives)].all()
    assert dinucleotides(codes[labels == 0]) == dinucleotides(data.train_positives)
    plain = module(files, reverse_complement=False)
    assert rows(plain.epoch(0)[0]) == rows(codes)


def test_fixed_negatives_are_those_of_the_first_epoch(files: tuple[Path, Path]) -> None:
    fixed, fresh = (module(files, fresh_negatives=on, reverse_complement=False) for on in (False, True))

    def negatives(data: PeakDataModule, epoch: int) -> set[bytes]:
        codes, labels = data.epoch(epoch)
        return rows(codes[labels == 0])

    assert negatives(fixed, 0) == negatives(fixed, 3) == negatives(fresh, 0) != negatives(fresh, 3)


def test_several_negatives_per_positive_keep_its_composition(files: tuple[Path, Path]) -> None:
    data = module(files, negatives_per_positive=3, reverse_complement=False)
    codes, labels = data.epoch(0)
    positives, negatives = codes[labels == 1], codes[labels == 0]
    assert len(negatives) == 3 * len(positives) == 3 * len(data.train_positives)
    assert (
        data.settings.batch_size * (data.steps_per_epoch - 1)
        < len(codes)
        <= data.settings.batch_size * data.steps_per_epoch
    )
    assert np.array_equal(np.bincount(negatives.ravel()), 3 * np.bincount(positives.ravel()))
    assert len(data.validation_codes) == 2 * len(data.validation_positives)


def test_label_noise_turns_labels_over_in_training_alone(files: tuple[Path, Path]) -> None:
    noisy, clean = module(files, label_noise=0.25), module(files)
    codes, labels = noisy.epoch(0)
    positives = rows(noisy.train_positives)
    known = np.array([row.tobytes() in positives for row in codes])
    turned = labels[known] == 0
    assert 0.1 < turned.mean() < 0.4
    assert np.array_equal(noisy.validation_labels, clean.validation_labels)


def test_batches_hold_every_sequence_once(files: tuple[Path, Path]) -> None:
    data = module(files, batch_size=64)
    batches = list(data.train_dataloader())
    assert len(batches) == len(data.train_dataloader()) == data.steps_per_epoch == 6
    assert [len(codes) for codes, _ in batches] == [64] * 5 + [40]
    assert batches[0][0].shape == (64, 40)


def test_a_test_file_of_one_class_or_of_another_length_is_refused(tmp_path: Path, files: tuple[Path, Path]) -> None:
    one_class, longer = tmp_path / "a_B.seq.gz", tmp_path / "b_B.seq.gz"
    write_seq_gz(one_class, sequence_set(30, 0))
    write_seq_gz(longer, sequence_set(30, 20, length=50))
    with pytest.raises(DemoError, match="has no negatives"):
        module((files[0], one_class)).test_set()
    with pytest.raises(DemoError, match="50 bp, but training sequences have 40 bp"):
        module((files[0], longer)).test_set()
    assert len(module(files).test_set()) == 50


@pytest.mark.parametrize(
    "setting, value",
    [("batch_size", 0), ("validation_fraction", 0), ("validation_fraction", 0.9), ("shift", -1), ("shift", 40),
     ("reverse_complement", "perhaps"), ("negatives_per_positive", 0), ("label_noise", 0.6), ("fresh_negatives", 2),
     ("seed", -1), ("validation_fraction", 0.001)],
)  # fmt: skip
def test_settings_out_of_range(files: tuple[Path, Path], setting: str, value: object) -> None:
    with pytest.raises(DemoError, match=rf"^data\.{setting} is|^seed is -1|too few to keep"):
        module(files, **{setting: value})  # type: ignore[arg-type]


def test_the_sampler_sets_the_epoch(files: tuple[Path, Path]) -> None:
    data = module(files)
    loader = data.train_dataloader()
    first = torch.cat([codes for codes, _ in loader])
    assert torch.equal(first, torch.cat([codes for codes, _ in loader]))
    loader.sampler.set_epoch(3)  # type: ignore[attr-defined]
    codes, labels = data.epoch(3)
    assert np.array_equal(torch.cat([codes for codes, _ in loader]).numpy(), codes)
    assert np.array_equal(torch.cat([labels for _, labels in loader]).numpy(), labels)


def test_devices_share_each_batch_and_no_validation_sequence_is_repeated(files: tuple[Path, Path]) -> None:
    def of(rank: int, devices: int = 3) -> PeakDataModule:
        data = module(files, batch_size=64)
        data.trainer = SimpleNamespace(world_size=devices, global_rank=rank, limit_val_batches=1.0)  # type: ignore[assignment]
        return data

    whole = list(of(0, 1).train_dataloader())
    parts = [list(of(rank).train_dataloader()) for rank in range(3)]
    for number, (codes, _) in enumerate(whole):
        shared = [part[number][0].numpy() for part in parts]
        assert sorted(row.tobytes() for part in shared for row in part) == sorted(
            row.tobytes() for row in codes.numpy()
        )
        assert max(map(len, shared)) - min(map(len, shared)) <= 1
    validated = [row.tobytes() for rank in range(3) for codes, _ in of(rank).val_dataloader() for row in codes.numpy()]
    assert sorted(validated) == sorted(row.tobytes() for row in of(0).validation_codes)
    # The last batch is smaller than the devices are many: none goes without.
    assert [len(of(rank, 50).train_dataloader().dataset[0, 5][0]) for rank in (0, 49)] == [1, 1]


def test_a_part_of_the_validation_has_both_classes(files: tuple[Path, Path]) -> None:
    data = module(files, validation_fraction=0.5)
    data.trainer = SimpleNamespace(world_size=1, global_rank=0, limit_val_batches=1)  # type: ignore[assignment]
    ((codes, labels),) = data.val_dataloader()
    assert 0 < labels[:20].mean() < 1
    positives = rows(data.validation_positives)
    assert [row.tobytes() in positives for row in codes.numpy()] == labels.bool().tolist()

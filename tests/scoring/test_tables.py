import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from demo.runs.pretrained import BASE, SHIPPED, Trunk, write_sequences
from demo.runs.trained_model import load
from demo.scoring.rows import Row, Source, strings_source
from demo.scoring.tables import Ensemble, columns, score, tsv
from demo.sequences import decode, reverse_complement
from demo.utils.errors import DemoError
from demo.utils.files import write_json
from trained import LENGTH, write_checkpoint


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    folder = tmp_path_factory.mktemp("models")
    models = [load(write_checkpoint(folder / f"{seed}.ckpt", seed, temperature=1.0 + seed)) for seed in (0, 1)]
    return Ensemble(models, torch.device("cpu"))


def sequences(count: int) -> Iterator[Row]:
    letters = "".join(np.random.default_rng(0).choice(list("ACGT"), LENGTH + 997))
    for number in range(count):
        start = number % 997
        yield Row((f"s{number}",), (letters[start : start + LENGTH],), number + 1)


def test_an_ensemble_has_the_mean_logit_and_the_mean_probability(ensemble: Ensemble) -> None:
    rows = list(sequences(5))
    strings = [row.sequences[0] for row in rows]
    scored = list(score(Source("x", ("name",), iter(rows)), ensemble))
    logits = np.mean([model.logits(strings) for model in ensemble.models], axis=0)
    chances = np.mean([model.predict(strings) for model in ensemble.models], axis=0)
    assert np.allclose([row.scores for row in scored], np.stack([logits, chances], 1), atol=1e-5)


def test_two_sequences_of_a_row_are_compared(ensemble: Ensemble) -> None:
    (first, second) = (row.sequences[0] for row in sequences(2))
    rows = [Row((name,), pair, 1) for name, pair in (("ab", (first, second)), ("ba", (second, first)))]
    ab, ba = (row.scores for row in score(Source("x", ("name",), iter(rows), compares=True), ensemble))
    assert ab[2] == pytest.approx(ab[1] - ab[0]) and ab[2] == pytest.approx(-ba[2]) and abs(ab[2]) > 1e-4
    assert ab[:2] == pytest.approx(ba[1::-1]) and ab[3:] == pytest.approx(ba[:2:-1])


def test_what_a_trunk_was_trained_on_is_marked_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    trunk = Trunk.open(shutil.copytree(SHIPPED / BASE, tmp_path / "pretrained" / "own"))
    pretrained_on = np.random.default_rng(1).integers(0, 4, (3, LENGTH)).astype(np.uint8)
    write_sequences(trunk.folder, pretrained_on)
    checkpoints = tmp_path / "TOY" / "own" / "seed0" / "checkpoints"
    checkpoints.mkdir(parents=True)
    config = {"pretrained": str(trunk.folder.path), "data_sha256": {"own/best.ckpt": trunk.checksum}}
    write_json(checkpoints.parent / "config.yaml", config)
    models = [load(write_checkpoint(path)) for path in (checkpoints / "best.ckpt", tmp_path / "scratch.ckpt")]
    strings = [*decode(reverse_complement(pretrained_on)), *(row.sequences[0] for row in sequences(4))]
    fine_tuned = Ensemble(models, torch.device("cpu"))
    source = strings_source(strings, LENGTH)
    assert columns(source, fine_tuned)[-1] == "pretrained_on"
    assert [row.scores[-1] for row in score(source, fine_tuned)] == ["yes"] * 3 + ["no"] * 4
    assert source.remarks == {"share a 20-mer with sequences that the trunk own was trained on": 3}
    shutil.rmtree(trunk.folder.path)
    source = strings_source(strings, LENGTH)
    assert columns(source, Ensemble(models, torch.device("cpu")))[-1] == "probability"
    assert "not there any more. Which sequences it was trained on is unknown" in caplog.text


def test_memory_does_not_grow_with_the_input(ensemble: Ensemble) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        lines = tsv(("name", "logit", "probability"), score(Source("x", ("name",), sequences(count)), ensemble))
        assert sum(1 for _ in lines) == count + 1
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(2_100)  # compiles
    assert peak(20_000) < 1.2 * peak(5_000)


def test_rows_are_read_as_they_are_needed(ensemble: Ensemble) -> None:
    read = 0

    def counted() -> Iterator[Row]:
        nonlocal read
        for row in sequences(100_000):
            read += 1
            yield row

    next(score(Source("x", ("name",), counted()), ensemble))
    assert read < 5_000


def test_a_wrong_letter_is_found_in_its_line(ensemble: Ensemble) -> None:
    rows = [*sequences(3), Row(("bad",), ("ACGE" * 10,), 17)]
    with pytest.raises(DemoError, match=r"(?s)'E' at position 4.*x.fa, line 17"):
        list(score(Source("x.fa", ("name",), iter(rows)), ensemble))


def test_nothing_left_to_score(ensemble: Ensemble) -> None:
    source = Source("x.bed", ("name",), iter(()))
    source.skipped["on chrX"] = 3
    with pytest.raises(DemoError, match=r"(?s)nothing to score.*x.bed.*3 skipped, on chrX"):
        list(score(source, ensemble))


def test_the_best_window_of_each_sequence(ensemble: Ensemble) -> None:
    letters = "".join(np.random.default_rng(1).choice(list("ACGT"), 3000))
    given = [letters, letters[:LENGTH], letters[5 : 50 + LENGTH]]
    best = list(score(strings_source(given, LENGTH), ensemble))
    every = list(score(strings_source(given, LENGTH, stride=1), ensemble))
    assert len(best) == 3 and len(every) == 3000 - LENGTH + 1 + 1 + 46
    for row, scores in best:
        of_line = [each for each in every if each.row.line == row.line]
        assert scores == max(each.scores for each in of_line)
        assert row.sequences[0] == given[row.line - 1][row.start : row.start + LENGTH]

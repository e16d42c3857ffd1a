import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from demo.data.catalogue import on_disk
from demo.data.simulate import elements, simulate, simulated_dataset
from demo.data.simulate.elements import decoy_matrix
from demo.data.simulate.generate import DINUCLEOTIDES, GC_SHARES, background
from demo.motifs import Motif
from demo.motifs.jaspar import primary_matrix
from demo.sequences import SequenceSet, decode, read_seq_gz
from demo.utils.errors import DemoError

# A matrix whose sites can be found with certainty: one sequence, which is no palindrome.
WORD = "GATTACAGCTTGCA"
SURE = Motif("SURE.1", np.eye(4)[["ACGT".index(letter) for letter in WORD]], alt_name="SURE")


def pairs(codes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(4, 4) dinucleotide frequencies of the sequences, one strand."""
    counts = np.bincount((codes[:, :-1] * 4 + codes[:, 1:]).ravel(), minlength=16).reshape(4, 4)
    return counts / counts.sum()


def best_scores(sequences: SequenceSet, pwm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) highest log odds in each sequence, both strands."""
    windows = np.lib.stride_tricks.sliding_window_view(sequences.codes, len(pwm), axis=1)
    positions = np.arange(len(pwm))
    return np.maximum(*(strand[positions, windows].sum(axis=2).max(axis=1) for strand in (pwm, pwm[::-1, ::-1])))


def complement(word: str) -> str:
    return word[::-1].translate(str.maketrans("ACGT", "TGCA"))


def word_of(ppm: NDArray[np.float64]) -> str:
    return "".join("ACGT"[i] for i in ppm.argmax(axis=1))


def starts(sequences: SequenceSet, word: str) -> list[list[int]]:
    """Where ``word`` starts in each sequence."""
    return [[i for i in range(len(s)) if s.startswith(word, i)] for s in decode(sequences.codes)]


@pytest.fixture(scope="module")
def ctcf() -> Motif:
    return primary_matrix("CTCF")


@pytest.fixture(scope="module")
def sure() -> tuple[SequenceSet, SequenceSet]:
    return simulate(SURE, seed=1)


def test_the_background_has_the_dinucleotides_of_peaks() -> None:
    codes = background(8000, 101, np.random.default_rng(0))
    target = (DINUCLEOTIDES * GC_SHARES[:, None, None]).sum(axis=0)
    # The chain keeps the class of a sequence, so that only sampling is between the two.
    assert pairs(codes) == pytest.approx(target, abs=0.002)
    gc = np.isin(codes, (1, 2)).mean(axis=1)
    # In the 14 ENCODE sets: mean 0.587, standard deviation 0.119.
    assert gc.mean() == pytest.approx(0.587, abs=0.01)
    assert gc.std() == pytest.approx(0.119, abs=0.015)


def test_the_table_is_one_of_both_strands_and_cpg_is_depleted() -> None:
    assert pytest.approx(1, abs=1e-3) == DINUCLEOTIDES.sum(axis=(1, 2))
    assert np.array_equal(DINUCLEOTIDES, DINUCLEOTIDES[:, ::-1, ::-1].transpose(0, 2, 1))
    single = DINUCLEOTIDES.sum(axis=2)
    ratio = DINUCLEOTIDES[:, 1, 2] / (single[:, 1] * single[:, 2])
    assert (ratio < 0.9).all() and (np.diff(ratio) > 0).all()


def test_shapes_labels_and_names(sure: tuple[SequenceSet, SequenceSet]) -> None:
    train, test = sure
    assert train.codes.shape == (16_000, 101) and test.codes.shape == (1_000, 101)
    assert train.labels.sum() == 4_000 and test.labels.sum() == 500
    assert train.ids[123] == "simulated_SURE_pos_000123" and train.ids[4_123] == "simulated_SURE_neg_000123_1"
    assert all(name.startswith("simulated_SURE_") for name in test.ids)
    assert len(set(train.ids + test.ids)) == 17_000


def test_sites_are_central_and_on_both_strands(sure: tuple[SequenceSet, SequenceSet]) -> None:
    positives = sure[0].positives
    forward, backward = (starts(positives, word) for word in (WORD, complement(WORD)))
    with_site = np.array([bool(f or b) for f, b in zip(forward, backward, strict=True)])
    # A weak site of 14 letters, each changed with probability 0.15, is whole in 0.1 of its sequences.
    assert with_site.mean() == pytest.approx((1 - elements.WITHOUT_SITE) * (1 - 0.9 * elements.WEAK), abs=0.02)
    counts = [sum(map(len, found)) for found in (forward, backward)]
    assert counts[0] / sum(counts) == pytest.approx(0.5, abs=0.03)
    # Sequences with one site only: a further site has to make room.
    centres = [
        (f + b)[0] + len(WORD) / 2 - 50.5 for f, b in zip(forward, backward, strict=True) if len(f) + len(b) == 1
    ]
    assert np.mean(centres) == pytest.approx(0, abs=1)
    assert np.std(centres) == pytest.approx(elements.CENTRE_SD, rel=0.2)


def test_negatives_hold_no_sites_and_the_same_dinucleotides(sure: tuple[SequenceSet, SequenceSet]) -> None:
    train = sure[0]
    negatives = train.select(train.labels == 0)
    assert np.mean([bool(s) for s in starts(negatives, WORD)]) < 0.001
    assert np.array_equal(pairs(negatives.codes), pairs(train.positives.codes))


def test_decoys_lie_in_the_same_places_in_both_classes(sure: tuple[SequenceSet, SequenceSet]) -> None:
    train = sure[0]
    decoy = word_of(decoy_matrix(SURE.ppm))
    for word in (decoy, complement(decoy)):
        found = starts(train, word)
        share = np.mean([bool(s) for s in found[:4_000]])
        assert share == pytest.approx(elements.WITH_DECOY / 2, abs=0.03)
        assert found[:4_000] == found[4_000:8_000] == found[8_000:12_000] == found[12_000:]


def test_runs_are_equally_frequent_in_both_classes(sure: tuple[SequenceSet, SequenceSet]) -> None:
    train = sure[0]
    shares = []
    for label in (1, 0):
        of_label = train.select(train.labels == label)
        shares.append(np.mean([bool(a or t) for a, t in zip(*(starts(of_label, b * 12) for b in "AT"), strict=True)]))
    assert shares[0] == pytest.approx(elements.WITH_RUN / 3, abs=0.02)
    assert shares[1] == pytest.approx(shares[0], abs=0.005)


def test_a_matrix_like_all_its_orders_has_no_decoys() -> None:
    poly_a = Motif("POLYA.1", np.tile([0.97, 0.01, 0.01, 0.01], (10, 1)))
    train, _ = simulate(poly_a, seed=0, positives=2000, test=1)
    share = np.mean(best_scores(train.select(train.labels == 0), poly_a.log_odds()) > 15)
    assert share < 0.1  # 0.3 were the decoys there


def test_decoys_alone_do_not_tell_the_classes(ctcf: Motif) -> None:
    train, _ = simulate(ctcf, seed=0)
    decoy = Motif("decoy", decoy_matrix(ctcf.ppm)).log_odds(pseudocount=1)
    assert roc_auc_score(train.labels, best_scores(train, decoy)) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("tf", ["CTCF", "GATA1", "SRF", "MAX", "SP1"])
def test_the_matrix_tells_the_classes_but_not_always(tf: str) -> None:
    motif = primary_matrix(tf, "newest")
    _, test = simulate(motif, seed=0, positives=10, test=1500)
    assert 0.85 < roc_auc_score(test.labels, best_scores(test, motif.log_odds())) < 0.985


def test_the_seed_and_the_matrix_decide(ctcf: Motif) -> None:
    first, again, other = (simulate(ctcf, seed, positives=50, test=5) for seed in (3, 3, 4))
    for i in range(2):
        assert np.array_equal(first[i].codes, again[i].codes) and first[i].ids == again[i].ids
        assert not np.array_equal(first[i].codes, other[i].codes)
    gata1 = simulate(primary_matrix("GATA1"), 3, positives=50, test=5)
    assert np.mean(gata1[0].codes == first[0].codes) < 0.5


@pytest.mark.parametrize(
    ("setting", "value"), [("positives", 0), ("test", 0), ("negatives_per_positive", 0), ("length", 40)]
)
def test_what_cannot_be_simulated(ctcf: Motif, setting: str, value: int) -> None:
    with pytest.raises(DemoError, match=f"{setting} = {value}"):
        simulate(ctcf, 0, **{setting: value})


def test_the_shortest_sequences_and_the_widest_matrix() -> None:
    wide = Motif("WIDE.1", np.tile([0.7, 0.1, 0.1, 0.1], (40, 1)))
    train, test = simulate(wide, seed=0, positives=20, test=3, length=88, negatives_per_positive=1)
    assert train.codes.shape == (40, 88) and test.codes.shape == (6, 88)


def test_a_data_set_on_disk(tmp_path: Path, ctcf: Motif) -> None:
    dataset = simulated_dataset("ctcf", tmp_path, seed=5)
    assert (dataset.name, dataset.tf, dataset.cell_line, dataset.lab) == ("CTCF_simulated", "CTCF", None, None)
    assert on_disk(tmp_path) == [dataset]
    for path, expected in zip((dataset.train_path, dataset.test_path), simulate(ctcf, 5), strict=True):
        assert path is not None
        written = read_seq_gz(path)
        assert written.ids == expected.ids
        assert np.array_equal(written.codes, expected.codes) and np.array_equal(written.labels, expected.labels)
    note = json.loads((tmp_path / "CTCF_simulated.json").read_text())
    assert (note["tf"], note["matrix"], note["jaspar_release"], note["seed"]) == ("CTCF", "MA0139.1", "2016", 5)
    assert note["settings"]["without_site"] == elements.WITHOUT_SITE and note["settings"]["positives"] == 4000
    assert len([path for path in tmp_path.iterdir() if not path.name.startswith(".")]) == 3


def test_it_is_made_once_and_again_where_it_is_not_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def contents() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in tmp_path.iterdir() if not path.name.startswith(".")}

    dataset = simulated_dataset("MAX", tmp_path)
    first = contents()
    with monkeypatch.context() as without:
        without.setattr("demo.data.simulate.generate.simulate", None)
        assert simulated_dataset("MAX", tmp_path) == dataset

    assert dataset.train_path is not None and dataset.test_path is not None
    dataset.train_path.write_bytes(first["MAX_simulated_B.seq.gz"])
    simulated_dataset("MAX", tmp_path)
    assert contents() == first
    dataset.test_path.unlink()
    (tmp_path / "MAX_simulated.json").write_text("{")
    simulated_dataset("MAX", tmp_path)
    assert contents() == first
    simulated_dataset("MAX", tmp_path, seed=1)
    assert all(contents()[name] != first[name] for name in first)


def test_a_tf_without_a_matrix(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"(?s)EP300.*no matrix.*data\.dir=.*EP300_<anything>_AC\.seq\.gz"):
        simulated_dataset("EP300", tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_newest_release_helps_where_the_papers_has_no_matrix(tmp_path: Path) -> None:
    simulated_dataset("CTCFL", tmp_path)
    assert int(json.loads((tmp_path / "CTCFL_simulated.json").read_text())["jaspar_release"]) > 2016
    with pytest.raises(DemoError, match=r"CTCFL.*no matrix"):
        simulated_dataset("CTCFL", tmp_path, release="2016")
    with pytest.raises(DemoError, match="release '1999'"):
        simulated_dataset("CTCFL", tmp_path, release="1999")

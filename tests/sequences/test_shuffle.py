from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from demo.sequences import decode, encode
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.errors import DemoError


def arrangements(sequence: str) -> list[str]:
    """All distinct sequences with the dinucleotide counts and the first letter of ``sequence``, by trying each way on.

    The last letter is then that of ``sequence``, too.
    """
    left = Counter(pairwise(sequence))

    def ways_on(so_far: str) -> Iterator[str]:
        if len(so_far) == len(sequence):
            yield so_far
        for letter in "ACGT":
            pair = so_far[-1], letter
            if left[pair]:
                left[pair] -= 1
                yield from ways_on(so_far + letter)
                left[pair] += 1

    return list(ways_on(sequence[0]))


def pair_counts(codes: np.ndarray) -> np.ndarray:
    """(N, 25): how often each pair of neighbours (N too) occurs in each row."""
    pairs = 5 * codes[:, :-1].astype(int) + codes[:, 1:]
    return np.stack([(pairs == pair).sum(axis=1) for pair in range(25)], axis=1)


@given(st.lists(st.text("ACGT", min_size=101, max_size=101), min_size=1, max_size=4), st.integers())
@settings(max_examples=100, deadline=None)
def test_all_16_counts_and_both_ends_are_kept(sequences: list[str], seed: int) -> None:
    codes = encode(sequences)
    shuffled = dinucleotide_shuffle(codes, seed)
    assert (pair_counts(shuffled) == pair_counts(codes)).all()
    assert (shuffled[:, [0, -1]] == codes[:, [0, -1]]).all()


@given(st.text("ACGTN", max_size=40), st.integers(0, 1000))
@settings(max_examples=300, deadline=None)
def test_n_stays_and_each_stretch_between_is_shuffled_on_its_own(sequence: str, seed: int) -> None:
    (shuffled,) = decode(dinucleotide_shuffle(encode([sequence]), seed))
    before, after = sequence.split("N"), shuffled.split("N")
    assert [len(stretch) for stretch in after] == [len(stretch) for stretch in before]
    for old, new in zip(before, after, strict=True):
        assert new[:1] == old[:1] and new[-1:] == old[-1:]
        assert Counter(pairwise(new)) == Counter(pairwise(old))


def test_stretches_on_both_sides_of_n_do_move() -> None:
    codes = encode(["ACGTTGCAAGCTTACGGATC" + "NN" + "GATTACAGGCATCGACTTAG"] * 50)
    shuffled = dinucleotide_shuffle(codes, 1)
    assert (shuffled[:, :20] != codes[:, :20]).any(axis=1).mean() > 0.9
    assert (shuffled[:, 22:] != codes[:, 22:]).any(axis=1).mean() > 0.9


# Between them: ends alike and ends unlike, all four letters and fewer, runs of one letter, an end letter with no other
# way out of it, and 1 to 216 arrangements.
@pytest.mark.parametrize(
    ("sequence", "count"),
    [
        ("AGTTCCATAGTCAA", 216),
        ("CCCTCAGAATATT", 216),
        ("AGAAACCATCA", 120),
        ("ATTCACCAGCCC", 60),
        ("GCGCCAGG", 12),
        ("AGTCCTTC", 4),
        ("AAAACAAAAT", 7),
        ("ACGTACGT", 1),
    ],
)
def test_every_arrangement_is_equally_likely(sequence: str, count: int) -> None:
    possible = arrangements(sequence)
    assert len(possible) == count
    draws = 300 * count
    drawn = Counter(decode(dinucleotide_shuffle(np.repeat(encode([sequence]), draws, axis=0), 20)))
    assert set(drawn) == set(possible)
    if count > 1:
        assert 0.01 < chisquare([drawn[arrangement] for arrangement in possible]).pvalue < 0.99


def test_draws_of_neighbouring_seeds_are_uniform_too() -> None:
    codes = encode(["AGAAACCATCA"] * 2)
    both = [decode(dinucleotide_shuffle(codes, seed)) for seed in range(24_000)]
    for row in range(2):
        drawn = Counter(pair[row] for pair in both)
        assert len(drawn) == 120
        assert 0.01 < chisquare(list(drawn.values())).pvalue < 0.99


def test_neighbouring_rows_are_independent() -> None:
    arranged = decode(dinucleotide_shuffle(np.repeat(encode(["GCGCCAGG"]), 60_000, axis=0), 3))
    pairs = Counter(zip(arranged[::2], arranged[1::2], strict=True))
    assert len(pairs) == 144
    assert 0.01 < chisquare(list(pairs.values())).pvalue < 0.99


@pytest.mark.parametrize("sequence", ["", "A", "AC", "ACG", "N", "NN", "ANC", "AAAAAAAA", "ACACACAC"])
def test_what_has_one_arrangement_stays(sequence: str) -> None:
    codes = encode([sequence])
    assert dinucleotide_shuffle(codes, 0).tolist() == codes.tolist()


def test_no_rows() -> None:
    assert dinucleotide_shuffle(np.zeros((0, 101), np.uint8), 0).shape == (0, 101)


def random_codes(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4, (count, 101)).astype(np.uint8)


def test_same_seed_same_result_and_the_input_is_left_alone() -> None:
    codes = random_codes(20)
    before = codes.copy()
    first = dinucleotide_shuffle(codes, 7)
    assert (first == dinucleotide_shuffle(codes, 7)).all()
    assert (first != dinucleotide_shuffle(codes, 8)).any(axis=1).all()
    assert (codes == before).all()


def test_results_are_the_same_on_every_machine() -> None:
    (shuffled,) = decode(dinucleotide_shuffle(encode(["ACGTTGCAAGCTTACGGATCGATTACAGGC"]), 42))
    assert shuffled == "AACATGTAGGCGGCTTTAGCGATTCACGAC"


def test_a_row_does_not_depend_on_the_others() -> None:
    codes = random_codes(20)
    changed = codes.copy()
    changed[3:] = 0
    assert (dinucleotide_shuffle(codes, 7)[:3] == dinucleotide_shuffle(changed[:5], 7)[:3]).all()


def test_equal_rows_are_shuffled_differently() -> None:
    shuffled = dinucleotide_shuffle(np.repeat(random_codes(1), 50, axis=0), 0)
    assert len(np.unique(shuffled, axis=0)) == 50


def test_arrays_that_are_not_contiguous() -> None:
    codes = random_codes(20)
    assert (dinucleotide_shuffle(np.asfortranarray(codes), 1) == dinucleotide_shuffle(codes, 1)).all()
    assert (dinucleotide_shuffle(codes[::2, ::-1], 1) == dinucleotide_shuffle(codes[::2, ::-1].copy(), 1)).all()


@pytest.mark.parametrize("codes", [np.zeros((2, 9)), np.zeros(9, np.uint8), np.full((1, 9), 5, np.uint8)])
def test_what_is_no_codes_is_refused(codes: np.ndarray) -> None:
    with pytest.raises(DemoError, match="encode"):
        dinucleotide_shuffle(codes, 0)


def test_a_full_disk_where_compiled_code_is_kept_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/home/me/.cache/x.nbc")

    monkeypatch.setattr("demo.sequences.shuffle._shuffle_rows", full)
    with pytest.raises(DemoError, match=r"(?s)No space left.*NUMBA_CACHE_DIR"):
        dinucleotide_shuffle(random_codes(1), 0)

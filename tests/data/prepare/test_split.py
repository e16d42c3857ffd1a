from collections import Counter

import numpy as np
import pytest

from demo.data.prepare.bound import Bound
from demo.data.prepare.split import by_chromosome, by_rank, overlapping
from demo.utils.errors import DemoError


def at(chroms: list[str], starts: list[int], length: int = 10) -> Bound:
    codes = np.zeros((len(starts), length), np.uint8)
    return Bound([""] * len(starts), codes, np.array(chroms), np.array(starts), len(starts), Counter(), "signal")


def test_of_the_1000_strongest_the_even_ones_are_for_the_test() -> None:
    # As the EventIDs of DeepBind's own files: seq_00002_peak to seq_01000_peak in _B, all others in _AC.
    for count in (1500, 1501, 20_000):
        assert (np.flatnonzero(by_rank(count)) + 1).tolist() == list(range(2, 1001, 2))


@pytest.mark.parametrize(("count", "test"), [(1499, 499), (900, 300), (50, 16), (1499 * 2, 500)])
def test_of_few_peaks_a_third_is_for_the_test(count: int, test: int) -> None:
    ranks = np.flatnonzero(by_rank(count)) + 1
    assert len(ranks) == test and (ranks % 2 == 0).all() and ranks.max() <= 2 * count / 3


def test_chromosomes() -> None:
    bound = at(["chr1", "chr8", "chr2", "chr8"], [0, 0, 0, 50])
    assert by_chromosome(bound, ["chr8"]).tolist() == [False, True, False, True]
    with pytest.raises(DemoError, match=r"(?s)No peak is on chr9.*chr1, chr2, chr8"):
        by_chromosome(bound, ["chr8", "chr9"])
    for chosen in ([], ["chr1", "chr2", "chr8"]):
        with pytest.raises(DemoError, match="No peak is left"):
            by_chromosome(bound, chosen)


def test_training_windows_that_share_bases_with_the_test_are_found() -> None:
    random = np.random.default_rng(0)
    bound = at(random.choice(["chr1", "chr2"], 60).tolist(), random.integers(0, 400, 60).tolist())
    test = random.random(60) < 0.3
    expected = [
        not test[i]
        and any(
            test[j] and bound.chroms[i] == bound.chroms[j] and abs(bound.starts[i] - bound.starts[j]) < 10
            for j in range(60)
        )
        for i in range(60)
    ]
    assert overlapping(bound, test).tolist() == expected and any(expected)
    # Neighbours that touch share none.
    assert not overlapping(at(["c", "c"], [0, 10]), np.array([True, False])).any()
    # It is not known where sequences of a FASTA file lie.
    nowhere = Bound(["a", "b"], bound.codes[:2], np.array([], str), np.array([], int), 2, Counter(), "order")
    assert not overlapping(nowhere, np.array([True, False])).any()

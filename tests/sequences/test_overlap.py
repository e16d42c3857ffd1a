import numpy as np
import pytest

from demo.sequences import encode, reverse_complement
from demo.sequences.overlap import OVERLAP, canonical_kmers, distinct_kmers, having_any
from demo.utils.errors import DemoError

RANDOM = np.random.default_rng(0)


def sequences(count: int, length: int = 60) -> np.ndarray:
    return RANDOM.integers(0, 4, (count, length)).astype(np.uint8)


@pytest.mark.parametrize("strand", [lambda codes: codes, reverse_complement])
def test_twenty_bp_in_common_are_found_on_either_strand_and_nineteen_are_not(strand) -> None:  # type: ignore[no-untyped-def]
    ours, others = sequences(40), sequences(40)
    for row, at in ((3, 0), (17, 25), (39, 40)):
        others[row, at : at + OVERLAP] = ours[row, 11 : 11 + OVERLAP]
    others[5, 2 : 2 + OVERLAP - 1] = ours[5, 30 : 30 + OVERLAP - 1]
    others[5, 2 + OVERLAP - 1] = (ours[5, 30 + OVERLAP - 1] + 1) % 4
    others[5, 1] = (ours[5, 29] + 1) % 4
    assert np.flatnonzero(having_any(ours, distinct_kmers(strand(others)))).tolist() == [3, 17, 39]


def test_kmers_are_those_of_the_letters_and_none_has_an_n() -> None:
    assert canonical_kmers(encode(["ACGTT"]), 3).tolist() == [[6, 6, 1]]  # ACG; CGT is ACG backwards; GTT is AAC
    unknown = encode(["ACGNT"])
    assert distinct_kmers(unknown, k=3).tolist() == [6]
    assert having_any(encode(["NNNNN", "TTCGT"]), distinct_kmers(unknown, k=3), 3).tolist() == [False, True]


def test_sequences_that_are_too_short_share_nothing() -> None:
    short = sequences(3, OVERLAP - 1)
    assert not having_any(short, distinct_kmers(sequences(3))).any()
    assert not having_any(sequences(3), distinct_kmers(short)).any() and not len(distinct_kmers())


def test_what_is_no_sequence_is_refused() -> None:
    with pytest.raises(DemoError, match="Codes are 0-4"):
        canonical_kmers(np.full((2, 30), 7, np.uint8))
    with pytest.raises(DemoError, match="k is 40"):
        canonical_kmers(sequences(1), 40)

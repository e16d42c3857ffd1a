import numpy as np
import pytest

from demo.sequences import encode, reverse_complement
from demo.sequences.overlap import OVERLAP, canonical_kmers, distinct_kmers, distinct_near, having_any
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


@pytest.mark.parametrize("k", [1, 2, 7, 20, 31])
def test_kmers_of_any_length_are_those_read_base_by_base(k: int) -> None:
    codes = sequences(3, 33)
    codes[1, 9] = 4
    for row, kmers in zip(codes, canonical_kmers(codes, k), strict=True):
        for start, kmer in enumerate(kmers.tolist()):
            word = row[start : start + k]
            strands = [int("".join(map(str, each)), 4) for each in (word, 3 - word[::-1]) if (word < 4).all()]
            assert kmer == min(strands, default=2**64 - 1)


def test_the_kmers_that_a_few_sequences_may_have_say_the_same_as_all_of_them() -> None:
    ours, others = sequences(30), sequences(3000)
    ours[4, :30], ours[9, 5:40] = others[7, 20:50], reverse_complement(others[2500:2501])[0, 10:45]
    ours[20] = 4
    others[3] = 4
    kmers = canonical_kmers(others)
    near = distinct_near(kmers, ours)
    assert len(near) < kmers.size / 10 and np.isin(near, distinct_kmers(others)).all()
    assert np.flatnonzero(having_any(ours, near)).tolist() == [4, 9]
    assert np.flatnonzero(having_any(ours, distinct_kmers(others))).tolist() == [4, 9]


def test_sequences_that_are_too_short_share_nothing() -> None:
    short = sequences(3, OVERLAP - 1)
    assert not having_any(short, distinct_kmers(sequences(3))).any()
    assert not having_any(sequences(3), distinct_kmers(short)).any() and not len(distinct_kmers())
    assert not len(distinct_near(canonical_kmers(sequences(3)), short))


def test_what_is_no_sequence_is_refused() -> None:
    with pytest.raises(DemoError, match="Codes are 0-4"):
        canonical_kmers(np.full((2, 30), 7, np.uint8))
    with pytest.raises(DemoError, match="k is 40"):
        canonical_kmers(sequences(1), 40)

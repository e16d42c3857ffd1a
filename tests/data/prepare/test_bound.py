from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from demo.data.prepare import bound as b
from demo.data.prepare.bound import Bound, by_chromosome, by_rank, overlapping
from demo.sequences import Genome, decode
from demo.utils.errors import DemoError

BASES = "".join(np.random.default_rng(0).choice(list("ACGT"), 2000))


@pytest.fixture
def genome(tmp_path: Path) -> Genome:
    path = tmp_path / "hg.fa"
    # The last 300 bases of chr1 repeat its first, and chr2 is the other strand of a part of it.
    other_strand = BASES[500:700][::-1].translate(str.maketrans("ACGT", "TGCA"))
    chr1 = BASES[:1500] + "N" * 50 + BASES[1550:] + BASES[:300]
    path.write_text(f">chr1\n{chr1}\n>chr2\n{other_strand}\n")
    return Genome(path)


def peak(chrom: str, summit: int, signal: float, score: int = 0) -> str:
    return f"{chrom}\t{max(0, summit - 40)}\t{summit + 40}\t.\t{score}\t.\t{signal}\t-1\t-1\t{min(40, summit)}\n"


def windows(genome: Genome, *lines: str, length: int = 21) -> b.Bound:
    path = genome.path.with_name("peaks.narrowPeak")
    path.write_text("".join(lines))
    return b.bound_windows(path, genome, length)


def test_windows_lie_around_summits_strongest_first(genome: Genome) -> None:
    bound = windows(genome, peak("chr1", 100, 5), peak("chr1", 900, 9), peak("chr1", 300, 7))
    assert bound.names == ["chr1:890-911", "chr1:290-311", "chr1:90-111"]
    assert decode(bound.codes) == [BASES[890:911], BASES[290:311], BASES[90:111]]
    assert (bound.chroms.tolist(), bound.starts.tolist()) == (["chr1"] * 3, [890, 290, 90])
    assert (bound.ranked_by, bound.read, bound.dropped) == ("signal", 3, {})
    even = windows(genome, peak("chr1", 100, 5), length=20)
    assert even.names == ["chr1:90-110"]


def test_the_middle_is_taken_where_there_is_no_summit(genome: Genome) -> None:
    bound = windows(genome, "chr1\t100\t201\n", "chr1\t300\t400\n")
    assert bound.names == ["chr1:140-161", "chr1:340-361"] and bound.ranked_by == "order of the file"
    assert windows(genome, "chr1\t100\t201\t.\t0\t.\t1\t-1\t-1\t-1\n").names == ["chr1:140-161"]


def test_what_peaks_are_ranked_by(genome: Genome) -> None:
    by_score = windows(genome, peak("chr1", 100, 0, 10), peak("chr1", 300, 0, 20))
    assert (by_score.ranked_by, by_score.starts.tolist()) == ("score", [290, 90])
    ties = windows(genome, *(peak("chr1", summit, 3, 5) for summit in (300, 100, 200)))
    assert (ties.ranked_by, ties.starts.tolist()) == ("order of the file", [290, 90, 190])
    some = windows(genome, "chr1\t100\t200\t.\t.\n", "chr1\t300\t400\t.\t7\n")
    assert some.ranked_by == "order of the file"


def test_every_dropped_peak_is_counted_with_its_reason(genome: Genome) -> None:
    bound = windows(
        genome,
        peak("chr1", 100, 99),
        peak("chrEBV", 100, 98),
        peak("chr1", 9, 97),
        peak("chr1", 2290, 96),
        peak("chr1", 5000, 95),
        peak("chr1", 1520, 94),
        peak("chr1", 1495, 93),
        peak("chr1", 100, 92),
        peak("chr1", 2100, 91),
        peak("chr1", 600, 90),
        peak("chr2", 99, 89),
    )
    assert bound.names == ["chr1:90-111", "chr1:590-611"]
    assert bound.dropped == {b.NOT_IN_GENOME: 1, b.OVER_THE_EDGE: 3, b.UNKNOWN_BASES: 2, b.DUPLICATE: 3}
    assert bound.read == len(bound) + sum(bound.dropped.values())


def test_other_names_of_chromosomes_are_an_error_that_shows_both(genome: Genome) -> None:
    with pytest.raises(DemoError, match=r"(?s)^1 is not in this genome.*chr1, chr2.*has chr1, the other file 1"):
        windows(genome, "1\t100\t200\n")


def test_sequences_are_cut_to_their_middle_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "bound.fa"
    path.write_text(f">a\nCC{BASES[:21]}CCC\n>b\n{BASES[:21]}\n>c\nACGT\n>d x\n{BASES[30:51]}\n>e\n{'ACGTR' * 5}\n")
    bound = b.sequences_of(path, 21)
    assert (bound.names, decode(bound.codes)) == (["a", "d"], [BASES[:21], BASES[30:51]])
    assert bound.dropped == {f"{b.TOO_SHORT}21": 1, b.UNKNOWN_BASES: 1, b.DUPLICATE: 1}
    assert not bound.have_regions and bound.ranked_by == "order of the file"
    assert b.is_fasta(path)


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

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from demo.data.prepare.bound import DUPLICATE, Bound
from demo.data.prepare.negatives import (
    LIKE_A_POSITIVE,
    NEGATIVES,
    GenomicWindows,
    Negatives,
    Wanted,
    from_fasta,
    shuffled,
    unbound,
)
from demo.data.simulate.generate import background
from demo.sequences import Genome, Interval, SequenceSet, decode, encode, reverse_complement
from demo.utils.errors import DemoError


def gc(codes: np.ndarray) -> np.ndarray:
    return np.isin(codes, (1, 2)).sum(axis=1)


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Genome:
    path = tmp_path_factory.mktemp("genome") / "hg.fa"
    letters = decode(background(6, 20_000, np.random.default_rng(1)))
    letters[2] = letters[2][:5000] + "N" * 5000 + letters[2][10_000:]
    path.write_text("".join(f">chr{i}\n{text}\n" for i, text in enumerate(letters)))
    return Genome(path)


def interval(chrom: str, start: int, end: int) -> Interval:
    return Interval(chrom, start, end, None, None, ".", None, None, 1)


PEAKS = [interval(f"chr{i}", start, start + 300) for i in range(6) for start in range(100, 19_000, 1000)]


def places(drawn: SequenceSet) -> list[tuple[str, int, int]]:
    parts = [name.removeprefix("genomic_").replace(":", "-").split("-") for name in drawn.ids]
    return [(chrom, int(start), int(end)) for chrom, start, end in parts]


def wanted(codes: np.ndarray, names: list[str], test: np.ndarray, seed: int = 0) -> Wanted:
    nowhere = np.array([], np.str_), np.array([], np.int64)
    return Wanted(Bound(names, codes, *nowhere, len(codes), Counter(), "signal"), test, None, False, 1, seed)


def test_genomic_windows_have_the_gc_content_and_overlap_nothing(genome: Genome) -> None:
    like = background(60, 50, np.random.default_rng(2))
    windows = GenomicWindows(genome, PEAKS, 50, seed=3)
    first = windows.draw(like, 1, genome.lengths)
    second = windows.draw(like, 3, ["chr0", "chr2"])
    assert (len(first), len(second), first.labels.max(), second.labels.max()) == (60, 180, 0, 0)
    assert set(name for name, _, _ in places(second)) <= {"chr0", "chr2"}
    assert sorted(gc(first.codes)) == sorted(gc(like)), "of 1,600 windows all GC contents are there"
    wanted = np.sort(np.repeat(gc(like), 3))
    assert np.abs(np.sort(gc(second.codes)) - wanted).mean() <= np.mean(windows.gc_gaps) * 240 / 180
    for drawn in (first, second):
        for (chrom, start, end), letters in zip(places(drawn), decode(drawn.codes), strict=True):
            assert genome.fetch(chrom, start, end) == letters and "N" not in letters
            assert not any(p.chrom == chrom and start < p.end and end > p.start for p in PEAKS)
    everything = sorted(places(first) + places(second))
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(everything))


def test_the_same_seed_draws_the_same_windows(genome: Genome) -> None:
    like = background(20, 50, np.random.default_rng(2))
    drawn = [GenomicWindows(genome, PEAKS, 50, seed).draw(like, 2, genome.lengths).ids for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_nearest_gc_content_where_the_very_one_runs_out(genome: Genome) -> None:
    like = np.ones((30, 50), np.uint8)
    windows = GenomicWindows(genome, PEAKS, 50, seed=0)
    drawn = windows.draw(like, 1, genome.lengths)
    everything = GenomicWindows(genome, PEAKS, 50, seed=0).draw(like, 45, genome.lengths)
    assert sorted(gc(drawn.codes)) == sorted(gc(everything.codes))[-30:]
    assert windows.gc_gaps == (50 - gc(drawn.codes)).tolist()


def test_a_genome_that_is_too_small_is_told_of(genome: Genome) -> None:
    with pytest.raises(DemoError, match=r"(?s)too few windows of 50 bp.*more are needed.*genomic_per_peak=1"):
        GenomicWindows(genome, PEAKS, 50, 0).draw(background(1000, 50, np.random.default_rng(0)), 2, genome.lengths)


def test_shuffles_are_named_after_their_peaks() -> None:
    codes = background(40, 60, np.random.default_rng(0))
    test = np.arange(40) % 4 == 3
    made = shuffled(wanted(codes, [f"seq_{i:05d}_peak_chr1:1-61" for i in range(40)], test))
    assert made.test.ids[0] == "seq_00003_shuf_chr1:1-61" and not made.test.labels.any() and len(made.training) == 0
    assert (np.sort(made.test.codes) == np.sort(codes[test])).all()
    assert (made.test.codes != codes[test]).any(axis=1).all()


def test_a_way_of_making_negatives_is_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def reversed_peaks(wanted: Wanted) -> Negatives:
        training, test = (wanted.bound.select(part) for part in (~wanted.test, wanted.test))
        return Negatives(*(unbound(part.names, part.codes[:, ::-1]) for part in (training, test)), {"reversed": 40})

    monkeypatch.setattr(NEGATIVES, "_named", dict(NEGATIVES))
    NEGATIVES.register("reversed")(reversed_peaks)
    codes = background(40, 60, np.random.default_rng(0))
    made = NEGATIVES["reversed"](wanted(codes, ["x"] * 40, np.arange(40) < 10))
    assert (len(made.training), len(made.test), made.counts, list(made.report)) == (30, 10, {"reversed": 40}, [])
    assert (made.test.codes == codes[:10, ::-1]).all() and not made.training.labels.any()


def test_negatives_of_a_file_are_divided_and_none_is_a_positive(tmp_path: Path) -> None:
    codes = background(100, 40, np.random.default_rng(5))
    positives = np.concatenate(
        [codes[:1], reverse_complement(codes[1:2]), background(60, 40, np.random.default_rng(6))]
    )
    path = tmp_path / "unbound.fa"
    path.write_text("".join(f">n{i}\n{text}\n" for i, text in enumerate([*decode(codes), decode(codes)[9]])))
    names = [""] * len(positives)
    first = np.arange(len(positives))
    training, test, counts, _ = from_fasta(path, wanted(positives, names, first < 20))
    assert counts["dropped_negatives"] == {LIKE_A_POSITIVE: 2, DUPLICATE: 1}
    assert (len(training), len(test)) == (78, 20)
    assert sorted(training.ids + test.ids) == sorted(f"n{i}" for i in range(2, 100))
    assert not training.labels.any() and not test.labels.any()
    again, other = (from_fasta(path, wanted(positives, names, first < 20, seed)).test.ids for seed in (0, 1))
    assert again == test.ids != other
    # Half of them at most are for the test.
    assert len(from_fasta(path, wanted(positives, names, first >= 0)).test) == 49
    path.write_text(">a\n" + "ACGT" * 10 + "\n")
    with pytest.raises(DemoError, match="1 negatives are too few"):
        from_fasta(path, wanted(encode(["A" * 40]), ["a"], np.array([True])))

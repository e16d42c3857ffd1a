import csv
import gzip
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.compare import best_alignment, core_motifs, storey_q_values, tomtom
from demo.compare.tomtom_loops import add_log_none, count_steps, find_medians, slide_along
from demo.motifs import Motif, read_meme
from demo.utils.errors import DemoError

COLUMNS = [
    "Query_ID",
    "Target_ID",
    "Optimal_offset",
    "p-value",
    "E-value",
    "q-value",
    "Overlap",
    "Query_consensus",
    "Target_consensus",
    "Orientation",
]

FOS_JUN = Motif(
    "exact_MA0099",
    [
        [0.00000000, 0.05555600, 0.00000000, 0.94444400],
        [0.00000000, 0.00000000, 0.83333300, 0.16666700],
        [0.88888900, 0.11111100, 0.00000000, 0.00000000],
        [0.27777772, 0.66666633, 0.05555594, 0.00000000],
        [0.16666683, 0.00000000, 0.05555594, 0.77777722],
        [0.00000000, 0.83333300, 0.16666700, 0.00000000],
        [0.88888811, 0.00000000, 0.05555594, 0.05555594],
    ],
    nsites=100,
)
# What MEME's Tomtom prints for it: target, offset, p, E, q, overlap, target's letters, orientation.
PEARSON = [
    ("MA0099.2", 0, 5.9355e-14, 3.08053e-11, 6.00112e-11, 7, "TGACTCA", "+"),
    ("MA0655.1", 1, 3.98814e-05, 0.0206985, 0.0115817, 7, "ATGACTCAT", "+"),
    ("MA0841.1", 2, 6.64682e-05, 0.034497, 0.0115817, 7, "CATGACTCATC", "+"),
    ("MA0150.2", 5, 6.87303e-05, 0.035671, 0.0115817, 7, "CAGCATGACTCAGCA", "+"),
]
EUCLIDEAN = [
    ("MA0099.2", 0, 2.26468e-25, 1.17537e-22, 2.29427e-22, 7, "TGACTCA", "+"),
    ("MA0501.1", 1, 3.20019e-06, 0.0016609, 0.001621, 7, "ATGACTCAGCAATTT", "+"),
    ("MA0150.2", 5, 5.25913e-06, 0.00272949, 0.00177595, 7, "CAGCATGACTCAGCA", "+"),
]


def random_motifs(rng, *widths, nsites=20.0):
    return [Motif(f"m{i}", rng.dirichlet([0.3] * 4, size=width), nsites) for i, width in enumerate(widths)]


@pytest.mark.parametrize(("distance", "min_overlap", "golden"), [("pearson", 5, PEARSON), ("ed", 1, EUCLIDEAN)])
def test_a_few_of_tomtoms_rows(distance, min_overlap, golden):
    table = tomtom([FOS_JUN], core_motifs("2016"), distance, min_overlap)
    assert list(table.columns) == COLUMNS
    assert len(table) == 519
    for row, (name, offset, p, e, q, overlap, letters, orientation) in zip(
        table.to_dict("records"), golden, strict=False
    ):
        found = [row[c] for c in ("Target_ID", "Optimal_offset", "Overlap", "Target_consensus", "Orientation")]
        assert found == [name, offset, overlap, letters, orientation]
        assert (row["p-value"], row["E-value"]) == pytest.approx((p, e), rel=1e-5)
        assert row["q-value"] == pytest.approx(q, rel=0.02)


def test_its_loops_are_compiled_once_whatever_the_motifs():
    """A reverse complement is a view, whose strides would be another type to compile for."""
    motifs = random_motifs(np.random.default_rng(0), 5, 8, 19)
    for query in (motifs[1], motifs[1].reverse_complement()):
        for distance in ("pearson", "ed"):
            tomtom(query, motifs, distance)
    for loop in (count_steps, find_medians, slide_along, add_log_none):
        assert len(loop._machine_code.signatures) == 1


@pytest.mark.parametrize(
    ("file", "distance", "min_overlap"), [("tomtom_pearson_mo5", "pearson", 5), ("tomtom_ed_mo1", "ed", 1)]
)
def test_every_row_of_tomtom(shared, file, distance, min_overlap):
    with gzip.open(shared / "golden" / f"{file}.tsv.gz", "rt") as lines:
        golden = {(row["Query_ID"], row["Target_ID"]): row for row in csv.DictReader(lines, delimiter="\t")}
    queries = [m for m in read_meme(shared / "golden/tomtom_queries.meme") if m.name != "uniform_w10"]
    targets = read_meme(shared / "golden/JASPAR2016_CORE_vertebrates_nr.meme")
    table = tomtom(queries, targets, distance, min_overlap)
    assert len(table) == 14 * 519
    theirs = [golden[pair] for pair in zip(table["Query_ID"], table["Target_ID"], strict=True)]
    for column in ("Optimal_offset", "Overlap", "Orientation", "Query_consensus", "Target_consensus"):
        assert [str(value) for value in table[column]] == [row[column] for row in theirs]
    p = np.array([float(row["p-value"]) for row in theirs])
    # Tomtom's single precision ends at 1e-45; one pair lies beyond.
    within = p > 1e-38
    assert (~within).sum() <= 1
    np.testing.assert_allclose(table["p-value"][within], p[within], rtol=1e-5)
    assert (table["p-value"][~within] < 1e-38).all()
    assert (table["p-value"] > 0).all()
    np.testing.assert_allclose(
        table["q-value"][within], [float(r["q-value"]) for r in np.array(theirs)[within]], rtol=0.02
    )


def slow_tomtom(query, target, targets, distance, min_overlap):
    """One pair from the words of the method: every alignment, and every draw of random columns."""

    def smooth(motif):
        return (motif.ppm * int(motif.nsites) + 0.1 * 0.25) / (int(motif.nsites) + 0.1)

    def score(a, b):
        if distance == "ed":
            return -np.linalg.norm(a - b)
        return np.dot(a - 0.25, b - 0.25) / (np.linalg.norm(a - 0.25) * np.linalg.norm(b - 0.25))

    strands = [s for t in targets for s in (smooth(t), smooth(t)[::-1, ::-1])]
    raw = np.array([[score(a, b) for s in strands for b in s] for a in smooth(query)])
    medians = np.sort(raw, axis=1)[:, raw.shape[1] // 2 - 1]
    raw -= medians[:, None]
    floor = np.floor(raw.min())
    scale = np.floor(100 / (raw.max() - floor))
    null = np.rint((raw - floor) * scale) + floor * scale
    width = len(null)
    candidates = []
    for orientation, strand in (("+", smooth(target)), ("-", smooth(target)[::-1, ::-1])):
        runs = [(o, max(0, -o), min(width, len(strand) - o)) for o in range(1 - width, len(strand))]
        best = None
        for offset, first, last in runs:
            if last - first >= min(min_overlap, width, len(strand)):
                total = sum(
                    np.rint((score(smooth(query)[i], strand[offset + i]) - medians[i] - floor) * scale) + floor * scale
                    for i in range(first, last)
                )
                if best is None or (total, last - first) > best[:2]:
                    best = (total, last - first, offset)
        none_better = 1.0
        for _, first, last in runs:
            draws = np.array([sum(draw) for draw in product(*null[first:last])])
            none_better *= (draws < best[0]).mean()
        p = 1 - none_better**2
        # Strands are compared in single precision, as Tomtom holds p-values.
        candidates.append((np.float32(p), -best[1], orientation != "+", best[2], orientation, p))
    _, overlap, _, offset, orientation, p = min(candidates)
    return p, offset, -overlap, orientation


@pytest.mark.parametrize("distance", ["pearson", "ed"])
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    width=st.integers(1, 3),
    widths=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    min_overlap=st.integers(1, 6),
)
def test_agrees_with_enumeration(distance, seed, width, widths, min_overlap):
    rng = np.random.default_rng(seed)
    (query,) = random_motifs(rng, width)
    targets = random_motifs(rng, *widths)
    table = tomtom([query], targets, distance, min_overlap).set_index("Target_ID")
    for target in targets:
        p, offset, overlap, orientation = slow_tomtom(query, target, targets, distance, min_overlap)
        row = table.loc[target.name]
        assert row["p-value"] == pytest.approx(p, rel=1e-9, abs=1e-12)
        if p < 1 - 1e-9:
            assert (row["Optimal_offset"], row["Overlap"], row["Orientation"]) == (offset, overlap, orientation)


def test_a_motif_finds_itself_in_either_orientation():
    targets = random_motifs(np.random.default_rng(1), *[8] * 30, nsites=100)
    found = tomtom([targets[7], targets[9].reverse_complement()], targets)
    first = found.groupby("Query_ID", sort=False).first()
    assert first["Target_ID"].tolist() == ["m7", "m9"]
    assert first["Orientation"].tolist() == ["+", "-"]
    assert first["Optimal_offset"].tolist() == [0, 0]
    assert (first["q-value"] < 0.01).all()
    assert (found["E-value"] == found["p-value"] * 30).all()


def test_best_alignment_says_where_a_part_lies():
    whole = random_motifs(np.random.default_rng(2), 12, nsites=100)[0]
    assert best_alignment(whole.window(3, 7), whole) == (3, 7, "+")
    assert best_alignment(whole, whole.window(3, 7)) == (-3, 7, "+")
    assert best_alignment(whole.window(3, 7).reverse_complement(), whole) == (2, 7, "-")
    assert best_alignment(whole.window(3, 7), whole, distance="ed") == (3, 7, "+")


def test_palindromes_are_read_forward():
    palindrome = Motif("CACGTG", np.eye(4)[[1, 0, 1, 2, 3, 2]], nsites=50)
    others = random_motifs(np.random.default_rng(3), 8, 9)
    row = tomtom([palindrome], [palindrome, *others]).iloc[0]
    assert (row["Target_ID"], row["Orientation"], row["Overlap"]) == ("CACGTG", "+", 6)


def test_shortest_motifs_and_wide_ones():
    letter = Motif("A", [[1, 0, 0, 0]])
    table = tomtom([letter], [letter, *random_motifs(np.random.default_rng(4), 101, 3)])
    assert ((table["p-value"] > 0) & (table["p-value"] <= 1)).all()
    assert table["Overlap"].tolist() == [1, 1, 1]
    wide = random_motifs(np.random.default_rng(5), 101)[0]
    assert tomtom([wide], [wide, letter])["p-value"].iloc[0] < 1e-30


def test_columns_that_all_score_the_same_say_nothing():
    weak = Motif("AT", [[0.5, 0, 0, 0.5]])
    assert tomtom([weak], [weak])["p-value"].tolist() == [1]


def test_an_uninformative_column_correlates_with_nothing():
    flanked = Motif("flanked", [[0.25] * 4, *np.eye(4)[[0, 1, 2]]], nsites=33)
    row = tomtom([flanked], [flanked, *random_motifs(np.random.default_rng(6), 6, 7)], min_overlap=1).iloc[0]
    assert (row["Target_ID"], row["Optimal_offset"], row["Overlap"]) == ("flanked", 0, 4)


def test_flat_motifs_are_refused():
    flat = Motif("flat", [[0.25] * 4] * 8)
    almost = Motif("almost", [[0.26, 0.24, 0.25, 0.25]] * 8)
    for motif in (flat, almost):
        with pytest.raises(DemoError, match=f"query {motif.name} is flat"):
            tomtom([motif], [FOS_JUN])
        with pytest.raises(DemoError, match=f"target {motif.name} is flat"):
            best_alignment(FOS_JUN, motif)


def test_agrees_with_enumeration_where_targets_are_much_narrower_or_wider():
    rng = np.random.default_rng(8)
    (query,) = random_motifs(rng, 4)
    for widths in ((1, 2), (2, 1), (1, 1, 2), (5,)):
        targets = random_motifs(rng, *widths)
        table = tomtom([query], targets, min_overlap=2).set_index("Target_ID")
        for target in targets:
            p, *_ = slow_tomtom(query, target, targets, "pearson", 2)
            assert table.loc[target.name, "p-value"] == pytest.approx(p, rel=1e-9, abs=1e-12)


def test_wide_motifs_are_compared_up_to_a_limit():
    wide, wider, other = random_motifs(np.random.default_rng(9), 300, 301, 12)
    table = tomtom([wide], [wide, other])
    assert table["Target_ID"].tolist() == ["m0", "m2"] and table["Overlap"].iloc[0] == 300
    for queries, targets in (([wider], [other]), ([other], [wider])):
        with pytest.raises(DemoError, match="m1 has 301 positions; Tomtom compares motifs of up to 300"):
            tomtom(queries, targets)


def test_bad_arguments_are_refused():
    with pytest.raises(DemoError, match="at least one query"):
        tomtom([], [FOS_JUN])
    with pytest.raises(DemoError, match="at least one target"):
        tomtom([FOS_JUN], [])
    with pytest.raises(DemoError, match="no distance 'cosine'"):
        tomtom([FOS_JUN], [FOS_JUN], distance="cosine")
    with pytest.raises(DemoError, match="minimal overlap"):
        tomtom([FOS_JUN], [FOS_JUN], min_overlap=0)


def test_q_values_of_few_p_values_are_benjamini_hochbergs():
    p = [0.04, 0.01, 0.5, 0.02]
    np.testing.assert_allclose(storey_q_values(p), [0.16 / 3, 0.04, 0.5, 0.04])
    assert storey_q_values([]).tolist() == []


def test_q_values_take_the_share_of_nulls_into_account():
    rng = np.random.default_rng(0)
    p = np.concatenate([rng.uniform(0, 1e-6, 500), rng.uniform(0, 1, 500)])
    q = storey_q_values(p)
    plain = np.minimum.accumulate((np.sort(p) * 1000 / np.arange(1, 1001))[::-1])[::-1]
    assert 0.4 < np.median(np.sort(q) / plain) < 0.6
    assert (np.diff(q[np.argsort(p)]) >= 0).all()


@pytest.mark.parametrize("p", [[-0.1], [1.1], [float("nan")], [[0.1]]])
def test_what_is_no_p_value_is_refused(p):
    with pytest.raises(DemoError, match="p-values"):
        storey_q_values(p)

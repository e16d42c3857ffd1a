"""Motifs of which the answer is known, because they are JASPAR's own, against all of JASPAR."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from demo.compare import ama, core_motifs, primary_matrix, tomtom
from demo.compare.ama import best_hit
from demo.compare.comparison import compare_with_jaspar
from demo.compare.comparison_files import (
    affinity_text,
    comparison_from,
    comparison_numbers,
    family_text,
    match_text,
    q_text,
    read_comparison,
    write_comparison,
)
from demo.compare.known import KnownMatrices
from demo.motifs import Motif
from demo.motifs.formats import write_meme
from demo.utils.errors import DemoError
from planted_sites import labelled


def ours(motif: Motif, name: str = "ours") -> Motif:
    """A matrix of JASPAR as if it were a network's."""
    return replace(motif, name=name, alt_name="", nsites=20)


def test_numbers_are_those_of_tomtom_and_ama():
    ctcf, yy1 = primary_matrix("CTCF", "2016"), ours(primary_matrix("YY1", "2016"))
    test = labelled(ctcf)
    comparison, tables = compare_with_jaspar({"class_motif": yy1}, KnownMatrices("CTCF"), ["2016", "JASPAR2016"], test)
    (part,) = comparison.releases
    assert (part.release, part.matrices, part.own_matrices) == ("2016", 519, ("MA0139.1",))
    assert (comparison.positives, comparison.negatives) == (60, 60)

    expected = tomtom([yy1], core_motifs("2016"))
    pd.testing.assert_frame_equal(tables["2016"], expected)
    found = part.motifs["class_motif"]
    assert (found.best.name, found.best.matrix_id, found.best.rank) == ("YY1", "MA0095.2", 1)
    (place,) = np.flatnonzero(expected["Target_ID"] == "MA0139.1")
    row = expected.iloc[place]
    assert (found.own.rank, found.own.p, found.own.q) == (place + 1, row["p-value"], row["q-value"])
    assert (found.own.offset, found.own.overlap) == (row["Optimal_offset"], row["Overlap"])
    assert found.own.orientation == row["Orientation"]

    mine, theirs = ama(yy1, test.codes), ama(ctcf, test.codes)
    assert found.affinity.matrix_id == "MA0139.1"
    assert found.affinity.outscored == np.mean(mine[:60] > theirs[:60])
    assert found.affinity.auroc == pytest.approx(roc_auc_score(test.labels, mine))
    assert found.affinity.jaspar_auroc == pytest.approx(roc_auc_score(test.labels, theirs))
    assert found.affinity.jaspar_auroc > 0.95 > found.affinity.auroc
    bases = np.bincount(test.codes.ravel(), minlength=4) + 1
    hits = [best_hit(motif, test.codes, bases / bases.sum()) for motif in (yy1, ctcf)]
    assert [found.best_hit.auroc, found.best_hit.jaspar_auroc] == [roc_auc_score(test.labels, hit) for hit in hits]


@pytest.mark.parametrize(
    "tf, like, relation",
    [
        ("CTCF", "CTCF", "own"),
        ("ctcf", "CTCF", "own"),
        ("MYC", "MAX::MYC", "heterodimer"),
        ("MYC", "USF2", "family"),
        ("ELK1", "SPI1", "family"),
        ("MYC", "CTCF", "other"),
        # Both have "more than 3 adjacent zinc fingers", which is no likeness of what they bind.
        ("YY1", "CTCF", "other"),
        # TFClass has CTCF and CTCFL in one subfamily; CTCFL has no matrix in 2016.
        ("CTCFL", "CTCF", "family"),
    ],
)
def test_what_the_best_match_is_to_the_tf(tf: str, like: str, relation: str):
    (matrix,) = [motif for motif in core_motifs("2016") if motif.alt_name == like]
    comparison, _ = compare_with_jaspar({"best_window": ours(matrix)}, KnownMatrices(tf), ["2016"])
    best = comparison.releases[0].motifs["best_window"].best
    assert (best.name, best.relation) == (like, relation) and best.q < 1e-3


def test_a_tf_without_a_matrix_still_has_a_best_match_and_no_affinity():
    yy1 = primary_matrix("YY1", "2016")
    comparison, _ = compare_with_jaspar({"class_motif": ours(yy1)}, KnownMatrices("TAF7"), ["2016"], labelled(yy1))
    part = comparison.of_release("2016")
    found = part.motifs["class_motif"]
    assert part.own_matrices == () and found.best.name == "YY1" and found.best.relation == "other"
    assert found.own is None and found.affinity is None
    assert match_text(found, part, "TAF7").startswith("YY1 (MA0095.2, q = ")
    assert comparison.of_release("2018") is None


def test_matrices_of_one_site_are_a_group_named_by_the_family_of_most():
    # JASPAR's matrix of Zbtb2, a zinc finger, is an ETS site; no ETS factor's is closer to it than its own.
    (zbtb2,) = [motif for motif in core_motifs("2026") if motif.alt_name == "Zbtb2"]
    comparison, _ = compare_with_jaspar({"class_motif": ours(zbtb2)}, KnownMatrices("FOOX1"), ["2026"])
    found = comparison.releases[0].motifs["class_motif"]
    assert found.best.name == "Zbtb2"
    group, *others = found.groups
    assert group.family == "Ets-related" and found.match == group.head != found.best
    assert group.members[0] == group.head.name and {"ELK1", "ETV4", "GABPA"} <= {*group.members}
    assert "Zbtb2" in group.others and not {*group.members} & {*group.others} and others == []
    text = match_text(found, comparison.releases[0], "FOOX1")
    assert text.startswith(f"Ets family: {group.head.name} ({group.head.matrix_id}, q = ") and "also Zbtb2" in text
    assert family_text(found, comparison.releases[0]).startswith(f"Ets family: {group.head.name}, ")
    assert family_text(found, comparison.releases[0]).endswith(f"(JASPAR 2026, {q_text(group.head)})")


def test_a_group_of_zinc_fingers_is_named_by_its_factors_and_the_next_is_of_another_part():
    ctcf, gata = primary_matrix("CTCF", "2026"), primary_matrix("GATA1", "2026")
    both = Motif("both", np.concatenate([ctcf.ppm, gata.ppm]))
    comparison, _ = compare_with_jaspar({"class_motif": both}, KnownMatrices("FOOX1"), ["2026"])
    groups = comparison.releases[0].motifs["class_motif"].groups
    assert [(group.family, group.members[0]) for group in groups[:1]] == [("", "CTCF")]
    assert groups[0].head.offset == 0 and all(group.head.offset <= -15 for group in groups[1:])


def test_the_user_may_know_the_matrix_of_a_factor_better(tmp_path: Path):
    elk1 = primary_matrix("ELK1", "2026")
    motifs = {"class_motif": ours(elk1)}
    for named in ("elk1", "MA0028", "ma0028.1", elk1.name):
        comparison, _ = compare_with_jaspar(motifs, KnownMatrices("FOOX1", named=named), ["2016", "2026"])
        assert comparison.tf.upper() == "ELK1" and comparison.named == named
        for part in comparison.releases:
            own = part.motifs["class_motif"].own
            assert own is not None and own.matrix_id == part.own_matrices[0] and own.name == "ELK1"
            assert part.motifs["class_motif"].related is not None
    known = KnownMatrices("FOOX1", named="MAX::MYC")
    assert known.own("2016")[0].name == "MA0059.1"
    assert (known.relations("2016")["MA0093.2"], known.relations("2016")["MA0058.3"]) == ("family", "family")

    mine = replace(elk1, name="mine", alt_name="")
    write_meme(tmp_path / "mine.meme", [mine])
    test = labelled(elk1)
    given = KnownMatrices("FOOX1", named=str(tmp_path / "mine.meme"))
    comparison, tables = compare_with_jaspar(motifs, given, ["2026"], test)
    (part,) = comparison.releases
    found = part.motifs["class_motif"]
    assert part.own_matrices == ("mine",) and part.matrices == len(core_motifs("2026")) + 1 == len(tables["2026"])
    assert (found.own.matrix_id, found.own.relation) == ("mine", "own") and found.own.q < 1e-3
    assert found.affinity.matrix_id == "mine" and comparison.tf == "FOOX1"
    write_comparison(tmp_path, comparison, tables)
    assert read_comparison(tmp_path) == comparison


def test_a_known_matrix_that_is_nowhere_is_said(tmp_path: Path):
    for named in ("ELK111", "MA9999.1"):
        with pytest.raises(DemoError, match=rf"motif.known is '{named}', which is no file"):
            KnownMatrices("FOOX1", named=named).check(["2016", "newest"])
    with pytest.raises(DemoError, match=r"missing\.meme"):
        KnownMatrices("FOOX1", named=str(tmp_path / "missing.meme"))


def test_a_flat_motif_is_compared_with_nothing():
    flat = Motif("flat", np.full((8, 4), 0.25))
    real = ours(primary_matrix("YY1", "2016"))
    comparison, tables = compare_with_jaspar({"best_window": flat, "class_motif": real}, KnownMatrices("YY1"), ["2016"])
    part = comparison.releases[0]
    assert part.motifs["best_window"].best is None and "flat" in match_text(part.motifs["best_window"], part, "YY1")
    assert part.motifs["class_motif"].best.name == "YY1" and set(tables["2016"]["Query_ID"]) == {"ours"}
    alone, tables = compare_with_jaspar({"best_window": flat}, KnownMatrices("YY1"), ["2016"])
    assert alone.releases[0].motifs["best_window"].own is None and tables == {}


def test_all_kinds_but_the_full_optimum_are_compared_with_each_release():
    yy1 = ours(primary_matrix("YY1", "2016"))
    motifs = {"headline_motif": yy1, "full_optimum": yy1, "class_motif_2": yy1}
    comparison, _ = compare_with_jaspar(motifs, KnownMatrices("YY1"), ["newest", "2016"])
    assert len(comparison.releases) == 2 and comparison.releases[0].release == "2016"
    assert all(set(part.motifs) == {"headline_motif", "class_motif_2"} for part in comparison.releases)


def test_files_read_back_and_old_tables_go(tmp_path: Path):
    ctcf = primary_matrix("CTCF", "2016")
    comparison, tables = compare_with_jaspar(
        {"class_motif": ours(ctcf)}, KnownMatrices("CTCF"), ["2016"], labelled(ctcf)
    )
    (tmp_path / "tomtom_2014.tsv").write_text("of another comparison")
    written = write_comparison(tmp_path, comparison, tables)
    assert (
        {path.name for path in written}
        == {"comparison.json", "tomtom_2016.tsv"}
        == {path.name for path in tmp_path.iterdir()}
    )
    assert read_comparison(tmp_path) == comparison
    assert comparison_from(json.loads((tmp_path / "comparison.json").read_text())) == comparison
    table = pd.read_csv(tmp_path / "tomtom_2016.tsv", sep="\t")
    assert list(table.columns) == list(tables["2016"].columns) and table["q-value"].max() <= 0.5
    assert len(table) == (tables["2016"]["q-value"] <= 0.5).sum() >= 1
    numbers = comparison_numbers(comparison)
    assert numbers["class_motif/2016/best_match"] == "CTCF" and numbers["class_motif/2016/q_of_own"] < 1e-10
    text = affinity_text(comparison.releases[0].motifs["class_motif"])
    assert "AMA above MA0139.1's on" in text and "; of the best hit " in text


def test_no_file_or_a_damaged_one(tmp_path: Path):
    assert read_comparison(tmp_path) is None
    (tmp_path / "comparison.json").write_text('{"tf": "CTCF", "releases": [{}]}')
    with pytest.raises(DemoError, match="has an invalid format"):
        read_comparison(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rank", "1"), ("q", float("nan")), ("offset", 1.5), ("orientation", "x"), ("relation", "<b>"), ("name", None),
    ],
)  # fmt: skip
def test_values_of_another_kind_are_refused(field: str, value: object):
    best = {"matrix_id": "MA0139.1", "name": "CTCF", "relation": "own", "rank": 1, "p": 1e-9, "e": 1e-6, "q": 1e-6,
            "offset": 0, "overlap": 8, "orientation": "+"}  # fmt: skip
    motif = {"best": best, "own": None, "related": None, "primary": None, "affinity": None}
    content = {"tf": "CTCF", "positives": 1, "negatives": 1, "releases": [
        {"release": "2016", "matrices": 519, "own_matrices": [], "motifs": {"class_motif": motif}},
    ]}  # fmt: skip
    found = comparison_from(content).releases[0].motifs["class_motif"].best
    assert found is not None and found.rank == 1
    best[field] = value
    with pytest.raises(DemoError, match="has an invalid format"):
        comparison_from(content)


def test_a_release_is_a_year_and_no_path():
    content = {"tf": "x", "positives": 0, "negatives": 0,
               "releases": [{"release": "../x", "matrices": 1, "own_matrices": [], "motifs": {}}]}  # fmt: skip
    with pytest.raises(DemoError, match="has an invalid format"):
        comparison_from(content)


def test_bad_input_is_said():
    yy1 = ours(primary_matrix("YY1", "2016"))
    with pytest.raises(DemoError, match="no JASPAR release '1999'"):
        compare_with_jaspar({"class_motif": yy1}, KnownMatrices("YY1"), ["1999"])
    test = labelled(primary_matrix("YY1", "2016"))
    with pytest.raises(DemoError, match="both labels"):
        compare_with_jaspar({"class_motif": yy1}, KnownMatrices("YY1"), ["2016"], test.positives)

"""Motifs of a run read back: their order, their support, what they are laid on."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demo.compare.comparison import JasparComparison, MotifComparison, ReleaseComparison
from demo.compare.matches import Match, MatchGroup
from demo.report.motifs import drawn, read_motifs
from demo.report.write import write_report
from demo.study.study import study_of
from demo.utils.errors import DemoError
from demo.utils.files import write_json
from report.report_runs import copied

pytestmark = pytest.mark.slow

CENTRALITY = {"sites": 1234, "region": 21, "inside": 0.61, "expected": 0.25, "p_value": 2e-9}
PROFILE = {"length": 101, "positives": [3, 40, 5], "shuffles": [2, 1, 2]}
SUPPORT = {"starts": 7, "all_starts": 24, "networks": 2, "stability": 0.93}
SUPPORT |= {"centrality": CENTRALITY, "profile": PROFILE}


def with_motifs(trained: Path, tmp_path: Path, **changes: Any) -> Path:
    """The motifs of a run, with more kinds than it has: two class motifs, one of a filter."""
    folder = tmp_path / "motifs"
    shutil.copytree(trained / "motifs", folder)
    content = json.loads((folder / "motifs.json").read_text())
    first = content["motifs"]["class_motif"] | {"support": SUPPORT, "tells_apart": False}
    motifs = {
        "filter_3": first,
        "class_motif_2": first,
        **content["motifs"],
        "class_motif": first,
        "headline_motif": first,
    }
    write_json(folder / "motifs.json", content | {"motifs": motifs} | changes)
    return folder


def test_kinds_stand_in_order_and_say_what_speaks_for_them(trained: Path, tmp_path: Path) -> None:
    motifs = read_motifs(with_motifs(trained, tmp_path))
    kinds = [found.kind for found in motifs.found]
    assert kinds == ["headline_motif", "class_motif", "class_motif_2", "best_window", "full_optimum", "filter_3"]
    shown = drawn(motifs, None)
    facts = dict(shown[0].facts)
    assert (facts["found by"], facts["stability"]) == ("7 of 24 starts, in 2 networks", "0.93")
    middle = "61\u00a0% of 1,234 within 10 bp of it, 25\u00a0% by chance, p = 2.0 × 10⁻⁹"
    assert facts["sites near the peak centre"] == middle
    assert "bp from the middle of the peak" in shown[0].others[-1]
    assert facts["alone, validation AUROC"].endswith(", not above chance")
    labelled = drawn(motifs, None, labelled=True)[0]
    assert dict(labelled.facts)["sites near the middle"] == middle
    assert "peak" not in labelled.about + labelled.others[-1]
    assert [motif.further for motif in shown] == [False] * 5 + [True]


def test_a_motif_lies_on_its_own_matrix_and_on_the_best_match_of_another(trained: Path, tmp_path: Path) -> None:
    jaspar = {"release": "2016", "matrix_id": "MA0139.1", "name": "CTCF"}
    motifs = read_motifs(with_motifs(trained, tmp_path, jaspar=jaspar))
    assert motifs.own_matrix is not None and motifs.own_matrix.alt_name == "CTCF"

    def match(matrix_id: str, name: str, relation: str, q: float) -> Match:
        return Match(matrix_id, name, relation, 1, q / 10, q, q, 0, 8, "-")

    own, other = match("MA0139.1", "CTCF", "own", 0.3), match("MA0002.2", "RUNX1", "other", 0.00001)
    found = MotifComparison(other, own, own, None, (MatchGroup(other, "Runt-related", ("RUNX1", "RUNX3"), ("NFIC",)),))
    part = ReleaseComparison("2016", 519, ("MA0139.1",), {"best_window": found})
    shown = {motif.heading: motif for motif in drawn(motifs, JasparComparison("CTCF", 0, 0, (part,)))}
    window = shown["Best window"]
    assert "CTCF (MA0139.1), JASPAR 2016, reverse, q = 0.3" in window.drawing
    assert "CTCF" not in shown["Full optimum"].drawing
    assert "RUNX1 (MA0002.2), JASPAR 2016, reverse, q = 1.0 × 10⁻⁵" in window.others[0]
    text = "Runt family: RUNX1 (MA0002.2, of another factor, q = 1e-05), RUNX3, also NFIC"
    assert dict(window.facts)["matches in JASPAR 2016"] == text
    assert shown["Full optimum"].others == ()

    # Nothing else of the matches that are nearly the same as its own is drawn; without its own, the best match is.
    same = replace(found, groups=(replace(found.groups[0], others=("CTCF",)),))
    unknown = replace(found, own=None, related=None)
    for each, drawings in ((same, ["CTCF (MA0139.1)"]), (unknown, ["RUNX1 (MA0002.2)"])):
        part = ReleaseComparison("2016", 519, (), {"best_window": each})
        (window,) = (m for m in drawn(motifs, JasparComparison("x", 0, 0, (part,))) if m.heading == "Best window")
        assert drawings[0] in window.drawing and window.others == ()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"motifs": {}}, "is empty"),
        ({"motifs": {"class_motif": {"name": "NOPE"}}}, "has an invalid format"),
        ({"jaspar": {"release": "2016", "matrix_id": "MA9999.1"}}, "no matrix MA9999.1"),
        ({"jaspar": {"release": "1999", "matrix_id": "MA0139.1"}}, "no JASPAR release"),
        ({"notes": None}, "has an invalid format"),
    ],
)
def test_damaged_motifs_are_a_reason_and_no_crash(
    trained: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(DemoError, match=message):
        read_motifs(with_motifs(trained, tmp_path, **changes))


@pytest.mark.parametrize(
    "entry",
    [
        {"support": SUPPORT | {"stability": "<b>"}},
        {"support": SUPPORT | {"centrality": CENTRALITY | {"inside": None}}},
        {"support": SUPPORT | {"profile": PROFILE | {"shuffles": [1, 2]}}},
        {"alignment": {"offset": "1", "orientation": "+", "similarity": 0.5}},
        {"validation_separation": {"auroc": "much"}},
    ],
)
def test_values_of_another_kind_are_refused(trained: Path, tmp_path: Path, entry: dict[str, Any]) -> None:
    folder = with_motifs(trained, tmp_path)
    content = json.loads((folder / "motifs.json").read_text())
    content["motifs"]["class_motif"] |= entry
    write_json(folder / "motifs.json", content)
    with pytest.raises(DemoError, match="has an invalid format"):
        read_motifs(folder)


def test_an_alignment_that_cannot_be_is_not_drawn(trained: Path, tmp_path: Path) -> None:
    folder = with_motifs(trained, tmp_path, jaspar={"release": "2016", "matrix_id": "MA0139.1", "name": "CTCF"})
    content = json.loads((folder / "motifs.json").read_text())
    content["motifs"]["class_motif"]["alignment"] = {"offset": 10**9, "orientation": "+", "similarity": 0.5}
    write_json(folder / "motifs.json", content)
    with pytest.raises(DemoError, match="cannot be aligned"):
        drawn(read_motifs(folder), None)


def test_a_page_stands_damage_in_every_file(trained: Path, tmp_path: Path) -> None:
    for i, name in enumerate(
        ("metrics.csv", "predictions.tsv", "config.yaml", "motifs/motifs.json", "motifs/motifs.meme")
    ):
        run = copied(trained, tmp_path / "runs", f"set{i}", dataset=f"set{i}")
        (run / name).write_bytes(b"\xff\xfe: [\x00")
    run = copied(trained, tmp_path / "runs", "set9", dataset="set9")
    (run / "checkpoints" / "best.ckpt").write_bytes(b"no checkpoint")
    write_report(study_of(tmp_path / "runs"), tmp_path / "report")
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "report" / "sets").iterdir()}
    assert len(pages) == 6 and all("Not available: " in page for page in pages.values())

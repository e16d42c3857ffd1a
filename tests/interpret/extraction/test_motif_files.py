"""What is written of extracted motifs: ``demo.interpret.extraction.files``."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from demo.compare.comparison_files import comparison_from, family_of, match_text, q_text, read_comparison
from demo.compare.known import KnownMatrices
from demo.compare.peers import Peer
from demo.interpret.extraction.evidence import Separation
from demo.interpret.extraction.extract import ExtractedMotifs
from demo.interpret.extraction.files import Database, JudgedBy, KnownMotif, title_of, write_motifs
from demo.interpret.extraction.methods import SHUFFLES
from demo.motifs import read_jaspar, read_meme, read_transfac
from demo.motifs.formats import write_all_formats, write_meme
from demo.motifs.motif import Motif
from demo.report.motifs import read_motifs
from demo.sequences import SequenceSet, Task, encode
from demo.sequences.alphabet import RNA
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.errors import DemoError
from interpret.extraction.known_network import of_site, positives


def test_files_are_there_and_read_back(extracted: ExtractedMotifs, tmp_path: Path) -> None:
    known = KnownMotif(of_site(0.9).reverse_complement(), "2016")
    facts, comparison = write_motifs(tmp_path, extracted, known)
    names = {f"TOY_{name}" for name in ("full_optimum", "best_window", "class_motif", "headline_motif")}
    for read, ending in ((read_meme, "meme"), (read_jaspar, "jaspar"), (read_transfac, "transfac")):
        assert {motif.name for motif in read(tmp_path / f"motifs.{ending}")} == names
    content = json.loads((tmp_path / "motifs.json").read_text())
    assert content["jaspar"]["matrix_id"] == "KNOWN.1" and content["jaspar"]["release"] == "2016"
    assert json.loads(json.dumps(facts)) == content["motifs"] and comparison is None
    entry = facts["headline_motif"]
    # Written in the direction of the known matrix, which reads backwards.
    assert entry["alignment"]["orientation"] == "+" and entry["alignment"]["similarity"] > 0.8
    headline = next(m for m in read_meme(tmp_path / "motifs.meme") if m.name == "TOY_headline_motif")
    assert any(part in headline.consensus for part in ("AATGAGTC", "ATGAGTCA"))
    assert content["motifs"]["class_motif"]["support"] == asdict(extracted.support["class_motif"])
    for name in (
        "full_optimum",
        "best_window",
        "class_motif",
        "headline_motif",
        "headline_motif_and_jaspar",
        "class_motif_sites",
    ):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_motifs_of_another_program_are_drawn_and_compared_and_go_with_the_next_extraction(
    extracted: ExtractedMotifs, tmp_path: Path
) -> None:
    peers = [
        (Peer(kind, replace(of_site(0.9), name=kind, alt_name=f"streme {kind}"), "a/x.txt"), Separation(0.9, 0.2, 0.5))
        for kind in ("streme", "streme_2")
    ]
    judged = JudgedBy(KnownMatrices("JUND"), [2016])
    facts, content = write_motifs(tmp_path, extracted, None, judged, peers)
    assert (facts["streme"]["from"], facts["streme"]["validation_separation"]["information"]) == ("a/x.txt", 0.2)
    assert {m.name for m in read_meme(tmp_path / "peers.meme")} == {"streme", "streme_2"}
    assert not any("streme" in m.name for m in read_meme(tmp_path / "motifs.meme"))
    comparison = read_comparison(tmp_path)
    assert comparison is not None and content is not None and comparison_from(content) == comparison
    assert comparison.peers == ("streme",) and comparison.kinds[-1] == "streme"
    found = comparison.releases[0].motifs["streme_2"]
    assert found.best is not None and found.best.q < 0.05
    report = {each.kind: each for each in read_motifs(tmp_path).found}
    assert report["streme"].source == "a/x.txt" and report["class_motif"].source is None
    assert (tmp_path / "streme_2.svg").exists() and (tmp_path / "streme_and_jaspar.png").exists()
    write_motifs(tmp_path, extracted)
    assert not list(tmp_path.glob("streme*")) and not (tmp_path / "peers.meme").exists()


def test_a_factor_that_jaspar_does_not_know_is_drawn_over_its_best_matches(
    extracted: ExtractedMotifs, tmp_path: Path
) -> None:
    write_motifs(tmp_path, extracted, None, JudgedBy(KnownMatrices("TOY"), ["2016", "2026"]))
    comparison = read_comparison(tmp_path)
    assert comparison is not None
    group = comparison.releases[-1].motifs["class_motif"].groups[0]
    # Fos-, Jun- and Maf-related factors: no family has most of them, but their class has.
    assert group.family == "Basic leucine zipper factors (bZIP)" and {"Jun", "FOS"} <= {*group.members}
    drawn = texts(tmp_path / "class_motif_and_jaspar.svg")
    assert q_text(group.head) in drawn and group.head.matrix_id in drawn and "JASPAR 2026" in drawn
    description = json.loads((tmp_path / "motifs.json").read_text())
    assert description["jaspar"] is None and "motif.known=" in description["notes"][-1]


def test_a_motif_that_the_user_knows_is_kept_with_those_of_the_run(extracted: ExtractedMotifs, tmp_path: Path) -> None:
    write_meme(tmp_path / "mine.meme", [replace(of_site(0.9), name="mine")])
    known = KnownMatrices("TOY", named=str(tmp_path / "mine.meme"))
    own = KnownMotif.of(known, "2026")
    assert own is not None and own.release is None
    write_motifs(tmp_path / "motifs", extracted, own, JudgedBy(known, ["2026"]))
    drawn = texts(tmp_path / "motifs" / "class_motif_and_jaspar.svg")
    assert "mine" in drawn and "motif.known" in drawn
    assert [motif.name for motif in read_meme(tmp_path / "motifs" / "known.meme")] == ["mine"]
    write_motifs(tmp_path / "motifs", extracted, None, JudgedBy(KnownMatrices("TOY"), ["2026"]))
    assert not (tmp_path / "motifs" / "known.meme").exists()


def test_motifs_are_judged_when_they_are_there(extracted: ExtractedMotifs, tmp_path: Path) -> None:
    known = KnownMotif.of(KnownMatrices("JUND"), "2016")
    assert known is not None and known.motif.name == "MA0491.1"
    bound = positives(60, seed=2)
    codes = np.concatenate([bound, dinucleotide_shuffle(bound, 1)])
    test = SequenceSet([str(i) for i in range(120)], codes, np.repeat(np.array([1, 0], np.uint8), 60))
    _, content = write_motifs(tmp_path, extracted, known, JudgedBy(KnownMatrices("JUND"), [2016], test))
    assert (tmp_path / "tomtom_2016.tsv").exists()
    comparison = read_comparison(tmp_path)
    assert comparison is not None and content is not None and comparison_from(content) == comparison
    found = comparison.releases[0].motifs["class_motif"]
    # TGACTCATT is the site of AP-1, of which JUND is half; its matrix has a longer one.
    assert found.own is not None and found.own.q < 0.5 and found.best is not None and found.best.q < 0.05
    assert found.affinity is not None and found.affinity.auroc > 0.9
    # Written in the direction of the known matrix, so that Tomtom finds it on the same strand.
    assert found.own.matrix_id == known.motif.name and found.own.orientation == "+"
    # The picture and the summary say one q-value of it.
    (shown,) = re.findall(r"q = \S+(?=\))|q = \S+$", match_text(found, comparison.releases[0], "JUND"))[-1:]
    assert shown in texts(tmp_path / "class_motif_and_jaspar.svg") and shown == q_text(found.own)
    # The headline motif stands over what it looks like.
    assert family_of(comparison, "headline_motif") == "like no matrix of JASPAR 2016 (q < 0.05)"
    assert "like no matrix of JASPAR 2016 (q &lt; 0.05)" in (tmp_path / "headline_motif.svg").read_text()


def test_files_of_an_earlier_extraction_are_removed_and_no_others(extracted: ExtractedMotifs, tmp_path: Path) -> None:
    write_all_formats(tmp_path, list(extracted.motifs.values()))
    others = {"my_figure.png", "notes.txt", ".1a2b-class_motif.png", "motif.svg"}
    earlier = {"class_motif.png", "class_motif_and_jaspar.svg", "tomtom_2016.tsv", "comparison.json"}
    for name in others | earlier:
        (tmp_path / name).write_text("")
    write_motifs(tmp_path, replace(extracted, found={}, support={}))
    ours = {f"{name}.{ending}" for name in ("full_optimum", "best_window") for ending in ("png", "svg")}
    ours |= {f"motifs.{ending}" for ending in ("json", "meme", "jaspar", "transfac")}
    assert {path.name for path in tmp_path.iterdir()} == others | ours


def test_a_foreign_folder_removes_nothing_outside_of_it(extracted: ExtractedMotifs, tmp_path: Path) -> None:
    outside, folder = tmp_path / "mine.png", tmp_path / "motifs"
    outside.write_text("")
    folder.mkdir()
    (folder / "motifs.meme").write_text("MOTIF TOY_full_optimum\n\nMOTIF TOY_../mine\n")
    write_motifs(folder, replace(extracted, found={}, support={}))
    assert outside.exists()


def texts(svg: Path) -> str:
    """What is written in a figure: matplotlib keeps it as comments beside the glyphs."""
    return " ".join(re.findall(r"<!-- (.*?) -->", svg.read_text(encoding="utf-8")))


def test_releases_to_judge_by_are_checked() -> None:
    assert KnownMotif.of(KnownMatrices("TAF7"), "2016") is None
    assert JudgedBy(KnownMatrices("JUND"), ["2016", 2018]).releases == ("2016", "2018")
    with pytest.raises(DemoError, match=r"motif\.compare_with is '2016', and has to be a list"):
        JudgedBy(KnownMatrices("JUND"), "2016")
    with pytest.raises(DemoError, match="1999"):
        JudgedBy(KnownMatrices("JUND"), ["1999"])


def test_titles_say_what_speaks_for_a_motif(extracted: ExtractedMotifs) -> None:
    support = extracted.support["class_motif"]
    expected = f"class motif ({support.starts} of 6 starts, stability {support.stability:.2f})"
    assert title_of("class_motif", extracted) == expected
    assert title_of("best_window", extracted) == "best window of that optimum"
    counted = replace(extracted, found={"filter_3": replace(of_site(0.9), nsites=123)})
    assert title_of("filter_3", counted) == "filter 3 (123 sites)"


@pytest.mark.parametrize("contrast", [SHUFFLES, "other sequences"])
def test_without_a_known_matrix_there_is_no_pair_and_that_is_said(
    extracted: ExtractedMotifs, tmp_path: Path, contrast: str
) -> None:
    of_peaks = replace(extracted, contrast=contrast)
    write_motifs(tmp_path, of_peaks, judged_by=JudgedBy(KnownMatrices("TOY"), []))
    assert not list(tmp_path.glob("*_and_jaspar*"))
    content = json.loads((tmp_path / "motifs.json").read_text())
    assert content["jaspar"] is None and "JASPAR has no matrix of TOY" in content["notes"][-1]
    write_motifs(tmp_path, of_peaks)
    assert "motif.database=" in json.loads((tmp_path / "motifs.json").read_text())["notes"][-1]


def test_motifs_stand_beside_their_match_in_a_database_of_the_users(tmp_path: Path) -> None:
    task = Task(RNA, ("none", "site", "other"), strands=1)
    random = np.random.default_rng(0)
    letters = ["".join(random.choice(list("ACGU"), 20)) for _ in range(60)]
    letters = [f"{s[:5]}UGUAAAUA{s[13:]}" if i % 3 == 1 else s for i, s in enumerate(letters)]
    labels = np.arange(60, dtype=np.uint8) % 3
    test = SequenceSet([f"s{i}" for i in range(60)], encode(letters, alphabet=RNA), labels, task=task)

    def motif(name: str, site: str, certainty: float) -> Motif:
        ppm = np.full((len(site), 4), (1 - certainty) / 3)
        ppm[np.arange(len(site)), encode([site], alphabet=RNA)[0]] = certainty
        return Motif(name, ppm, alphabet=RNA)

    write_meme(tmp_path / "rna.meme", [motif("PUM2", "UGUAAAUA", 0.9), motif("QKI", "ACUAAC", 0.9)])
    found = Database.of(str(tmp_path / "rna.meme"), test).matches(
        tmp_path, {"class_motif": motif("x", "UGUAAAUA", 0.8)}, 1
    )
    match = found["class_motif"]
    assert (match["name"], match["database"]) == ("PUM2", "rna") and match["q"] < 0.05
    assert match["hit_auroc"] == match["hit_auroc_theirs"] == 1 and match["ama_auroc"] > 0.95
    # A sharper motif has the higher affinity wherever it fits.
    assert match["outscored"] == 0

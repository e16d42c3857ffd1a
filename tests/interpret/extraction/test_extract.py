import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from demo.compare.comparison_files import read_comparison
from demo.interpret.extraction.extract import ExtractedMotifs, Extraction, extract_motifs
from demo.interpret.extraction.files import JudgedBy, KnownMotif, title_of, write_motifs
from demo.interpret.extraction.refinement import Refinement, refine
from demo.interpret.extraction.separation import separation
from demo.interpret.extraction.window_optimisation import WindowOptimisation
from demo.motifs import Motif, read_jaspar, read_meme, read_transfac
from demo.motifs.alignment import align
from demo.networks import DeMoNet
from demo.sequences import SequenceSet, dinucleotide_shuffle, encode
from demo.utils.errors import DemoError
from interpret.extraction.known_network import SITE, SiteDetector, holds_site, positives

QUICK = Extraction(window=WindowOptimisation(width=13, starts=6, samples=4, steps=60, candidates=6, backgrounds=128))


def of_site(sharpness: float, site: str = SITE) -> Motif:
    """A site as a motif: its bases have this probability."""
    ppm = np.full((len(site), 4), (1 - sharpness) / 3)
    ppm[np.arange(len(site)), encode([site])[0]] = sharpness
    return Motif("KNOWN.1", ppm, alt_name="SITE")


@pytest.fixture(scope="module")
def extracted() -> ExtractedMotifs:
    return extract_motifs(SiteDetector(), positives(400), positives(100, seed=1), "TOY", QUICK, window_width=9)


def test_class_and_refined_motif_spell_the_site(extracted: ExtractedMotifs) -> None:
    for motif in (extracted.class_motif, extracted.refined_motif):
        assert motif is not None
        assert holds_site(motif.consensus, motif.reverse_complement().consensus), motif.consensus
        assert motif.width <= 13
    # The site has no variation, and the refined motif counts what is there.
    assert extracted.refined_motif is not None and extracted.refined_motif.information_content.max() > 1.8
    assert extracted.separation["refined_motif"].auroc > 0.9
    assert extracted.best_window.width == 9 and extracted.full_optimum.width == 60
    start = extracted.window_start
    assert np.allclose(extracted.full_optimum.ppm[start : start + 9], extracted.best_window.ppm)


def test_the_same_seed_gives_the_same_motifs(extracted: ExtractedMotifs) -> None:
    again = extract_motifs(SiteDetector(), positives(400), positives(100, seed=1), "TOY", QUICK, window_width=9)
    for name, motif in extracted.motifs.items():
        assert np.array_equal(motif.ppm, again.motifs[name].ppm)


def test_the_papers_method_stops_after_equation_1() -> None:
    paper = extract_motifs(SiteDetector(), positives(50), positives(20), "TOY", replace(QUICK, method="paper"))
    assert set(paper.motifs) == {"full_optimum", "best_window"} and paper.best_window.width == 15


def test_the_planted_site_is_the_one_class_motif_and_is_sure(extracted: ExtractedMotifs) -> None:
    """The positive control: the network looks for one site, so that there is nothing else to be found."""
    assert [name for name in extracted.motifs if name.startswith("class_motif")] == ["class_motif"]
    support = extracted.support["class_motif"]
    assert support.stability > 0.9 and support.starts >= 3 and support.all_starts == 6
    assert support.positives_with_site > 0.8 > 0.4 > support.shuffles_with_site
    assert extracted.class_motif is not None and align(extracted.class_motif, of_site(0.9)).similarity > 0.85


def test_several_networks_pool_their_optima() -> None:
    both = extract_motifs([SiteDetector(), SiteDetector()], positives(400), positives(100, seed=1), "TOY", QUICK)
    support = both.support["class_motif"]
    assert support.networks == 2 and support.all_starts == 12
    assert both.class_motif is not None
    assert holds_site(both.class_motif.consensus, both.class_motif.reverse_complement().consensus)
    with pytest.raises(DemoError, match="needs a network"):
        extract_motifs([], positives(10), positives(5), "TOY")


def test_filters_instead_of_class_motifs() -> None:
    torch.manual_seed(0)
    network = DeMoNet(conv_layers=1, channels=8, highway_layers=1)
    found = extract_motifs(network, positives(200), positives(100, seed=1), "TOY", replace(QUICK, method="activation"))
    filters = [motif for name, motif in found.motifs.items() if name.startswith("filter_")]
    assert filters and all(motif.width <= 5 for motif in filters) and found.class_motif is None


def test_a_network_that_knows_nothing_has_no_class_motif() -> None:
    torch.manual_seed(0)
    random = np.random.default_rng(5).integers(0, 4, (200, 60)).astype(np.uint8)

    class Blind(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 0 * x.sum((1, 2))

    blind = extract_motifs(Blind(), random, random[:80], "TOY", QUICK)
    assert blind.class_motif is None and blind.refined_motif is None
    assert "There is no class motif" in blind.notes[0]


def test_sites_with_nothing_in_common_make_no_refined_motif() -> None:
    random = np.random.default_rng(5).integers(0, 4, (200, 60)).astype(np.uint8)
    assert refine(SiteDetector(), of_site(0.3), random, random[:50], "x", trim=1.9) is None


def test_files_are_there_and_read_back(extracted: ExtractedMotifs, tmp_path: Path) -> None:
    known = KnownMotif(of_site(0.9).reverse_complement(), "2016")
    written = write_motifs(tmp_path, extracted, known)
    assert all(path.exists() for path in written)
    names = {f"TOY_{name}" for name in ("full_optimum", "best_window", "class_motif", "refined_motif")}
    for read, ending in ((read_meme, "meme"), (read_jaspar, "jaspar"), (read_transfac, "transfac")):
        assert {motif.name for motif in read(tmp_path / f"motifs.{ending}")} == names
    content = json.loads((tmp_path / "motifs.json").read_text())
    assert content["jaspar"]["matrix_id"] == "KNOWN.1" and content["jaspar"]["release"] == "2016"
    entry = content["motifs"]["refined_motif"]
    # Written in the direction of the known matrix, which reads backwards.
    assert entry["alignment"]["orientation"] == "+" and entry["alignment"]["similarity"] > 0.8
    refined = next(m for m in read_meme(tmp_path / "motifs.meme") if m.name == "TOY_refined_motif")
    assert any(part in refined.consensus for part in ("AATGAGTC", "ATGAGTCA"))
    assert content["motifs"]["class_motif"]["support"] == asdict(extracted.support["class_motif"])
    for name in ("full_optimum", "best_window", "class_motif", "refined_motif", "refined_motif_and_jaspar"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_motifs_are_judged_when_they_are_there(extracted: ExtractedMotifs, tmp_path: Path) -> None:
    known = KnownMotif.of("JUND", "2016")
    assert known is not None and known.motif.name == "MA0491.1"
    bound = positives(60, seed=2)
    codes = np.concatenate([bound, dinucleotide_shuffle(bound, 1)])
    test = SequenceSet([str(i) for i in range(120)], codes, np.repeat(np.array([1, 0], np.uint8), 60))
    written = write_motifs(tmp_path, extracted, known, JudgedBy("JUND", [2016], test))
    assert {"tomtom_2016.tsv", "comparison.json"} <= {path.name for path in written}
    comparison = read_comparison(tmp_path)
    assert comparison is not None
    found = comparison.releases[0].motifs["class_motif"]
    # TGACTCATT is the site of AP-1, of which JUND is half; its matrix has a longer one.
    assert found.own is not None and found.own.q < 0.5 and found.best is not None and found.best.q < 0.05
    assert found.affinity is not None and found.affinity.auroc > 0.9
    # Written in the direction of the known matrix, so that Tomtom turns nothing.
    assert found.primary is not None and found.primary.orientation == "+"
    assert f"q = {found.primary.q:.1g}" in texts(tmp_path / "class_motif_and_jaspar.svg")


def texts(svg: Path) -> str:
    """What is written in a figure: matplotlib keeps it as comments beside the glyphs."""
    return " ".join(re.findall(r"<!-- (.*?) -->", svg.read_text(encoding="utf-8")))


def test_releases_to_judge_by_are_checked() -> None:
    assert KnownMotif.of("TAF7", "2016") is None
    assert JudgedBy("JUND", ["2016", 2018]).releases == ("2016", "2018")
    with pytest.raises(DemoError, match=r"motif\.compare_with is '2016', no list"):
        JudgedBy("JUND", "2016")
    with pytest.raises(DemoError, match="1999"):
        JudgedBy("JUND", ["1999"])


def test_titles_say_what_speaks_for_a_motif(extracted: ExtractedMotifs) -> None:
    support = extracted.support["class_motif"]
    expected = f"class motif ({support.starts} of 6 starts, stability {support.stability:.2f})"
    assert title_of("class_motif", extracted) == expected
    assert title_of("best_window", extracted) == "best window of that optimum"
    counted = replace(extracted, found={"filter_3": replace(of_site(0.9), nsites=123)})
    assert title_of("filter_3", counted) == "filter 3 (123 sites)"


def test_without_a_known_matrix_there_is_no_pair_and_that_is_said(extracted: ExtractedMotifs, tmp_path: Path) -> None:
    write_motifs(tmp_path, extracted)
    assert not list(tmp_path.glob("*_and_jaspar*"))
    content = json.loads((tmp_path / "motifs.json").read_text())
    assert content["jaspar"] is None and "JASPAR has no matrix of TOY" in content["notes"][-1]


def test_alignment_finds_offset_and_strand() -> None:
    motif = of_site(0.9)
    longer = Motif("longer", np.vstack([np.full((3, 4), 0.25), motif.ppm, np.full((2, 4), 0.25)]))
    assert align(motif, longer)[:2] == (3, "+") and align(longer, motif)[:2] == (-3, "+")
    assert align(motif, longer.reverse_complement())[:2] == (3, "-")
    assert align(motif, motif).similarity == pytest.approx(1)


def test_separation_prefers_the_right_motif_at_the_right_sharpness() -> None:
    bound = positives(300)
    unbound = dinucleotide_shuffle(bound, 3)
    right, flat = (separation(of_site(p), bound, unbound) for p in (0.97, 0.4))
    wrong = separation(of_site(0.97, "GGCCAGGCC"), bound, unbound)
    assert right.auroc > 0.9 and right.information > flat.information > wrong.information
    assert 0.8 <= right.occurrence <= 1 and wrong.auroc < 0.65


def test_bad_input_is_said() -> None:
    none = np.empty((0, 60), np.uint8)
    with pytest.raises(DemoError, match="positives"):
        extract_motifs(SiteDetector(), none, positives(5), "TOY")
    with pytest.raises(DemoError, match="does not fit"):
        extract_motifs(SiteDetector(), positives(20, 20), positives(10, 20), "TOY")
    with pytest.raises(DemoError, match=r"motif\.extraction\.method is 'best'"):
        Extraction(method="best")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "made, setting, value",
    [
        (WindowOptimisation, "width", 3),
        (WindowOptimisation, "steps", 2),
        (WindowOptimisation, "last_temperature", 0),
        (Refinement, "rounds", 0),
        (Refinement, "sure", 1.5),
        (Extraction, "trim", 2),
    ],
)
def test_settings_out_of_range(made: type, setting: str, value: object) -> None:
    with pytest.raises(DemoError, match=rf"\.{setting} is "):
        made(**{setting: value})

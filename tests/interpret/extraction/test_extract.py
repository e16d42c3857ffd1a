from dataclasses import dataclass

import numpy as np
import pytest
import torch

from demo.interpret.extraction.class_motifs import ClassMotifs
from demo.interpret.extraction.extract import EquationOneAlone, ExtractedMotifs, Extraction, extract_motifs
from demo.interpret.extraction.filters import FilterActivation, FilterMotifs
from demo.interpret.extraction.headline import Headline
from demo.interpret.extraction.methods import EXTRACTION_METHODS, ExtractionInput, FoundMotifs
from demo.interpret.extraction.windows import WindowOptimisation
from demo.motifs import Motif
from demo.motifs.alignment import align
from demo.networks.demonet import DeMoNet
from demo.networks.kmer import KmerNet
from demo.utils.errors import DemoError
from interpret.extraction.known_network import QUICK, SITE, SiteDetector, holds_site, of_site, positives


def test_headline_and_class_motif_spell_the_site(extracted: ExtractedMotifs) -> None:
    assert next(iter(extracted.motifs)) == "headline_motif"
    for motif in (extracted.headline_motif, extracted.class_motif):
        assert motif is not None
        assert holds_site(motif.consensus, motif.reverse_complement().consensus), motif.consensus
        assert motif.width <= 13
    # The site has no variation, and the headline motif counts what is there.
    assert extracted.headline_motif is not None and extracted.headline_motif.information_content.max() > 1.8
    assert extracted.separation["headline_motif"].auroc > 0.9
    assert extracted.best_window.width == 9 and extracted.full_optimum.width == 60
    start = extracted.window_start
    assert np.allclose(extracted.full_optimum.ppm[start : start + 9], extracted.best_window.ppm)


def test_the_same_seed_gives_the_same_motifs(extracted: ExtractedMotifs) -> None:
    again = extract_motifs(SiteDetector(), positives(400), positives(100, seed=1), "TOY", QUICK, window_width=9)
    for name, motif in extracted.motifs.items():
        assert np.array_equal(motif.ppm, again.motifs[name].ppm)


def test_the_papers_method_stops_after_equation_1() -> None:
    paper = extract_motifs(SiteDetector(), positives(50), positives(20), "TOY", Extraction(EquationOneAlone()))
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
    found = extract_motifs(network, positives(200), positives(100, seed=1), "TOY", Extraction(FilterMotifs()))
    filters = [motif for name, motif in found.motifs.items() if name.startswith("filter_")]
    assert filters and all(motif.width <= 5 for motif in filters) and found.class_motif is None


def test_a_network_that_knows_nothing_has_no_class_motif() -> None:
    torch.manual_seed(0)
    random = np.random.default_rng(5).integers(0, 4, (200, 60)).astype(np.uint8)

    class Blind(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 0 * x.sum((1, 2))

    blind = extract_motifs(Blind(), random, random[:80], "TOY", QUICK)
    assert blind.class_motif is None and blind.headline_motif is None
    assert "There is no class motif" in blind.notes[0] and "There is no headline motif" in blind.notes[1]


def test_bad_input_is_said() -> None:
    none = np.empty((0, 60), np.uint8)
    with pytest.raises(DemoError, match="positives"):
        extract_motifs(SiteDetector(), none, positives(5), "TOY")
    with pytest.raises(DemoError, match="does not fit"):
        extract_motifs(SiteDetector(), positives(20, 20), positives(10, 20), "TOY")


def test_settings_are_built_of_plain_values_and_back() -> None:
    assert Extraction.of({}) == Extraction()
    values = {"method": "activation", "activation": {"threshold": 0.5}, "trim": 0.3, "window": {"starts": 6}}
    settings = Extraction.of(values)
    assert settings == Extraction(FilterMotifs(FilterActivation(threshold=0.5)), trim=0.3)
    assert settings.plain()["method"] == "activation" and "window" not in settings.plain()
    for there in (settings, QUICK, Extraction(EquationOneAlone())):
        assert Extraction.of(there.plain()) == there


def test_settings_of_earlier_versions_are_read() -> None:
    old = {
        "_target_": "demo.interpret.extraction.extract.Extraction",
        "method": "class",
        "distinction": {"_target_": "demo.motifs.distinct_motifs.Distinction", "most": 3, "least_gain": 0.02},
        "refinement": {"sure": 0.4},
    }
    method = Extraction.of(old).method
    # The refined motif of these versions is gone, with its settings.
    assert isinstance(method, ClassMotifs)
    assert (method.distinction.max_motifs, method.distinction.min_gain) == (3, 0.02)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"method": "best"}, "no extraction method named 'best'"),
        ({"method": {"_target_": "os.system"}}, "no extraction method named"),
        ({"evil": {"_target_": "os.system", "command": "id"}}, r"no setting motif\.extraction\.evil"),
        ({"window": {"_target_": "os.system"}}, r"no setting motif\.extraction\.window\._target_"),
        ({"paper": {"l2": {"_target_": "os.system"}}}, r"motif\.extraction\.paper\.l2 is "),
        ({"window": {"seed": "x"}}, r"motif\.extraction\.window\.seed is 'x'"),
        ({"window": 3}, r"motif\.extraction\.window is 3"),
        ({"distinction": {"min_gain": 3}}, r"motif\.extraction\.distinction\.min_gain is 3"),
    ],
)
def test_settings_from_elsewhere_are_data(values: dict[str, object], message: str) -> None:
    with pytest.raises(DemoError, match=message):
        Extraction.of(values)


def test_a_method_of_ones_own_is_one_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EXTRACTION_METHODS, "_named", dict(EXTRACTION_METHODS))

    @dataclass(frozen=True)
    class CommonestWord:
        """The commonest word of the training positives."""

        word_width: int = 6

        def extract(self, given: ExtractionInput) -> FoundMotifs:
            words = np.lib.stride_tricks.sliding_window_view(given.training_positives, self.word_width, axis=1)
            found, counts = np.unique(words.reshape(-1, self.word_width), axis=0, return_counts=True)
            ppm = np.eye(4)[found[counts.argmax()]]
            return FoundMotifs([Motif(f"{given.prefix}_word", ppm)], notes=[f"{counts.max()} words"])

    EXTRACTION_METHODS.register("word")(CommonestWord)
    settings = Extraction.of({"method": "word", "word_width": 7, "paper": {"steps": 5}})
    assert settings.plain()["word_width"] == 7 and settings.method_name == "word"
    found = extract_motifs(SiteDetector(), positives(100), positives(50, seed=1), "TOY", settings)
    assert found.motifs["word"].consensus in SITE and found.notes[0].endswith("words")
    assert found.separation["word"].tells_apart


@pytest.mark.parametrize(
    "made, setting, value",
    [
        (WindowOptimisation, "width", 3),
        (WindowOptimisation, "steps", 2),
        (WindowOptimisation, "last_temperature", 0),
        (Headline, "rounds", 0),
        (Headline, "called_by", "me"),
        (Extraction, "trim", 2),
    ],
)
def test_settings_out_of_range(made: type, setting: str, value: object) -> None:
    with pytest.raises(DemoError, match=rf"{setting} is "):
        made(**{setting: value})


def test_a_network_without_gradient_is_refused() -> None:
    with pytest.raises(DemoError, match="KmerNet looks up its scores in a table"):
        extract_motifs(KmerNet(), positives(10), positives(5), "TOY")

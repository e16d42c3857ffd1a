from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import nn

from demo.interpret.attribution import ATTRIBUTION_METHODS, Attribution
from demo.interpret.attribution.explanation import AttributionSettings, Explanation, Sequences, _checked, explain
from demo.interpret.attribution.explanation_files import save_tracks, write_explanation, write_values
from demo.interpret.attribution.gradients import InputXGradient, IntegratedGradients
from demo.interpret.attribution.mutagenesis import InSilicoMutagenesis
from demo.networks.inference import predict_logits
from demo.sequences import encode
from demo.utils.errors import DemoError
from interpret.extraction.known_network import SITE, site_model
from plotting.test_logo import letters

START = 30
NAMES = ("chr1:10-70", "plain")


def sequences() -> Sequences:
    """One with the site, cut out of a longer one at 100; one with an N and without any base that matters."""
    codes = encode(["G" * START + SITE + "G" * (60 - START - len(SITE)), "N" + "G" * 59])
    return Sequences(NAMES, codes, [1, None], [100, 0])


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return explain(site_model(), sequences(), AttributionSettings.of({"baseline": "zeros", "close_up": 12}))


def test_the_three_tracks_of_a_known_network_agree(explanation: Explanation) -> None:
    inside = np.zeros(60, bool)
    inside[START : START + len(SITE)] = True
    assert explanation.logits[0] == 4 and explanation.probabilities[0] == pytest.approx(1 / (1 + np.exp(-4)))
    tracks = {name: found.track for name, found in explanation.attributions.items()}
    # Centred, each base of the filter stands 1.5 above the mean of its position.
    assert np.allclose(tracks["input_x_gradient"][0], np.where(inside, 1.5, 0))
    assert np.allclose(tracks["integrated_gradients"][0], np.where(inside, 2, 0), atol=1e-4)
    assert np.allclose(tracks["in_silico_mutagenesis"][0], np.where(inside, 2, 0))
    assert all(track[1, 0] == 0 for track in tracks.values())


def test_the_close_up_holds_what_matters(explanation: Explanation) -> None:
    first, end = explanation.close_up(0) or (0, 0)
    assert end - first == 12 and first <= START and START + len(SITE) <= end
    for width in (None, 60):
        assert (
            explain(site_model(), sequences(), AttributionSettings({"ism": InSilicoMutagenesis()}, width)).close_up(0)
            is None
        )


def test_pictures(explanation: Explanation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr(
        "demo.interpret.attribution.explanation_files.save_figure", lambda figure, path: figures.append(figure)
    )
    save_tracks(explanation, 0, tmp_path / "picture", "TOY   SIMULATED DATA", (24, 48))
    save_tracks(explanation, 1, tmp_path / "picture", "TOY")
    heading = figures[0].texts[0].get_text()
    for part in ("TOY", "SIMULATED DATA", "chr1:10-70", "label 1 (bound)", "probability 0.982", "logit 4.00"):
        assert part in heading
    assert "label" not in figures[1].texts[0].get_text()
    titles = [ax.get_title(loc="left") for ax in figures[0].axes]
    assert [title.split()[0] for title in titles] == ["saliency:", "integrated", "in-silico"]
    assert "zeros (sum 18.00, off by" in titles[1]
    for ax in figures[0].axes:
        assert ax.get_ylabel() == "logit"
        # Positions are those of the sequence it was cut from, counted from 1.
        assert ax.get_xlim() == (124.5, 148.5)
        # A letter for each base of the site.
        assert sum(top - bottom > 0.1 for _, bottom, top in letters(ax)) == len(SITE)


def test_values_are_what_is_drawn(explanation: Explanation, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    write_values(folder, explanation)
    overview = pd.read_csv(folder / "sequences.tsv", sep="\t")
    assert overview.sequence.tolist() == list(NAMES) and overview.start.tolist() == [101, 1]
    assert overview.label[0] == 1 and np.isnan(overview.label[1])
    assert overview.integrated_gradients_sum[0] == pytest.approx(18, abs=1e-3)
    assert overview.letters[1] == "N" + "G" * 59

    table = pd.read_csv(folder / "attributions.tsv", sep="\t")
    assert len(table) == 120 and table.position[0] == 101
    assert "".join(table.base[START : START + len(SITE)]) == SITE
    assert np.allclose(table.in_silico_mutagenesis[:60], explanation.attributions["in_silico_mutagenesis"].track[0])
    with np.load(folder / "attributions.npz") as arrays:
        assert arrays["names"].tolist() == list(NAMES)
        assert arrays["saliency"].shape == arrays["integrated_gradients"].shape == (2, 60, 4)
        assert set(arrays) == {
            "names", "codes", "logits", "probabilities", "saliency", "integrated_gradients", "in_silico_mutagenesis",
        }  # fmt: skip


def test_pictures_of_an_earlier_explanation_are_removed_and_no_other_files(tmp_path: Path) -> None:
    for name in ("03_earlier.png", "03_earlier.svg", "mine.png"):
        (tmp_path / name).write_text("")
    (tmp_path / "a folder").mkdir()
    settings = AttributionSettings({"in_silico_mutagenesis": InSilicoMutagenesis()}, 12)
    pictures = write_explanation(tmp_path, explain(site_model(), sequences(), settings), "TOY")
    assert pictures == ["01_chr1-10-70.png, 01_chr1-10-70_close_up.png", "02_plain.png, 02_plain_close_up.png"]
    there = {path.name for path in tmp_path.iterdir()}
    assert "mine.png" in there and "a folder" in there and "03_earlier.png" not in there
    assert {name for names in pictures for name in names.split(", ")} < there and "02_plain.svg" in there


def test_a_method_of_ones_own_is_one_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ATTRIBUTION_METHODS, "_named", dict(ATTRIBUTION_METHODS))

    @dataclass(frozen=True)
    class Occlusion:
        """The logit lost when a base is N."""

        scale: float = 1.0

        def explain(self, network: nn.Module, codes: NDArray[np.uint8]) -> Attribution:
            hidden = np.repeat(codes[:, None], codes.shape[1], axis=1)
            hidden[:, np.arange(codes.shape[1]), np.arange(codes.shape[1])] = 4
            with_n = predict_logits(network, hidden.reshape(-1, codes.shape[1])).reshape(codes.shape)
            track = self.scale * (predict_logits(network, codes)[:, None] - with_n)
            return Attribution(track, ["occlusion"] * len(codes), numbers={"occlusion_sum": track.sum(1)})

    ATTRIBUTION_METHODS.register("occlusion")(Occlusion)
    values = {"methods": ["occlusion", "in_silico_mutagenesis"], "scale": 1.5, "steps": 50, "close_up": None}
    explanation = explain(site_model(), sequences(), AttributionSettings.of(values))
    write_explanation(tmp_path, explanation, "TOY")
    table = pd.read_csv(tmp_path / "attributions.tsv", sep="\t")
    assert [*table.columns][3:] == ["occlusion", "in_silico_mutagenesis"]
    assert np.allclose(table.occlusion[:60], 1.5 * table.in_silico_mutagenesis[:60])
    assert pd.read_csv(tmp_path / "sequences.tsv", sep="\t").occlusion_sum[0] == pytest.approx(27)
    assert (tmp_path / "01_chr1-10-70.png").exists()


def test_settings_are_built_of_plain_values() -> None:
    assert AttributionSettings.of({}) == AttributionSettings()
    settings = AttributionSettings.of({"methods": ["integrated_gradients", "input_x_gradient"], "steps": 7, "seed": 1})
    assert list(settings.methods.values()) == [IntegratedGradients(steps=7, seed=1), InputXGradient()]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"methods": ["nonsense"]}, "no attribution method named 'nonsense'"),
        ({"methods": "saliency"}, "has to be a list"),
        ({"methods": []}, "is empty"),
        ({"methods": [{"_target_": "os.system"}]}, "no attribution method named"),
        ({"evil": {"_target_": "os.system"}}, r"no setting attribution\.evil"),
        ({"baseline": "ones"}, "attribution.baseline is 'ones'"),
        ({"close_up": 0}, "attribution.close_up is 0"),
        ({"shuffles": 0}, "attribution.shuffles is 0"),
        ({"steps": 0}, "attribution.steps is 0"),
    ],
)
def test_settings_that_cannot_be(values: dict[str, object], message: str) -> None:
    with pytest.raises(DemoError, match=message):
        AttributionSettings.of(values)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (np.zeros((2, 10)), "returns a ndarray"),
        (Attribution(np.zeros((2, 4), np.float32), ["", ""]), r"track of \(2, 4\)"),
        (Attribution(np.full((2, 10), np.nan, np.float32), ["", ""]), "not finite"),
        (Attribution(np.zeros((2, 10), np.float32), [""]), "1 titles for 2 sequences"),
    ],
)
def test_what_a_method_of_the_users_returns_is_checked(returned: object, message: str) -> None:
    with pytest.raises(DemoError, match=message):
        _checked("mine", returned, np.zeros((2, 10), np.uint8))  # type: ignore[arg-type]

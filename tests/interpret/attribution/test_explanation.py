from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from demo.interpret.attribution.explanation import AttributionSettings, Explanation, Sequences, explain
from demo.interpret.attribution.picture import save_tracks
from demo.interpret.attribution.values import write_values
from demo.sequences import encode
from demo.utils.errors import DemoError
from interpret.extraction.known_network import SITE, site_model

START = 30
NAMES = ("chr1:10-70", "plain")


def sequences() -> Sequences:
    """One with the site, cut out of a longer one at 100; one with an N and without any base that matters."""
    codes = encode(["G" * START + SITE + "G" * (60 - START - len(SITE)), "N" + "G" * 59])
    return Sequences(NAMES, codes, [1, None], [100, 0])


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return explain(site_model(), sequences(), AttributionSettings(baseline="zeros", close_up=12))


def test_the_three_tracks_of_a_known_network_agree(explanation: Explanation) -> None:
    inside = np.zeros(60, bool)
    inside[START : START + len(SITE)] = True
    assert explanation.logits[0] == 4 and explanation.probabilities[0] == pytest.approx(1 / (1 + np.exp(-4)))
    tracks = explanation.tracks
    # Centred, each base of the filter stands 1.5 above the mean of its position.
    assert np.allclose(tracks["input_x_gradient"][0], np.where(inside, 1.5, 0))
    assert np.allclose(tracks["integrated_gradients"][0], np.where(inside, 2, 0), atol=1e-4)
    assert np.allclose(tracks["in_silico_mutagenesis"][0], np.where(inside, 2, 0))
    assert all(track[1, 0] == 0 for track in tracks.values())


def test_the_close_up_holds_what_matters(explanation: Explanation) -> None:
    first, end = explanation.close_up(0) or (0, 0)
    assert end - first == 12 and first <= START and START + len(SITE) <= end
    for width in (None, 60):
        assert explain(site_model(), sequences(), AttributionSettings("zeros", close_up=width)).close_up(0) is None


def test_pictures(explanation: Explanation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr("demo.interpret.attribution.picture.save_figure", lambda figure, path: figures.append(figure))
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
        heights = [patch.get_extents().transformed(ax.transData.inverted()).height for patch in ax.patches]
        assert sum(height > 0.1 for height in heights) == len(SITE)


def test_values_are_what_is_drawn(explanation: Explanation, tmp_path: Path) -> None:
    files = write_values(tmp_path / "new", explanation)
    assert [path.name for path in files] == ["sequences.tsv", "attributions.tsv", "attributions.npz"]
    overview = pd.read_csv(files[0], sep="\t")
    assert overview.sequence.tolist() == list(NAMES) and overview.start.tolist() == [101, 1]
    assert overview.label[0] == 1 and np.isnan(overview.label[1])
    assert overview.integrated_gradients_sum[0] == pytest.approx(18, abs=1e-3)
    assert overview.letters[1] == "N" + "G" * 59

    table = pd.read_csv(files[1], sep="\t")
    assert len(table) == 120 and table.position[0] == 101
    assert "".join(table.base[START : START + len(SITE)]) == SITE
    assert np.allclose(table.in_silico_mutagenesis[:60], explanation.tracks["in_silico_mutagenesis"][0])
    with np.load(files[2]) as arrays:
        assert arrays["names"].tolist() == list(NAMES)
        assert arrays["saliency"].shape == arrays["integrated_gradients"].shape == (2, 60, 4)
        assert np.array_equal(arrays["in_silico_mutagenesis"], explanation.changes)


@pytest.mark.parametrize("setting", ["shuffles", "steps", "close_up"])
def test_settings_out_of_range(setting: str) -> None:
    with pytest.raises(DemoError, match=f"attribution.{setting} is 0"):
        AttributionSettings(**{setting: 0})

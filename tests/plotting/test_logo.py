import threading
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from demo.motifs import Motif
from demo.motifs.alignment import save_aligned_pair
from demo.plotting.logo import PALETTES, draw_logo, logo_svg, save_logo
from demo.utils.errors import DemoError

SITE = Motif("MA0139.1", [[0.7, 0.1, 0.1, 0.1], [0, 1, 0, 0], [0, 0, 0.5, 0.5], [0.25] * 4], alt_name="CTCF")
FORWARD = "+"


def letters(ax):
    """Letters as (position, bottom, top), empty ones left out; all of one letter are one patch."""
    found = []
    for patch in (patch for patch in ax.patches if isinstance(patch, PathPatch)):
        points = patch.get_path().vertices[patch.get_path().codes != Path.CLOSEPOLY]
        at = points[:, 0].round()
        boxes = [(int(x), points[at == x, 1].min(), points[at == x, 1].max()) for x in np.unique(at)]
        found += [box for box in boxes if box[2] - box[1] > 1e-3]
    return found


def test_letters_are_as_high_as_their_bits():
    ax = draw_logo(SITE.logo_heights, start=3)
    top = {x: max(t for at, _, t in letters(ax) if at == x) for x, _, _ in letters(ax)}
    assert set(top) == {3, 4, 5}
    for x, bits in zip((3, 4, 5), SITE.information_content, strict=False):
        assert top[x] == pytest.approx(bits, rel=0.03)
    assert ax.get_ylim() == (0, 2)
    assert ax.get_ylabel() == "bits"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["3", "4", "5", "6"]
    assert not ax.spines["top"].get_visible()


def test_wide_motifs_get_wide_figures_with_fewer_ticks():
    wide = Motif("wide", np.tile(SITE.ppm, (26, 1))[:101])
    ax = draw_logo(wide.logo_heights)
    assert ax.figure.get_size_inches()[0] > 2 * draw_logo(SITE.logo_heights).figure.get_size_inches()[0]
    assert len(ax.get_xticks()) == 21


def test_palettes():
    used = {
        patch.get_facecolor()
        for palette in ("classic", "colour-blind")
        for patch in draw_logo(SITE.logo_heights, palette=palette).patches
    }
    assert len(used) == 8
    with pytest.raises(DemoError, match="no palette 'pink'") as caught:
        draw_logo(SITE.logo_heights, palette="pink")
    assert caught.value.exists == "classic, colour-blind"


def test_save_logo_writes_both_files_whole(tmp_path):
    png, svg = save_logo(SITE.logo_heights, tmp_path / "logos" / "MA0139.1", title="CTCF & friends")
    assert (png.name, svg.name) == ("MA0139.1.png", "MA0139.1.svg")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")
    assert sorted(p.name for p in png.parent.iterdir()) == [png.name, svg.name]


def test_save_logo_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DemoError, match="Cannot write"):
        save_logo(SITE.logo_heights, tmp_path / "file" / "logo")


@pytest.mark.parametrize(("offset", "ours_at", "theirs_at"), [(2, {3, 4, 5}, {1, 2, 3}), (-1, {1, 2, 3}, {2, 3, 4})])
def test_aligned_pair_shares_its_axis(tmp_path, monkeypatch, offset, ours_at, theirs_at):
    figures = []
    monkeypatch.setattr("demo.plotting.logo.save_figure", lambda figure, path: figures.append(figure))
    save_aligned_pair(SITE, SITE, offset, FORWARD, tmp_path / "pair", title="DeMo", score="q = 2e-7")
    upper, lower = figures[0].axes
    assert {x for x, _, _ in letters(upper)} == ours_at
    assert upper.get_xlim() == lower.get_xlim() == (0.5, 4 + abs(offset) + 0.5)
    logo_positions = {x for x, bottom, top in letters(lower)}
    assert logo_positions == theirs_at
    assert upper.get_title(loc="left") == "DeMo"
    for part in ("CTCF (MA0139.1)", "+ strand", "q = 2e-7", f"offset {offset}".replace("-", "−")):
        assert part in lower.get_title(loc="left")


def test_aligned_pair_turns_their_motif(tmp_path, monkeypatch):
    figures = []
    monkeypatch.setattr("demo.plotting.logo.save_figure", lambda figure, path: figures.append(figure))
    save_aligned_pair(SITE, SITE, 0, "-", tmp_path / "pair")
    lower = figures[0].axes[1]
    assert "− strand" in lower.get_title(loc="left")
    assert {x for x, _, _ in letters(lower)} == {2, 3, 4}


def test_aligned_pair_refuses_what_cannot_be_drawn(tmp_path):
    with pytest.raises(DemoError, match="orientation"):
        save_aligned_pair(SITE, SITE, 0, "x", tmp_path / "pair")
    with pytest.raises(DemoError, match="do not overlap"):
        save_aligned_pair(SITE, SITE, 4, "+", tmp_path / "pair")
    assert list(tmp_path.iterdir()) == []


def test_drawing_leaves_pyplot_alone_and_works_in_threads():
    import matplotlib.pyplot as plt

    drawn = []
    threads = [threading.Thread(target=lambda: drawn.append(logo_svg(SITE.logo_heights))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 3
    assert all(ElementTree.fromstring(svg).tag.endswith("svg") for svg in drawn)
    assert plt.get_fignums() == []


# Machado, Oliveira & Fernandes 2009, severity 1; linear RGB to linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_colour_blind_palette_is_told_apart_under_every_deficiency(deficiency):
    colours = [cielab(DEFICIENCIES[deficiency] @ linear_rgb(colour)) for colour in PALETTES["colour-blind"].values()]
    assert min(np.linalg.norm(a - b) for a, b in combinations(colours, 2)) > 39


def linear_rgb(colour):
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def cielab(rgb):
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    t = to_xyz @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

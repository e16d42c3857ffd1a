import re
from xml.etree import ElementTree

import numpy as np
import pytest

from demo.motifs import Motif
from demo.motifs.alignment import align
from demo.report.logos import aligned_logos, logo, logo_with_axes, sprite, track

SITE = Motif("site", [[0.7, 0.1, 0.1, 0.1], [0, 1, 0, 0], [0, 0, 0.5, 0.5], [0.25] * 4], alt_name="<b>")


def letters(drawing: str) -> list[tuple[str, float, float, float]]:
    """Base, x, top and height of each letter."""
    found = re.findall(r'class="([ACGT])" transform="matrix\(\S+ 0 0 (\S+) (\S+) (\S+)\)"', drawing)
    return [(base, float(x), float(top), float(height)) for base, height, x, top in found]


def test_letters_are_as_high_as_their_bits_and_the_commonest_is_on_top() -> None:
    drawn = letters(logo(SITE))
    assert [base for base, *_ in drawn] == ["C", "G", "T", "A", "C", "G", "T"]
    for position, bits in enumerate(SITE.information_content):
        heights = [height for _, x, _, height in drawn if x // 15 == position]
        assert sum(heights) == pytest.approx(32 * bits, abs=0.1)
    first = [letter for letter in drawn if letter[1] < 15]
    assert min(first, key=lambda letter: letter[2])[0] == "A"


def test_drawings_are_xml_and_titles_are_escaped() -> None:
    known = Motif("MA1", SITE.reverse_complement().ppm)
    alignment = align(SITE, known)
    assert alignment.orientation == "-"
    for drawing in (
        sprite(), logo_with_axes(SITE, "<script>"), aligned_logos(SITE, known, alignment, ("<b>", "a & b")),
        track("ACGTN", np.array([1.0, -2.0, 0.5, 0.0, 3.0]), "<i>"),
    ):  # fmt: skip
        ElementTree.fromstring(drawing)
        assert "<script>" not in drawing and "<b>" not in drawing and "<i>" not in drawing


def test_aligned_logos_stand_above_one_another() -> None:
    known = Motif("MA1", SITE.ppm[1:])
    drawn = letters(aligned_logos(SITE, known, align(SITE, known), ("ours", "theirs")))
    fixed = [(x, top) for base, x, top, height in drawn if base == "C" and height > 60]
    assert len(fixed) == 2 and fixed[0][0] == fixed[1][0] and fixed[0][1] < fixed[1][1]


def test_letters_of_a_track_stand_or_hang_by_their_sign_and_n_is_no_letter() -> None:
    drawn = letters(track("ACGTN", np.array([1.0, -2.0, 0.5, 0.0, 3.0]), "saliency"))
    assert [base for base, *_ in drawn] == ["A", "C", "G"]
    (_, _, top, up), (_, _, foot, down), _ = drawn
    assert up > 0 > down and down == pytest.approx(-2 * up, rel=0.01)
    assert top + up == pytest.approx(foot + down, abs=0.1)


def test_a_long_logo_is_drawn_in_rows() -> None:
    """101 positions are an input of the paper: in one row, half of them were out of sight."""
    long = Motif("optimum", np.tile([1.0, 0, 0, 0], (101, 1)))
    drawing = logo_with_axes(long, "full optimum")
    drawn = letters(drawing)
    rows = sorted({top for _, _, top, _ in drawn})
    assert len(drawn) == 101 and [sum(top == row for _, _, top, _ in drawn) for row in rows] == [51, 50]
    assert float(re.findall(r'width="(\d+)"', drawing)[0]) < 850 and ">100<" in drawing
    assert drawing.count(">bits<") == 2 and drawing.count("full optimum</text>") == 1


def test_a_junction_is_marked_and_a_long_logo_is_cut_in_a_table() -> None:
    ppm = np.full((60, 4), 0.25)
    ppm[30:36] = [0, 0, 1, 0]
    motif = Motif("optimum", ppm)
    assert f'class="mark" d="M{34 + 30 * 15} ' in logo_with_axes(motif, "EI", 30)
    assert "mark" not in logo_with_axes(motif, "EI")
    assert f'viewBox="0 0 {24 * 15} 64"' in logo(motif) and len(letters(logo(motif))) == 6

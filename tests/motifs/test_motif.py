import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from demo.motifs import Motif, laplace_smoothing
from demo.utils.errors import DemoError

FLAT = [0.25, 0.25, 0.25, 0.25]
A, C, G, T = np.eye(4)


def motif(*rows: object, **fields: object) -> Motif:
    return Motif("m", np.array(rows, dtype=float), **fields)  # type: ignore[arg-type]


def test_information_is_in_bits_relative_to_uniform():
    m = motif(A, [0.5, 0.5, 0, 0], FLAT)
    assert m.information_content.tolist() == [2.0, 1.0, 0.0]
    assert m.total_information == 3.0
    assert m.width == 3


@pytest.mark.parametrize(
    ("row", "letter"),
    [
        ([1, 0, 0, 0], "A"),
        ([0.6, 0.2, 0.1, 0.1], "A"),
        ([0.5, 0.3, 0.1, 0.1], "M"),
        ([0.4, 0.05, 0.4, 0.15], "R"),
        ([0, 0.4, 0.3, 0.3], "B"),
        ([0.3, 0.3, 0.2, 0.2], "N"),
        (FLAT, "N"),
    ],
)
def test_consensus_follows_cavener(row, letter):
    assert motif(row).consensus == letter


def test_reverse_complement_swaps_strands_and_background():
    m = motif(A, C, [0.1, 0.2, 0.3, 0.4], background=np.array([0.1, 0.2, 0.3, 0.4]))
    rc = m.reverse_complement()
    assert rc.ppm.tolist() == [[0.4, 0.3, 0.2, 0.1], G.tolist(), T.tolist()]
    assert rc.background.tolist() == [0.4, 0.3, 0.2, 0.1]
    assert rc.reverse_complement().ppm.tolist() == m.ppm.tolist()


def test_trim_drops_flanks_only():
    m = motif(FLAT, FLAT, A, FLAT, C, FLAT)
    assert m.trim(0.25).ppm.tolist() == [A.tolist(), FLAT, C.tolist()]
    assert motif(A).trim(2.0).width == 1


def test_trim_to_nothing_is_an_error():
    with pytest.raises(DemoError, match="no position with"):
        motif(FLAT, FLAT).trim()


def test_windows_come_by_information_leftmost_first():
    m = motif(FLAT, A, C, FLAT, A, C)
    windows = m.windows_by_information(2)
    assert [start for start, _ in windows] == [1, 4, 0, 2, 3]
    assert windows[0][1].consensus == "AC"
    with pytest.raises(DemoError, match="no window of 7"):
        m.windows_by_information(7)


@pytest.mark.parametrize(("start", "width"), [(-1, 1), (0, 0), (1, 2), (0, 3)])
def test_window_outside_is_an_error(start, width):
    with pytest.raises(DemoError, match="no window"):
        motif(A, C).window(start, width)


def test_log_odds():
    m = motif([0.5, 0.5, 0, 0], nsites=10)
    assert m.log_odds(pseudocount=0).tolist() == [[1.0, 1.0, -np.inf, -np.inf]]
    expected = np.log2((np.array([5.0, 5, 0, 0]) + 2 * np.array([0.4, 0.3, 0.2, 0.1])) / 12 / [0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(m.log_odds([0.4, 0.3, 0.2, 0.1], pseudocount=2), [expected])


def test_from_counts():
    m = Motif.from_counts("MA1", [[3, 1, 0, 0], [1, 1, 1, 0]], alt_name="X", pseudocount=1)
    np.testing.assert_allclose(m.ppm, [[4 / 8, 2 / 8, 1 / 8, 1 / 8], [2 / 7, 2 / 7, 2 / 7, 1 / 7]])
    assert (m.nsites, m.alt_name) == (4.0, "X")
    with pytest.raises(DemoError, match="Position 1 has no weight"):
        Motif.from_counts("MA1", [[0, 0, 0, 0]])


def test_laplace_smoothing_of_a_clipped_optimum():
    np.testing.assert_allclose(laplace_smoothing([[0, 0, 0, 0], [1, 0, 0, 0]], 0.01)[0], FLAT)
    np.testing.assert_allclose(laplace_smoothing([[1, 0, 0, 0]], 0.01), [[1.01 / 1.04, *[0.01 / 1.04] * 3]])
    for pseudocount in (-1.0, float("nan")):
        with pytest.raises(DemoError, match="pseudocount"):
            laplace_smoothing([[1, 0, 0, 0]], pseudocount)


@pytest.mark.parametrize(
    "fields",
    [
        {"ppm": [[1, 0, 0]]},
        {"ppm": np.zeros((0, 4))},
        {"ppm": [[0.5, 0.5, 0.5, -0.5]]},
        {"ppm": [[0.5, 0.5, 0.1, 0]]},
        {"ppm": [[np.nan, 0.5, 0.5, 0]]},
        {"ppm": [[1, 0, 0, 0], [1, 0]]},
        {"ppm": "ACGT"},
        {"name": ""},
        {"name": "two words"},
        {"alt_name": "line\nend"},
        {"nsites": 0},
        {"nsites": float("inf")},
        {"background": [0.5, 0.5, 0, 0]},
        {"background": [0.25] * 3},
    ],
)
def test_bad_motifs_are_refused(fields):
    with pytest.raises(DemoError):
        Motif(**({"name": "m", "ppm": [FLAT]} | fields))


def test_a_motif_cannot_be_changed():
    rows = np.array([FLAT])
    m = Motif("m", rows)
    rows[0, 0] = 9
    assert m.ppm[0, 0] == 0.25
    with pytest.raises(ValueError, match="read-only"):
        m.ppm[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        m.name = "x"  # type: ignore[misc]


def test_notebooks_show_the_logo():
    assert "<svg" in motif(A, C)._repr_svg_()


def test_importing_motifs_and_comparisons_is_light():
    heavy = "torch lightning pytorch_lightning hydra wandb matplotlib pandas numba pyjaspar scipy"
    code = f"import sys, demo.motifs, demo.compare; print([m for m in {heavy.split()} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


weights = arrays(np.float64, st.tuples(st.integers(1, 8), st.just(4)), elements=st.floats(0.001, 1000))


@settings(max_examples=50, deadline=None)
@given(weights)
def test_any_counts_make_a_sound_motif(counts):
    m = Motif.from_counts("m", counts)
    rc = m.reverse_complement()
    np.testing.assert_allclose(m.ppm.sum(axis=1), 1)
    np.testing.assert_allclose(rc.information_content[::-1], m.information_content, atol=1e-9)
    assert np.all((m.information_content >= 0) & (m.information_content <= 2))
    assert len(m.consensus) == m.width

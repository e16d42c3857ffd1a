import numpy as np
import pytest

from demo.interpret.extraction.scan import scan
from demo.sequences.alphabet import DNA, PROTEIN, Alphabet


@pytest.mark.parametrize("alphabet, width", [(DNA, 7), (DNA, 2), (DNA, 9), (PROTEIN, 4)])
def test_every_site_of_every_strand_is_read(alphabet: Alphabet, width: int) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, alphabet.size + 1, (20, 15)).astype(np.uint8)
    odds = rng.random((width, alphabet.size))
    found = scan(codes, odds, alphabet)
    known = np.pad(odds, ((0, 0), (0, 1)))
    strands = [known] if alphabet.complement is None else [known, known[::-1][:, alphabet.complement_codes]]
    windows = np.lib.stride_tricks.sliding_window_view(codes, width, axis=1)
    expected = np.stack([strand[np.arange(width), windows].prod(axis=2) for strand in strands], axis=1)
    np.testing.assert_allclose(found.mean, expected.mean((1, 2)))
    best = expected[np.arange(len(codes)), found.strand, found.start]
    np.testing.assert_allclose(best, expected.max((1, 2)))

import sys
from typing import NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from demo.interpret.extraction import modisco
from demo.interpret.extraction.modisco import Modisco, ModiscoMotifs
from demo.utils.errors import DemoError
from interpret.extraction.known_network import SITE, SiteDetector, given, positives

Floats = NDArray[np.float32]


class Pattern(NamedTuple):
    """What is used of modisco-lite's."""

    sequence: NDArray[np.float64]
    seqlets: list[int]


def strongest_windows(one_hot: Floats, hypothetical_contribs: Floats, **settings: int) -> tuple[list[Pattern], None]:
    """In place of modisco-lite, which takes minutes: the window of each sequence that contributes most, counted."""
    width = settings["sliding_window_size"]
    contributions = (one_hot * hypothetical_contribs).sum(2)
    windows = np.lib.stride_tricks.sliding_window_view(contributions, width, axis=1).sum(2)
    taken = windows.argmax(1)[:, None] + np.arange(width)
    counts = np.take_along_axis(one_hot, taken[:, :, None], axis=1)
    return [Pattern(counts.mean(0), list(range(len(one_hot)))), Pattern(np.full((width, 4), 0.25), [0])], None


class OneStrand(SiteDetector):
    """Looks for the site on the given strand only, so that no window is a reverse complement."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * (nn.functional.conv1d(x, self.filter).amax((1, 2)) - 7)


def test_attributions_of_the_surest_positives_are_handed_over_and_patterns_become_motifs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(modisco, "_modisco_lite", lambda: strongest_windows)
    settings = Modisco(sequences=100, window=9, flank=2)
    # The pattern without information is none.
    (motif,) = ModiscoMotifs(settings).extract(given(OneStrand(), positives(200))).motifs
    assert motif.name == "TOY_modisco_pos_0" and motif.nsites == pytest.approx(100)
    assert motif.consensus == SITE and motif.information_content.min() > 0.5


def test_without_modisco_lite_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "modiscolite.tfmodisco", None)
    with pytest.raises(DemoError, match=r"pip install 'deep-motif\[modisco\]'"):
        ModiscoMotifs().extract(given(SiteDetector(), positives(20)))


def test_sequences_shorter_than_a_seqlet_are_said() -> None:
    with pytest.raises(DemoError, match="Seqlets of 25 bp do not fit in sequences of 20 bp"):
        ModiscoMotifs().extract(given(SiteDetector(), np.zeros((3, 20), np.uint8)))


@pytest.mark.parametrize(
    "setting, value",
    [("sequences", 0), ("window", 4), ("flank", -1), ("seqlets", 99), ("leiden_runs", 0), ("max_motifs", 0)],
)
def test_settings_out_of_range(setting: str, value: object) -> None:
    with pytest.raises(DemoError, match=rf"{setting} is "):
        Modisco(**{setting: value})  # type: ignore[arg-type]

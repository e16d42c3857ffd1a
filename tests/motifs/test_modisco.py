import sys

import numpy as np
import pytest

from demo.errors import DemoError
from demo.motifs.modisco import Modisco, modisco_motifs
from motifs.known_network import SiteDetector, holds_site, positives


def test_the_pattern_is_the_site_that_the_network_looks_for() -> None:
    settings = Modisco(sequences=200, window=9, flank=2, seqlets=200, leiden_runs=1)
    motifs = modisco_motifs(SiteDetector(), positives(200), "TOY", settings)
    assert motifs[0].name == "TOY_modisco_pos_0" and motifs[0].nsites >= 20
    assert holds_site(motifs[0].consensus, motifs[0].reverse_complement().consensus), motifs[0].consensus


def test_without_modisco_lite_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "modiscolite.tfmodisco", None)
    with pytest.raises(DemoError, match=r"pip install 'deep-motif\[modisco\]'"):
        modisco_motifs(SiteDetector(), positives(20), "TOY")


def test_sequences_shorter_than_a_seqlet_are_said() -> None:
    with pytest.raises(DemoError, match="Seqlets of 25 positions do not fit in sequences of 20"):
        modisco_motifs(SiteDetector(), np.zeros((3, 20), np.uint8), "TOY")


@pytest.mark.parametrize(
    "setting, value", [("sequences", 0), ("window", 4), ("flank", -1), ("seqlets", 99), ("leiden_runs", 0), ("most", 0)]
)
def test_settings_out_of_range(setting: str, value: object) -> None:
    with pytest.raises(DemoError, match=rf"\.{setting} is "):
        Modisco(**{setting: value})  # type: ignore[arg-type]

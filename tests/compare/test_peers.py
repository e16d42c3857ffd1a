from pathlib import Path

import pytest

from demo.compare.peers import read_peers
from demo.utils.errors import DemoError

SRF = "SRF_H1-hESC_SRF_HudsonAlpha"


def test_stremes_output_is_read_and_its_first_motif_is_the_programs(shared: Path) -> None:
    peers = read_peers({"streme": str(shared / "golden/streme/{dataset}.txt")}, SRF)
    assert [peer.kind for peer in peers][:3] == ["streme", "streme_2", "streme_3"] and len(peers) <= 5
    assert [peer.is_first for peer in peers] == [True] + [False] * (len(peers) - 1)
    first = peers[0]
    assert first.file.endswith(f"{SRF}.txt")
    assert (first.motif.name, first.motif.alt_name) == ("streme", "streme 1-CCAWATAAGGHMANDD")
    assert first.motif.width == 16 and first.motif.background[0] == pytest.approx(0.228, abs=1e-3)


def test_a_missing_file_and_the_name_of_one_of_our_kinds(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no such"):
        read_peers({"streme": str(tmp_path / "{dataset}.txt")}, SRF)
    for name in ("class_motif", "Streme", "filter", "best_window", ""):
        with pytest.raises(DemoError, match="no name for a program"):
            read_peers({name: "x.txt"}, SRF)

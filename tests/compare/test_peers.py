from pathlib import Path

import pytest

from demo.compare.peers import read_peers
from demo.utils.errors import DemoError

SRF = "SRF_H1-hESC_SRF_HudsonAlpha"


def test_stremes_output_is_read_and_its_first_motif_is_the_programs(shared: Path) -> None:
    peers = read_peers([f"streme={shared / 'golden/streme'}"], SRF)
    assert [peer.kind for peer in peers][:3] == ["streme", "streme_2", "streme_3"] and len(peers) <= 5
    assert [peer.is_first for peer in peers] == [True] + [False] * (len(peers) - 1)
    first = peers[0]
    assert first.file.endswith(f"{SRF}.txt")
    assert (first.motif.name, first.motif.alt_name) == ("streme", "streme 1-CCAWATAAGGHMANDD")
    assert first.motif.width == 16 and first.motif.background[0] == pytest.approx(0.228, abs=1e-3)


def test_a_file_serves_every_data_set_and_a_folder_has_one_for_each(shared: Path, tmp_path: Path) -> None:
    named = f"streme={shared / 'golden/streme' / SRF}.txt"
    assert len(read_peers([named, named.replace("streme=", "meme=")], "another")) == 2 * len(read_peers([named], SRF))
    with pytest.raises(DemoError, match="no files named by the data set"):
        read_peers([f"streme={tmp_path}"], SRF)
    with pytest.raises(DemoError, match="no such"):
        read_peers([f"streme={tmp_path / 'none.txt'}"], SRF)


@pytest.mark.parametrize("text", ["class_motif=x", "Streme=x", "filter=x", "x.txt", "streme=", "=x"])
def test_what_names_no_program(text: str) -> None:
    with pytest.raises(DemoError, match=r"motif\.peers is"):
        read_peers([text], SRF)

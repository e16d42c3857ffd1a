import gzip
import shlex
from pathlib import Path
from statistics import median

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from demo.data.catalogue import DataSet, on_disk, published, to_hydra
from demo.utils.errors import DemoError


def put(folder: Path, name: str, *kinds: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds or ("AC", "B"):
        text = "FoldID\tEventID\tseq\tBound\nA\tone\tACGT\t1\n"
        (folder / f"{name}_{kind}.seq.gz").write_bytes(gzip.compress(text.encode()))


def test_the_published_sets() -> None:
    sets = published()
    assert len(sets) == len({s.name for s in sets}) == 505
    k562 = [s.published.deepbind for s in sets if s.cell_line == "K562" and s.published and s.published.deepbind]
    assert len(k562) == 108
    assert median(k562) == pytest.approx(0.932, abs=0.001)
    assert not any(s.on_disk for s in sets)


def test_a_published_set_in_full() -> None:
    (arid3a,) = (s for s in published() if s.name == "ARID3A_K562_ARID3A_(sc-8821)_Stanford")
    assert (arid3a.tf, arid3a.cell_line, arid3a.lab) == ("ARID3A", "K562", "Stanford")
    auc = arid3a.published
    assert auc is not None
    assert (auc.deepbind, auc.deepbind_top500, auc.meme_sum, auc.meme_m1) == (0.88754, 0.80989, 0.79652, 0.60868)


def test_every_published_name_can_be_typed() -> None:
    parser = OverridesParser.create()
    for s in published():
        typed = to_hydra(s.name)
        assert shlex.quote(typed) == typed
        assert parser.parse_override(f"tf={typed}").value() == typed
    assert len({to_hydra(s.name).casefold() for s in published()}) == 505


def test_sets_in_the_folder_and_in_those_right_in_it(tmp_path: Path) -> None:
    put(tmp_path, "CTCF_K562_CTCF_Broad")
    put(tmp_path / "encode", "MYC_K562_c-Myc_Stanford")
    put(tmp_path / "encode" / "deeper", "SP1_K562_SP1_HudsonAlpha")
    put(tmp_path / "encode", "GATA1_K562_GATA-1_USC", "A")
    (tmp_path / "readme.txt").touch()
    put(tmp_path, ".1234-USF2_K562_USF2_Stanford")
    found = on_disk(tmp_path)
    assert [s.name for s in found] == ["CTCF_K562_CTCF_Broad", "MYC_K562_c-Myc_Stanford"]
    assert found[1].train_path == tmp_path / "encode" / "MYC_K562_c-Myc_Stanford_AC.seq.gz"
    assert found[1].test_path == tmp_path / "encode" / "MYC_K562_c-Myc_Stanford_B.seq.gz"
    assert found[1].complete and found[1].published is not None and found[1].cell_line == "K562"


@pytest.mark.parametrize(
    ("name", "tf", "cell_line", "lab"),
    [
        ("CTCF_ENCSR000AQU", "CTCF", None, None),
        ("mine", "mine", None, None),
        ("FOXP3_k562_mine", "FOXP3", "K562", None),
        ("FOXP3_HepG2_FOXP3_Stanford", "FOXP3", "HepG2", "Stanford"),
        ("FOXP3_SK-N-SH-(Retinoic-Acid)_x_yale", "FOXP3", "SK-N-SH-(Retinoic-Acid)", "Yale"),
    ],
)
def test_a_set_of_the_users_own_is_what_its_name_says(
    tmp_path: Path, name: str, tf: str, cell_line: str | None, lab: str | None
) -> None:
    put(tmp_path, name)
    (found,) = on_disk(tmp_path)
    assert (found.name, found.tf, found.cell_line, found.lab, found.published) == (name, tf, cell_line, lab, None)


def test_a_published_set_is_known_with_dashes_in_its_file_names(tmp_path: Path) -> None:
    put(tmp_path, "ARID3A_K562_ARID3A_-sc-8821-_Stanford")
    (found,) = on_disk(tmp_path)
    assert found.name == "ARID3A_K562_ARID3A_(sc-8821)_Stanford"
    assert found.published is not None


@pytest.mark.parametrize(("kind", "has_train"), [("AC", True), ("B", False)])
def test_half_a_set_is_a_set(tmp_path: Path, kind: str, has_train: bool) -> None:
    put(tmp_path, "CTCF_mine", kind)
    (found,) = on_disk(tmp_path)
    assert found.on_disk and not found.complete
    assert (found.train_path is not None, found.test_path is not None) == (has_train, not has_train)


def test_no_folder_and_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert on_disk(None) == []
    with pytest.raises(DemoError, match=r"(?s)Cannot look.*data\.dir="):
        on_disk(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, match="Not a directory"):
        on_disk(tmp_path / "file")


def test_the_real_folder(shared: Path) -> None:
    found = on_disk(shared / "data")
    assert found == on_disk(shared / "data" / "encode")
    assert len(found) == 14 and all(s.complete for s in found)
    assert [s.name for s in found if s.published is None] == ["CTCF_ENCSR000AQU"]


def test_data_sets_are_values() -> None:
    assert DataSet("a_b", "a", None, None) == DataSet("a_b", "a", None, None)

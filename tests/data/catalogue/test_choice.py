import gzip
import re
from pathlib import Path

import pytest

from demo.data.catalogue import UnknownTF, listing, published, resolve
from demo.utils.errors import DemoError


def put(folder: Path, name: str, records: int = 1, kinds: str = "AC B") -> None:
    folder.mkdir(exist_ok=True)
    text = "FoldID\tEventID\tseq\tBound\n" + "A\tone\tACGT\t1\n" * records
    for kind in kinds.split():
        (folder / f"{name}_{kind}.seq.gz").write_bytes(gzip.compress(text.encode()))


ARID3A = "ARID3A_K562_ARID3A_(sc-8821)_Stanford"


@pytest.mark.parametrize(
    "typed",
    [
        "ARID3A",
        "arid3a",
        ARID3A,
        ARID3A.upper(),
        f'"{ARID3A}"',
        f"'{ARID3A}'",
        "ARID3A_K562_ARID3A_-sc-8821-_Stanford",
        " arid3a_k562_arid3a_-SC-8821-_stanford ",
    ],
)
def test_ways_to_name_a_set(tmp_path: Path, typed: str) -> None:
    put(tmp_path, ARID3A)
    put(tmp_path, "ARID3B_K562_x_Stanford")
    found = resolve(typed, tmp_path)
    assert found.dataset.name == ARID3A
    assert found.dataset.complete


def test_ctcf_is_never_ctcfl(tmp_path: Path) -> None:
    put(tmp_path, "CTCFL_K562_CTCFL_(SC-98982)_HudsonAlpha")
    found = resolve("CTCF", tmp_path)
    assert found.dataset.tf == "CTCF" and not found.dataset.on_disk
    assert {s.tf for s in found.others} == {"CTCF"}
    assert resolve("CTCFL", tmp_path).dataset.tf == "CTCFL"


def test_a_set_on_disk_goes_before_a_published_one_of_k562(tmp_path: Path) -> None:
    put(tmp_path, "GABPA_GM12878_GABP_HudsonAlpha")
    found = resolve("GABPA", tmp_path)
    assert found.dataset.name == "GABPA_GM12878_GABP_HudsonAlpha"
    assert "the only match on disk" in found.message
    assert "GABPA_K562_GABP_HudsonAlpha" in [s.name for s in found.others]
    assert "Also published, not on disk: GABPA_K562_GABP_HudsonAlpha" in found.message


def test_k562_goes_before_a_larger_set_of_another_cell_line(tmp_path: Path) -> None:
    put(tmp_path, "MAX_K562_mine", records=2)
    put(tmp_path, "MAX_HepG2_mine", records=9)
    found = resolve("max", tmp_path)
    assert found.dataset.cell_line == "K562"
    assert "K562 is the default cell line" in found.message
    assert found.others[0].name == "MAX_HepG2_mine"


def test_of_several_the_largest_is_taken_and_said(tmp_path: Path) -> None:
    put(tmp_path, "CTCF_K562_CTCF_Broad", records=3)
    put(tmp_path / "more", "CTCF_K562_CTCF_UW", records=1200)
    put(tmp_path, "CTCF_mine", records=2000)
    found = resolve("CTCF", tmp_path)
    assert found.dataset.name == "CTCF_K562_CTCF_UW"
    assert "the largest of 2 on disk (1,200 training sequences)" in found.message
    assert "Also on disk: CTCF_K562_CTCF_Broad, CTCF_mine." in found.message
    assert "To choose another: tf=CTCF_K562_CTCF_Broad" in found.message


def test_the_message_tells_how_to_type_a_name_with_parentheses(tmp_path: Path) -> None:
    put(tmp_path, ARID3A)
    put(tmp_path, "ARID3A_HepG2_ARID3A_(NB100-279)_Stanford")
    message = resolve("ARID3A", tmp_path).message
    assert "tf=ARID3A_HepG2_ARID3A_-NB100-279-_Stanford" in message


def test_cell_and_lab_narrow(tmp_path: Path) -> None:
    put(tmp_path, "CTCF_K562_CTCF_Broad")
    put(tmp_path, "CTCF_K562_CTCF_UW")
    put(tmp_path, "CTCF_HepG2_CTCF_UW")
    assert resolve("CTCF", tmp_path, cell="hepg2").dataset.name == "CTCF_HepG2_CTCF_UW"
    assert resolve("CTCF", tmp_path, lab="broad").dataset.name == "CTCF_K562_CTCF_Broad"
    assert resolve("CTCF", tmp_path, cell="K562", lab="uw").dataset.name == "CTCF_K562_CTCF_UW"


def test_cell_that_is_published_only_is_not_replaced_by_one_on_disk(tmp_path: Path) -> None:
    put(tmp_path, "MYC_H1-hESC_c-Myc_Stanford")
    found = resolve("MYC", tmp_path, cell="K562", lab="Stanford")
    assert found.dataset.name == "MYC_K562_c-Myc_Stanford"
    assert not found.dataset.on_disk and "not on disk" in found.message


def test_cell_and_lab_that_do_not_exist_name_those_that_do() -> None:
    with pytest.raises(DemoError, match="cell line Mars") as caught:
        resolve("MYC", None, cell="Mars")
    assert caught.value.exists == "H1-hESC, HeLa-S3, HUVEC, K562, NB4"
    with pytest.raises(DemoError, match="cell=K562 is from the lab Mars") as caught:
        resolve("MYC", None, cell="K562", lab="Mars")
    assert caught.value.exists == "Stanford, UT-A"
    assert not isinstance(caught.value, UnknownTF)


def test_a_whole_name_and_another_cell_line_contradict(tmp_path: Path) -> None:
    put(tmp_path, ARID3A)
    with pytest.raises(DemoError, match="cell line HepG2"):
        resolve(ARID3A, tmp_path, cell="HepG2")


def test_published_only_prefers_k562_and_takes_the_first_by_name() -> None:
    found = resolve("CTCF", None)
    assert (found.dataset.cell_line, found.dataset.train_path) == ("K562", None)
    assert "first by name of 5 published" in found.message
    assert len(found.others) == 89
    assert all(s.cell_line == "K562" for s in found.others[:4])


def test_no_k562_takes_what_there_is() -> None:
    assert resolve("PBX3", None).dataset.cell_line == "GM12878"


def test_a_name_that_is_nowhere_is_unknown_and_its_neighbours_are_named(tmp_path: Path) -> None:
    put(tmp_path, "NOVELTF_mine")
    assert resolve("noveltf", tmp_path).dataset.name == "NOVELTF_mine"
    with pytest.raises(UnknownTF, match=r"(?s)'CTFC'.*tf=\?") as caught:
        resolve("CTFC", tmp_path)
    assert caught.value.exists is not None and caught.value.exists.startswith("CTCF")
    with pytest.raises(UnknownTF, match="NOVELTF"):
        resolve("NOVLTF", tmp_path)
    with pytest.raises(UnknownTF, match="ARID3A_K562_ARID3A_-sc-8821-_Stanford"):
        resolve("ARID3A_K562_ARID3A_(sc-8822)_Stanford", tmp_path)


@pytest.mark.parametrize("typed", ["", "  ", "?", "CTC", "CTCF_K562", "*"])
def test_parts_of_names_and_nothing_are_unknown(typed: str) -> None:
    with pytest.raises(UnknownTF):
        resolve(typed, None)


@pytest.mark.parametrize(("there", "missing"), [("AC", "test"), ("B", "training")])
def test_half_a_set_is_told_of_when_it_is_chosen(tmp_path: Path, there: str, missing: str) -> None:
    put(tmp_path, ARID3A, kinds=there)
    other = {"AC": "B", "B": "AC"}[there]
    with pytest.raises(DemoError, match=f"The {missing} file") as caught:
        resolve("ARID3A", tmp_path)
    assert caught.value.exists == str(tmp_path / f"{ARID3A}_{there}.seq.gz")
    assert caught.value.fix == f"put {ARID3A}_{other}.seq.gz beside it"


def test_a_whole_set_goes_before_half_a_set_of_k562_and_says_so(tmp_path: Path) -> None:
    put(tmp_path, "CTCF_K562_CTCF_Broad", records=9, kinds="AC")
    put(tmp_path, "CTCF_HepG2_CTCF_UW")
    found = resolve("CTCF", tmp_path)
    assert found.dataset.name == "CTCF_HepG2_CTCF_UW"
    assert "CTCF_K562_CTCF_Broad (lacks a file)" in found.message


@pytest.mark.parametrize(("first", "second"), [("AC B", "AC B"), ("AC B", "AC"), ("AC", "B")])
def test_files_of_one_set_in_two_folders_are_told_of(tmp_path: Path, first: str, second: str) -> None:
    put(tmp_path / "old", "CTCF_mine", kinds=first)
    put(tmp_path / "new", "CTCF_mine", kinds=second)
    with pytest.raises(DemoError, match="more than one folder") as caught:
        resolve("CTCF", tmp_path)
    assert caught.value.exists is not None and "old" in caught.value.exists and "new" in caught.value.exists


def test_a_damaged_file_among_several_is_told_of(tmp_path: Path) -> None:
    put(tmp_path, "CTCF_one")
    put(tmp_path, "CTCF_two")
    (tmp_path / "CTCF_two_AC.seq.gz").write_bytes(b"\x1f\x8bhalf")
    with pytest.raises(DemoError, match="CTCF_two_AC"):
        resolve("CTCF", tmp_path)


def test_the_real_folder(shared: Path) -> None:
    folder = shared / "data"
    assert resolve("CTCF", folder).dataset.name == "CTCF_ENCSR000AQU"
    assert resolve("CTCFL", folder).dataset.name == "CTCFL_K562_CTCFL_(SC-98982)_HudsonAlpha"
    assert not resolve("GATA1", folder).dataset.on_disk


def put_records(folder: Path, name: str, records: int, kinds: str = "AC B") -> None:
    text = "FoldID\tEventID\tseq\tBound\n" + "A\tone\tACGT\t1\n" * records
    for kind in kinds.split():
        (folder / f"{name}_{kind}.seq.gz").write_bytes(gzip.compress(text.encode()))


def test_sets_on_disk_come_first_with_size_and_published_auc(tmp_path: Path) -> None:
    put_records(tmp_path, "ARID3A_K562_ARID3A_(sc-8821)_Stanford", 1234)
    put_records(tmp_path, "CTCF_mine", 7)
    lines = listing(tmp_path).splitlines()
    assert lines[0] == f"On disk in {tmp_path}: 2 data sets"
    assert lines[2].split() == ["ARID3A_K562_ARID3A_-sc-8821-_Stanford", "ARID3A", "K562", "1,234", "0.888"]
    assert lines[3].split() == ["CTCF_mine", "CTCF", "-", "7", "-"]


def test_half_sets_and_damaged_files_have_their_line(tmp_path: Path) -> None:
    put_records(tmp_path, "A_x", 3, "AC")
    put_records(tmp_path, "B_x", 3, "B")
    (tmp_path / "C_x_AC.seq.gz").write_bytes(b"no gzip")
    text = listing(tmp_path)
    assert "3, no test file" in text and "no training file" in text and "cannot be read" in text


def test_every_published_set_is_counted_once() -> None:
    text = listing(None)
    assert "505 data sets of 137 TFs" in text
    counts = [int(n) for n in re.findall(r"^  \S.*: (\d+)$", text, re.MULTILINE)]
    assert sum(counts) == 505
    assert text.index("  K562: 108") < text.index("  GM12878: 72")
    assert all(re.search(rf"\b{s.tf}\b", text) for s in published())


def test_what_is_on_disk_is_not_listed_again(tmp_path: Path) -> None:
    put_records(tmp_path, "CTCF_K562_CTCF_Broad", 1)
    assert "  K562: 107" in listing(tmp_path)


def test_it_is_short_enough_to_read_and_its_example_works(shared: Path) -> None:
    text = listing(shared / "data")
    assert len(text.splitlines()) < 60 and max(map(len, text.splitlines())) <= 100
    example = text.rsplit("tf=", 1)[1]
    assert resolve(example, shared / "data").dataset.complete

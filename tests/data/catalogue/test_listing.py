import gzip
import re
from pathlib import Path

from demo.data.catalogue import listing, published, resolve


def put(folder: Path, name: str, records: int, kinds: str = "AC B") -> None:
    text = "FoldID\tEventID\tseq\tBound\n" + "A\tone\tACGT\t1\n" * records
    for kind in kinds.split():
        (folder / f"{name}_{kind}.seq.gz").write_bytes(gzip.compress(text.encode()))


def test_sets_on_disk_come_first_with_size_and_published_auc(tmp_path: Path) -> None:
    put(tmp_path, "ARID3A_K562_ARID3A_(sc-8821)_Stanford", 1234)
    put(tmp_path, "CTCF_mine", 7)
    lines = listing(tmp_path).splitlines()
    assert lines[0] == f"On disk in {tmp_path}: 2 data sets"
    assert lines[2].split() == ["ARID3A_K562_ARID3A_-sc-8821-_Stanford", "ARID3A", "K562", "1,234", "0.888"]
    assert lines[3].split() == ["CTCF_mine", "CTCF", "-", "7", "-"]


def test_half_sets_and_damaged_files_have_their_line(tmp_path: Path) -> None:
    put(tmp_path, "A_x", 3, "AC")
    put(tmp_path, "B_x", 3, "B")
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
    put(tmp_path, "CTCF_K562_CTCF_Broad", 1)
    assert "  K562: 107" in listing(tmp_path)


def test_it_is_short_enough_to_read_and_its_example_works(shared: Path) -> None:
    text = listing(shared / "data")
    assert len(text.splitlines()) < 60 and max(map(len, text.splitlines())) <= 100
    example = text.rsplit("tf=", 1)[1]
    assert resolve(example, shared / "data").dataset.complete

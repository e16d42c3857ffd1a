import logging
from pathlib import Path

import pytest

from demo.data.sources import data_folder, find_data
from demo.utils.errors import DemoError


def find(tf: str, tmp_path: Path, folder: Path | None, source: str = "auto", **narrowed: str) -> tuple[str, str]:
    dataset, kind, _ = find_data(
        tf, cell=narrowed.get("cell"), lab=narrowed.get("lab"), source=source, folder=folder,
        simulated_folder=tmp_path / "simulated",
    )  # fmt: skip
    assert dataset.train_path and dataset.train_path.exists() and dataset.test_path and dataset.test_path.exists()
    return dataset.name, kind


def test_real_data_go_first(tiny_data: Path, tmp_path: Path, shared: Path) -> None:
    assert find("toy", tmp_path, tiny_data) == ("TOY_K562_toy_Stanford", "user")
    encode = shared / "data" / "encode"
    assert find("CTCF", tmp_path, encode) == ("CTCF_ENCSR000AQU", "encode")
    assert find("ARID3A", tmp_path, encode, cell="k562")[0] == "ARID3A_K562_ARID3A_(sc-8821)_Stanford"
    assert not (tmp_path / "simulated").exists()


def test_what_is_not_there_is_simulated_and_said_so_loudly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert find("GATA1", tmp_path, None) == ("GATA1_simulated", "simulated")
    assert "SIMULATED DATA" in caplog.text and "not ChIP-seq peaks" in caplog.text


def test_encode_fails_instead_and_says_what_to_put_where(tiny_data: Path, tmp_path: Path) -> None:
    with pytest.raises(DemoError) as error:
        find("GATA1", tmp_path, tiny_data, "encode")
    assert "GATA1_K562" in str(error.value) and "_AC.seq.gz" in str(error.value) and str(tiny_data) in str(error.value)


def test_simulated_is_simulated_also_where_real_data_are(shared: Path, tmp_path: Path) -> None:
    assert find("CTCF", tmp_path, shared / "data" / "encode", "simulated")[1] == "simulated"


def test_a_name_that_nobody_knows_is_not_simulated(tiny_data: Path, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="'TOI'"):
        find("TOI", tmp_path, tiny_data)


def test_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_folder(None) is None and data_folder("") is None
    assert data_folder("elsewhere") == Path("elsewhere")
    (tmp_path / "data").mkdir()
    assert data_folder(None) == Path("data")

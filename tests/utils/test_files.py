import errno
import os
import resource
from pathlib import Path

import pytest

from demo.utils.errors import DemoError
from demo.utils.files import atomic_write


def test_the_file_appears_only_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "logo.svg"
    with atomic_write(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
        assert temporary.parent == path.parent
        assert temporary.suffix == ".svg" and temporary.name.startswith(".")
    assert path.read_text() == "whole"
    assert os.listdir(path.parent) == ["logo.svg"]


def test_a_failing_block_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["result.json"]


def test_a_folder_in_the_way_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(DemoError, match="directory") as caught, atomic_write(tmp_path / "there") as temporary:
        temporary.write_text("text")
    assert caught.value.where == str(tmp_path / "there")
    assert os.listdir(tmp_path) == ["there"]


def test_a_file_in_place_of_the_folder_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(DemoError, match=r"(?s)Cannot write.*folder that can exist"),
        atomic_write(tmp_path / "file" / "x"),
    ):
        pass


def test_a_name_that_is_too_long_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="shorter name"), atomic_write(tmp_path / ("x" * 255)) as temporary:
        temporary.write_text("text")


def test_a_write_that_the_system_refuses_half_way_is_told_of(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(DemoError, match="make room"), atomic_write(tmp_path / "large") as temporary:
            temporary.write_bytes(b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "fix"),
    [(errno.ENOSPC, "make room"), (errno.EDQUOT, "quota"), (errno.EACCES, "own"), (errno.EROFS, "own")],
)
def test_no_space_and_no_permission_say_what_to_do(tmp_path: Path, number: int, fix: str) -> None:
    with pytest.raises(DemoError, match=fix) as caught, atomic_write(tmp_path / "x") as temporary:
        raise OSError(number, os.strerror(number), str(temporary))
    assert os.strerror(number) in caught.value.what


@pytest.mark.parametrize(
    "error", [FileNotFoundError(errno.ENOENT, "gone", "/other/file"), TimeoutError("slow"), ValueError()]
)
def test_errors_that_are_not_about_the_file_come_out_as_they_are(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, atomic_write(tmp_path / "x"):
        raise error
    assert caught.value is error

import errno
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from demo.utils.errors import DemoError
from demo.utils.files import atomic_write, check_not_input, files_in, locked, remove_leftovers, write_text


def test_the_file_appears_only_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "logo.svg"
    with atomic_write(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
        assert temporary.parent == path.parent
        assert temporary.name.startswith(".") and temporary.suffix not in (".svg", ".png", ".ckpt")
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
    with pytest.raises(DemoError, match="shorter name"), atomic_write(tmp_path / ("x" * 256)) as temporary:
        temporary.write_text("text")


def test_a_write_that_the_system_refuses_half_way_is_told_of(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(DemoError, match="free some space"), atomic_write(tmp_path / "large") as temporary:
            temporary.write_bytes(b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "fix"),
    [(errno.ENOSPC, "free some space"), (errno.EDQUOT, "quota"), (errno.EACCES, "yours"), (errno.EROFS, "yours")],
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


WRITES_AND_WAITS = """
import sys, time
from pathlib import Path
from demo.utils.files import atomic_write
with atomic_write(sys.argv[1]) as temporary:
    temporary.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_writer_leaves_is_no_result_and_goes_away_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    path = tmp_path / "motif.png"
    command = [sys.executable, "-c", WRITES_AND_WAITS, str(path)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for writer in writers:
            assert writer.stdout and writer.stdout.readline() == "writing\n"
        assert len(os.listdir(tmp_path)) == 2 and not list(tmp_path.glob("*.png")) and not files_in(tmp_path, "*")
        writers[0].kill()
        writers[0].wait()
        remove_leftovers(tmp_path)
        assert len(os.listdir(tmp_path)) == 1
        writers[1].send_signal(signal.SIGINT)
        writers[1].wait()
        assert not os.listdir(tmp_path)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()


def test_leftovers_go_when_their_folder_is_written_to(tmp_path: Path) -> None:
    (tmp_path / ".demo-0123abcd.part").write_text("half")
    (tmp_path / ".demo-mine.part").write_text("a user's own")
    write_text(tmp_path / "result.json", "{}")
    assert sorted(os.listdir(tmp_path)) == [".demo-mine.part", "result.json"]


def test_file_and_folder_are_on_the_disk_when_the_name_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[object] = []
    fsync, replace = os.fsync, os.replace

    def record_fsync(descriptor: int) -> None:
        events.append(os.stat(descriptor).st_ino)
        fsync(descriptor)

    def record_replace(source: Path, target: Path) -> None:
        events.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    path = tmp_path / "new" / "result.json"
    write_text(path, "{}")
    # The new folder in the one above it; then content, name.
    assert events == [
        tmp_path.stat().st_ino, path.stat().st_ino, "rename", path.parent.stat().st_ino
    ]  # fmt: skip


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link.tsv").symlink_to(Path("there") / "table.tsv")
    for text in ("new", "newer"):
        write_text(tmp_path / "link.tsv", text)
        assert (tmp_path / "link.tsv").is_symlink()
        assert (tmp_path / "there" / "table.tsv").read_text() == text
    assert os.listdir(tmp_path / "there") == ["table.tsv"]


def test_a_link_to_itself_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(DemoError, match="Cannot write"):
        write_text(tmp_path / "loop", "text")


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "text")
    reader.join()
    assert read == ["text"] and pipe.is_fifo() and os.listdir(tmp_path) == ["pipe"]


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    # A link: where a fault would replace it, it is the link that goes.
    (tmp_path / "null").symlink_to("/dev/null")
    write_text(tmp_path / "null", "text")
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(DemoError, match="free some space"):
        write_text(tmp_path / "full", "text")
    assert Path("/dev/null").is_char_device() and sorted(os.listdir(tmp_path)) == ["full", "null"]


def test_an_open_file_descriptor_is_written_to(tmp_path: Path) -> None:
    with open(tmp_path / "log", "w") as file:
        write_text(f"/proc/self/fd/{file.fileno()}", "text")
    assert (tmp_path / "log").read_text() == "text" and os.listdir(tmp_path) == ["log"]


def test_an_output_that_is_an_input_is_an_error_by_any_name(tmp_path: Path) -> None:
    peaks = tmp_path / "peaks.bed"
    peaks.write_text("chr1\t0\t10\n")
    (tmp_path / "link").symlink_to(peaks)
    os.link(peaks, tmp_path / "hard")
    for name in ("peaks.bed", "link", "hard", "../" + tmp_path.name + "/peaks.bed"):
        with pytest.raises(DemoError, match="replace an input"):
            check_not_input(tmp_path / name, [None, peaks])
    check_not_input(tmp_path / "new.tsv", [peaks])
    check_not_input("/dev/null", ["/dev/null"])


def test_a_lock_is_kept_by_one(tmp_path: Path) -> None:
    with locked(tmp_path / "new" / ".lock", wait=False) as ours, locked(tmp_path / "new" / ".lock", wait=False) as too:
        assert ours and not too


KEEPS_SCRATCH = """
import tempfile, time
from demo.utils.files import use_own_scratch
use_own_scratch()
tempfile.mkdtemp()
print(tempfile.gettempdir(), flush=True)
time.sleep({seconds})
"""


def test_scratch_of_the_dead_goes_that_of_the_living_stays(tmp_path: Path) -> None:
    def begin(seconds: int) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-c", KEEPS_SCRATCH.format(seconds=seconds)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
        )
        assert process.stdout
        return process, Path(process.stdout.readline().strip()).name

    dead, left = begin(60)
    dead.kill()
    dead.wait()
    assert os.listdir(tmp_path) == [left]
    living, own = begin(60)
    try:
        assert os.listdir(tmp_path) == [own]
        brief, _ = begin(0)
        brief.wait()
        assert os.listdir(tmp_path) == [own]
    finally:
        living.kill()
        living.wait()

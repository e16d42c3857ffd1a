import socket
import time
from pathlib import Path

import numpy as np
import pytest

from demo.motifs import Motif
from demo.plotting.logo import save_logo
from demo.utils.wandb import _online, finish, start


@pytest.fixture(autouse=True)
def logged_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


def test_offline_unless_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("WANDB_BASE_URL", url)
        assert not _online()
        (tmp_path / "netrc").write_text("machine 127.0.0.1\n  login user\n  password " + "0" * 40 + "\n")
        assert _online()
        monkeypatch.setenv("WANDB_MODE", "offline")
        assert not _online()
        monkeypatch.delenv("WANDB_MODE")
    # The server is gone.
    assert not _online()


def test_curves_and_logos_are_in_the_offline_run(tmp_path: Path) -> None:
    logger = start(tmp_path, "name", "project", "group", {"seed": 1}, ["simulated"])
    logo, _ = save_logo(Motif("M", np.eye(4)).logo_heights, tmp_path / "class_motif", "M")
    labels = np.array([1, 1, 0, 0], np.uint8)
    finish(logger, labels, np.array([0.9, 0.6, 0.4, 0.1]), [logo], {"test/auroc": 1.0})
    (run,) = (tmp_path / "wandb").glob("offline-run-*")
    log = next(run.glob("*.wandb"))
    # W&B's own process writes it, and may be slow on a busy machine.
    deadline = time.monotonic() + 60
    while log.stat().st_size <= 1000 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert log.stat().st_size > 1000
    tables = [path.read_text() for path in run.rglob("*.table.json")]
    assert any('"tpr"' in table for table in tables) and any('"precision"' in table for table in tables)
    assert list(run.rglob("class_motif*.png"))

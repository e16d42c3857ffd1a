import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demo.utils.wandb import is_online, log_artifact, start
from wandb_log import read_log


@pytest.fixture(autouse=True)
def logged_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


def test_offline_unless_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("WANDB_BASE_URL", url)
        assert not is_online()
        (tmp_path / "netrc").write_text("machine 127.0.0.1\n  login user\n  password " + "0" * 40 + "\n")
        assert is_online()
        monkeypatch.setenv("WANDB_MODE", "offline")
        assert not is_online()
        monkeypatch.delenv("WANDB_MODE")
    # The server is gone.
    assert not is_online()


def test_an_artifact_has_a_name_that_wandb_takes(tmp_path: Path) -> None:
    (tmp_path / "best.ckpt").write_bytes(b"weights")
    names = ["ARID3A_K562_ARID3A_(sc-8821)_Stanford/conv3_hw5,pool=1/seed0", "x" * 200]
    for number, name in enumerate(names):
        folder = tmp_path / str(number)
        folder.mkdir()
        run = start(folder, name, "project", "group", "train", {"seed": 1}, ["simulated"]).experiment
        log_artifact(run, "model", [tmp_path / "best.ckpt"], "a checkpoint", {"test_auroc": 0.9})
        run.finish()
    (first,), (second,) = (read_log(tmp_path / str(number) / "wandb").artifacts for number in range(2))
    assert first == "ARID3A_K562_ARID3A_-sc-8821-_Stanford-conv3_hw5-pool-1-seed0-model"
    assert second.endswith("-model") and len(second) <= 128


@pytest.mark.slow
def test_a_start_does_not_import_what_no_run_of_ours_uses(tmp_path: Path) -> None:
    """A second of every start: should wandb import it elsewhere, look again."""
    code = (
        "import sys; from pathlib import Path; from demo.utils.wandb import start\n"
        f"start(Path({str(tmp_path)!r}), 'name', 'project', 'group', 'train', {{}}, []).experiment.finish()\n"
        "print('wandb.sdk.launch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "False"

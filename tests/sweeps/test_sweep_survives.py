"""kill -9 on a worker, on the launcher, on all of them: the sweep typed again gives what an undisturbed one gives."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from warm import python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = [
    "model.conv_layers=2,3",
    "model.channels=8",
    "trainer.epochs=16",
    "motif=none",
    "logger=csv",
]


def begin(data: Path, runs: Path, jobs: int = 2) -> subprocess.Popen[str]:
    """A sweep with workers."""
    kept = {k: v for k, v in os.environ.items() if k != "DEMO_DATA"}
    return subprocess.Popen(
        [sys.executable, "sweep.py", *SETTINGS, f"data.dir={data}", f"paths.runs={runs}", "hydra/launcher=local",
         f"jobs={jobs}"],
        cwd=ROOT,
        env={**kept, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )  # fmt: skip


def finish(sweep: subprocess.Popen[str]) -> str:
    output, _ = sweep.communicate(timeout=240)
    return output


def one_after_another(data: Path, runs: Path) -> None:
    """The same sweep, which is to finish, in one process."""
    done = python("sweep.py", *SETTINGS, f"data.dir={data}", f"paths.runs={runs}")
    assert done.returncode == 0 and "2 done." in done.stdout, done.stdout + done.stderr


def numbers(runs: Path) -> dict[str, object]:
    """All that came out of each run but the time."""
    found: dict[str, object] = {}
    for path in sorted(runs.glob("*/*/seed*/result.json")):
        result = json.loads(path.read_text())
        assert result["status"] == "finished", result
        name = str(path.parent.relative_to(runs))
        predictions = (path.parent / "predictions.tsv").read_text()
        found[name] = (result["test"], result["validation"], predictions, (path.parent / "metrics.csv").read_text())
    return found


def workers_of(launcher: int) -> list[int]:
    """Processes that the launcher started to run jobs."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == launcher and b"spawn_main" in command:
            found.append(int(stat.parent.name))
    return found


def open_files(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.add(os.readlink(descriptor))
    return found


def until(condition: Callable[[], bool], sweep: subprocess.Popen[str]) -> None:
    for _ in range(2400):
        if condition():
            return
        assert sweep.poll() is None, finish(sweep)
        time.sleep(0.05)
    sweep.kill()
    pytest.fail("waited two minutes in vain")


@pytest.fixture(scope="module")
def undisturbed(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    runs = tmp_path_factory.mktemp("undisturbed")
    one_after_another(tiny_data, runs)
    return numbers(runs)


@pytest.mark.parametrize("victim", ["worker", "launcher", "group"])
def test_killed_and_typed_again(victim: str, tiny_data: Path, tmp_path: Path, undisturbed: dict[str, object]) -> None:
    sweep = begin(tiny_data, tmp_path)
    # In the middle of one: a checkpoint, no result.
    until(lambda: any(tmp_path.glob("*/*/seed0/checkpoints/last.ckpt")), sweep)
    (run, *_) = [path.parent.parent for path in tmp_path.glob("*/*/seed0/checkpoints/last.ckpt")]
    (worker,) = [pid for pid in workers_of(sweep.pid) if str(run / ".lock") in open_files(pid)]
    if victim == "worker":
        os.kill(worker, signal.SIGKILL)
        output = finish(sweep)
        assert sweep.returncode == 1
        assert "1 done, 1 failed: TOY_K562_toy_Stanford/conv" in output and "killed by SIGKILL" in output
        failed = [p for p in tmp_path.glob("*/*/seed0/result.json") if json.loads(p.read_text())["status"] == "failed"]
        assert len(failed) == 1
    else:
        kill = os.kill if victim == "launcher" else os.killpg
        kill(sweep.pid, signal.SIGKILL)
        finish(sweep)  # its output ends when all of its processes have
        assert not (run / "result.json").exists()
    one_after_another(tiny_data, tmp_path)
    assert numbers(tmp_path) == undisturbed
    assert json.loads((run / "result.json").read_text())["resumed_after_epochs"] >= 1


def test_two_sweeps_at_once_share_the_work(tiny_data: Path, tmp_path: Path, undisturbed: dict[str, object]) -> None:
    sweeps = [begin(tiny_data, tmp_path, jobs=1) for _ in range(2)]
    outputs = [finish(sweep) for sweep in sweeps]
    for sweep, output in zip(sweeps, outputs, strict=True):
        assert sweep.returncode == 0 and "2 done." in output, output
    assert numbers(tmp_path) == undisturbed
    with open(tmp_path / "study" / "study.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["candidates"] == "2"

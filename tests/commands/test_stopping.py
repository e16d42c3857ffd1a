"""Signals: the exit code that shells have for them, one line, no traceback, and no process left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from warm import python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


def begin(*command: str) -> subprocess.Popen[str]:
    kept = {k: v for k, v in os.environ.items() if k != "DEMO_DATA"}
    return subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env={**kept, "OMP_NUM_THREADS": "1"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    for _ in range(2400):
        if condition():
            return
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    process.kill()
    pytest.fail("waited two minutes in vain")


def stopped(process: subprocess.Popen[str], number: int, message: str) -> None:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number, output
    assert output.count(message) == 1 and output.rstrip().endswith(message) and "Traceback" not in output
    for _ in range(100):
        if not living(process.pid):
            return
        time.sleep(0.05)
    pytest.fail(f"still there: {living(process.pid)}")


def living(session: int) -> list[str]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session, *_ = stat.read_text().rpartition(")")[2].split()
            if int(its_session) == session and state != "Z":
                found.append((stat.parent / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


SCRIPT = """
import sys, time
from demo.commands.cli import stoppable
class Lost:
    def __del__(self):
        print("begun", flush=True)
        time.sleep(60)  # what is raised here is lost
with stoppable("Stopped."):
    if sys.argv[1] == "lost":
        Lost()
    if sys.argv[1] == "hangs":
        import demo.commands.cli as stopping
        stopping._GRACE = 0.2
    try:
        print("begun", flush=True)
        time.sleep(60)
    except Exception:
        print("taken for a failure")
    finally:
        print("tidied up", flush=True)
        if sys.argv[1] in ("twice", "hangs"):
            time.sleep(60)
"""


@SIGNALS
@pytest.mark.parametrize("how", ["plain", "lost", "hangs", "twice"])
def test_a_signal_ends_a_command_even_where_its_exception_is_lost_or_tidying_up_hangs(number: int, how: str) -> None:
    process = begin("-c", SCRIPT, how)
    assert process.stdout and process.stdout.readline() == "begun\n"
    process.send_signal(number)
    if how == "twice":
        assert process.stdout.readline() == "tidied up\n"
        process.send_signal(number)
    stopped(process, number, "Stopped.")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    script = (
        "import os, signal; from demo.commands.cli import stoppable\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with stoppable('no'): os.kill(os.getpid(), signal.SIGHUP); print('goes on')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "goes on\n")


@SIGNALS
def test_train_stops_while_it_trains_and_the_same_command_resumes(number: int, tiny_data: Path, tmp_path: Path) -> None:
    command = ["train.py", "tf=TOY", f"data.dir={tiny_data}", f"paths.runs={tmp_path}", "model.channels=8"]
    command += ["trainer.epochs=40", "motif=none"]
    process = begin(*command)
    until(lambda: any(tmp_path.rglob("last.ckpt")), process)
    process.send_signal(number)
    stopped(process, number, "Stopped. Run the same command to resume.")
    assert not list(tmp_path.rglob("result.json")) and not list(tmp_path.rglob("*.part"))
    if number == signal.SIGTERM:
        again = python(*command)
        assert again.returncode == 0, again.stderr
        (result,) = tmp_path.rglob("result.json")
        assert re.search(r'"resumed_after_epochs": [1-9]', result.read_text())


@SIGNALS
@pytest.mark.parametrize("launcher", [["hydra/launcher=basic"], ["hydra/launcher=local", "jobs=2"]])
def test_a_sweep_stops_with_its_workers(number: int, launcher: list[str], tiny_data: Path, tmp_path: Path) -> None:
    process = begin(
        "sweep.py", "tf=TOY", "model.conv_layers=2,3", f"data.dir={tiny_data}", f"paths.runs={tmp_path}",
        "model.channels=8", "trainer.epochs=200", "motif=none", "logger=csv", *launcher,
    )  # fmt: skip
    until(lambda: any(tmp_path.rglob("last.ckpt")), process)
    # As a batch system does it: to all of its processes.
    os.killpg(process.pid, number)
    stopped(process, number, "Stopped. Run the same command to resume.")
    assert not list(tmp_path.rglob("result.json"))

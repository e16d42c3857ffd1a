"""How commands end.

Bad input: one clear message, exit code 2, no traceback, nothing left behind. Signals: the exit code that shells have
for them, one line, no traceback, and no process left behind.
"""

import gzip
import os
import re
import shutil
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
TRAIN, TEST = "TOY_K562_toy_Stanford_AC.seq.gz", "TOY_K562_toy_Stanford_B.seq.gz"


def train(*overrides: str, **more: str) -> subprocess.CompletedProcess[str]:
    return python("train.py", *overrides, **more)


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr and "Error executing" not in done.stderr
    for word in words:
        assert word in done.stderr


SLOW = {
    "torch", "numpy", "pandas", "numba", "wandb", "matplotlib", "pytorch_lightning", "scipy", "captum", "pyfaidx",
    "Bio", "ray",
}  # fmt: skip
"""Packages whose import takes long."""


@pytest.mark.parametrize(
    "script, words",
    [
        ("train.py", ["python train.py tf=CTCF", "conv4_hw7"]),
        ("sweep.py", ["python sweep.py tf=ELK1"]),
        ("visualize.py", ["python visualize.py run=", "class"]),
        ("predict.py", ["python predict.py run="]),
        ("prepare.py", ["python prepare.py"]),
        ("fetch.py", ["python fetch.py"]),
    ],
)
def test_help_answers_without_importing_what_is_slow(script: str, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", script, "--help"], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0 and all(word in done.stdout for word in words)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "hydra" in imported
    assert not imported & SLOW


def test_help_lists_the_options_of_the_users_folder_too(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("_target_: mine.Net\n")
    done = train("--help", "--config-dir", str(tmp_path))
    assert done.returncode == 0
    assert "model: conv3_hw5, conv3_hw7, conv4_hw5, conv4_hw7, deepbind, kmer, mine, positions, pwm\n" in done.stdout
    assert "\nhydra" not in done.stdout


def test_what_the_environment_says_of_other_programs_does_not_count(tiny_data: Path, tmp_path: Path) -> None:
    slurm = {"NTASKS": "8", "JOB_NAME": "demo", "JOB_ID": "77", "PROCID": "3", "LOCALID": "3", "NODELIST": "n01"}
    done = train(
        "tf=TOY", "trainer.steps=8", "motif=paper", "motif.compare_with=[]", "motif.extraction.paper.steps=5",
        f"data.dir={tiny_data}", f"paths.runs={tmp_path / '2024_11'}",
        **{f"SLURM_{name}": value for name, value in slurm.items()},
        MPLBACKEND="module://matplotlib_inline.backend_inline", TORCHELASTIC_RUN_ID="1", PL_TRAINER_FAST_DEV_RUN="true",
        TMPDIR=str(tmp_path / "nowhere"), HOME="/proc", PYTHONIOENCODING="ascii", COLUMNS="0", WANDB_DISABLED="true",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "2024_11" / "TOY_K562_toy_Stanford").glob("*/seed0")
    assert (run / "checkpoints" / "best.ckpt").exists() and list((run / "motifs").glob("*.png"))
    assert not (run / "wandb").exists()


def test_listing(tiny_data: Path) -> None:
    for word in ("?", "list"):
        done = train(f"tf={word}", f"data.dir={tiny_data}")
        assert done.returncode == 0
        assert "TOY_K562_toy_Stanford" in done.stdout and "ARID3A" in done.stdout and "400" in done.stdout


@pytest.mark.parametrize(
    "overrides, words",
    [
        ([], ["tf= is not given", "tf=CTCF"]),
        (["tf=TOI"], ["'TOI'", "TOY"]),
        (["tf=TOY", "cell=HeLa-S3"], ["cell line HeLa-S3", "K562"]),
        (["tf=MAX", "data=encode"], ["not on disk", "_AC.seq.gz", "data=auto"]),
        (["tf=TOY", "+model.conv_layers=4"], ["'model.conv_layers' exists already", "without the +"]),
        (["tf=TOY", "model.conv_layer=4"], ["no setting 'model.conv_layer'", "model.conv_layers"]),
        (["tf=TOY", "modle=conv4_hw7"], ["'modle'", "model"]),
        (["tf=TOY", "model=conv5_hw9"], ["no model=conv5_hw9", "conv4_hw7"]),
        (["tf=TOY", "data=web"], ["no data=web", "encode"]),
        (["tf=MAX_(x)"], ["'MAX_(x)'", "MAX"]),
        (["tf=TOY", "trainer.precision=a(b)"], ["cannot read", "'\"a(b)\"'"]),
        (["tf=TOY", "trainer=3"], ["name of an option", "--help"]),
        (["tf=TOY", "+trainer.device=2"], ["no setting 'trainer.device'", "trainer.steps"]),
        (["tf=TAF7", "data=simulated"], ["JASPAR has no matrix", "data.dir="]),
        (["tf=TOY", "data.dir=nowhere"], ["nowhere"]),
        (["tf=TOY", "data.source=web"], ["data.source", "encode"]),
        (["tf=TOY", "force=maybe"], ["force", "true or false"]),
    ],
)
def test_what_the_command_line_gets_wrong(
    tiny_data: Path, tmp_path: Path, overrides: list[str], words: list[str]
) -> None:
    refused(train(*overrides, f"paths.runs={tmp_path}", DEMO_DATA=str(tiny_data)), *words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "override, words",
    [
        ("model.pool=3", ["model.pool is 3", "1 to 2"]),
        ("model.conv_layers=0", ["model.conv_layers is 0", "1 to 16"]),
        ("model.conv_layers=7", ["no position after pooling", "model.pool=1"]),
        ("trainer.steps=many", ["trainer.steps is 'many'"]),
        ("trainer.precision=8bit", ["trainer.precision", "bf16-mixed"]),
        ("optimizer.learning_rate=-1", ["optimizer.learning_rate is -1"]),
        ("motif.extraction.paper.l2=-1", ["l2"]),
        ("motif.release=1999", ["1999", "2016"]),
        ("motif.compare_with=[2016,1999]", ["1999", "2016"]),
        ("motif.compare_with=2016", ["motif.compare_with is 2016", "[2016,newest]"]),
        ("data.validation_fraction=2", ["data.validation_fraction is 2"]),
        ("+model.foo=1", ["foo"]),
    ],
)
def test_values_out_of_range(tiny_data: Path, tmp_path: Path, override: str, words: list[str]) -> None:
    refused(train("tf=TOY", f"data.dir={tiny_data}", f"paths.runs={tmp_path}", override), *words)
    assert not list(tmp_path.iterdir())


def damaged(tiny_data: Path, folder: Path, name: str, content: bytes) -> Path:
    shutil.copytree(tiny_data, folder)
    (folder / name).write_bytes(content)
    return folder


def rows(*lines: str) -> bytes:
    return gzip.compress("\n".join(["FoldID\tEventID\tseq\tBound", *lines]).encode() + b"\n")


@pytest.mark.parametrize(
    "name, content, words",
    [
        (TRAIN, b"", ["empty"]),
        (TRAIN, b"FoldID\tEventID\tseq\tBound\n", ["not gzipped"]),
        (TRAIN, rows("A\ts1\tACGT\t1")[:-12], ["truncated"]),
        (TRAIN, gzip.compress(b"FoldID\tEventID\tBound\nA\ts1\t1\n"), ["seq"]),
        (TRAIN, rows("A\ts1\tACGT\t1", "A\ts2\tACXT\t1"), ["line 3", "'X'"]),
        (TRAIN, rows("A\ts1\tACGT\t1", "A\ts2\tACGTA\t1"), ["line 3", "same length"]),
        (TRAIN, rows("A\ts1\tACGT\t1", "A\ts2\tACGT\t2"), ["line 3", "'2'"]),
        (TEST, rows(*(f"A\ts{i}\t{'ACGTA' * 12}\t1" for i in range(9))), ["has no negatives"]),
        (TEST, rows("A\ts1\tACGT\t1", "A\ts2\tACGA\t0"), ["4 bp, but training sequences have 60 bp"]),
    ],
)
def test_damaged_files(tiny_data: Path, tmp_path: Path, name: str, content: bytes, words: list[str]) -> None:
    folder = damaged(tiny_data, tmp_path / "data", name, content)
    runs = tmp_path / "runs"
    refused(train("tf=TOY", f"data.dir={folder}", f"paths.runs={runs}"), name, *words)
    assert not runs.exists()


def test_a_missing_file(tiny_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(tiny_data, folder)
    (folder / TEST).unlink()
    refused(train("tf=TOY", f"data.dir={folder}", f"paths.runs={tmp_path}"), "test file", TEST)


def test_no_place_to_write(tiny_data: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file, not a folder")
    refused(train("tf=TOY", f"data.dir={tiny_data}", f"paths.runs={tmp_path / 'runs'}"), "Cannot write")
    # A device that is always full, and a file system nobody may write to.
    refused(train("tf=TOY", f"data.dir={tiny_data}", "paths.runs=/proc/runs"), "Cannot write", "/proc/runs")


def test_a_full_disk(tiny_data: Path, tmp_path: Path) -> None:
    limited = (
        f"ulimit -f 8; exec {sys.executable} train.py tf=TOY data.dir={tiny_data} paths.runs={tmp_path} "
        "trainer.epochs=1 motif=none logger=csv"
    )
    kept = {k: v for k, v in os.environ.items() if k != "DEMO_DATA"}
    done = subprocess.run(
        ["bash", "-c", limited], capture_output=True, text=True, cwd=ROOT, timeout=120,
        env={**kept, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    refused(done, "Cannot write", "free some space")


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


@pytest.mark.parametrize(
    ("number", "launcher"),
    [
        (signal.SIGTERM, ["hydra/launcher=basic"]),
        (signal.SIGTERM, ["hydra/launcher=local", "jobs=2"]),
        (signal.SIGINT, ["hydra/launcher=local", "jobs=2"]),
    ],
)
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

"""What a training survives: kill -9 at every rename and in half-written files, full disks, damaged files, flipped bits.

    python benchmarks/durability.py kills --random 40
    python benchmarks/durability.py full --levels 24          # needs root: it mounts a small tmpfs
    python benchmarks/durability.py damage
    python benchmarks/durability.py flips --count 40

Each trial spoils one small training, W&B offline, and types the same command again. It is to end with the numbers,
tables and motifs of an undisturbed run, byte for byte, or, for files that were damaged from outside, with one message
and exit code 2. Printed: a line a trial, and how many ended how. The exit code is 1 where a training was lost or gave
other numbers.
"""

import argparse
import atexit
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import wandb.apis.public  # noqa: F401
from wandb import Artifact
from wandb.sdk.data_types._private import MEDIA_TMP

# Imported once, here; each trial is a fork.
import demo.training.fit  # noqa: F401
from demo.commands import doors
from demo.data.prepare.dataset import files_of
from demo.networks.checkpoint import read_checkpoint
from demo.runs.directory import RunDirectory
from demo.runs.trained_model import load
from demo.sequences import SequenceSet, encode, write_seq_gz
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.errors import DemoError
from demo.utils.files import use_own_scratch

SETTINGS = [
    "tf=TOY", "model.conv_layers=2", "model.channels=8", "model.highway_layers=1", "data.batch_size=64",
    "trainer.epochs=4", "motif=paper", "motif.extraction.paper.steps=10", "motif.compare_with=[2016]",
]  # fmt: skip
_TOO_LONG = 120.0
"""Seconds after which a trial has failed."""

_IN_A_ROW = 4
"""Kills at random of one training, before it is left alone."""

_NOT_NUMBERS = ("seconds", "seconds_training", "seconds_motif", "ended", "resumed_after_epochs", "git_commit")
"""Entries of ``result.json`` that differ from run to run."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, negative for a signal, and what it printed."""

    code: int
    output: str


class Bench:
    """A folder with a data set, and trainings in it.

    Args:
        folder: for everything.
    """

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.scratch = folder / "scratch"
        self.runs = folder / "runs"
        self.log = folder / "output.log"
        for path in (self.data, self.scratch):
            path.mkdir()
        _write_data(self.data)

    def train(self, spoil: Callable[[], None] = lambda: None, kill_after: float | None = None) -> Ended:
        """``python train.py`` in a process of its own.

        Args:
            spoil: called in that process before anything else.
            kill_after: seconds until it is killed; ``None`` for never.
        """
        child = os.fork()
        if not child:
            self._in_child(spoil)
        limit = time.monotonic() + (_TOO_LONG if kill_after is None else kill_after)
        while not (waited := os.waitpid(child, os.WNOHANG))[0]:
            if time.monotonic() > limit:
                with suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
            time.sleep(0.005)
        return Ended(os.waitstatus_to_exitcode(waited[1]), self.log.read_text(errors="replace"))

    def run(self) -> RunDirectory:
        """The one run directory."""
        (path,) = self.runs.glob("TOY*/*/seed0")
        return RunDirectory(path)

    def numbers(self) -> dict[str, object]:
        """All that came out but the times."""
        run = self.run()
        result = json.loads(run.result.read_text())
        found: dict[str, object] = {name: value for name, value in result.items() if name not in _NOT_NUMBERS}
        found["weights"] = _weights(run.best_checkpoint)
        for path in filter(Path.is_file, (run.predictions, run.metrics, *run.motifs.iterdir())):
            if path.suffix == ".svg":
                # Matplotlib names its parts at random.
                continue
            found[path.name] = path.read_bytes()
        return found

    def leftovers(self) -> list[str]:
        """Temporary files that stay; W&B's service outlives the command for a moment."""
        for _ in range(100):
            left = [str(path) for path in (*self.runs.rglob("*.part"), *self.scratch.iterdir())]
            if not left:
                break
            time.sleep(0.1)
        return left

    def start_over(self) -> None:
        for path in self.runs.glob("*"):
            shutil.rmtree(path)

    def _in_child(self, spoil: Callable[[], None]) -> None:
        code = 1
        try:
            os.setsid()
            output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.environ |= {"TMPDIR": str(self.scratch), "WANDB_MODE": "offline"}
            tempfile.tempdir = None
            use_own_scratch()
            _own_wandb_folders()
            sys.argv = ["train.py", *SETTINGS, f"data.dir={self.data}", f"paths.runs={self.runs}"]
            spoil()
            doors.main("train")
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _own_wandb_folders() -> None:
    """W&B's two temporary folders, made when it is imported: each fork would remove them when it ends."""
    for folder in (MEDIA_TMP, Artifact._TMP_DIR):
        folder._finalizer.detach()  # type: ignore[attr-defined]
        folder.name = tempfile.mkdtemp()


def _write_data(folder: Path) -> None:
    """The set TOY: TGACTCATTG in nine of ten random sequences of 60 bp."""
    draw = np.random.default_rng(0)

    def planted(count: int) -> np.ndarray:
        codes = draw.integers(0, 4, (count, 60)).astype(np.uint8)
        for i, start in enumerate(draw.integers(5, 45, count)):
            if i % 10:
                codes[i, start : start + 10] = encode(["TGACTCATTG"])[0]
        return codes

    train, test = planted(300), planted(60)
    train_file, test_file, _ = files_of(folder, "TOY_user", force=True)
    write_seq_gz(train_file, SequenceSet([f"train{i}" for i in range(300)], train, np.ones(300, np.uint8)))
    both = np.concatenate([test, dinucleotide_shuffle(test, 1)])
    labels = np.repeat(np.array([1, 0], np.uint8), 60)
    write_seq_gz(test_file, SequenceSet([f"test{i}" for i in range(120)], both, labels))


def _weights(path: Path) -> list[tuple[str, bytes]]:
    state = read_checkpoint(path)["state_dict"]
    return [(name, value.numpy().tobytes()) for name, value in state.items()]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at_rename(number: int, *, after: bool) -> Callable[[], None]:
    """Die right before or right after the rename of that number, from 0."""

    def spoil() -> None:
        replace, done = os.replace, 0

        def counted(source: Any, target: Any) -> None:
            nonlocal done
            if done == number and not after:
                _die()
            replace(source, target)
            if done == number:
                _die()
            done += 1

        os.replace = counted  # type: ignore[assignment]

    return spoil


def kill_in_write(number: int) -> Callable[[], None]:
    """Die when half of the temporary file of that number is written."""

    def spoil() -> None:
        written = 0

        def halved(whole: Callable[..., int]) -> Callable[..., int]:
            def write(path: Path, content: Any, *more: Any, **named: Any) -> int:
                nonlocal written
                if path.suffix != ".part":
                    return whole(path, content, *more, **named)
                if written == number:
                    whole(path, content[: len(content) // 2], *more, **named)
                    _die()
                written += 1
                return whole(path, content, *more, **named)

            return write

        Path.write_bytes = halved(Path.write_bytes)  # type: ignore[method-assign]
        Path.write_text = halved(Path.write_text)  # type: ignore[method-assign]

    return spoil


def note_renames(table: Path) -> Callable[[], None]:
    """Note the targets of all renames in a file."""

    def spoil() -> None:
        replace = os.replace

        def noted(source: Any, target: Any) -> None:
            replace(source, target)
            with open(table, "a") as file:
                file.write(f"{Path(target).name}\n")

        os.replace = noted  # type: ignore[assignment]

    return spoil


class Tally:
    """Counts and prints how trials ended, against the numbers of an undisturbed run."""

    def __init__(self, bench: Bench, undisturbed: dict[str, object]) -> None:
        self.bench, self.undisturbed = bench, undisturbed
        self.counts: Counter[str] = Counter()

    def again(self, label: str, may_refuse: bool = False, kills: int = 1) -> None:
        """Type the command again, and see what comes out; it counts as many times as the training was killed."""
        ended = self.bench.train()
        if ended.code == 0:
            found = self.bench.numbers()
            differing = [k for k in found.keys() | self.undisturbed.keys() if found.get(k) != self.undisturbed.get(k)]
            outcome = f"WRONG: {', '.join(sorted(differing))}" if differing else "equal"
            if left := self.bench.leftovers():
                outcome = f"LEFT: {', '.join(left)}"
        elif may_refuse and _is_one_message(ended):
            outcome = "refused"
        else:
            outcome = f"LOST: exit code {ended.code}\n{ended.output[-3000:]}"
        self.add(label, outcome, kills)

    def add(self, label: str, outcome: str, count: int = 1) -> None:
        self.counts[outcome.partition(":")[0]] += count
        print(f"{label}: {outcome}", flush=True)

    def close(self) -> bool:
        """Print the counts; whether nothing was lost and nothing wrong."""
        print(f"{self.counts.total()} trials: " + ", ".join(f"{n} {outcome}" for outcome, n in self.counts.items()))
        return not self.counts.keys() - {"equal", "refused"}


def _is_one_message(ended: Ended) -> bool:
    return ended.code == 2 and ended.output.count("Error: ") == 1 and "Traceback" not in ended.output


def undisturbed(bench: Bench, spoil: Callable[[], None] = lambda: None) -> tuple[dict[str, object], float]:
    """The numbers of an undisturbed run, and its seconds; the run stays where it is."""
    begin = time.monotonic()
    ended = bench.train(spoil)
    if ended.code:
        sys.exit(f"The undisturbed run failed.\n{ended.output}")
    return bench.numbers(), time.monotonic() - begin


def kills(bench: Bench, count: int) -> bool:
    """At each rename, before and after; in each half-written file; and ``count`` times at random."""
    table = bench.data / "renames"
    numbers, seconds = undisturbed(bench, note_renames(table))
    renames = table.read_text().split()
    tally = Tally(bench, numbers)
    draw = random.Random(0)
    spoilers = {
        f"kill {'after' if after else 'before'} rename {i} ({name})": kill_at_rename(i, after=after)
        for i, name in enumerate(renames)
        for after in (False, True)
    }
    spoilers |= {f"kill in half-written file {i}": kill_in_write(i) for i in range(len(renames))}
    for label, spoil in spoilers.items():
        bench.start_over()
        ended = bench.train(spoil)
        if ended.code == -signal.SIGKILL:
            tally.again(label)
    for _ in range(count // _IN_A_ROW):
        bench.start_over()
        # Half of the time: the first run waits for what later ones find in the system's memory.
        after = [draw.uniform(0, seconds / 2) for _ in range(_IN_A_ROW)]
        ended = [bench.train(kill_after=limit) for limit in after]
        killed = sum(end.code == -signal.SIGKILL for end in ended)
        tally.again(f"{killed} kills in a row, after {', '.join(f'{limit:.2f}' for limit in after)} s", kills=killed)
    return tally.close()


def full(bench: Bench, levels: int) -> bool:
    """A disk with room for a part of the run, at so many levels, then made room on."""
    bench.runs.mkdir()
    with _small_disk(bench.runs) as disk:
        numbers, _ = undisturbed(bench)
        needed = disk.used()
        tally = Tally(bench, numbers)
        for level in range(levels):
            bench.start_over()
            room = needed * level // levels
            disk.fill_up(room)
            ended = bench.train()
            disk.make_room()
            label = f"{room // 1024} KiB of {needed // 1024}, exit code {ended.code}"
            if ended.code == 0 or (_is_one_message(ended) and "free some space" in ended.output):
                tally.again(label)
            else:
                tally.add(label, f"UNCLEAR: {ended.output[-3000:]}")
        return tally.close()


class _Disk:
    def __init__(self, path: Path) -> None:
        self.path, self.filler = path, path / "filler"

    def used(self) -> int:
        found = os.statvfs(self.path)
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    def fill_up(self, room: int) -> None:
        found = os.statvfs(self.path)
        with open(self.filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, found.f_bfree * found.f_frsize - room))

    def make_room(self) -> None:
        self.filler.unlink()


@contextmanager
def _small_disk(path: Path) -> Iterator[_Disk]:
    if os.geteuid():
        sys.exit("Skipped: only root can mount a small disk.")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(path)], check=True)
    try:
        yield _Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def _as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _as_dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere/at/all")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "noise": lambda path: path.write_bytes(random.Random(0).randbytes(3000)),
    "{}": lambda path: path.write_text("{}"),
    '{"status": "finished"}': lambda path: path.write_text('{"status": "finished"}'),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0more"),
    "folder": _as_folder,
    "link": _as_dangling_link,
}


def damage(bench: Bench) -> bool:
    """Each file of a run in each way, when it is finished and when it is not."""
    numbers, _ = undisturbed(bench)
    whole = bench.data / "whole"
    shutil.copytree(bench.runs, whole)
    tally = Tally(bench, numbers)
    run = bench.run()
    for finished in (True, False):
        for file in (
            run.config, run.result, run.last_checkpoint, run.previous_checkpoint, run.best_checkpoint, run.metrics,
        ):  # fmt: skip
            for name, spoil in DAMAGES.items():
                bench.start_over()
                shutil.copytree(whole, bench.runs, dirs_exist_ok=True)
                if not finished:
                    run.result.unlink()
                    if file == run.result:
                        continue
                spoil(file)
                # What nobody reads again when all is done may stay as it is.
                unread = finished and file not in (run.config, run.result)
                label = f"{file.name} {name}, {'finished' if finished else 'unfinished'}"
                if unread:
                    ended = bench.train()
                    tally.add(label, "equal" if ended.code == 0 else f"LOST: exit code {ended.code}\n{ended.output}")
                else:
                    tally.again(label, may_refuse=True)
    return tally.close()


def flips(bench: Bench, count: int) -> bool:
    """A bit of ``best.ckpt`` each: other probabilities must not come out."""
    undisturbed(bench)
    path = bench.run().best_checkpoint
    content = path.read_bytes()
    codes = np.random.default_rng(0).integers(0, 4, (50, 60)).astype(np.uint8)
    before = load(path).predict(codes)
    tally = Tally(bench, {})
    draw = random.Random(0)
    for _ in range(count):
        place, bit = draw.randrange(len(content)), draw.randrange(8)
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        try:
            outcome = "equal" if np.array_equal(load(path).predict(codes), before) else "WRONG: other probabilities"
        except DemoError:
            outcome = "refused"
        tally.add(f"bit {bit} of byte {place}", outcome)
    return tally.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="what", required=True)
    commands.add_parser("kills").add_argument("--random", type=int, default=40, dest="count")
    commands.add_parser("full").add_argument("--levels", type=int, default=24, dest="count")
    commands.add_parser("damage")
    commands.add_parser("flips").add_argument("--count", type=int, default=40)
    arguments = parser.parse_args()
    # Not a TemporaryDirectory, which each fork would remove when it ends.
    folder = tempfile.mkdtemp()
    try:
        bench = Bench(Path(folder))
        if arguments.what == "damage":
            sound = damage(bench)
        else:
            sound = {"kills": kills, "full": full, "flips": flips}[arguments.what](bench, arguments.count)
    finally:
        shutil.rmtree(folder)
    sys.exit(not sound)


if __name__ == "__main__":
    main()

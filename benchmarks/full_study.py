"""The paper's study at full size: 108 simulated TFs x 8 models of Table 1 = 864 trainings, a worker killed half-way.

    python benchmarks/full_study.py
    python benchmarks/full_study.py --sets 4 --runs /tmp/small

JASPAR has a matrix for 51 of the 84 TFs of the 108 K562 sets, so the sets are simulated from these, then from the other
TFs that DeepBind published, then from other vertebrate matrices by name. Networks are tiny (8 channels) and trained for
one epoch of 15 batches: this measures the sweep and says nothing about models. Printed: wall time, peak memory of
launcher and workers, and what running the same command twice more does.
"""

import argparse
import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TINY = ["model.channels=8", "trainer.epochs=1", "data.batch_size=512", "motif=none", "logger=csv"]
MODELS = 8


def simulated_tfs(count: int) -> list[str]:
    """TFs that can be simulated: those of the K562 sets first."""
    from demo.data.catalogue import published
    from demo.motifs.jaspar import PAPER_RELEASE, core_motifs, matrices_of, releases

    of_k562 = sorted({s.tf for s in published() if s.cell_line == "K562"})
    others = sorted({s.tf for s in published()} - set(of_k562))
    known = [tf for tf in of_k562 + others if any(matrices_of(tf, year) for year in (PAPER_RELEASE, releases()[-1]))]
    # Dimers have names of two TFs.
    further = sorted({m.alt_name for m in core_motifs() if re.fullmatch("[A-Z0-9]+", m.alt_name or "")})
    return [*known, *(str(name) for name in further if name not in known)][:count]


def children(process: int) -> list[int]:
    """The workers of a launcher."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == process and b"spawn_main" in (stat.parent / "cmdline").read_bytes():
                found.append(int(stat.parent.name))
        except (OSError, ValueError):
            continue
    return found


def peak(process: int) -> float:
    """Peak memory of a process in MiB; 0 if it has gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def sweep(command: list[str], output: Path, kill_after: int | None = None) -> tuple[float, float, float, int]:
    """Seconds, peak MiB of launcher and of a worker, and exit code; a worker is killed after ``kill_after`` trials."""
    begin, launcher, worker = time.monotonic(), 0.0, 0.0
    with open(output, "w") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
        while process.poll() is None:
            launcher = max(launcher, peak(process.pid))
            workers = children(process.pid)
            worker = max([worker, *map(peak, workers)])
            if kill_after and workers and output.read_text().count(": validation AUROC") >= kill_after:
                os.kill(workers[0], signal.SIGKILL)
                kill_after = None
            time.sleep(0.2 if kill_after is None else 1)
    return time.monotonic() - begin, launcher, worker, process.returncode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=108)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--runs", type=Path, default=Path("runs/full_study"), help="an empty folder, or a new one")
    arguments = parser.parse_args()
    tfs = simulated_tfs(arguments.sets)
    runs = arguments.runs.resolve()
    runs.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "sweep.py", "hydra/launcher=local", f"jobs={arguments.jobs}", "data=simulated"]
    command += [f"tf={','.join(tfs)}", f"paths.runs={runs}", *TINY]
    half = len(tfs) * MODELS // 2
    print(f"{len(tfs)} sets x {MODELS} models = {len(tfs) * MODELS} trials, {arguments.jobs} at once", flush=True)
    for number, (what, kill_after) in enumerate((("a worker killed", half), ("again", None), ("and again", None)), 1):
        output = runs / f"sweep{number}.out"
        seconds, launcher, worker, code = sweep(command, output, kill_after)
        last = output.read_text().strip().splitlines()[-1]
        memory = f"launcher {launcher:.0f} MiB, a worker {worker:.0f} MiB"
        print(f"{what:<16}{seconds:8.1f} s   {memory}   exit {code}   {last}")
        with open(runs / "study" / "study.csv", newline="") as file:
            print(f"{'':<16}the table has {len(list(csv.DictReader(file)))} rows", flush=True)


if __name__ == "__main__":
    main()

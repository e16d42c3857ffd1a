"""Overhead of a sweep: 100 trials of one second each, on two workers, against the ideal 50 s.

    python benchmarks/sweep_overhead.py
    python benchmarks/sweep_overhead.py --launcher ray

A trial imports what a training imports, claims its run directory, sleeps for one second, and writes a result; all else
is what ``python sweep.py`` does, from its first import to its last line. Printed: the ratio of the wall time to the
ideal, and the memory of the launcher after a tenth of the trials and after all of them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from omegaconf import DictConfig

SETS, SECONDS = 10, 1.0


def trial(config: DictConfig) -> dict[str, str | None]:
    """Stands in for ``demo.sweeps.jobs.do_job``."""
    import base64
    import json
    import zlib

    import demo.training.fit  # noqa: F401
    from demo.metrics import Evaluation
    from demo.runs.result import DataFacts, MotifResult, RunResult
    from demo.training.resolve import TrainingRun

    run = TrainingRun.of(json.loads(zlib.decompress(base64.urlsafe_b64decode(config.job)))["run"])
    with run.folder.claim():
        time.sleep(SECONDS)
        measured = Evaluation(0.5, (0.4, 0.6), 0.5, 50, 50)
        RunResult(
            dataset=run.dataset.name, tf=run.dataset.tf, cell_line=None, lab=None, data_source=run.data_source,
            data=DataFacts("", "", 101, 90, 10, ""), model_name=run.directory.parent.name, model=run.settings.network,
            role="candidate", seed=run.settings.seed, validation=measured, best_epoch=1, test=measured, published=None,
            parameters=1, epochs=1, steps=1, precision="", device="cpu", threads=1, versions={}, git_commit=None,
            machine={}, hyperparameter_samples=None, calibration={}, motif=MotifResult(run.settings.motif.plain()),
            resumed_after_epochs=None, seconds=SECONDS, seconds_training=SECONDS, seconds_motif=0.0, ended="",
        ).write(run.folder.result)  # fmt: skip
    return {"error": None}


def sweep() -> None:
    """``python sweep.py``, with the trial above."""
    from demo.commands.command_line import run

    run("sweep", trial)


def memory(process: int) -> float:
    """MiB that a process has in memory."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def measure(launcher: str, trials: int, workers: int, folder: Path) -> tuple[float, float, float]:
    """Wall time in seconds, and MiB of the launcher after a tenth of the trials and at the end."""
    data = folder / "data"
    data.mkdir()
    for number in range(SETS):
        for suffix in ("_AC.seq.gz", "_B.seq.gz"):
            (data / f"SET{number}_none_none_none{suffix}").write_bytes(b"")
    seeds = ",".join(map(str, range(trials // SETS)))
    command = [sys.executable, __file__, "--sweep", f"hydra/launcher={launcher}", f"jobs={workers}", f"seed={seeds}"]
    command += ["motif=none", "logger=csv", f"data.dir={data}", f"paths.runs={folder / 'runs'}"]
    if launcher == "ray":
        command.append(f"hydra.launcher.ray.init.num_cpus={workers}")
    begin = time.monotonic()
    early = late = 0.0
    with open(folder / "output", "w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            ended = (folder / "output").read_text().count("validation AUROC")
            if ended >= trials // 10 and not early:
                early = memory(process.pid)
            if ended < trials:
                late = memory(process.pid)
            time.sleep(0.2)
    seconds = time.monotonic() - begin
    finished = [json.loads(path.read_text())["status"] for path in folder.glob("runs/*/*/seed*/result.json")]
    if process.returncode or finished != ["finished"] * trials:
        sys.exit((folder / "output").read_text())
    return seconds, early, late


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launcher", choices=["local", "ray"], default="local")
    parser.add_argument("--trials", type=int, default=100, help="in all, a multiple of 10")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds, early, late = measure(arguments.launcher, arguments.trials, arguments.workers, Path(folder))
    ideal = arguments.trials * SECONDS / arguments.workers
    print(
        f"{arguments.trials} trials of {SECONDS:g} s, {arguments.workers} workers, hydra/launcher={arguments.launcher}"
    )
    print(f"wall time               {seconds:8.1f} s, ideal {ideal:.1f} s")
    print(f"ratio                   {seconds / ideal:8.2f}")
    print(f"memory of the launcher  {early:8.0f} MiB after a tenth of the trials, {late:.0f} MiB at the end")


if __name__ == "__main__":
    if "--sweep" in sys.argv:
        sys.argv.remove("--sweep")
        sweep()
    else:
        main()

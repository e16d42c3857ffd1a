"""``hydra/launcher=slurm``: with a stand-in that runs submission scripts here, and with Slurm where there is one."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from warm import python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

STAND_IN = {
    # Runs the script; the job's number is that of its process.
    "sbatch": """
        (export SLURM_JOB_ID=$BASHPID SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NODEID=0 SLURM_NTASKS=1 SLURM_JOB_NUM_NODES=1
         exec bash "$1" >/dev/null 2>&1) &
        echo "Submitted batch job $!"
    """,
    # srun --unbuffered --output FILE --error FILE command ...
    "srun": """
        shift 5
        exec "$@"
    """,
    "sacct": """
        echo "JobID|State|NodeList"
        for job in "$@"; do
            [[ $job =~ ^[0-9]+$ ]] || continue
            if kill -0 "$job" 2>/dev/null; then state=RUNNING; else state=FAILED; fi
            echo "$job|$state|here"
        done
    """,
}


@pytest.fixture(params=["stand-in", "Slurm"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A PATH that has ``sbatch``."""
    pytest.importorskip("submitit")
    if request.param == "Slurm":
        if shutil.which("sbatch") is None or subprocess.run(["sinfo"], capture_output=True).returncode:
            pytest.skip("Slurm is not installed, or not running, here")
        return os.environ["PATH"]
    return stand_in(tmp_path / "bin")


def stand_in(folder: Path) -> str:
    """A PATH that has the stand-in, in a new folder, before all else."""
    folder.mkdir()
    for name, script in STAND_IN.items():
        (folder / name).write_text(f"#!/usr/bin/env bash\n{script}")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_a_sweep_through_sbatch(path: str, tiny_data: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    command = ["hydra/launcher=slurm", "jobs=2", "hydra.launcher.mem_gb=2", "hydra.launcher.timeout_min=10"]
    command += ["model.conv_layers=2,3", "model.channels=8", "trainer.epochs=1", "motif=none", "logger=csv"]
    done = python("sweep.py", *command, f"data.dir={tiny_data}", f"paths.runs={runs}", PATH=path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 at once" in done.stdout and "2 done." in done.stdout
    results = [json.loads(path.read_text()) for path in runs.glob("*/*/seed0/result.json")]
    assert [result["status"] for result in results] == ["finished"] * 2
    scripts = [path.read_text() for path in runs.glob("slurm/*/*submission.sh")]
    assert len(scripts) == 2
    for script in scripts:
        options = dict(re.findall(r"^#SBATCH --([\w-]+)=(.+)$", script, re.MULTILINE))
        asked = {"job-name": "deep-motif", "cpus-per-task": "1", "mem": "2GB", "time": "10", "nodes": "1"}
        assert asked.items() <= options.items()
        assert "gpus-per-node" not in options


def test_gpus_are_asked_for_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the configuration alone: the stand-in has no GPUs to give."""
    submitit = pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", stand_in(tmp_path / "bin"))  # without srun, submitit makes no executor
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        overrides = ["hydra/launcher=slurm", "gpus_per_trial=1", "trainer.threads=3", "hydra.launcher.partition=gpu"]
        config = compose("sweep", overrides, return_hydra_config=True)
    options = OmegaConf.to_container(config.hydra.launcher, resolve=True)
    assert isinstance(options, dict)
    names = ("nodes", "tasks_per_node", "cpus_per_task", "gpus_per_node", "mem_gb", "timeout_min", "name")
    executor = submitit.SlurmExecutor(tmp_path)
    parameters = executor._convert_parameters({name: options[name] for name in names})
    executor.update_parameters(**parameters, partition=options["partition"])
    script = executor._make_submission_file_text("command", "uid")
    for line in ("--gpus-per-node=1", "--cpus-per-task=3", "--partition=gpu", "--time=240", "--mem=4GB"):
        assert f"#SBATCH {line}\n" in script

"""``hydra/launcher=ray`` as a user types it, with two GPUs that are declared and need not be there."""

import json
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from warm import python

pytestmark = pytest.mark.slow


def sweep(*overrides: str) -> subprocess.CompletedProcess[str]:
    return python("sweep.py", "hydra/launcher=ray", *overrides, "motif=none", "logger=csv", CUDA_VISIBLE_DEVICES=None)


def test_trials_run_on_both_gpus_at_the_same_time(tiny_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    done = sweep(
        "hydra.launcher.ray.init.num_gpus=2",
        "hydra.launcher.ray.init.num_cpus=2",
        "gpus_per_trial=1",
        "trainer.accelerator=cpu",
        "model.conv_layers=2,3",
        "model.channels=8",
        "trainer.epochs=40",
        f"data.dir={tiny_data}",
        f"paths.runs={tmp_path}",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 at once" in done.stdout and "2 done." in done.stdout
    results = [json.loads(path.read_text()) for path in tmp_path.glob("*/*/seed0/result.json")]
    assert sorted(result["machine"]["cuda_visible_devices"] for result in results) == ["0", "1"]
    ends = [datetime.fromisoformat(result["ended"]).timestamp() for result in results]
    begins = [end - result["seconds"] for end, result in zip(ends, results, strict=True)]
    assert max(begins) < min(ends), "one ran after the other"


def test_more_gpu_than_ray_has_is_refused(tiny_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    done = sweep(
        "hydra.launcher.ray.init.num_gpus=0", "gpus_per_trial=0.5", f"data.dir={tiny_data}", f"paths.runs={tmp_path}"
    )
    assert done.returncode == 2 and "Ray has no room for a run: GPU needed 0.5, available 0" in done.stderr
    assert "Traceback" not in done.stderr

"""Workers are reused, and a killed one costs its own job only."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hydra.core.utils import JobReturn, JobStatus

from demo.sweeps.workers import LocalWorker, RayWorker, WorkerDied, Workers

pytestmark = pytest.mark.slow


class Job:
    """Stands in for a ``HydraJob``: says where and when it ran, or kills its process."""

    def __call__(self, overrides: Sequence[str], number: int) -> JobReturn:
        if "kill" in overrides:
            os.kill(os.getpid(), signal.SIGKILL)
        begin = time.time()
        time.sleep(0.5)
        seen = {
            "pid": os.getpid(),
            "gpu": os.environ.get("CUDA_VISIBLE_DEVICES"),
            "threads": os.environ.get("OMP_NUM_THREADS"),
            "begin": begin,
            "end": time.time(),
        }
        print("ran", number)
        return JobReturn(overrides, status=JobStatus.COMPLETED, _return_value=seen)


def run(workers: Workers, *overrides: str) -> dict[str, Any]:
    seen: dict[str, Any] = workers.run(Job(), overrides, 7).return_value  # type: ignore[arg-type]
    return seen


def test_a_local_worker_is_reused_and_replaced_when_it_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    workers = Workers(partial(LocalWorker, tmp_path / "logs", 3))
    first = run(workers)
    assert run(workers)["pid"] == first["pid"] != os.getpid()
    assert first["threads"] == "3"
    with pytest.raises(WorkerDied, match="killed by SIGKILL; the machine may have run out of memory"):
        run(workers, "kill")
    assert run(workers)["pid"] != first["pid"]
    assert (tmp_path / "logs" / "worker1.log").read_text() == "ran 7\n" * 2
    assert (tmp_path / "logs" / "worker2.log").read_text() == "ran 7\n"


def test_a_worker_that_was_killed_while_idle_costs_no_job(tmp_path: Path) -> None:
    workers = Workers(partial(LocalWorker, tmp_path, 1))
    first = run(workers)["pid"]
    os.kill(first, signal.SIGKILL)
    while Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    assert run(workers)["pid"] != first


def test_as_many_workers_as_jobs_at_once(tmp_path: Path) -> None:
    workers = Workers(partial(LocalWorker, tmp_path, 1))
    with ThreadPoolExecutor(2) as threads:
        seen = list(threads.map(lambda _: run(workers), range(6)))
    assert len({s["pid"] for s in seen}) == 2


def test_a_worker_ends_with_its_launcher(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; sys.path.insert(0, 'tests/sweeps')\n"
        "from functools import partial; from pathlib import Path\n"
        "from test_workers import Job, run\n"
        "from demo.sweeps.workers import LocalWorker, Workers\n"
        "if __name__ == '__main__':\n"
        f"    print(run(Workers(partial(LocalWorker, Path({str(tmp_path)!r}), 1)))['pid'], flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    script = tmp_path / "launcher.py"
    script.write_text(code)
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=root, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    worker = int(done.stdout)
    for _ in range(200):
        if not Path(f"/proc/{worker}/cmdline").exists() or not Path(f"/proc/{worker}/cmdline").read_bytes():
            return
        time.sleep(0.05)
    pytest.fail("the worker outlived its launcher by 10 seconds")


def test_ray_workers_share_two_gpus_keep_theirs_and_survive_a_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # for the class above
    ray.init(num_cpus=4, num_gpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    try:
        workers = Workers(partial(RayWorker, {"num_cpus": 1, "num_gpus": 0.5}))
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: run(workers), range(4)))  # starts them
            seen = list(threads.map(lambda _: run(workers), range(12)))
        gpu_of = {s["pid"]: s["gpu"] for s in seen}
        assert sorted(gpu_of.values()) == ["0", "0", "1", "1"], "two trials on each GPU, each sees one"
        assert {(s["pid"], s["gpu"]) for s in seen} == set(gpu_of.items()), "a process keeps its GPU"
        on = {gpu: [s for s in seen if s["gpu"] == gpu] for gpu in "01"}
        assert any(a["begin"] < b["end"] and b["begin"] < a["end"] for a in on["0"] for b in on["1"]), "at once"
        with pytest.raises(WorkerDied, match="died"):
            run(workers, "kill")
        assert run(workers)["gpu"] in ("0", "1")
    finally:
        ray.shutdown()


def test_what_a_worker_gives_back_can_be_pickled() -> None:
    from demo.sweeps.workers import HydraJob

    class Config:
        @property
        def hydra(self) -> object:
            raise type("Local", (Exception,), {})("no such setting")

    returned = HydraJob(None, print, Config())(["a=1"], 0)  # type: ignore[arg-type]
    assert returned.status == JobStatus.FAILED
    with pytest.raises(RuntimeError, match="Local: no such setting"):
        pickle.loads(pickle.dumps(returned)).return_value  # noqa: B018

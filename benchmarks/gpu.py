"""What a GPU does for training, scoring and sweeps, against the plain loop and the CPU of the same machine.

    python benchmarks/gpu.py --out gpu.md            sized for ten minutes on a GPU; without one, in small
    python benchmarks/gpu.py --only steps stacked    some of the checks

Prints a table for docs/scale.md; ``--log`` keeps what the commands print. Data are simulated (TF CTCF) unless
``DEMO_DATA`` holds a set of ``--tf``. Commands run as a user types them, each in a process of its own; a check that
fails is a row of the table, and the others go on.
"""

import argparse
import json
import multiprocessing as mp
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from demo.interpret.attribution.gradients import InputXGradient
from demo.interpret.extraction.class_optimisation import optimise_class
from demo.networks.demonet import DeMoNet
from demo.networks.inference import frozen
from demo.scoring.tables import FastLogits
from training import PlainNetwork

ROOT = Path(__file__).resolve().parents[1]
LENGTH = 101
GPU = torch.cuda.is_available()
DEVICE = torch.device("cuda" if GPU else "cpu")
Row = tuple[str, str]
"""What was measured, and the result."""


@dataclass
class Bench:
    """Sizes of the checks, and where their runs go."""

    folder: Path
    tf: str
    log: Path | None

    steps = 2000 if GPU else 20
    timed = 300 if GPU else 8
    windows = 1_000_000 if GPU else 1000
    copies = (2, 4, 8, 16) if GPU else (2,)

    def arguments(self, name: str, *overrides: str) -> list[str]:
        """Of a short training in a folder of its own."""
        fixed = [f"tf={self.tf}", f"paths.runs={self.folder / name}", "logger=csv", "motif=none"]
        if not GPU:
            fixed.append("trainer.limit_train_batches=10")
        return [*fixed, f"trainer.steps={self.steps}", *overrides]

    def result(self, name: str) -> Path:
        (path,) = (self.folder / name).rglob("result.json")
        return path

    def command(self, script: str, *arguments: str) -> tuple[int, str, float]:
        """Exit code, output and seconds of one of our commands."""
        begin = time.perf_counter()
        done = subprocess.run([sys.executable, script, *arguments], cwd=ROOT, capture_output=True, text=True)
        seconds = time.perf_counter() - begin
        if self.log:
            with open(self.log, "a", encoding="utf-8") as file:
                print(f"$ {script} {' '.join(arguments)}  # {seconds:.1f} s, exit code {done.returncode}", file=file)
                print(done.stdout[-4000:], done.stderr[-4000:], file=file)
        return done.returncode, done.stdout + done.stderr, seconds

    def train(self, name: str, *overrides: str) -> float:
        """Train; the seconds of the whole process. An error raises with the last line of the output."""
        code, output, seconds = self.command("train.py", *self.arguments(name, *overrides))
        if code:
            raise RuntimeError(f"exit code {code}: {output.strip().splitlines()[-1]}")
        return seconds


def training(bench: Bench) -> Iterator[Row]:
    """Speed by precision, with and without CUDA graphs; AUROC against the CPU's, and the same command twice."""
    precisions = ("32-true", "bf16-mixed") if GPU else ("32-true",)
    timed: list[str] = []
    for precision in precisions:
        for name, graphs in ((precision, "true"), (f"{precision} eager", "false"))[: 2 if GPU else 1]:
            bench.train(name, f"trainer.precision={precision}", f"trainer.cuda_graphs={graphs}")
            timed.append(name)
    # What is not timed, all at once.
    with ThreadPoolExecutor() as pool:
        again = [pool.submit(bench.train, f"{each} again", f"trainer.precision={each}") for each in precisions]
        again.append(pool.submit(bench.train, "cpu", "trainer.accelerator=cpu", "trainer.precision=32-true"))
        for each in again:
            each.result()
    reference = json.loads(bench.result("cpu").read_text())["validation"]["auroc"]
    yield "train, CPU, 32-true: validation AUROC", f"{reference:.4f}"
    for name in timed:
        result = json.loads(bench.result(name).read_text())
        difference = result["validation"]["auroc"] - reference
        yield f"train, {DEVICE}, {name}: steps/s", f"{speed(result):.1f}"
        yield f"train, {DEVICE}, {name}: validation AUROC less the CPU's (within 0.003)", f"{difference:+.4f}"
    for precision in precisions:
        pair = [bench.result(name).with_name("predictions.tsv") for name in (precision, f"{precision} again")]
        same = pair[0].read_bytes() == pair[1].read_bytes()
        yield f"train, {DEVICE}, {precision}: twice", "equal bytes" if same else "bytes differ"


def speed(result: dict[str, Any]) -> float:
    """Steps per second of a training, validation included."""
    return float(result["steps"] / result["seconds_training"])


def resumption(bench: Bench) -> Iterator[Row]:
    """Killed after its first checkpoint, and resumed."""
    longer = [f"trainer.steps={2 * bench.steps}", "trainer.precision=32-true"]
    if GPU:
        longer.append(f"trainer.limit_train_batches={bench.steps // 10}")  # 20 epochs
    bench.train("whole", *longer)
    process = subprocess.Popen(
        [sys.executable, "train.py", *bench.arguments("cut", *longer)],
        cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None and not list((bench.folder / "cut").rglob("last.ckpt")):
        time.sleep(0.02)
    if process.poll() is not None:
        raise RuntimeError("it ended before it could be killed")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    bench.train("cut", *longer)
    numbers = [json.loads(bench.result(name).read_text()) for name in ("whole", "cut")]
    after = numbers[1]["resumed_after_epochs"]
    same = numbers[0]["validation"] == numbers[1]["validation"] and numbers[0]["test"] == numbers[1]["test"]
    yield (
        f"killed, resumed after epoch {after} of {numbers[0]['epochs']}",
        "equal numbers" if same else "numbers differ",
    )


def batch_of(size: int, copies: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Random one-hot sequences and labels, on the device; for several networks, a batch each."""
    shape = (size,) if copies is None else (copies, size)
    codes = torch.randint(0, 4, (*shape, LENGTH), device=DEVICE)
    return F.one_hot(codes, 4).transpose(-1, -2).float(), torch.randint(0, 2, shape, device=DEVICE).float()


def rate(step: Callable[[], object], count: int) -> float:
    """Calls per second, after three that are not counted."""
    for _ in range(3):
        step()
    if GPU:
        torch.cuda.synchronize()
    begin = time.perf_counter()
    for _ in range(count):
        step()
    if GPU:
        torch.cuda.synchronize()
    return count / (time.perf_counter() - begin)


def plain_step(size: int, compiled: bool = False) -> Callable[[], object]:
    """A step of the loop that one would write first."""
    network = DeMoNet().to(DEVICE)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=GPU, capturable=GPU)
    forward = torch.compile(network, mode="reduce-overhead") if compiled else network
    x, y = batch_of(size)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        F.binary_cross_entropy_with_logits(forward(x), y).backward()
        optimizer.step()

    return step


def captured(step: Callable[[], object]) -> Callable[[], object]:
    """The same step as a CUDA graph: one launch."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def steps(bench: Bench) -> Iterator[Row]:
    """How much of a step is launching kernels."""
    for size in (64, 256):
        plain = rate(plain_step(size), bench.timed)
        yield f"batch {size}, plain loop: steps/s", f"{plain:.1f}"
        if GPU:
            compiled = rate(plain_step(size, compiled=True), bench.timed)
            yield (
                f"batch {size}, torch.compile(reduce-overhead): steps/s (ratio)",
                f"{compiled:.1f} ({compiled / plain:.2f})",
            )
            graphed = rate(captured(plain_step(size)), bench.timed)
            yield f"batch {size}, CUDA graph: steps/s (ratio)", f"{graphed:.1f} ({graphed / plain:.2f})"


def stacked(bench: Bench) -> Iterator[Row]:
    """k plain networks (channels last is beyond vmap) in one process by ``torch.func``, and k processes of one each.

    Dropout and running averages are left out of those in one process.
    """

    def networks(copies: int) -> Callable[[], object]:
        made = [PlainNetwork(dropout=0.0).to(DEVICE) for _ in range(copies)]
        for module in (module for network in made for module in network.modules()):
            if isinstance(module, nn.BatchNorm1d):
                module.track_running_stats, module.running_mean, module.running_var = False, None, None
                module.num_batches_tracked = None
        weights, buffers = torch.func.stack_module_state(made)
        x, y = batch_of(64, copies)
        optimizer = torch.optim.AdamW(weights.values(), lr=1e-3, fused=GPU, capturable=GPU)

        def loss(
            one: dict[str, torch.Tensor], kept: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor
        ) -> torch.Tensor:
            return F.binary_cross_entropy_with_logits(torch.func.functional_call(made[0], (one, kept), (x,)), y)

        def step() -> None:
            optimizer.zero_grad(set_to_none=True)
            torch.func.vmap(loss)(weights, buffers, x, y).sum().backward()
            optimizer.step()

        return step

    alone = rate(plain_step(64), bench.timed)
    yield "batch 64, 1 network: steps/s", f"{alone:.1f}"
    for copies in bench.copies:
        count = max(2, bench.timed // copies)
        rates = {"at once": rate(networks(copies), count)}
        if GPU:
            rates["at once, as a CUDA graph"] = rate(captured(networks(copies)), count)
        for how, per_second in rates.items():
            together = copies * per_second
            yield (
                f"batch 64, {copies} networks {how}: networks x steps/s (ratio)",
                f"{together:.1f} ({together / alone:.2f})",
            )
        for graph in (False, True) if GPU else (False,):
            together = side_by_side(copies, graph)
            how = ", as CUDA graphs" if graph else ""
            yield (
                f"batch 64, {copies} processes{how}: networks x steps/s (ratio)",
                f"{together:.1f} ({together / alone:.2f})",
            )


def side_by_side(copies: int, graph: bool) -> float:
    """Steps per second of as many processes, all together while all are running."""
    context = mp.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(copies, mp_context=context) as pool:
        return sum(pool.map(_one_of, [manager.Barrier(copies)] * copies, [graph] * copies))


def _one_of(barrier: Any, graph: bool) -> float:
    torch.set_num_threads(1)
    step = captured(plain_step(64)) if graph else plain_step(64)
    rate(step, 3)
    barrier.wait()
    begin, count = time.perf_counter(), 0
    while time.perf_counter() - begin < (3 if GPU else 1):
        step()
        if GPU and count % 20 == 0:
            torch.cuda.synchronize()
        count += 1
    if GPU:
        torch.cuda.synchronize()
    return count / (time.perf_counter() - begin)


def ray(bench: Bench) -> Iterator[Row]:
    """The eight trials of Table 1, which share the GPU."""
    for share in (0.125, 0.25) if GPU else (0.0,):
        arguments = [*bench.arguments(f"ray{share}"), "hydra/launcher=ray", f"gpus_per_trial={share}", "report=false"]
        if not GPU:
            arguments.append("model.conv_layers=3,4")
        with Watch() as watch:
            code, output, seconds = bench.command("sweep.py", *arguments)
        results = [json.loads(path.read_text()) for path in (bench.folder / f"ray{share}").rglob("result.json")]
        said = f"{seconds:.0f} s, {len(results)} finished on {', '.join(sorted({r['device'] for r in results}))}"
        if results:
            said += f", {min(map(speed, results)):.0f} to {max(map(speed, results)):.0f} steps/s each"
        said += f"; at most {watch.processes} processes on the GPU, {watch.mib} MiB of it" if GPU else ""
        said += f"; exit code {code}: {output.strip()[-200:]}" if code else ""
        yield f"Ray, Table 1, {bench.steps} steps, gpus_per_trial={share:g}", said


class Watch:
    """Looks at the GPU twice a second: the most memory and processes that ``nvidia-smi`` showed."""

    def __enter__(self) -> "Watch":
        self.mib = self.processes = 0
        self._ended = Event()
        self._thread = Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while GPU and not self._ended.wait(0.5):
            self.mib = max(self.mib, *map(int, self._ask("--query-gpu=memory.used")))
            self.processes = max(self.processes, len(self._ask("--query-compute-apps=pid")))

    @staticmethod
    def _ask(what: str) -> list[str]:
        done = subprocess.run(["nvidia-smi", what, "--format=csv,noheader,nounits"], capture_output=True, text=True)
        return done.stdout.split()


def scoring(bench: Bench) -> Iterator[Row]:
    """Windows per second, class optimisation and attributions; their difference from the CPU's."""
    torch.manual_seed(0)
    network = DeMoNet().eval()
    codes = np.random.default_rng(0).integers(0, 4, (bench.windows, LENGTH)).astype(np.uint8)
    some = codes[:1000]
    on_cpu = FastLogits(network)(some)
    with frozen(network):
        explained = InputXGradient().explain(network, some[:64]).track
    network.to(DEVICE)
    for tf32 in (False, True) if GPU else (False,):  # torch's default comes last, and stays
        torch.backends.cudnn.allow_tf32 = tf32
        fast = FastLogits(network)
        fast(some)
        begin = time.perf_counter()
        fast(codes)
        how = f"{DEVICE}, TF32 {'on' if tf32 else 'off'}"
        yield f"score, {how}: windows/s, both strands", f"{len(codes) / (time.perf_counter() - begin):,.0f}"
        difference = np.abs(fast(some) - on_cpu).max() / on_cpu.std()
        yield f"score, {how}: largest difference from the CPU's logits, in their SD", f"{difference:.1e}"
    begin = time.perf_counter()
    optimise_class(network, LENGTH)
    yield f"class optimisation, {DEVICE}: s", f"{time.perf_counter() - begin:.1f}"
    with frozen(network):
        difference = np.abs(InputXGradient().explain(network, some[:64]).track - explained).max() / explained.std()
    yield "attributions: largest difference from the CPU's, in their SD", f"{difference:.1e}"
    bench.train("scored", "trainer.steps=20")
    run = bench.result("scored").parent
    sequence = "".join(np.array(list("ACGT"))[codes.ravel()[: bench.windows + LENGTH - 1]])
    read: dict[str, NDArray[Any]] = {}
    for accelerator, count in {"auto": bench.windows, "cpu": bench.windows // 50}.items():
        fasta, table = run / f"{accelerator}.fa", run / f"{accelerator}.tsv"
        fasta.write_text(f">one\n{sequence[: count + LENGTH - 1]}\n", encoding="utf-8")
        settings = [f"run={run}", f"input={fasta}", f"output={table}", "stride=1", f"accelerator={accelerator}"]
        code, output, seconds = bench.command("predict.py", *settings)
        if code:
            raise RuntimeError(f"exit code {code}: {output.strip().splitlines()[-1]}")
        yield f"predict.py accelerator={accelerator}, {count:,} windows: s, start included", f"{seconds:.1f}"
        read[accelerator] = pd.read_csv(table, sep="\t", comment="#", nrows=bench.windows // 50)["logit"].to_numpy()
    yield "predict.py: largest difference of logits", f"{np.abs(read['auto'] - read['cpu']).max():.1e}"


def memory(bench: Bench) -> Iterator[Row]:
    """Out of memory on purpose: is it said, and does the next run train?"""
    if not GPU:
        yield "out of memory", "not tried without a GPU: it would take the machine's memory"
        return
    code, output, _ = bench.command(
        "train.py", *bench.arguments("memory", "data.batch_size=1000000", "model.channels=4096")
    )
    yield "out of memory: exit code, last line", f"{code}: {output.strip().splitlines()[-1][:160]}"
    bench.train("afterwards", "trainer.steps=20")
    yield "a run afterwards", "trains"


def devices(bench: Bench) -> Iterator[Row]:
    """Two devices."""
    code, output, seconds = bench.command("train.py", *bench.arguments("devices", "trainer.devices=2"))
    said = f"{seconds:.0f} s" if code == 0 else f"exit code {code}: {output.strip().splitlines()[-1][:160]}"
    yield f"trainer.devices=2 ({torch.cuda.device_count()} GPUs here)", said


CHECKS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "train": training, "resume": resumption, "steps": steps, "stacked": stacked, "predict": scoring,
    "memory": memory, "devices": devices, "ray": ray,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(CHECKS), default=list(CHECKS))
    parser.add_argument("--tf", default="CTCF", help="whose data set is trained on")
    parser.add_argument("--out", type=Path, help="file for the table, in Markdown")
    parser.add_argument("--log", type=Path, help="file for the output of the commands")
    arguments = parser.parse_args()
    card = torch.cuda.get_device_name() if GPU else "no GPU: in small, on the CPU"
    lines = [f"{card}; torch {torch.__version__}", "", "| what | result |", "|---|---|"]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.only:
            begin = time.perf_counter()
            rows: list[Row] = []
            try:
                for row in CHECKS[name](Bench(Path(folder), arguments.tf, arguments.log)):
                    rows.append(row)
            except Exception as error:  # the others are to be measured all the same
                rows.append((f"{name} failed", f"{type(error).__name__}: {error}"[:300].replace("\n", " ")))
            rows.append((f"({name} took)", f"{time.perf_counter() - begin:.0f} s"))
            for what, result in rows:
                lines.append(f"| {what} | {result.replace('|', '/')} |")
                print(lines[-1], flush=True)
            if arguments.out:
                arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Windows scored per second on one core, its bound, and the ratio to plain prediction in the same run.

    OMP_NUM_THREADS=1 python benchmarks/predict.py

The network is conv3 / pool 2 / highway 5 with random weights, windows have 101 bp, both strands are scored. The peer is
``demo.networks.inference.predict_logits``, the plain network, at its own batch size and a smaller one. Bounds are the
network's floating-point operations at the rate of this core's best matrix product, once for all three convolutions and
once for the third one alone, which is what the word tables leave. Times are CPU times of this thread, so that other
processes matter less; rounds alternate, and the best round of each counts.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from demo.networks.demonet import DeMoNet
from demo.networks.inference import predict_logits
from demo.scoring.tables import FastLogits

LENGTH, CHANNELS, KERNEL = 101, 128, 5


def seconds(function: Callable[[], object]) -> float:
    begin = time.thread_time()
    function()
    return time.thread_time() - begin


def gigaflops() -> float:
    """Rate of matrix products shaped like the third convolution, as large as fits in the cache."""
    a, b = torch.randn(1536, CHANNELS * KERNEL), torch.randn(CHANNELS * KERNEL, CHANNELS)
    return 2 * a.numel() * CHANNELS / min(seconds(lambda: a @ b) for _ in range(20)) / 1e9


def operations() -> tuple[float, float]:
    """Floating-point operations per window and both strands: of all convolutions, and of the third one."""
    positions = [LENGTH, LENGTH // 2, LENGTH // 4]
    each = [2 * 2 * KERNEL * CHANNELS * p * c for p, c in zip(positions, (4, CHANNELS, CHANNELS), strict=True)]
    return float(sum(each)), float(each[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--windows", type=int, default=1024)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = DeMoNet().eval()
    for module in network.modules():  # roughly as after training: with initial values, all logits are alike
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_var, 0.05, 0.2)
    codes = np.random.default_rng(0).integers(0, 4, (arguments.windows, LENGTH)).astype(np.uint8)
    fast = FastLogits(network)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "word tables": lambda: fast(codes),
        "plain, its batch size": lambda: predict_logits(network, codes),
        "plain, batches of 32": lambda: predict_logits(network, codes, 32),
    }
    results = {name: way() for name, way in ways.items()}
    best = dict.fromkeys(ways, np.inf)
    peak = 0.0
    for _ in range(arguments.rounds):
        peak = max(peak, gigaflops())
        for name, way in ways.items():
            best[name] = min(best[name], seconds(way))
    for name, time_taken in best.items():
        print(f"{name:<40}{len(codes) / time_taken:10,.0f} windows/s")
    whole, third = operations()
    print(f"{'best matrix product':<40}{peak:10,.0f} GFLOP/s (float32)")
    print(f"{'bound, three convolutions computed':<40}{peak * 1e9 / whole:10,.0f} windows/s ({whole / 1e6:.1f} MFLOP)")
    print(f"{'bound, the third one computed':<40}{peak * 1e9 / third:10,.0f} windows/s ({third / 1e6:.1f} MFLOP)")
    for name in list(ways)[1:]:
        print(f"{'word tables / ' + name:<40}{best[name] / best['word tables']:10.2f}")
    difference = np.abs(results["word tables"] - results["plain, its batch size"]).max()
    print(f"{'largest difference of a logit':<40}{difference:10.1e}")


if __name__ == "__main__":
    main()

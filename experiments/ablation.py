"""What each part of the default recipe contributes: validation AUROC without it, and with more of it.

    python experiments/ablation.py --data ../shared/data/encode --steps 4000 --seeds 0,1,2 MYC ZBTB7A

Every variant is trained on every data set and seed as by ``train.py``. Differences from the recipe are paired by data
set and seed, which share their validation sequences; the interval is Student's t over these pairs. Runs are kept: the
same command resumes. Test results are not read.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from hydra import compose, initialize_config_dir
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]

VARIANTS: dict[str, list[str]] = {
    "the recipe": [],
    "no reverse complements in training": ["data.reverse_complement=false"],
    "no shift": ["data.shift=0"],
    "the same negatives in every epoch": ["data.fresh_negatives=false"],
    "no batch normalisation": ["model.batch_norm=false"],
    "no padding": ["model.padding=valid"],
    "highway gate bias 0": ["model.gate_bias=0.0"],
    "no dropout": ["model.dropout=0.0"],
    "no one-cycle schedule": ["optimizer.schedule=constant"],
    "no weight decay": ["optimizer.weight_decay=0.0"],
    "experiment=paper, as many sequences": ["experiment=paper"],
    "three negatives per positive": ["data.negatives_per_positive=3"],
    "label noise 0.05": ["data.label_noise=0.05"],
    "weight decay 0.1": ["optimizer.weight_decay=0.1"],
    "learning rate 0.004": ["optimizer.learning_rate=0.004"],
    "shift 10": ["data.shift=10"],
}


def validation_auroc(tf: str, seed: int, steps: int, variant: list[str], runs: Path, data: Path) -> float:
    """Train one variant, or take its result where it is there."""
    from demo.training.resolve import run_of
    from demo.training.train import train
    from demo.utils.config import plain

    if "experiment=paper" in variant:
        steps = -(-steps // 4)  # batches of 256, not 64
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        common = [f"tf={tf}", f"seed={seed}", f"paths.runs={runs}", f"data.dir={data}", "data.source=encode"]
        common += ["motif=none", "logger=csv", "callbacks.progress_bar=null"]
        config = compose("train", [*common, *variant, f"trainer.steps={steps}"])
        return train(run_of(plain(config))).validation.auroc


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tf", nargs="+", help="transcription factors or data sets")
    parser.add_argument("--data", type=Path, required=True, help="folder of the .seq.gz files")
    parser.add_argument("--steps", type=int, default=12000, help="training batches of 64 sequences")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--runs", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--only", help="only variants whose name contains this, and the recipe")
    arguments = parser.parse_args()
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    pairs = [(tf, seed) for seed in seeds for tf in arguments.tf]
    print(f"{arguments.steps} steps of 64; validation AUROC of {', '.join(arguments.tf)}; seeds {arguments.seeds}")
    print("| variant | " + " | ".join(arguments.tf) + " | difference from the recipe (95 %) |", flush=True)
    print("|---" * (len(arguments.tf) + 2) + "|")
    recipe = np.zeros(len(pairs))
    for name, variant in VARIANTS.items():
        if arguments.only and variant and arguments.only not in name:
            continue
        values = np.array(
            [validation_auroc(tf, seed, arguments.steps, variant, arguments.runs, arguments.data) for tf, seed in pairs]
        )
        if not variant:
            recipe = values
        means = [values[[pair[0] == tf for pair in pairs]].mean() for tf in arguments.tf]
        print(f"| {name} | " + " | ".join(f"{mean:.4f}" for mean in means) + f" | {_difference(values - recipe)} |")
        sys.stdout.flush()


def _difference(differences: np.ndarray) -> str:
    """Mean of paired differences with its 95 % t interval."""
    if not differences.any():
        return "-"
    if len(differences) < 2:
        return f"{differences[0]:+.4f} (one pair)"
    half = stats.t.ppf(0.975, len(differences) - 1) * stats.sem(differences)
    return f"{differences.mean():+.4f} ({differences.mean() - half:+.4f} to {differences.mean() + half:+.4f})"


if __name__ == "__main__":
    main()

"""Run directories made of one, to be reported."""

import json
import shutil
from pathlib import Path
from typing import Any

from demo.data.catalogue import published
from demo.utils.files import write_json

SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"{SCRIPT}\"><img src=x onerror='alert(1)'> ü & co"
"""What a user might call things."""

SETS = [s for s in published() if s.cell_line == "K562" and s.published][:3]


def copied(trained: Path, runs: Path, folder: str, **changes: Any) -> Path:
    """The run once more, as one of another data set."""
    run = runs / folder / "conv3_hw5" / "seed0"
    shutil.copytree(trained, run)
    result = json.loads((run / "result.json").read_text())
    write_json(run / "result.json", result | changes)
    return run


def of_catalogue(number: int) -> dict[str, Any]:
    """What makes a result one of a published data set."""
    dataset = SETS[number]
    auc = dataset.published and dataset.published.deepbind
    others = dict.fromkeys(("deepbind_top500_auc", "meme_sum_auc", "meme_m1_auc"))
    return {
        "dataset": dataset.name, "tf": dataset.tf, "cell_line": dataset.cell_line, "steps": 12_000,
        "published": {"deepbind_auc": auc, **others},
        "test": {
            "auroc": 0.95 - number / 10, "auroc_ci": [0.93 - number / 10, 0.97 - number / 10],
            "average_precision": 0.9, "positives": 500, "negatives": 500,
        },
    }  # fmt: skip


def make_hostile(run: Path) -> None:
    """Tags in every file that a page quotes."""
    motifs = run / "motifs"
    text = (motifs / "motifs.meme").read_text()
    (motifs / "motifs.meme").write_text(text.replace("TOY class motif", f"{SCRIPT} class motif"))
    content = json.loads((motifs / "motifs.json").read_text())
    write_json(motifs / "motifs.json", content | {"notes": [HOSTILE]})
    with open(run / "config.yaml", "a", encoding="utf-8") as file:
        file.write(f"# {HOSTILE}\n")
    (run / "motifs" / f"{SCRIPT.replace('/', '')}.txt").write_text("odd file name")

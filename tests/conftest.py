"""What all tests share: one thread each, and where the real data are that this repository does not hold."""

import os

# Before anything imports torch, and for every command that a test starts: with another core busy, torch's default
# number of threads makes these small networks several times slower.
os.environ["OMP_NUM_THREADS"] = "1"

import shutil
from pathlib import Path

import numpy as np
import pytest

from warm import python

ROOT = Path(__file__).resolve().parents[1]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are named by their length: gzip writes the time into them, and names have to be alike in every worker."""
    return f"{len(val)}bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real ChIP-seq sets and MEME Suite outputs: ``$DEMO_SHARED``, else ``../shared``."""
    folder = Path(os.environ.get("DEMO_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"no real data in {folder}: set DEMO_SHARED")
    return folder


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the set ``TOY_K562_toy_Stanford``: TGACTCATTG in nine of ten random sequences of 60 bp."""
    from demo.sequences import SequenceSet, encode, write_seq_gz
    from demo.sequences.shuffle import dinucleotide_shuffle

    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)

    def planted(count: int) -> "np.ndarray":
        codes = random.integers(0, 4, (count, 60)).astype(np.uint8)
        site = encode(["TGACTCATTG"])[0]
        for i, start in enumerate(random.integers(5, 45, count)):
            if i % 10:
                codes[i, start : start + len(site)] = site
        return codes

    train, test = planted(400), planted(60)
    write_seq_gz(
        folder / "TOY_K562_toy_Stanford_AC.seq.gz",
        SequenceSet([f"train{i}" for i in range(400)], train, np.ones(400, np.uint8)),
    )
    both = np.concatenate([test, dinucleotide_shuffle(test, 1)])
    write_seq_gz(
        folder / "TOY_K562_toy_Stanford_B.seq.gz",
        SequenceSet([f"test{i}" for i in range(120)], both, np.repeat(np.array([1, 0], np.uint8), 60)),
    )
    return folder


@pytest.fixture(scope="session")
def trained(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of a tiny training, with everything that a run has."""
    runs = tmp_path_factory.mktemp("trained")
    done = python(
        "train.py", "tf=TOY", f"data.dir={tiny_data}", f"paths.runs={runs}", "trainer.epochs=2", "model.channels=8",
        "motif.extraction.window.steps=16", "motif.extraction.sketch.steps=20", "logger=csv",
        "callbacks.progress_bar=null",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (result,) = runs.rglob("result.json")
    return result.parent


@pytest.fixture(scope="session")
def runs(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a report has to cope with: published sets, one with nothing but its result; hostile, simulated, failed."""
    from demo.utils.files import write_json
    from report.report_runs import HOSTILE, SCRIPT, SETS, copied, make_hostile, of_catalogue

    runs = tmp_path_factory.mktemp("runs of ü")
    for number in (0, 1, 2):
        copied(trained, runs, SETS[number].name, **of_catalogue(number))
    bare = runs / SETS[2].name / "conv3_hw5" / "seed0"
    for path in [p for p in bare.iterdir() if p.name != "result.json"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    hostile = copied(
        trained, runs, "hostile", tf=SCRIPT, dataset=HOSTILE, cell_line=HOSTILE, model_name=HOSTILE, git_commit=HOSTILE,
        versions={HOSTILE: HOSTILE}, machine={"host": HOSTILE, "platform": HOSTILE, "command": HOSTILE},
    )  # fmt: skip
    make_hostile(hostile)
    copied(trained, runs, "MAX_simulated", dataset="MAX_simulated", tf="MAX", data_source="simulated", cell_line=None)
    write_json(runs / "failed/conv3_hw5/seed0/result.json", {"status": "failed", "error": HOSTILE})
    return runs

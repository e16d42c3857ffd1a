"""Where the tests find the real data that are not part of this repository."""

import os
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real ChIP-seq sets and MEME's outputs: ``$DEMO_SHARED``, else ``../shared``."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("DEMO_SHARED", root.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"real data are not here: set DEMO_SHARED (looked in {folder})")
    return folder


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the set ``TOY_K562_toy_Stanford``: TGACTCATTG in nine of ten random sequences of 60 letters."""
    from demo.sequences import SequenceSet, dinucleotide_shuffle, encode, write_seq_gz

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

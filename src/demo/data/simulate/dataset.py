"""A simulated data set on disk, with a file that records how it was made."""

import json
import os
from pathlib import Path
from typing import Any

from demo.data.catalogue import TEST_SUFFIX, TRAIN_SUFFIX, DataSet
from demo.data.simulate import elements, generate
from demo.motifs import Motif
from demo.motifs.jaspar import PAPER_RELEASE, matrices_of, releases
from demo.sequences import write_seq_gz
from demo.utils.errors import DemoError
from demo.utils.files import checksums, locked, write_json

GENERATOR = 1
"""Increase this whenever the same settings give other sequences, so that sets on disk are simulated again."""


def simulated_dataset(tf: str, folder: str | os.PathLike[str], seed: int = 0, release: str | None = None) -> DataSet:
    """The simulated set of a TF, from its JASPAR matrix; made unless it is in ``folder`` already.

    It is called ``<TF>_simulated`` and consists of three files: ``_AC.seq.gz``, ``_B.seq.gz``, and
    ``<TF>_simulated.json`` with its matrix, seed and settings and the SHA-256 of the other two. A set with other
    settings, or one that was changed, is written again. If two processes want the same set, one of them makes it; sets
    with different seeds need different folders.

    Args:
        tf: gene symbol, in any case.
        folder: where the files are written; must not be searched for real data.
        seed: of the simulation; see ``simulate``.
        release: of JASPAR, a year (``"2016"``) or ``"newest"``. ``None``: the paper's, or the newest if that has
            no matrix.

    Returns:
        The set, both of its files on disk; its cell line and lab are ``None``.

    Raises:
        DemoError: JASPAR has no matrix of this TF or no such release, or the files cannot be written.
    """
    motif, year = _matrix_and_release(tf, release)
    name = f"{tf.upper()}_simulated"
    train_path, test_path = (Path(folder) / f"{name}{suffix}" for suffix in (TRAIN_SUFFIX, TEST_SUFFIX))
    note = Path(folder) / f"{name}.json"
    made_of = _made_of(tf.upper(), motif, year, seed)
    dataset = DataSet(name, tf.upper(), None, None, train_path, test_path)
    if _is_there(note, made_of, train_path, test_path):
        return dataset
    with locked(Path(folder) / f".{name}.lock", wait=True):
        # Another process may have made it in the meantime.
        if _is_there(note, made_of, train_path, test_path):
            return dataset
        train, test = generate.simulate(motif, seed)
        write_seq_gz(train_path, train)
        write_seq_gz(test_path, test)
        write_json(note, {**made_of, "sha256": checksums(train_path, test_path)})
    return dataset


def _matrix_and_release(tf: str, release: str | None) -> tuple[Motif, str]:
    newest = releases()[-1]
    tried = [PAPER_RELEASE, newest] if release is None else [newest if release == "newest" else release]
    for year in tried:
        matrices = matrices_of(tf, year)
        if matrices:
            return matrices[0], year
    raise DemoError(
        f"No data set can be simulated for {tf}: JASPAR has no matrix of it.",
        where=f"JASPAR {', '.join(tried)}, vertebrates",
        fix=f"data.dir=<folder> with real data: {tf}_<anything>{TRAIN_SUFFIX} and {tf}_<anything>{TEST_SUFFIX}",
    )


def _made_of(tf: str, motif: Motif, release: str, seed: int) -> dict[str, Any]:
    sizes = {
        "positives": generate.POSITIVES,
        "test_positives": generate.TEST_POSITIVES,
        "length": generate.LENGTH,
        "negatives_per_positive": generate.NEGATIVES_PER_POSITIVE,
    }
    # All constants there, so that none can be forgotten here.
    difficulty = {name.lower(): value for name, value in vars(elements).items() if name.isupper() and name[0] != "_"}
    return {
        "what": "simulated sequences, not ChIP-seq",
        "tf": tf,
        "matrix": motif.name,
        "jaspar_release": release,
        "seed": seed,
        "generator": GENERATOR,
        "settings": sizes | difficulty,
    }


def _is_there(note: Path, made_of: dict[str, Any], *paths: Path) -> bool:
    """Whether ``note`` says that ``paths`` were made from this, and they are unchanged."""
    try:
        written = json.loads(note.read_text(encoding="utf-8"))
        return written == {**made_of, "sha256": checksums(*paths)}
    except (OSError, ValueError):
        return False

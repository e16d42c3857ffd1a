"""LS-GKM (gkm-SVM, Lee 2016) on the sequences of a finished run, compared with that run: AUROC and time.

    python experiments/lsgkm.py runs/<data set>/conv3_hw5/seed0 [--options "-T 4 -m 4000"]

It needs gkmtrain and gkmpredict on the PATH (https://github.com/Dongwon-Lee/lsgkm). Both models see the training part
of the run and one dinucleotide shuffle of each of its positives, without the validation sequences. The test file is not
changed. LS-GKM runs with its defaults and one thread; --options are passed to gkmtrain.
"""

import argparse
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demo.commands.cli import bad_input_ends
from demo.runs.directory import RunDirectory
from demo.runs.settings import RunSettings
from demo.sequences import decode
from demo.utils.errors import DemoError
from demo.utils.files import read_yaml

if TYPE_CHECKING:
    from demo.data.datamodule import PeakDataModule
    from demo.metrics import Evaluation

PROGRAMS = ("gkmtrain", "gkmpredict")


def write_fasta(path: Path, codes: NDArray[np.uint8]) -> None:
    """(N, L) sequences, named s0, s1, ..."""
    path.write_text("".join(f">s{i}\n{sequence}\n" for i, sequence in enumerate(decode(codes))))


def run_program(*words: str | Path) -> float:
    """Run one of LS-GKM's programs and return its run time in seconds.

    Raises:
        DemoError: it fails.
    """
    begin = time.perf_counter()
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        raise DemoError(f"{words[0]} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    return time.perf_counter() - begin


def read_scores(path: Path, count: int) -> NDArray[np.float32]:
    """(N,) scores from the output of gkmpredict, one line ``name<tab>score`` per sequence, in order.

    Raises:
        DemoError: sequences are missing.
    """
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    if [row[0] for row in rows] != [f"s{i}" for i in range(count)]:
        raise DemoError(f"gkmpredict scored {len(rows)} sequences, not the {count} of the test set.", where=str(path))
    return np.array([float(row[1]) for row in rows], np.float32)


def lsgkm(data: "PeakDataModule", options: list[str]) -> "tuple[Evaluation, float, float]":
    """LS-GKM's test metrics, and the seconds of its training and prediction."""
    from demo.metrics import evaluate

    codes, labels = data.training_set()
    test = data.test_set()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_fasta(folder / "positives.fa", codes[labels == 1])
        write_fasta(folder / "negatives.fa", codes[labels == 0])
        write_fasta(folder / "test.fa", test.codes)
        training = run_program("gkmtrain", *options, folder / "positives.fa", folder / "negatives.fa", folder / "svm")
        model, scores = folder / "svm.model.txt", folder / "scores.txt"
        prediction = run_program("gkmpredict", folder / "test.fa", model, scores)
        return evaluate(test.labels, read_scores(scores, len(test))), training, prediction


def data_of(run: RunDirectory) -> "PeakDataModule":
    """The data of a finished run, with the same split."""
    result = run.finished_result()
    if result is None:
        raise DemoError("There is no finished run here.", where=str(run.path), fix="python train.py tf=...")
    # Imported late: an error should not have to wait for Lightning.
    from demo.data.datamodule import PeakDataModule

    settings = RunSettings.of(read_yaml(run.config))
    data = PeakDataModule(Path(result.data.train), Path(result.data.test), settings.data, seed=settings.seed)
    data.setup()
    return data


def main() -> None:
    """Run both programs and print both AUROCs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a finished run directory")
    parser.add_argument("--options", default="-m 2000", help="of gkmtrain [%(default)s: its cache in MB]")
    arguments = parser.parse_args()
    with bad_input_ends():
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            raise DemoError(
                f"{' and '.join(missing)} of LS-GKM are not on the PATH.",
                fix="git clone https://github.com/Dongwon-Lee/lsgkm && make -C lsgkm/src, then add lsgkm/src to PATH",
            )
        run = RunDirectory(arguments.run)
        data = data_of(run)
        ours = run.finished_result()
        assert ours is not None
        theirs, training, prediction = lsgkm(data, shlex.split(arguments.options))
        print(f"{ours.dataset}: {len(data.train_positives)} training positives, a shuffle of each")
        print(f"{'':<24}test AUROC (95 % interval)   training, s")
        rows = [
            (f"{ours.model_name}, seed {ours.seed}", ours.test.auroc, ours.test.auroc_ci),
            ("LS-GKM", theirs.auroc, theirs.auroc_ci),
        ]
        for (name, auroc, (low, high)), seconds in zip(rows, (ours.seconds_training, training), strict=True):
            print(f"{name:<24}{auroc:.4f} ({low:.4f}-{high:.4f})   {seconds:10.1f}")
        print(f"difference {ours.test.auroc - theirs.auroc:+.4f}; LS-GKM's prediction took {prediction:.1f} s")


if __name__ == "__main__":
    main()

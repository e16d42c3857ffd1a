"""``experiments/lsgkm.py`` with stand-ins for LS-GKM's programs that take its command line and write its formats."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from demo.runs.directory import RunDirectory
from demo.runs.settings import RunSettings
from made_result import made_result
from warm import python

pytestmark = pytest.mark.slow


GKMTRAIN = """
import getopt, sys
options, words = getopt.getopt(sys.argv[1:], "t:l:k:d:g:M:H:Rc:e:w:m:sx:i:r:v:T:z")
positives, negatives, prefix = words
def fasta(path):
    lines = open(path).read().split()
    assert all(line[0] == ">" for line in lines[::2])
    return lines[1::2]
def words_of(sequences):
    return {s[i:i + 6] for s in sequences for i in range(len(s) - 5)}
p, n = fasta(positives), fasta(negatives)
assert len(p) == len(n) and [sorted(s) for s in p] == [sorted(s) for s in n] and p != n
weight = {}
for sequences, sign in ((p, 1), (n, -1)):
    for s in sequences:
        for word in words_of([s]):
            weight[word] = weight.get(word, 0) + sign
with open(prefix + ".model.txt", "w") as file:
    file.writelines(f"{word} {value}\\n" for word, value in weight.items())
"""

GKMPREDICT = """
import getopt, sys
options, words = getopt.getopt(sys.argv[1:], "v:T:")
sequences, model, output = words
weight = {word: int(value) for word, value in (line.split() for line in open(model))}
lines = open(sequences).read().split()
with open(output, "w") as file:
    for name, s in zip(lines[::2], lines[1::2]):
        file.write(f"{name[1:]}\\t{sum(weight.get(s[i:i + 6], 0) for i in range(len(s) - 5)):g}\\n")
"""


@pytest.fixture
def run(tiny_data: Path, tmp_path: Path) -> Path:
    """What the benchmark reads of a finished run."""
    folder = tmp_path / "TOY_K562_toy_Stanford" / "conv3_hw5" / "seed0"
    folder.mkdir(parents=True)
    train, test = (str(tiny_data / f"TOY_K562_toy_Stanford_{ending}.seq.gz") for ending in ("AC", "B"))
    data = replace(made_result().data, train=train, test=test)
    made_result(data=data, seconds_training=12.0).write(folder / "result.json")
    settings = RunSettings({"name": "demonet"}, {"name": "adamw"})
    RunDirectory(folder).write_config(settings, "TOY_K562_toy_Stanford", {})
    return folder


def benchmark(path: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return python("experiments/lsgkm.py", *words, PATH=str(path))


def install(folder: Path, **programs: str) -> Path:
    folder.mkdir()
    for name, text in programs.items():
        (folder / name).write_text(f"#!{sys.executable}\n{text}")
        (folder / name).chmod(0o755)
    return folder


def test_both_are_reported_on_the_same_sequences(run: Path, tmp_path: Path) -> None:
    programs = install(tmp_path / "bin", gkmtrain=GKMTRAIN, gkmpredict=GKMPREDICT)
    done = benchmark(programs, run, "--options", "-t 2 -m 100 -T 1")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "TOY_K562_toy_Stanford: 360 training positives, a shuffle of each"
    assert lines[2].split()[:4] == ["conv3_hw5,", "seed", "0", "0.9100"]
    assert lines[3].startswith("LS-GKM") and float(lines[3].split()[1]) > 0.9
    difference = float(lines[4].split()[1].rstrip(";"))
    assert difference == pytest.approx(0.91 - float(lines[3].split()[1]), abs=1e-4)


def test_without_the_programs_it_says_what_to_install(run: Path, tmp_path: Path) -> None:
    done = benchmark(install(tmp_path / "bin", gkmtrain=GKMTRAIN), run)
    assert done.returncode == 2 and "gkmpredict of LS-GKM" in done.stderr and "git clone" in done.stderr
    assert "gkmtrain" not in done.stderr.split("of LS-GKM")[0] and "Traceback" not in done.stderr


def test_a_program_that_fails_is_quoted(run: Path, tmp_path: Path) -> None:
    programs = install(tmp_path / "bin", gkmtrain="import sys\nsys.exit('no memory')", gkmpredict=GKMPREDICT)
    done = benchmark(programs, run)
    assert done.returncode == 2 and "gkmtrain ended with 1: no memory" in done.stderr


def test_an_unfinished_run_is_refused(run: Path, tmp_path: Path) -> None:
    (run / "result.json").unlink()
    done = benchmark(install(tmp_path / "bin", gkmtrain=GKMTRAIN, gkmpredict=GKMPREDICT), run)
    assert done.returncode == 2 and "no finished run" in done.stderr

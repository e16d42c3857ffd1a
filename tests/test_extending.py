"""The examples of ``docs/extending.md``, as its reader would run them."""

import re
import shlex
from pathlib import Path

import pytest

from demo.sequences import decode, read_seq_gz
from warm import python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
QUICK = ["trainer.epochs=1", "model.channels=8", "logger=csv", "callbacks.progress_bar=null", "motif=paper"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Path:
    """An empty folder with the files of the page, and sequences to work on."""
    folder = tmp_path_factory.mktemp("extending")
    for name, text in re.findall(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", PAGE, re.S):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (records,) = (read_seq_gz(path) for path in tiny_data.glob("*_B.seq.gz"))
    fasta = "".join(f">s{i}\n{sequence}\n" for i, sequence in enumerate(decode(records.codes)))
    (folder / "sequences.fa").write_text(fasta)
    (folder / "bound.fa").write_text(fasta)
    return folder


def run(folder: Path, command: str, data: Path, *more: str) -> str:
    """A command of the page, in the folder, on tiny data; what it prints."""
    words = shlex.split(command)
    assert command in PAGE and words[0] == "python"
    words = [word.replace("CTCF_simulated", "TOY_K562_toy_Stanford").replace("tf=CTCF", "tf=TOY") for word in words]
    done = python(ROOT / words[1], *words[2:], *more, cwd=folder, DEMO_DATA=str(data))
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def commands(word: str) -> list[str]:
    return [line for line in PAGE.splitlines() if line.startswith("python ") and word in line]


def test_a_network_of_ones_own_is_a_first_class_citizen(folder: Path, tiny_data: Path) -> None:
    train, sweep = commands("model=wide")
    predict, visualize = commands("plugins=mynets")
    run(folder, train, tiny_data, "trainer.epochs=1", "+model.width=9", "logger=csv", "motif=paper")
    (result,) = folder.rglob("result.json")
    made = result.parent
    assert made.parent.name == "wide,channels=32,width=9,epochs=1"
    assert "mynets" not in result.read_text().partition('"machine"')[0]
    assert "mynets" not in (made / "config.yaml").read_text()
    assert b"mynets" not in (made / "checkpoints" / "best.ckpt").read_bytes()

    moved = folder / "runs" / "TOY_K562_toy_Stanford" / "wide,channels=32"
    made.parent.rename(moved)
    run(folder, predict, tiny_data, "output=scores.tsv")
    assert len((folder / "scores.tsv").read_text().splitlines()) == 121
    run(folder, visualize, tiny_data, "top=1")
    assert list(moved.glob("seed0/attributions/*/*.png"))
    refused = python(ROOT / "predict.py", f"run={moved / 'seed0'}", "input=sequences.fa", cwd=folder)
    assert refused.returncode == 2 and "There is no network named 'wide'" in refused.stderr
    assert "plugins=" in refused.stderr and "Traceback" not in refused.stderr

    printed = run(
        folder, sweep, tiny_data, "trainer.epochs=1", "logger=csv", "motif=none", "report=false",
        "hydra/launcher=local", "jobs=1",
    )  # fmt: skip
    assert "2 done." in printed
    assert "wide" in (folder / "runs" / "study" / "study.csv").read_text() or "conv3_hw5" in printed


def test_an_attribution_method_is_a_column_and_a_panel(folder: Path, tiny_data: Path) -> None:
    (command,) = commands("plugins=mymethods")
    assert python(ROOT / "train.py", "tf=TOY", *QUICK, cwd=folder, DEMO_DATA=str(tiny_data)).returncode == 0
    (made,) = folder.glob("runs/TOY*/conv3_hw5,channels=8*")
    made.rename(made.with_name("conv3_hw5"))
    run(folder, command, tiny_data, "top=2")
    (table,) = folder.glob("runs/TOY*/conv3_hw5/seed0/attributions/test_positives/attributions.tsv")
    header, *rows = table.read_text().splitlines()
    assert header.split("\t")[-2:] == ["input_x_gradient", "occlusion"]
    assert any(float(row.split("\t")[-1]) for row in rows)


def test_negatives_of_ones_own_are_in_both_files(folder: Path, tiny_data: Path) -> None:
    (command,) = commands("negatives=permuted")
    run(folder, command, folder / "made", "length=60")
    for part in ("AC", "B"):
        (path,) = (folder / "made").glob(f"MYTF_user_{part}.seq.gz")
        records = read_seq_gz(path)
        unbound = records.codes[records.labels == 0]
        assert len(unbound) == (records.labels == 1).sum()
        bound = {tuple(sorted(row)) for row in records.codes[records.labels == 1].tolist()}
        assert {tuple(sorted(row)) for row in unbound.tolist()} == bound

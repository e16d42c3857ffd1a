"""``python sweep.py`` as a user types it."""

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from warm import python

pytestmark = pytest.mark.slow

WITHOUT_MOTIFS = ["trainer.epochs=1", "model.channels=8", "logger=csv", "callbacks.progress_bar=null"]
QUICK = [*WITHOUT_MOTIFS, "motif=paper", "motif.extraction.paper.steps=20"]


def sweep(*overrides: str) -> subprocess.CompletedProcess[str]:
    return python("sweep.py", *overrides)


@pytest.fixture(scope="module")
def two_sets(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    for path in tiny_data.iterdir():
        shutil.copy(path, folder / path.name)
        shutil.copy(path, folder / path.name.replace("TOY", "TOYS"))
    return folder


def results(runs: Path) -> dict[str, float]:
    """Finished run to the time its result was written."""
    paths = [p for p in runs.glob("*/*/seed*/result.json") if json.loads(p.read_text())["status"] == "finished"]
    return {str(path.parent.relative_to(runs)): path.stat().st_mtime_ns for path in paths}


def test_values_are_searched_one_model_is_selected_and_a_second_call_trains_nothing(
    two_sets: Path, tmp_path: Path
) -> None:
    command = ["-m", "model.conv_layers=2,3", f"data.dir={two_sets}", f"paths.runs={tmp_path}", *QUICK]
    done = sweep(*command)
    assert done.returncode == 0, done.stderr
    assert "2 models on 2 data sets, 4 runs" in done.stdout and "4 done." in done.stdout
    written = results(tmp_path)
    assert len(written) == 4
    # Motifs of the selected models only.
    assert len(list(tmp_path.glob("*/*/seed0/motifs/motifs.meme"))) == 2
    with open(tmp_path / "study" / "study.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["tf"] for row in rows} == {"TOY", "TOYS"} and all(row["candidates"] == "2" for row in rows)
    assert "TOYS_K562_toy_Stanford" in (tmp_path / "study" / "report" / "index.html").read_text()
    page = tmp_path / "study" / "report" / "index.html"
    before = page.stat().st_mtime_ns
    again = sweep(*command)
    assert again.returncode == 0 and "4 of 4 runs already have a result" in again.stdout
    assert page.stat().st_mtime_ns == before, "the pages would be the same"
    assert sweep(*command, "colours=colour-blind").returncode == 0 and page.stat().st_mtime_ns > before
    assert results(tmp_path) == written


def test_without_values_it_is_table_1(tiny_data: Path, tmp_path: Path) -> None:
    done = sweep("tf=TOY", f"data.dir={tiny_data}", f"paths.runs={tmp_path}", "report=false", *QUICK)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "study").is_dir() and not (tmp_path / "study" / "report").exists()
    assert "8 models on 1 data set, 8 runs" in done.stdout
    models = {name.split("/")[1].replace(",channels=8", "").replace(",epochs=1", "") for name in results(tmp_path)}
    assert models == {f"conv{c}_hw{h}{p}" for c in (3, 4) for h in (5, 7) for p in ("", ",pool=1")}


def test_a_short_search_and_long_trainings_of_what_it_selects(tiny_data: Path, tmp_path: Path) -> None:
    quick = [*QUICK[1:], "report=false"]
    command = ["tf=TOY", "model.conv_layers=2,3", "search_steps=20", "trainer.steps=60", f"data.dir={tiny_data}"]
    command += [f"paths.runs={tmp_path}", "ensemble=2", *quick]
    done = sweep(*command)
    assert done.returncode == 0, done.stderr
    assert "2 models on 1 data set, 2 runs" in done.stdout and "5 done." in done.stdout
    names = sorted(name.split("/", 1)[1] for name in results(tmp_path))
    selected = next(name for name in names if "steps=60" in name).split("_")[0]
    short = [f"conv{n}_hw5,channels=8,steps=20/seed0" for n in (2, 3)]
    assert names == sorted([*short, *(f"{selected}_hw5,channels=8,steps=60/seed{seed}" for seed in (0, 1))])
    with open(tmp_path / "study" / "study.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["model"] == f"{selected}_hw5,channels=8,steps=60" and row["ensemble_seeds"] == "2"
    assert f"{selected}_hw5,channels=8,steps=20" in row["selected_by"]
    # The motif of the selected model, and those of the two seeds together.
    [motif] = tmp_path.glob("*/*/seed*/motifs/motifs.meme")
    assert "steps=60/seed0" in str(motif) and "steps=60/seed0-1: motif" in done.stdout
    together = motif.parents[2] / "motifs" / "together.json"
    assert list(json.loads(together.read_text())["networks"]) == ["seed0", "seed1"]
    written, made = results(tmp_path), together.stat().st_mtime_ns
    again = sweep(*command)
    assert again.returncode == 0 and results(tmp_path) == written and together.stat().st_mtime_ns == made
    together.unlink()
    assert sweep(*command).returncode == 0 and results(tmp_path) == written and together.exists()


def test_motifs_of_ensemble_motifs_are_of_seeds_that_are_there_and_of_networks_with_gradients(
    tiny_data: Path, tmp_path: Path
) -> None:
    command = ["tf=TOY", f"data.dir={tiny_data}", f"paths.runs={tmp_path}", "ensemble=2", "report=false", *QUICK[2:]]
    done = sweep(*command, "model=kmer")
    assert done.returncode == 0 and "2 done." in done.stdout, done.stderr
    assert "2 of 2 runs already have a result" in sweep(*command, "model=kmer").stdout
    assert not list(tmp_path.rglob("together.json"))
    # A seed that fails: the motifs of both are not made, and nothing else is lost.
    (tmp_path / "TOY_K562_toy_Stanford" / "conv3_hw5,channels=8,epochs=1").mkdir(parents=True)
    (tmp_path / "TOY_K562_toy_Stanford" / "conv3_hw5,channels=8,epochs=1" / "seed1").write_text("in the way")
    done = sweep(*command, "model=conv3_hw5", "trainer.epochs=1", "model.channels=8")
    assert done.returncode == 1 and "1 done, 1 failed" in done.stdout + done.stderr
    assert not list(tmp_path.rglob("together.json")) and len(list(tmp_path.rglob("seed0/motifs/motifs.meme"))) == 1


def test_a_run_that_fails_does_not_end_the_sweep(two_sets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(two_sets, folder)
    (folder / "TOY_K562_toy_Stanford_B.seq.gz").write_bytes(b"no gzip")
    done = sweep("model=conv3_hw5", f"data.dir={folder}", f"paths.runs={tmp_path / 'runs'}", *QUICK)
    assert done.returncode == 1
    assert "1 done, 1 failed: TOY_K562_toy_Stanford" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert list(results(tmp_path / "runs")) == ["TOYS_K562_toy_Stanford/conv3_hw5,channels=8,epochs=1/seed0"]


def test_damaged_runs_are_made_again_where_that_is_safe_and_named_where_not(tiny_data: Path, tmp_path: Path) -> None:
    data, runs = tmp_path / "data", tmp_path / "runs"
    data.mkdir()
    names = ("TOY", "TOYS", "TOYA", "TOYB")
    for path in tiny_data.iterdir():
        for name in names:
            shutil.copy(path, data / path.name.replace("TOY", name))
    command = [
        "model=conv3_hw5",
        f"data.dir={data}",
        f"paths.runs={runs}",
        "report=false",
        "motif=none",
        *WITHOUT_MOTIFS,
    ]
    assert sweep(*command).returncode == 0
    cut, old, broken, blocked = (next(runs.glob(f"{name}_*/*/seed0")) for name in names)
    before = [(run / "predictions.tsv").read_text() for run in (cut, old)]
    (cut / "result.json").write_text('{"status": "finished"}')
    result = json.loads((old / "result.json").read_text())
    del result["published"]
    (old / "result.json").write_text(json.dumps(result))
    (broken / "config.yaml").write_text("")
    (blocked / "result.json").unlink()
    (blocked / "result.json").mkdir()
    done = sweep(*command)
    assert done.returncode == 1 and "2 done, 2 failed: " in done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert "TOYA" in last and "configuration is damaged" in last and "TOYB" in last and "Is a directory" in last
    assert "Traceback" not in done.stdout + done.stderr
    assert [(run / "predictions.tsv").read_text() for run in (cut, old)] == before
    assert all(json.loads((run / "result.json").read_text())["published"] == {} for run in (cut, old))


def test_a_loss_that_is_no_number_fails_that_run_only_and_is_tried_again(tiny_data: Path, tmp_path: Path) -> None:
    # 1 - rate x decay = -9: weights that grow ninefold in a step.
    command = ["optimizer.weight_decay=0.01,10", "optimizer.learning_rate=1", f"data.dir={tiny_data}"]
    command += [f"paths.runs={tmp_path}", *QUICK, "trainer.epochs=10"]
    # Two trainings and the motif of the one that did not fail.
    for tried in (3, 1):
        done = sweep(*command)
        assert done.returncode == 1
        assert "1 done, 1 failed: TOY_K562_toy_Stanford/conv3_hw5" in done.stdout and "diverged" in done.stdout
        ended = [line for line in done.stdout.splitlines() if "/3, " in line and not line.endswith(" ...")]
        assert len(ended) == tried, done.stdout
    failed = [json.loads(p.read_text()) for p in tmp_path.glob("*/*weight_decay=10*/seed0/result.json")]
    assert [result["status"] for result in failed] == ["failed"] and "diverged" in failed[0]["error"]


@pytest.mark.parametrize(
    "overrides, words",
    [
        (["tf=NOPE"], "NOPE"),
        (["tf=TOY", "motif.release=2016,2024"], "share"),
        (["tf=TOY", "model.conv_layer=3,4"], "model.conv_layer"),
        (["tf=TOY", "colours=pink"], "colour-blind"),
        (["tf=TOY", "search_steps=12000"], "search_steps"),
        (["tf=TOY", "search_steps=20", "trainer.epochs=2"], "trainer.epochs"),
        (["tf=TOY", "search_steps=20", "trainer.steps=50,60"], "trainer.steps"),
        (["tf=TOY", "pretrained=auto,null"], "pretrained=base,null"),
    ],
)
def test_bad_command_lines(tiny_data: Path, tmp_path: Path, overrides: list[str], words: str) -> None:
    done = sweep(*overrides, f"data.dir={tiny_data}", f"paths.runs={tmp_path}")
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr

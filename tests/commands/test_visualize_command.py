"""``python visualize.py`` as a user types it."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import demo
from demo.commands.visualize import visualize_command
from demo.runs.ensemble_motifs import made_together
from demo.sequences import decode, read_seq_gz
from demo.utils.errors import DemoError
from warm import python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
# Not its own motifs, so that each test says itself whether they are made.
QUICK = ["trainer.epochs=4", "logger=csv", "model.channels=32", "data.batch_size=32", "optimizer.learning_rate=0.01"]
MOTIF = [
    "motif=class",
    "motif.extraction.window.steps=16",
    "motif.extraction.window.starts=2",
    # Equation 1 has one optimum, which does not hang on which of several is a little better.
    "motif.extraction.paper.starts=1",
    "motif.extraction.sketch.steps=0",
]
FEW = ["top=2", "attribution.shuffles=2", "attribution.steps=10"]


def script(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return python(f"{name}.py", *words)


def visualize(run: Path, *words: str) -> None:
    """The command within this process, which has torch already."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        visualize_command(compose("visualize", [f"run='{run}'", "data.dir=null", *words]))


@pytest.fixture(scope="module")
def trained(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run without motifs, in a folder whose name Hydra's grammar does not like."""
    runs = tmp_path_factory.mktemp("runs")
    done = script("train", "tf=TOY", f"data.dir={tiny_data}", f"paths.runs={runs}", *QUICK, "motif=none")
    assert done.returncode == 0, done.stderr
    (result,) = runs.rglob("result.json")
    assert "," in str(result.parent)
    return result.parent


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    copy = tmp_path / trained.relative_to(trained.parents[2])
    shutil.copytree(trained, copy)
    return copy


def test_motifs_and_test_positives_of_a_run(run: Path) -> None:
    done = script("visualize", f"run={run}", *MOTIF, *FEW)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (run / "motifs").iterdir()}
    assert {"full_optimum.png", "best_window.svg", "motifs.meme", "motifs.json", "comparison.json"} <= names
    result = json.loads((run / "result.json").read_text())
    assert result["status"] == "finished" and "best_window" in result["motif"]["motifs"]
    assert result["motif"]["settings"]["extraction"]["window"]["steps"] == 16

    folder = run / "attributions" / "test_positives"
    pictures = sorted(path.name for path in folder.glob("*.png"))
    assert len(pictures) == 4 and pictures[0].startswith("01_test") and pictures[1].endswith("_close_up.png")
    assert len(list(folder.glob("*.svg"))) == 4
    table = pd.read_csv(folder / "sequences.tsv", sep="\t")
    predictions = pd.read_csv(run / "predictions.tsv", sep="\t")
    best = predictions[predictions.label == 1].sort_values("score", ascending=False).head(2)
    assert table.sequence.tolist() == best.sequence_id.tolist()
    assert table.probability.tolist() == pytest.approx(best.score.tolist(), rel=1e-4)
    for part in (str(run / "motifs"), str(folder), pictures[0], "best window", "TOY in K562", "attributions.npz"):
        assert part in done.stdout


def test_pictures_are_not_written_to_where_a_link_leads(run: Path, tmp_path: Path) -> None:
    (run / "attributions").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DemoError, match="leads elsewhere"):
        visualize(run, "top=1")
    assert not (tmp_path / "elsewhere").exists()


def test_motifs_are_made_where_there_are_none_or_others_and_with_force(run: Path) -> None:
    nothing_else = [*MOTIF, "top=0"]
    visualize(run, *nothing_else)
    motifs = run / "motifs" / "motifs.json"
    first = motifs.stat().st_mtime_ns
    assert not (run / "attributions").exists()
    visualize(run, *nothing_else)
    assert motifs.stat().st_mtime_ns == first
    visualize(run, *nothing_else, "force=true")
    second = motifs.stat().st_mtime_ns
    assert second > first
    visualize(run, "motif=paper", "top=0")
    assert json.loads(motifs.read_text())["method"] == "paper"
    assert not list((run / "motifs").glob("class_motif*"))
    third = motifs.stat().st_mtime_ns
    visualize(run, "top=0")  # the run's own: none
    assert motifs.stat().st_mtime_ns == third


def test_a_single_setting_changes_what_the_run_has_or_else_the_defaults(run: Path) -> None:
    def settings() -> dict[str, Any]:
        return json.loads((run / "result.json").read_text())["motif"]["settings"]

    seed = "+motif.extraction.window.seed=5"
    quick = ["+motif.extraction.window.steps=16", "+motif.extraction.window.starts=2"]
    visualize(run, seed, *quick, "top=0")  # the run's own: none
    window = settings()["extraction"]["window"]
    assert (window["seed"], window["steps"], window["width"]) == (5, 16, 21)
    config = OmegaConf.load(run / "config.yaml")
    config.motif = settings()
    config.motif.extraction.window.width = 15
    OmegaConf.save(config, run / "config.yaml")
    visualize(run, "+motif.release=2016", "top=0")
    assert settings()["release"] == "2016" and settings()["extraction"]["window"]["width"] == 15
    assert settings()["extraction"]["window"]["seed"] == 5


def test_sequences_of_a_fasta_file(run: Path, tiny_data: Path, tmp_path: Path) -> None:
    positives = read_seq_gz(tiny_data / "TOY_K562_toy_Stanford_B.seq.gz").positives
    letters = decode(positives.codes[1:3])
    content = f">first one\n{letters[0]}\n>long\n{'G' * 50}{letters[1]}{'G' * 50}\n"
    path = tmp_path / "my (peaks).fa.gz"
    path.write_bytes(gzip.compress(content.encode()))
    done = script("visualize", f"run={run}", f"input={path}", *FEW)
    assert done.returncode == 0, done.stderr
    assert "long has 160 bp, the model reads 60" in done.stdout
    folder = run / "attributions" / "my-peaks"
    table = pd.read_csv(folder / "sequences.tsv", sep="\t").set_index("sequence")
    assert set(table.index) == {"first", "long"} and table.label.isna().all()
    assert table.logit["first"] == pytest.approx(demo.load(run).logits(letters[:1])[0], abs=1e-4)
    with np.load(folder / "attributions.npz") as arrays:
        assert arrays["in_silico_mutagenesis"].shape == (2, 60, 4)


def test_force_in_training_takes_the_attributions_of_the_old_network_away(run: Path) -> None:
    from demo.runs.directory import RunDirectory

    visualize(run, *FEW)
    assert (run / "attributions").is_dir()
    RunDirectory(run).clear()
    assert not (run / "attributions").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["top=61"], "top is 61, and the test set has 60 bound"),
        (["top=-1"], "top is -1"),
        (["attribution.baseline=mean"], "attribution.baseline is 'mean'"),
        (["attribution.steps=0"], "attribution.steps is 0"),
        (["input=/nowhere/x.fa"], "no such file"),
        (["motif=class", "motif.release=1999"], "no JASPAR release '1999'"),
    ],
)
def test_settings_that_cannot_be(trained: Path, words: list[str], message: str) -> None:
    with pytest.raises(DemoError, match=message):
        visualize(trained, *words)


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "empty"), (">p\nMKVLWAALLVTFLAGCQA\n", "not a nucleotide"), (">s\nACGT\n", "4 bp, the model reads 60")],
)
def test_fasta_that_cannot_be_explained(trained: Path, tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.fa").write_text(content)
    with pytest.raises(DemoError, match=message):
        visualize(trained, f"input={tmp_path / 'x.fa'}")


def test_runs_that_cannot_be_shown(run: Path, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no such run directory"):
        visualize(tmp_path / "nowhere")
    with pytest.raises(DemoError, match="This is a file"):
        visualize(run / "checkpoints" / "best.ckpt")

    best = run / "checkpoints" / "best.ckpt"
    checkpoint = torch.load(best, weights_only=True)
    checkpoint["demo"]["length"] = 101
    torch.save(checkpoint, best)
    with pytest.raises(DemoError, match="reads sequences of 101 bp, the test set's have 60 bp"):
        visualize(run)
    with pytest.raises(DemoError, match="reads sequences of 101 bp, but the run's data have 60 bp"):
        visualize(run, *MOTIF, "top=0")

    (run / "result.json").unlink()
    with pytest.raises(DemoError, match="not finished"):
        visualize(run)
    best.unlink()
    with pytest.raises(DemoError, match="no trained run here"):
        visualize(run)


@pytest.fixture
def seeds(run: Path) -> Path:
    """The folder of a run and of the same one under another seed."""
    other = run.with_name("seed1")
    shutil.copytree(run, other)
    result = json.loads((other / "result.json").read_text())
    (other / "result.json").write_text(json.dumps(result | {"seed": 1}))
    return run.parent


def test_motifs_of_several_ensemble_motifs(seeds: Path) -> None:
    before = (seeds / "seed0" / "result.json").read_bytes()
    done = script("visualize", f"run='{seeds}/seed*'", *MOTIF)
    assert done.returncode == 0, done.stderr
    for part in ("joint motifs of seeds 0, 1", "validation positives of seed 0", "best window", str(seeds / "motifs")):
        assert part in done.stdout
    together = json.loads((seeds / "motifs" / "motifs.json").read_text())
    assert {"motifs.meme", "comparison.json", "best_window.png"} <= {path.name for path in (seeds / "motifs").iterdir()}
    assert (seeds / "seed0" / "result.json").read_bytes() == before
    assert not [path for path in seeds.glob("seed*/*") if path.name in ("motifs", "attributions")]
    both = [seeds / "seed0", seeds / "seed1"]
    made = made_together(both)
    assert made is not None and made.motifs == together["motifs"] and made_together(both, made.settings)
    assert made_together(both, {**made.settings, "release": "2016"}) is None and made_together(both[:1]) is None
    # The mean logit of a network and its like is its own.
    visualize(seeds / "seed0", *MOTIF, "top=0")
    alone = json.loads((seeds / "seed0" / "motifs" / "motifs.json").read_text())
    assert together["optimum"]["probability"] == pytest.approx(alone["optimum"]["probability"], rel=1e-4)
    assert together["motifs"]["best_window"]["consensus"] == alone["motifs"]["best_window"]["consensus"]
    for name, motif in together["motifs"].items():
        of_class = name.startswith("class_motif")
        assert not of_class or (motif["support"]["all_starts"], motif["support"]["networks"]) == (4, 2)
    # The same seed, trained again, is another network.
    with open(seeds / "seed1" / "checkpoints" / "best.ckpt", "ab") as checkpoint:
        checkpoint.write(b"0")
    assert made_together(both) is None


def test_seeds_that_cannot_be_shown_together(seeds: Path) -> None:
    with pytest.raises(DemoError, match="trained without motifs"):
        visualize(seeds / "seed*")
    with pytest.raises(DemoError, match="one run at a time can explain"):
        visualize(seeds / "seed*", *MOTIF, "input=x.fa")
    with pytest.raises(DemoError, match="No run directory matches"):
        visualize(seeds / "epoch*", *MOTIF)
    shutil.copytree(seeds / "seed1", seeds.with_name("another") / "seed1")
    with pytest.raises(DemoError, match="of one model on one data set") as error:
        visualize(seeds.parent / "*" / "seed1", *MOTIF)
    assert error.value.exists == f"{seeds.with_name('another')}, {seeds}"
    config = OmegaConf.load(seeds / "seed1" / "config.yaml")
    config.data_sha256 = {name: "0" * 64 for name in config.data_sha256}
    OmegaConf.save(config, seeds / "seed1" / "config.yaml")
    with pytest.raises(DemoError, match="of one model on one data set"):
        visualize(seeds / "seed*", *MOTIF)
    shutil.rmtree(seeds / "seed1" / "checkpoints")
    with pytest.raises(DemoError, match="no trained run here"):
        visualize(seeds / "seed*", *MOTIF)


def test_data_that_were_moved_or_changed(run: Path, tiny_data: Path, tmp_path: Path) -> None:
    result = json.loads((run / "result.json").read_text())
    for part in ("train", "test"):
        result["data"][part] = str(tmp_path / "gone" / Path(result["data"][part]).name)
    (run / "result.json").write_text(json.dumps(result))
    with pytest.raises(DemoError, match="data file of this run is missing"):
        visualize(run)
    visualize(run, f"data.dir={tiny_data}", *FEW, "attribution.close_up=null")
    assert len(list((run / "attributions" / "test_positives").glob("*.png"))) == 2

    other = tmp_path / "other"
    shutil.copytree(tiny_data, other)
    shutil.copy(other / "TOY_K562_toy_Stanford_AC.seq.gz", other / "TOY_K562_toy_Stanford_B.seq.gz")
    with pytest.raises(DemoError, match="has changed since the run"):
        visualize(run, f"data.dir={other}")


@pytest.mark.parametrize(
    ("words", "parts"),
    [([], ["run= is not given", "run=runs/"]), (["run=a,b(c)=d"], ["no such run directory", "a,b(c)=d"])],
)
def test_bad_input_ends_with_a_message(words: list[str], parts: list[str]) -> None:
    done = script("visualize", *words)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert all(part in done.stderr for part in parts)

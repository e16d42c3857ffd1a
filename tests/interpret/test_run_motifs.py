"""``demo.class_motif`` on a model that was trained by the command."""

import shutil
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

import demo
from demo.interpret.extraction.class_motifs import ClassMotifs, Distinction
from demo.interpret.extraction.extract import EquationOneAlone, Extraction
from demo.interpret.extraction.windows import WindowOptimisation
from demo.sequences import read_seq_gz
from demo.training.resolve import run_of
from demo.training.train import train
from demo.utils.config import plain
from interpret.extraction.known_network import holds_site

ROOT = Path(__file__).resolve().parents[2]
QUICK = Extraction(
    ClassMotifs(
        WindowOptimisation(width=13, starts=6, samples=4, steps=80, candidates=8, backgrounds=128),
        Distinction(resamples=5),
    )
)


@pytest.fixture(scope="module")
def run(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = [
        "tf=TOY", f"data.dir={tiny_data}", f"paths.runs={tmp_path_factory.mktemp('runs')}", "motif=none", "logger=csv",
        "trainer.epochs=6", "model.channels=32", "data.batch_size=32", "optimizer.learning_rate=0.01",
    ]  # fmt: skip
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        made = run_of(plain(compose("train", words)))
    train(made)
    return made.directory


def test_a_model_and_a_list_of_models_give_the_planted_site(run: Path) -> None:
    model = demo.load(run)
    for models in (model, [model, model]):
        motif = demo.class_motif(models, settings=QUICK)
        assert motif.name == "TOY_class_motif"
        assert holds_site(motif.consensus, motif.reverse_complement().consensus), motif.consensus


def test_positives_are_taken_where_they_are_given_and_asked_for_where_they_are_not(
    run: Path, tiny_data: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "model.ckpt"
    shutil.copy(run / "checkpoints" / "best.ckpt", alone)
    model = demo.load(alone)
    with pytest.raises(demo.DemoError, match=r"class_motif\(model, training_positives, validation_positives\)"):
        demo.class_motif(model)
    codes = read_seq_gz(tiny_data / "TOY_K562_toy_Stanford_AC.seq.gz").codes
    with pytest.raises(demo.DemoError, match="come together"):
        demo.class_motif(model, codes)
    motif = demo.class_motif(model, codes[:300], codes[300:], QUICK)
    assert holds_site(motif.consensus, motif.reverse_complement().consensus), motif.consensus


def test_no_model_and_no_method_for_it() -> None:
    with pytest.raises(demo.DemoError, match="needs a model"):
        demo.class_motif([])
    with pytest.raises(demo.DemoError, match="paper makes no class motif"):
        demo.class_motif([], settings=Extraction(EquationOneAlone()))

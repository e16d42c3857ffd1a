"""A configuration becomes a run: its data set, its settings, its directory."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from demo.data.catalogue import PublishedAuc
from demo.training.resolve import TrainingRun, run_of
from demo.utils.config import plain
from demo.utils.errors import DemoError

CONF = str(Path(__file__).resolve().parents[2] / "conf")


def resolved(data: Path, runs: Path, *words: str) -> TrainingRun:
    with initialize_config_dir(CONF, version_base="1.3"):
        return run_of(plain(compose("train", ["tf=TOY", f"data.dir={data}", f"paths.runs={runs}", *words])))


def test_a_run_is_its_data_its_settings_and_its_directory(tiny_data: Path, tmp_path: Path) -> None:
    run = resolved(tiny_data, tmp_path, "model.pool=1", "seed=3", "force=true", "motif=none")
    assert run.dataset.name == "TOY_K562_toy_Stanford" and run.data_source == "user" and run.force and not run.own
    assert run.directory == tmp_path / "TOY_K562_toy_Stanford" / "conv3_hw5,pool=1" / "seed3"
    assert run.settings.network["pool"] == 1 and run.settings.motif.extraction is None
    assert sorted(run.data_sums) == ["TOY_K562_toy_Stanford_AC.seq.gz", "TOY_K562_toy_Stanford_B.seq.gz"]
    assert not list(tmp_path.iterdir()), "nothing is written yet"


def test_a_run_is_sent_and_read_back(tiny_data: Path, tmp_path: Path) -> None:
    for words in (["model=deepbind"], ["model=kmer"], ["motif=class", "callbacks.progress_bar=null"]):
        run = resolved(tiny_data, tmp_path, *words)
        assert TrainingRun.of(json.loads(json.dumps(run.plain()))) == run
    named = replace(run, dataset=replace(run.dataset, published=PublishedAuc(0.9, None, 0.8, None)), own=("mynets",))
    assert TrainingRun.of(json.loads(json.dumps(named.plain()))) == named


@pytest.mark.parametrize(
    "words, name",
    [
        ([], "conv3_hw5"),
        (["model=conv4_hw7", "model.conv_layers=3", "model.highway_layers=5"], "conv3_hw5"),
        (["model=deepbind"], "deepbind"),
        (["model=deepbind", "search.samples=2", "optimizer.momentum=0.9"], "deepbind,momentum=0.9,samples=2"),
        (["model=deepbind", "search=null"], "deepbind,search=None"),
        (["model=kmer", "trainer.steps=7", "optimizer=nesterov"], "kmer"),
        (["model=pwm", "model.matrix=MA0139.1"], "pwm,matrix=MA0139.1"),
        (["optimizer=nesterov", "optimizer.momentum=0.9"], "conv3_hw5,dense_decay=1e-05,filter_decay=1e-06,"
         "learning_rate=0.01,momentum=0.9,optimizer=nesterov"),
        (["logger=csv", "motif=none", "trainer.threads=2", "callbacks.progress_bar=null"], "conv3_hw5"),
    ],
)  # fmt: skip
def test_a_directory_is_named_by_what_differs(tiny_data: Path, tmp_path: Path, words: list[str], name: str) -> None:
    assert resolved(tiny_data, tmp_path, *words).directory.parent.name == name


@pytest.mark.parametrize(
    "words, message",
    [
        (["tf=NOPE"], "NOPE"),
        (["trainer.threads=0"], r"trainer\.threads is 0"),
        (["+trainer.profiler=simple"], r"no setting trainer\.profiler"),
        (["trainer.fast_dev_run=0"], r"trainer\.fast_dev_run is 0"),
        (["trainer.devices=0"], r"trainer\.devices is 0"),
        (["trainer.strategy=fsdp"], r"trainer\.strategy is 'fsdp'"),
        (["trainer.limit_val_batches=0"], r"trainer\.limit_val_batches is 0"),
        (["trainer.limit_train_batches=1.5"], r"trainer\.limit_train_batches is 1\.5"),
        (["trainer.max_epochs=2", "trainer.epochs=3"], "the same setting"),
        (["trainer.gradient_clip_val=1", "trainer.precision=16-mixed"], "scales gradients"),
        (["seed=-1"], "seed is -1"),
        (["+model._target_=os.system"], "both a name, 'demonet', and a _target_"),
        (["plugins=no_such_module"], "no module or class 'no_such_module'"),
    ],
)
def test_what_cannot_be_is_said(tiny_data: Path, tmp_path: Path, words: list[str], message: str) -> None:
    with pytest.raises(DemoError, match=message):
        resolved(tiny_data, tmp_path, *words)

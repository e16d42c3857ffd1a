"""A configuration becomes a run: its data set, its settings, its directory."""

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir

import demo
from demo.commands.predict import predict_command
from demo.commands.train import train_command
from demo.commands.visualize import visualize_command
from demo.data.catalogue import PublishedAuc
from demo.networks.registry import NETWORKS
from demo.training.resolve import TrainingRun, import_plugins, run_of
from demo.utils.config import plain
from demo.utils.config import words as plugins_of
from demo.utils.errors import DemoError
from warm import python

CONF = str(Path(__file__).resolve().parents[2] / "conf")


def resolved(data: Path, runs: Path, *words: str) -> TrainingRun:
    with initialize_config_dir(CONF, version_base="1.3"):
        fixed = ["tf=TOY", f"data.dir={data}", f"paths.runs={runs}", "pretrained=null"]
        return run_of(plain(compose("train", [*fixed, *words])))


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
    "words, trunk, steps",
    [
        ([], "base", 1700),
        (["trainer.steps=12000", "model.dropout=0.1", "optimizer.learning_rate=0.001"], "base", 12_000),
        (["pretrained=null"], None, 12_000),
        (["model.channels=64"], None, 12_000),
        (["model=conv4_hw7"], None, 12_000),
        (["experiment=paper"], None, 3000),
        (["model=deepbind"], None, 12_000),
        (["data=simulated", "tf=CTCF"], None, 12_000),
        (["data=simulated", "tf=CTCF", "pretrained=base"], "base", 1700),
    ],
)
def test_peaks_of_ones_own_begin_with_the_trunk_of_the_package(
    tiny_data: Path, tmp_path: Path, words: list[str], trunk: str | None, steps: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    own = [] if any(word.startswith("pretrained=") for word in words) else ["pretrained=auto"]
    if own:
        (tmp_path / "pretrained" / "base").mkdir(parents=True)  # of the user's, and another than the package's
    settings = resolved(tiny_data, tmp_path, *own, *words).settings
    assert (settings.pretrained and Path(settings.pretrained).name) == trunk and settings.trainer.steps == steps
    if trunk and own:
        assert "pretrained network 'base'" in caplog.messages[0] and "pretrained=null" in caplog.messages[0]
        assert settings.network["dropout"] == (0.1 if "model.dropout=0.1" in words else 0)


def test_deepbinds_sets_begin_with_random_weights(tiny_data: Path, tmp_path: Path) -> None:
    for path in tiny_data.glob("TOY_*"):
        (tmp_path / path.name.replace("TOY_K562_toy_Stanford", "MYC_H1-hESC_c-Myc_Stanford")).symlink_to(path)
    run = resolved(tmp_path, tmp_path / "runs", "pretrained=auto", "tf=MYC")
    assert run.data_source == "encode" and run.settings.pretrained is None


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


"""A user's own network: trained, stored, predicted with, visualised and selected by its name."""


ROOT = Path(__file__).resolve().parents[2]

MODULE = """
import torch
from torch import nn


class MyNet(nn.Module):
    def __init__(self, channels: int = 4, width: int = 7) -> None:
        super().__init__()
        self.scan = nn.Conv1d(4, channels, width)
        self.output = nn.Linear(channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.output(torch.relu(self.scan(x)).amax(2)).squeeze(1)
"""
QUICK = ["trainer.steps=5", "data.batch_size=256", "logger=csv", "callbacks.progress_bar=null"]
PAPER = ["motif=paper", "motif.extraction.paper.steps=5", "motif.compare_with=[]"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the module, the current one, and ``confs/model/mynet.yaml``; forgotten again in the end."""
    (tmp_path / "mynets.py").write_text(MODULE)
    (tmp_path / "confs" / "model").mkdir(parents=True)
    (tmp_path / "confs" / "model" / "mynet.yaml").write_text("_target_: mynets.MyNet\nchannels: 4\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    forget()


def forget() -> None:
    """As a new process would find it."""
    NETWORKS._named.pop("mynet", None)
    sys.modules.pop("mynets", None)


def train(own: Path, data: Path, *words: str) -> Path:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        search_path = f"hydra.searchpath=[file://{own / 'confs'}]"
        given = [search_path, "tf=TOY", "model=mynet", f"data.dir={data}", f"paths.runs={own / 'runs'}", *QUICK, *words]
        train_command(compose("train", given))
    (result,) = (own / "runs").rglob("result.json")
    return result.parent


def command(name: str, run: Path, *words: str) -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        commands = {"visualize": visualize_command, "predict": predict_command}
        config = compose(name, [f"run='{run}'", *words])
        # As ``demo.commands.command_line.ready`` does for every command.
        import_plugins(plugins_of(config.plugins))
        commands[name](config)


def test_a_network_of_ones_own_is_stored_by_name_and_found_again_where_it_is_imported(
    own: Path, tiny_data: Path
) -> None:
    run = train(own, tiny_data, "model.channels=6", "motif=none")
    assert run == own / "runs" / "TOY_K562_toy_Stanford" / "mynet,batch_size=256,channels=6,steps=5" / "seed0"
    result = json.loads((run / "result.json").read_text())
    assert result["model"] == {"name": "mynet", "channels": 6} and result["role"] == "candidate"
    assert result["model_name"] == run.parent.name and result["steps"] >= 5
    card = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)["demo"]
    assert card["network"] == {"name": "mynet", "channels": 6}
    for text in ((run / "config.yaml").read_text(), json.dumps(result["model"]), json.dumps(card)):
        assert "mynets" not in text and "_target_: my" not in text

    forget()
    (own / "x.fa").write_text(">a\n" + "ACGT" * 15 + "\n")
    words = [f"input={own / 'x.fa'}", f"output={own / 'out.tsv'}"]
    for refused in [("predict", words), ("visualize", ["data.dir=null", "top=0"])]:
        with pytest.raises(DemoError, match="no network named 'mynet'") as error:
            command(refused[0], run, *refused[1])
        assert "plugins=" in str(error.value) and "best.ckpt" in str(error.value)
    with pytest.raises(DemoError, match="no network named 'mynet'"):
        demo.load(run)

    command("predict", run, "plugins=mynets.MyNet", *words)
    (row,) = csv.DictReader((own / "out.tsv").open(), delimiter="\t")
    assert 0 <= float(row["probability"]) <= 1
    motif = [*PAPER, "top=1", "data.dir=null", "attribution.shuffles=2", "attribution.steps=4"]
    command("visualize", run, "plugins=mynets.MyNet", *motif)
    assert (run / "motifs" / "full_optimum.png").exists() and list((run / "attributions").rglob("*.png"))


def test_a_module_registers_its_network_under_the_name_that_it_wants(own: Path, tiny_data: Path) -> None:
    decorated = MODULE.replace("class MyNet", '@register_network("mynet")\nclass MyNet')
    (own / "mynets.py").write_text("from demo.networks import register_network\n" + decorated)
    (own / "confs" / "model" / "mynet.yaml").write_text("name: mynet\nchannels: 4\n")
    with pytest.raises(DemoError, match="no network named 'mynet'"):
        train(own, tiny_data, "motif=none")
    run = train(own, tiny_data, "motif=none", "plugins=mynets")
    assert run.parent.name == "mynet,batch_size=256,steps=5"


def test_what_cannot_be_imported_or_made_is_said(own: Path, tiny_data: Path) -> None:
    with pytest.raises(DemoError, match=r"mynet does not accept these settings: .*'depth'"):
        train(own, tiny_data, "motif=none", "+model.depth=3")
    (own / "confs" / "model" / "mynet.yaml").write_text("_target_: mynets.YourNet\n")
    with pytest.raises(DemoError, match=r"no module or class 'mynets\.YourNet'"):
        train(own, tiny_data, "motif=none")
    assert not list((own / "runs").rglob("config.yaml"))


@pytest.mark.slow
def test_a_sweep_over_it_selects_it(own: Path, tiny_data: Path) -> None:
    words = ["--config-dir", "confs", "tf=TOY", "model=mynet", "model.channels=4,6", f"data.dir={tiny_data}", *QUICK]
    done = python(ROOT / "sweep.py", *words, *PAPER, "hydra/launcher=local", "jobs=1", "report=false", cwd=own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 models on 1 data set, 2 runs" in done.stdout and "2 done." in done.stdout
    (row,) = csv.DictReader((own / "runs" / "study" / "study.csv").open())
    assert row["model"].startswith("mynet,") and row["candidates"] == "2"
    assert len(list((own / "runs").glob("*/mynet*/seed0/motifs/full_optimum.png"))) == 1

"""Paths and names are text, a ~ is the home folder, and a setting that nothing looks at is an error."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from demo.commands.command_line import CONF, as_text, known_settings, ready, run
from demo.training.resolve import import_plugins
from demo.utils.config import override_value
from demo.utils.environment import settle
from demo.utils.errors import DemoError


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("out=2024_11", "2024_11"),
        ("data.dir=2024", "2024"),
        ("+paths.runs=1e5", "1e5"),
        ("++paths.runs=007", "007"),
        ("input=1e5.fa", "1e5.fa"),
        ("run=x/a(b),c=1/seed0", "x/a(b),c=1/seed0"),
        ("out=~/demo", "~/demo"),
        ("out='~/de mo'", "~/de mo"),
        ("peaks=it's.bed", "it's.bed"),
        ("peaks=a\\b\\", "a\\b\\"),
        ("output=-", "-"),
        ("name=true", "true"),
        ("tf=2024", "2024"),
        ("tf=ARID3A_(sc-8821)", "ARID3A_(sc-8821)"),
        ("tf=?", "?"),
        ("genome=null", None),
        ("run=[2024_11, ~/b(c),'d,e']", ["2024_11", "~/b(c)", "d,e"]),
        ("run=[]", []),
        ("test_chromosomes=[1,X]", ["1", "X"]),
        ("plugins=mine,yours.nets", "mine,yours.nets"),
        ("model.pool=2", 2),
        ("data.path={a: x,y.fa,'b: (c), d': \"e f.fa\"}", {"a": "x,y.fa", "b: (c), d": "e f.fa"}),
    ],
)
def test_paths_and_names_reach_hydra_as_text(typed: str, meant: Any) -> None:
    override = OverridesParser.create().parse_override(as_text(typed))
    assert not override.is_sweep_override()
    assert override.value() == meant


def test_commas_separate_the_names_of_a_sweep() -> None:
    for typed in ("tf=2024,ELK1,A_(b)", "tf=choice('2024',ELK1,'A_(b)')"):
        override = OverridesParser.create().parse_override(as_text(typed))
        values = [str(getattr(value, "text", value)) for value in override.sweep_iterator()]
        assert values == ["2024", "ELK1", "A_(b)"]
    assert as_text("pretrained=a b,null") == "pretrained='a b',null"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    known_settings.cache_clear()
    settle.__wrapped__()
    yield tmp_path / "home"
    monkeypatch.undo()
    settle.__wrapped__()


def composed(command: str, *overrides: str, folder: Path | None = None) -> DictConfig:
    """What a command gets: overrides quoted, composed and made ready."""
    known_settings.cache_clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        search = [f"hydra.searchpath=[file://{folder}]"] if folder else []
        config = compose(command, [*map(as_text, overrides), *search], return_hydra_config=True)
        choices = config.hydra.runtime.choices
        OmegaConf.set_readonly(config, False)
        ready(config, command, choices)
    return config


def test_a_tilde_is_the_home_folder_in_every_path(home: Path) -> None:
    config = composed("prepare", "tf=~/x", "peaks=~/p.bed", 'genome="~/g.fa"', "out=~", "negatives=~/n.fa")
    assert [config.peaks, config.genome, config.out] == [f"{home}/p.bed", f"{home}/g.fa", str(home)]
    assert config.negatives == f"{home}/n.fa"
    assert config.tf == "~/x", "a name is no path"
    assert list(composed("predict", "run=[~/a,b~]", "input=x").run) == [f"{home}/a", "b~"]
    assert composed("train", "tf=X", "data.dir=~/d", "paths.runs=~/r").paths.runs == f"{home}/r"
    with pytest.raises(DemoError, match="no such home folder"):
        composed("train", "tf=X", "data.dir=~no-such-user/d")


def test_labels_given_in_python_reach_hydra_as_they_are() -> None:
    files = {"EI (x)": "a, x.fa", "I,E: y": "b.fa"}
    override = OverridesParser.create().parse_override(f"data.path={override_value('data.path', files)}")
    assert {str(label): str(file) for label, file in override.value().items()} == files


@pytest.mark.parametrize(
    "command, override, words",
    [
        ("train", "+foo=1", ["'foo'", "force"]),
        ("train", "+trainer.profiler=simple", ["'trainer.profiler'", "trainer.steps"]),
        ("train", "+trainer.limit_test_batches=1", ["trainer.limit_test_batches", "read once"]),
        ("train", "+data.y=1", ["'data.y'", "data.shift"]),
        ("train", "+logger.z=1", ["'logger.z'"]),
        ("train", "+paths.z=1", ["'paths.z'"]),
        ("train", "+motif.z=1", ["'motif.z'", "motif.release"]),
        ("train", "+callbacks.mine.patience=1", ["'callbacks.mine'"]),
        ("train", "+search.samples=1", ["'search.samples'"]),
        ("train", "+trainer.steps.x=1", ["'trainer.steps.x'"]),
        ("train", "paths=3", ["paths is 3", "paths.runs"]),
        ("train", "search=3", ["search is 3"]),
        ("train", "~trainer.threads", ["trainer.threads is not given"]),
        ("sweep", "+trainer.val_check_interval=2", ["trainer.val_check_interval", "every epoch"]),
        ("sweep", "+jobz=2", ["'jobz'", "jobs"]),
        ("predict", "+batch_size=2", ["'batch_size'"]),
        ("visualize", "+motif.z=1", ["'motif.z'"]),
        ("visualize", "+data.y=1", ["'data.y'"]),
        ("prepare", "+shift=1", ["'shift'"]),
        ("fetch", "+lab=1", ["'lab'"]),
    ],
)
def test_a_setting_that_does_nothing_is_refused(command: str, override: str, words: list[str]) -> None:
    with pytest.raises(DemoError) as refused:
        composed(command, override)
    assert all(word in str(refused.value) for word in words)


@pytest.mark.parametrize(
    "command, overrides",
    [
        ("train", ["model=deepbind"]),
        ("train", ["model=kmer", "motif=none", "optimizer=nesterov", "debug=one_epoch"]),
        ("train", ["experiment=paper", "motif=modisco", "motif.extraction=null"]),
        ("train", ["+callbacks.early.patience=3", "+callbacks.early._target_=mine.EarlyStopping"]),
        ("train", ["callbacks.progress_bar=null", "+model.own=1"]),
        ("sweep", ["hydra/launcher=local", "jobs=3"]),
        ("visualize", ["+motif.release=2016", "+motif.extraction.window.width=15"]),
        ("visualize", ["motif=paper", "+motif.extraction.seed=3"]),
    ],
)
def test_what_is_known_or_checked_by_its_class_is_left_alone(command: str, overrides: list[str]) -> None:
    composed(command, *overrides)


def test_a_users_own_files(tmp_path: Path) -> None:
    for group, name, text in (
        ("model", "mine", "_target_: mine.Net\nwidth: 3\n"),
        ("experiment", "numbers", "# @package _global_\npaths: {runs: 2024_11}\n"),
        ("experiment", "nodes", "# @package _global_\ntrainer: {num_nodes: 2}\n"),
    ):
        (tmp_path / group).mkdir(exist_ok=True)
        (tmp_path / group / f"{name}.yaml").write_text(text)
    assert composed("train", "model=mine", folder=tmp_path).model.width == 3
    # A file's 2024_11 is the number 202411 before we see it: nothing is guessed.
    with pytest.raises(DemoError, match=r"paths\.runs is 202411, but it should be text"):
        composed("train", "experiment=numbers", folder=tmp_path)
    with pytest.raises(DemoError, match=r"trainer\.num_nodes .* one machine"):
        composed("train", "experiment=nodes", folder=tmp_path)


@pytest.mark.parametrize("name, value", [("WANDB_MODE", "disabled"), ("WANDB_DISABLED", "true")])
def test_wandb_is_left_out_where_the_environment_says_so(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert composed("train").logger.wandb is False
    monkeypatch.setenv(name, "")
    assert composed("train").logger.wandb is True
    monkeypatch.setenv("WANDB_MODE", "off")
    with pytest.raises(DemoError, match=r"online, offline or disabled .*logger=csv"):
        composed("train")
    assert composed("train", "logger=csv").logger.wandb is False


def test_plugins_are_imported_from_the_current_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "entry_plugin_a.py").write_text("WHAT = 1\n")
    (tmp_path / "entry_plugin_b.py").write_text("import no_such_package\n")
    (tmp_path / "json.py").write_text("raise RuntimeError('shadows the standard library')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("DEMO_PLUGINS", "entry_plugin_a, json")
    composed("train")
    assert sys.modules["entry_plugin_a"].WHAT == 1
    import_plugins(["entry_plugin_a"])
    import_plugins([])
    for name in ("nix", "entry_plugin_a.nix", ".relative", "a b"):
        with pytest.raises(DemoError, match="no module or class"):
            import_plugins([name])
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        import_plugins(["entry_plugin_b"])


@pytest.mark.parametrize("typed", ["data.dir=[a,b]", "paths.runs=[a]"])
def test_a_list_of_paths_where_there_is_one_is_refused(typed: str) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("train", ["tf=X", typed])
        with pytest.raises(DemoError, match="takes one value"):
            ready(config, "train", {})


@pytest.mark.parametrize("command", ["sweep", "train", "train -m", "pretrain", "predict"])
def test_an_unknown_setting_is_named_beside_one_with_several_values(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *flags = command.split()
    several = "stride=1,2" if name == "predict" else "model.dropout=0,0.5"
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    monkeypatch.setattr(sys, "argv", [name, *flags, several, "modle.pool=1"])
    with pytest.raises(SystemExit, match="2"):
        run(name, lambda config: pytest.fail("it ran"))
    assert "There is no setting 'modle.pool'" in capsys.readouterr().err

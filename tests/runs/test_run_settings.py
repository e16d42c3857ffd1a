"""What a run is told, from the command line and from files that somebody else wrote."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.runs.directory import RunDirectory
from demo.runs.settings import RunSettings, deciding_settings
from demo.utils.errors import DemoError
from demo.utils.files import read_yaml

VALUES: dict[str, Any] = {
    "tf": "TOY",
    "paths": {"runs": "runs"},
    "model": {"name": "demonet", "conv_layers": 3, "highway_layers": 5, "pool": 2},
    "data": {"source": "auto", "dir": None, "batch_size": 32},
    "optimizer": {"name": "adamw", "learning_rate": 0.002},
    "trainer": {"steps": 100, "threads": 1},
    "motif": {"release": 2016, "compare_with": [2016], "extraction": None},
    "logger": {"wandb": False},
    "seed": 3,
}

BEFORE = """
tf: ARID3A
seed: 0
calibration:
  _target_: demo.calibration.Calibration
  _convert_: all
  samples: 2
  sample_steps: 50
  space:
    optimizer:
      learning_rate: [log, 0.0005, 0.05]
paths: {runs: runs}
data: {source: auto, dir: /data, batch_size: 64, validation_fraction: 0.1, shift: 4}
optimizer: {_target_: demo.nesterov.Nesterov, learning_rate: 0.01, momentum: 0.97}
trainer: {steps: 200, epochs: null, precision: auto, accelerator: auto, threads: 1}
callbacks:
  progress_bar: {_target_: demo.callbacks.ProgressBar}
logger: {wandb: false, project: deep-motif, group: null}
motif:
  release: newest
  compare_with: [2016, newest]
  taxon: vertebrates
  extraction: {_target_: demo.motifs.extraction.Extraction, method: paper}
model: {_target_: demo.networks.DeepBindNet, filters: 16, width: 24, hidden: 0}
data_sha256: {ARID3A_AC.seq.gz: 92}
"""
"""``config.yaml`` as version 0.1.0 wrote it."""


def changed(section: str, **settings: Any) -> dict[str, Any]:
    return {**VALUES, section: {**VALUES[section], **settings}}


def test_settings_are_written_and_read_back(tmp_path: Path) -> None:
    settings = RunSettings.of(VALUES)
    assert settings.network_name == "demonet" and settings.seed == 3 and settings.data.batch_size == 32
    assert settings.motif.release == "2016" and settings.motif.compare_with == ("2016",)
    assert RunSettings.of(settings.plain()) == settings
    run = RunDirectory(tmp_path)
    run.write_config(settings, "TOY", {"a": "1"})
    stored = read_yaml(run.config)
    assert RunSettings.of(stored) == settings and stored["tf"] == "TOY"
    assert deciding_settings(stored) == settings.deciding


def test_a_configuration_of_an_earlier_version_is_read_and_can_be_resumed(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.config.write_text(BEFORE)
    settings = RunSettings.of(read_yaml(run.config))
    assert settings.network == {"name": "deepbind", "filters": 16, "width": 24, "hidden": 0}
    assert settings.optimizer == {"name": "nesterov", "learning_rate": 0.01, "momentum": 0.97}
    assert settings.search is not None and settings.search["samples"] == 2
    # What the same command says today is the same run.
    today = {**VALUES, **yaml.safe_load(BEFORE)}
    today["model"] = {"name": "deepbind", "filters": 16, "width": 24, "hidden": 0}
    today["optimizer"] = {"name": "nesterov", "learning_rate": 0.01, "momentum": 0.97}
    search = today.pop("calibration")
    today["search"] = {name: value for name, value in search.items() if not name.startswith("_")}
    run.check_settings(deciding_settings(today), {"ARID3A_AC.seq.gz": 92})  # type: ignore[dict-item]
    assert RunSettings.of(today) == settings


def test_only_what_decides_what_is_trained_is_compared() -> None:
    settings = RunSettings.of(VALUES).deciding
    assert settings["model.pool"] == 2 and settings["seed"] == 3 and settings["optimizer.name"] == "adamw"
    assert not [name for name in settings if name.startswith(("motif", "logger", "callbacks"))]
    assert not {"trainer.threads", "trainer.accelerator", "data.dir", "data.source"} & settings.keys()
    fitted = RunSettings.of({**VALUES, "model": {"name": "kmer"}}).deciding
    assert not [name for name in fitted if name.startswith(("optimizer", "trainer", "search"))]


def test_what_a_file_says_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SECRET", "hunter2")
    settings = RunSettings.of(changed("motif", taxon="${oc.env:MY_SECRET}", extraction={"_target_": "os.system"}))
    assert settings.motif.taxon == "${oc.env:MY_SECRET}"
    assert settings.motif.plain()["extraction"] == {"_target_": "os.system"}, "kept as it is; nobody makes it"
    assert "hunter2" not in str(settings)


@pytest.mark.parametrize(
    "values, words",
    [
        ({}, "section 'model' of the configuration is missing"),
        ({**VALUES, "model": "demonet"}, "section 'model'"),
        ({**VALUES, "data": None}, "section 'data'"),
        (changed("data", _target_="os.system"), r"no setting data\._target_"),
        (changed("data", batch_sice=3), r"no setting data\.batch_sice"),
        (changed("data", batch_size="many"), r"data\.batch_size is 'many'"),
        (changed("data", batch_size="${oc.env:HOME}"), r"data\.batch_size is '\$\{oc\.env:HOME\}'"),
        (changed("trainer", profiler=2), r"no setting trainer\.profiler"),
        (changed("trainer", threads=10**9), r"trainer\.threads is 1000000000"),
        (changed("motif", _target_="torch.utils.collect_env.run", command="id"), r"no setting motif\._target_"),
        (changed("motif", compare_with="2016"), r"motif\.compare_with is '2016'"),
        (changed("motif", extraction=3), r"motif\.extraction is 3"),
        (changed("motif", taxon=["a"]), r"motif\.taxon is \['a'\]"),
        (changed("logger", project={"_target_": "os.system"}), r"logger\.project is"),
        (changed("logger", wandb="yes"), r"logger\.wandb is 'yes'"),
        ({**VALUES, "seed": "0"}, "seed is '0'"),
        ({**VALUES, "seed": -1}, "seed is -1"),
        ({**VALUES, "trainer": [1]}, r"trainer is \[1\]"),
        ({**VALUES, "search": 3}, "search is 3"),
        ({**VALUES, "callbacks": "os.system"}, "callbacks is 'os.system'"),
        ({**VALUES, "optimizer": 7}, "optimizer is 7"),
    ],
)
def test_what_is_no_setting_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(DemoError, match=words):
        RunSettings.of(values)


@pytest.mark.parametrize(
    "text, words",
    [
        ("model: &a {name: demonet}\ndata: *a\n", "aliases"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "aliases"),
        ("model: !!python/object/apply:os.system ['id']\n", "python/object"),
        ("a: " + "[" * 50_000, "not YAML"),
        ("a: " + "{b: " * 20_000, "not YAML"),
        ("- 1\n- 2\n", "no YAML object"),
        ("a: [1", "not YAML"),
        ("a: \x00", "not YAML"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(DemoError, match=words) as error:
        read_yaml(path)
    assert error.value.where == str(path)

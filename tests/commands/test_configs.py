"""Every YAML file under conf/ composes, and what it describes can be made."""

from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from demo.interpret.extraction.extract import Extraction
from demo.networks import make_network
from demo.runs.settings import RunSettings
from demo.training.optimizers import make_optimizer
from demo.training.search import HyperparameterSearch
from demo.utils.config import instance_of, plain
from demo.utils.settings import build

CONF = Path(__file__).resolve().parents[2] / "conf"
SCRIPTS = sorted(path.stem for path in CONF.glob("*.yaml"))
OPTIONS = sorted(
    f"{path.parent.relative_to(CONF)}={path.stem}" for path in CONF.glob("*/*.yaml") if path.parent.name != "hydra"
)


def composed(name: str, *overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(name, ["tf=CTCF", *overrides])


def test_every_script_has_its_configuration() -> None:
    scripts = {path.stem for path in CONF.parent.glob("*.py")}
    assert {"train", "sweep"} <= set(SCRIPTS) == scripts


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_makes_what_it_describes(option: str) -> None:
    settings = RunSettings.of(plain(composed("train", option)))
    assert sum(p.numel() for p in make_network(settings.network).parameters()) > 0
    make_optimizer(settings.optimizer)
    if settings.search is not None:
        build(HyperparameterSearch, settings.search, "search")
    if settings.motif.extraction is not None:
        Extraction.of(settings.motif.extraction)
    for callback in settings.callbacks.values():
        instance_of(callback)


def test_predict_composes_with_all_its_settings() -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("predict", ["run=x", "input=y.bed", "genome=z.fa", "stride=10", "output=o.tsv"])
    assert (config.format, config.value, config.threads, config.stride) == ("tsv", "probability", 1, 10)


@pytest.mark.parametrize("launcher", sorted(path.stem for path in CONF.glob("hydra/launcher/*.yaml")))
def test_every_launcher_resolves(launcher: str) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        overrides = [f"hydra/launcher={launcher}", "tf=CTCF", "trainer.threads=3", "gpus_per_trial=1"]
        config = compose("sweep", overrides, return_hydra_config=True)
    settings = str(OmegaConf.to_container(config.hydra.launcher, resolve=True))
    assert "3" in settings, "trainer.threads goes to the launcher"
    assert launcher == "local" or "gpus" in settings


def test_the_sweep_of_wandb_runs_the_models_of_ours() -> None:
    """Its parameters, as the agent of W&B types them, are settings of train.py; and those of sweep.yaml."""
    import itertools

    import yaml
    from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

    sweep = yaml.safe_load((CONF.parent / "docs" / "wandb_sweep.yaml").read_text())
    assert (CONF.parent / sweep["program"]).exists() and sweep["metric"]["name"] == "best/val_auroc"
    parameters = {name: p.get("values", [p.get("value")]) for name, p in sweep["parameters"].items()}
    names = set()
    for values in itertools.product(*parameters.values()):
        args = {name: {"value": value} for name, value in zip(parameters, values, strict=True)}
        assert create_sweep_command(sweep["command"])[-1] == "${args_no_hyphens}"
        config = composed("train", *create_sweep_command_args({"args": args})["args_no_hyphens"])
        names.add((config.tf, config.model.conv_layers, config.model.pool, config.model.highway_layers))
    assert len(names) == 2 * 8
    with initialize_config_dir(str(CONF), version_base="1.3"):
        ours = compose("sweep", return_hydra_config=True).hydra.sweeper.params
    assert {name: ",".join(map(str, parameters[name])) for name in ours} == dict(ours)


@pytest.mark.parametrize("conv_layers", [3, 4])
@pytest.mark.parametrize("highway_layers", [5, 7])
def test_the_networks_of_table_1(conv_layers: int, highway_layers: int) -> None:
    network = make_network(plain(composed("train", f"model=conv{conv_layers}_hw{highway_layers}").model))
    names = [type(module).__name__ for module in network.modules()]
    assert (names.count("Conv2d"), names.count("Highway")) == (conv_layers, highway_layers)
    assert names.count("MaxPool2d") == conv_layers


def test_defaults_of_the_code_are_those_of_the_configuration() -> None:
    """One recipe: what a notebook gets without settings is what the command line gets."""
    import inspect

    from demo.data.sources import DataSettings
    from demo.networks.demonet import DeMoNet
    from demo.runs.settings import LoggerSettings, MotifSettings, TrainerSettings
    from demo.training.optimizers import AdamW

    config = composed("train")
    for section, made in (
        ("model", DeMoNet), ("optimizer", AdamW), ("data", DataSettings), ("trainer", TrainerSettings),
        ("logger", LoggerSettings),
    ):  # fmt: skip
        parameters = inspect.signature(made).parameters
        for name, value in plain(config[section]).items():
            if name not in ("name", "source", "dir"):
                assert parameters[name].default == value, f"{section}.{name}"
    motif = build(MotifSettings, plain(config.motif), "motif")
    assert motif == replace(MotifSettings(), extraction=motif.extraction) and motif.extraction is not None
    assert Extraction.of(motif.extraction) == Extraction()

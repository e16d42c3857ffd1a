"""A job travels to its worker whole, whatever its names hold, and the worker asks for nothing more."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hydra import initialize_config_dir

from demo.data.catalogue import DataSet
from demo.runs.directory import RunDirectory
from demo.runs.ensemble_motifs import keep
from demo.runs.result import MotifResult
from demo.runs.settings import LoggerSettings, MotifSettings, RunSettings, TrainerSettings
from demo.sweeps.jobs import SeedsMotifJob, TrainingJob, do_job, override_of
from demo.sweeps.search import Model
from demo.training.resolve import TrainingRun
from made_job import made_job, plain_of

CONF = str(Path(__file__).resolve().parents[2] / "conf")
ODD = ['it\'s "quoted"', "$HOME ${oc.env:HOME} $(id)", "a b,c=d", "(sc-8821)[x]{y}", "ü\\n\\", "job=?*;|&", "x" * 200]


def parsed(override: str) -> str:
    """The value of an override as a worker is given it: parsed by Hydra, kept by OmegaConf."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from omegaconf import OmegaConf

    config = OmegaConf.create({"job": None})
    OmegaConf.update(config, "job", OverridesParser.create().parse_override(override).value())
    return str(config.job)


@pytest.mark.parametrize("name", ODD)
def test_a_training_travels_whole_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    job = made_job(tmp_path, name, name)
    run = replace(job.run, settings=replace(job.run.settings, logger=LoggerSettings(group=name)), own=(f"own.{name}",))
    job = replace(job, run=run)
    plain = plain_of(override_of(job))
    assert plain["kind"] == "training" and TrainingRun.of(plain["run"]) == run
    assert override_of(job) == f'job="{parsed(override_of(job))}"'


@pytest.mark.parametrize("name", ODD)
def test_the_motifs_of_seeds_travel_whole(tmp_path: Path, name: str) -> None:
    settings = RunSettings({"name": "demonet"}, {"name": "adamw"})
    seeds = tuple(tmp_path / name / f"seed{seed}" for seed in range(3))
    motif = MotifSettings(extraction={"method": "paper"})
    model = Model(settings, ("mynets.MyNet",))
    job = SeedsMotifJob("TOY", DataSet("S", "TOY", None, None), model, seeds, motif, tmp_path / name, 2)
    assert plain_of(override_of(job)) == json.loads(json.dumps(job.plain()))
    assert MotifSettings(**plain_of(override_of(job))["motif"]) == motif
    assert job.plain()["own"] == ["mynets.MyNet"]
    with initialize_config_dir(CONF, version_base="1.3"):
        assert job.name.endswith("/seed0-2")
    assert job.folder.path == seeds[0].parent and job.result() is None
    made = MotifResult(motif.plain())
    keep(seeds, made)
    assert job.result() == made


@pytest.fixture
def quick(tiny_data: Path, tmp_path: Path) -> TrainingJob:
    files = {f"{part}_path": tiny_data / f"TOY_K562_toy_Stanford_{ending}.seq.gz" for part, ending in
             (("train", "AC"), ("test", "B"))}  # fmt: skip
    settings = RunSettings(
        {"name": "demonet", "channels": 4},
        {"name": "adamw"},
        trainer=TrainerSettings(epochs=1),
        logger=LoggerSettings(wandb=False),
    )
    dataset = DataSet("TOY_K562_toy_Stanford", "TOY", "K562", "Stanford", **files)
    run = TrainingRun(dataset, "user", settings, tmp_path / "an 'odd' (name)" / "m" / "seed0")
    return TrainingJob("TOY", Model(settings), run)


def test_a_worker_trains_without_composing_a_configuration_or_looking_for_data(
    quick: TrainingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("this was done before the job was sent")

    monkeypatch.setattr("demo.utils.config.compose", never)
    for name in ("composed", "find_data", "data_folder", "run_of"):
        monkeypatch.setattr(f"demo.training.resolve.{name}", never)
    assert quick.result() is None
    assert do_job(parsed(override_of(quick))) == {"error": None}
    result = quick.result()
    assert result is not None and result.dataset == "TOY_K562_toy_Stanford" and result.epochs == 1
    assert do_job(parsed(override_of(quick))) == {"error": None}
    quick.check()


def test_what_goes_wrong_is_told_and_raises_nothing(quick: TrainingJob, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = replace(quick.run.settings, network={"name": "demonet", "pool": 9})
    bad = do_job(parsed(override_of(replace(quick, run=replace(quick.run, settings=wrong)))))
    assert bad["error"].startswith("model.pool is 9") and not bad["claimed"]
    unknown = replace(quick.run.settings, network={"name": "os.system"})
    bad = do_job(parsed(override_of(replace(quick, run=replace(quick.run, settings=unknown)))))
    assert "no network named 'os.system'" in bad["error"]
    with RunDirectory(quick.folder.path).claim():
        assert do_job(parsed(override_of(quick)))["claimed"]
    assert "Traceback" not in capsys.readouterr().err
    assert "error" in do_job("no job at all")

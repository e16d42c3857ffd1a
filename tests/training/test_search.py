import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from demo.data.datamodule import PeakDataModule
from demo.runs.settings import RunSettings
from demo.training.search import (
    HyperparameterSearch,
    Trial,
    best,
    describe,
    search_hyperparameters,
    with_hyperparameters,
)
from demo.utils.errors import DemoError
from demo.utils.settings import build

SPACE: dict[str, dict[str, list[Any]]] = {
    "optimizer": {"learning_rate": ["log", 0.005, 0.05], "momentum": ["sqrt", 0.95, 0.99]},
    "model": {"hidden": ["choice", 0, 4]},
}
CPU = torch.device("cpu")


def settings(**optimizer: float) -> RunSettings:
    return RunSettings(
        network={"name": "deepbind", "filters": 4, "width": 10, "hidden": 0, "filter_scale": 0.05},
        optimizer={"name": "nesterov", "momentum": 0.9, "learning_rate": 0.01} | optimizer,
        seed=3,
    )


def data(folder: Path) -> PeakDataModule:
    # There is no test file here: whoever opens it fails.
    module = PeakDataModule(folder / "TOY_K562_toy_Stanford_AC.seq.gz", folder / "there_is_none_B.seq.gz", seed=3)
    module.setup()
    return module


def test_draws_lie_in_their_ranges_and_lean_as_said() -> None:
    search = HyperparameterSearch(1, 1, SPACE, checks=1)
    random = np.random.default_rng(0)
    draws = [search.draw(random) for _ in range(2000)]
    rates = np.array([draw["optimizer"]["learning_rate"] for draw in draws])
    momenta = np.array([draw["optimizer"]["momentum"] for draw in draws])
    assert rates.min() >= 0.005 and rates.max() <= 0.05 and momenta.min() >= 0.95 and momenta.max() <= 0.99
    assert np.median(rates) == pytest.approx(math.sqrt(0.005 * 0.05), rel=0.15)
    assert np.median(momenta) == pytest.approx(0.95 + 0.04 * math.sqrt(0.5), abs=0.002)
    assert {draw["model"]["hidden"] for draw in draws} == {0, 4}


def test_the_same_seed_gives_the_same_trials_also_after_an_interruption(tiny_data: Path, tmp_path: Path) -> None:
    search = HyperparameterSearch(3, 40, SPACE, checks=2)

    def run(table: Path) -> list[tuple[Any, Any]]:
        trials = search_hyperparameters(search, settings(), data(tiny_data), CPU, table)
        return [(trial.settings, trial.validation_aurocs) for trial in trials]

    whole = run(tmp_path / "whole.json")
    assert len(whole) == 3 and all(len(aurocs) == 2 for _, aurocs in whole)
    assert len({json.dumps(drawn) for drawn, _ in whole}) == 3
    written = json.loads((tmp_path / "whole.json").read_text())["trials"]
    (tmp_path / "cut.json").write_text(json.dumps({"trials": written[:1]}))
    torch.manual_seed(99)
    assert run(tmp_path / "cut.json") == whole
    # What is finished is not repeated.
    written[2]["validation_aurocs"] = [0.1, 0.2]
    (tmp_path / "cut.json").write_text(json.dumps({"trials": written}))
    assert run(tmp_path / "cut.json")[2][1] == [0.1, 0.2]


def test_the_best_trial_by_validation_decides_and_a_diverged_one_does_not() -> None:
    trials = [
        Trial(0, 1, {"model": {"hidden": 0}}, [0.7, 0.8], 1.0),
        Trial(1, 2, {"model": {"hidden": 4}}, [0.9, 0.6], 1.0),
        Trial(2, 3, {"model": {"hidden": 8}}, [0.85, None], 1.5),
    ]
    assert best(trials).number == 1
    described = describe(trials)
    assert described["chosen"] == {"model.hidden": 4} and described["seconds"] == 3.5 and len(described["trials"]) == 3
    chosen = with_hyperparameters(settings(), best(trials))
    assert chosen.network["hidden"] == 4 and chosen.network["filters"] == 4
    with pytest.raises(DemoError, match=r"names model\.depth"):
        with_hyperparameters(settings(), Trial(0, 1, {"model": {"depth": 2}}, [], 0.0))


def test_where_every_trial_diverges_it_is_said(tiny_data: Path, tmp_path: Path) -> None:

    table = tmp_path / "table.json"
    row = {"number": 0, "seed": 1, "settings": {}, "validation_aurocs": [None], "seconds": 1.0}
    table.write_text(json.dumps({"trials": [row]}))
    with pytest.raises(DemoError, match="diverged in all 1 trials"):
        search_hyperparameters(HyperparameterSearch(1, 10, SPACE, checks=1), settings(), data(tiny_data), CPU, table)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"samples": 0}, r"search\.samples is 0"),
        ({"sample_steps": 0}, r"search\.sample_steps is 0"),
        ({"checks": 101}, r"search\.checks is 101"),
        ({"space": {"model": {"hidden": 3}}}, r"search\.space\.model\.hidden is 3"),
        ({"space": {"model": {"hidden": ["uniform", 1, 2]}}}, r"search\.space\.model\.hidden"),
        ({"space": {"optimizer": {"learning_rate": ["log", 0, 1]}}}, "learning_rate is 0"),
        ({"space": {"optimizer": {"learning_rate": ["log", 2, 1]}}}, "learning_rate is 1"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DemoError, match=words):
        build(HyperparameterSearch, {"samples": 1, "sample_steps": 100, "space": SPACE} | changes, "search")

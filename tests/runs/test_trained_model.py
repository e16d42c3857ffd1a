"""Trained models: what they predict, and cards that cannot be used."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from demo.runs.trained_model import load
from demo.utils.errors import DemoError
from trained import LENGTH, write_checkpoint


def refused(path: Path, *words: str) -> None:
    with pytest.raises(DemoError) as error:
        load(path)
    for word in (*words, str(path)):
        assert word in str(error.value)
    assert "weights_only" not in str(error.value)


def test_logits_are_raw_and_probabilities_calibrated(tmp_path: Path) -> None:
    model = load(write_checkpoint(tmp_path / "a b é.ckpt"))
    codes = np.random.default_rng(0).integers(0, 5, (9, LENGTH)).astype(np.uint8)
    assert model.temperature == 2.0 and (model.tf, model.length) == ("TOY", LENGTH)
    assert np.allclose(model.predict(codes), expit(model.logits(codes).astype(float) / 2.0))
    assert model.logits(codes).std() > 0.01


def test_a_checkpoint_without_temperature_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        model = load(write_checkpoint(tmp_path / "old.ckpt", temperature=None))
    assert model.temperature == 1.0 and "uncalibrated (T = 1)" in caplog.text


def test_another_length_or_alphabet_is_not_predicted(tmp_path: Path) -> None:
    model = load(write_checkpoint(tmp_path / "m.ckpt"))
    with pytest.raises(DemoError, match=f"have 60 bp; this model was trained on {LENGTH} bp"):
        model.predict(["ACGT" * 15])
    with pytest.raises(DemoError, match="not a nucleotide"):
        model.predict(["ACGE" * 10])
    with pytest.raises(DemoError, match="Codes are 0-4"):
        model.predict(np.full((1, LENGTH), 7, np.uint8))
    assert model.predict([]).shape == (0,)


@pytest.mark.parametrize(
    "card, words",
    [
        ({"alphabet": "ACDEFGHIKLMNPQRSTVWY"}, ["alphabet", "ACDEF"]),
        ({"alphabet": None}, ["'alphabet'", "missing"]),
        ({"length": "101"}, ["'length'"]),
        ({"length": 0}, ["length is 0"]),
        ({"tf": None}, ["'tf'"]),
        ({"network": {"_target_": "os.system", "command": "true"}}, ["os.system", "demonet"]),
        ({"network": {"_target_": "demo.networks.make_network"}}, ["demo.networks.make_network"]),
        ({"network": {"_target_": "demo.networks.DeMoNet", "channels": 8}}, ["another network"]),
        ({"network": {"_target_": "demo.networks.DeMoNet", "pool": 9}}, ["model.pool is 9"]),
        ({"network": {"_target_": "demo.networks.DeMoNet", "x": 9}}, ["does not accept these settings"]),
        ({"network": {"name": "demonet", 5: 3}}, ["without a name"]),
        ({"tf": "a\x1b[31mred"}, ["'tf'"]),
        ({"dataset": "x" * 1000}, ["'dataset'"]),
        ({"data_source": "evil"}, ["'data_source'", "simulated"]),
        ({"temperature": 0.0}, ["temperature is 0.0"]),
        ({"temperature": float("nan")}, ["temperature is nan"]),
        ({"temperature": "hot"}, ["temperature is 'hot'"]),
    ],
)
def test_a_card_that_cannot_be_used(tmp_path: Path, card: dict[str, Any], words: list[str]) -> None:
    refused(write_checkpoint(tmp_path / "x.ckpt", **card), *words)

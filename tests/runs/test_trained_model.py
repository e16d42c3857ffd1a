"""Checkpoints: what travels with them, and what is refused."""

import logging
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from any_bytes import MANY
from demo.runs.trained_model import load, read_checkpoint
from demo.runs.trained_model import write_checkpoint as write_content
from demo.utils.errors import DemoError
from trained import LENGTH, checkpoint, write_checkpoint


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
    assert model.temperature == 1.0 and "not calibrated (T = 1)" in caplog.text


def test_what_is_written_is_read_again_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "best.ckpt", temperature=None)
    before = read_checkpoint(path)
    write_content(path, {**before, "demo": before["demo"] | {"temperature": 1.25}})
    moved = path.rename(tmp_path / "alone.ckpt")
    after = read_checkpoint(moved)
    assert load(moved).temperature == 1.25
    assert after["demo"] == before["demo"] | {"temperature": 1.25}
    assert all(torch.equal(value, after["state_dict"][name]) for name, value in before["state_dict"].items())
    content = moved.read_bytes()
    write_content(moved, after)
    assert moved.read_bytes() == content and [p.name for p in tmp_path.iterdir()] == ["alone.ckpt"]


def test_another_length_or_alphabet_is_not_predicted(tmp_path: Path) -> None:
    model = load(write_checkpoint(tmp_path / "m.ckpt"))
    with pytest.raises(DemoError, match=f"have 60 letters; this model was trained on {LENGTH}"):
        model.predict(["ACGT" * 15])
    with pytest.raises(DemoError, match="not a nucleotide"):
        model.predict(["ACGE" * 10])
    with pytest.raises(DemoError, match="Codes are 0-4"):
        model.predict(np.full((1, LENGTH), 7, np.uint8))
    assert model.predict([]).shape == (0,)


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    torch.save({**checkpoint(), "hello": Evil(tmp_path / "zip")}, tmp_path / "evil.ckpt")
    refused(tmp_path / "evil.ckpt", "wants to run code", "mkdir")
    (tmp_path / "plain.ckpt").write_bytes(pickle.dumps(Evil(tmp_path / "pickle")))
    refused(tmp_path / "plain.ckpt")
    assert not (tmp_path / "zip").exists() and not (tmp_path / "pickle").exists()


def test_files_that_are_no_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "empty.ckpt").touch()
    refused(tmp_path / "empty.ckpt", "cannot be read as a checkpoint")
    (tmp_path / "text.ckpt").write_text("no checkpoint at all\n" * 50)
    refused(tmp_path / "text.ckpt", "cannot be read as a checkpoint")
    with zipfile.ZipFile(tmp_path / "zip.ckpt", "w") as file:
        file.writestr("x.txt", "hello")
    refused(tmp_path / "zip.ckpt", "cannot be read as a checkpoint")
    whole = write_checkpoint(tmp_path / "whole.ckpt").read_bytes()
    (tmp_path / "cut.ckpt").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "cut.ckpt", "cannot be read as a checkpoint")


def test_a_plain_state_dict_is_refused(tmp_path: Path) -> None:
    torch.save(checkpoint()["state_dict"], tmp_path / "x.ckpt")
    refused(tmp_path / "x.ckpt", "not made by this program")
    torch.save({"state_dict": {}, "epoch": 1}, tmp_path / "y.ckpt")
    refused(tmp_path / "y.ckpt", "not made by this program")
    torch.save([1, 2], tmp_path / "z.ckpt")
    refused(tmp_path / "z.ckpt", "not made by this program")
    torch.save({"demo": checkpoint()["demo"]}, tmp_path / "w.ckpt")
    refused(tmp_path / "w.ckpt", "no weights")


@pytest.mark.parametrize(
    "card, words",
    [
        ({"alphabet": "ACDEFGHIKLMNPQRSTVWY"}, ["alphabet", "ACDEF"]),
        ({"alphabet": None}, ["'alphabet'", "missing"]),
        ({"length": "101"}, ["'length'"]),
        ({"length": 0}, ["length is 0"]),
        ({"tf": None}, ["'tf'"]),
        ({"network": {"_target_": "os.system", "command": "true"}}, ["no network named 'os.system'", "demonet"]),
        ({"network": {"_target_": "demo.networks.make_network"}}, ["demo.networks.make_network"]),
        ({"network": {"name": "os.system", "command": "true"}}, ["no network named 'os.system'", "plugins="]),
        ({"network": {"name": "demonet", "x": 9}}, ["cannot be made"]),
        ({"network": {"_target_": "demo.networks.DeMoNet", "channels": 8}}, ["another network"]),
        ({"network": {"_target_": "demo.networks.DeMoNet", "pool": 9}}, ["model.pool is 9"]),
        ({"network": {"_target_": "demo.networks.DeMoNet", "x": 9}}, ["cannot be made"]),
        ({"temperature": 0.0}, ["temperature is 0.0"]),
        ({"temperature": float("nan")}, ["temperature is nan"]),
        ({"temperature": "hot"}, ["temperature is 'hot'"]),
    ],
)
def test_a_card_that_cannot_be_used(tmp_path: Path, card: dict[str, Any], words: list[str]) -> None:
    refused(write_checkpoint(tmp_path / "x.ckpt", **card), *words)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(tmp_path: Path, value: float) -> None:
    content = checkpoint()
    content["state_dict"]["network.output.bias"][0] = value
    torch.save(content, tmp_path / "x.ckpt")
    refused(tmp_path / "x.ckpt", "no finite numbers", "output.bias")


@MANY
@given(data=st.binary(max_size=300), cut=st.integers(0, 3000), whole=st.booleans())
def test_any_bytes_are_refused(tmp_path: Path, data: bytes, cut: int, whole: bool) -> None:
    valid = write_checkpoint(tmp_path / "valid.ckpt").read_bytes()
    path = tmp_path / "x.ckpt"
    path.write_bytes(valid[:cut] + data if whole else data)
    with pytest.raises(DemoError):
        load(path)

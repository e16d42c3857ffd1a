"""Checkpoint files: whole, ours, and with the numbers that were written, or refused."""

import io
import os
import pickle
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from any_bytes import MANY
from demo.networks.checkpoint import read_checkpoint, weights_for, write_checkpoint
from demo.utils.errors import DemoError
from trained import checkpoint, network
from trained import write_checkpoint as write_small


def load_weights(net: nn.Module, path: Path) -> None:
    net.load_state_dict(weights_for(net, read_checkpoint(path), path))


def refused(path: Path, *words: str) -> None:
    net = network(seed=1)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(DemoError) as error:
        load_weights(net, path)
    for word in (*words, str(path)):
        assert word in str(error.value)
    assert "weights_only" not in str(error.value)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_what_is_written_is_read_again_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = write_small(tmp_path / "best.ckpt", temperature=None)
    before = read_checkpoint(path)
    write_checkpoint(path, {**before, "demo": before["demo"] | {"temperature": 1.25}})
    moved = path.rename(tmp_path / "alone.ckpt")
    after = read_checkpoint(moved)
    assert after["demo"] == before["demo"] | {"temperature": 1.25}
    assert all(torch.equal(value, after["state_dict"][name]) for name, value in before["state_dict"].items())
    content = moved.read_bytes()
    write_checkpoint(moved, after)
    assert moved.read_bytes() == content and [p.name for p in tmp_path.iterdir()] == ["alone.ckpt"]


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
    whole = write_small(tmp_path / "whole.ckpt").read_bytes()
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


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_numbers(tmp_path: Path, value: float) -> None:
    content = checkpoint()
    content["state_dict"]["network.output.bias"][0] = value
    torch.save(content, tmp_path / "x.ckpt")
    refused(tmp_path / "x.ckpt", "not finite numbers", "output.bias")


@MANY
@given(data=st.binary(max_size=300), cut=st.integers(0, 3000), whole=st.booleans())
def test_any_bytes_are_refused(tmp_path: Path, data: bytes, cut: int, whole: bool) -> None:
    valid = write_small(tmp_path / "valid.ckpt").read_bytes()
    path = tmp_path / "x.ckpt"
    path.write_bytes(valid[:cut] + data if whole else data)
    with pytest.raises(DemoError):
        read_checkpoint(path)


def test_the_same_content_gives_the_same_bytes_whatever_the_name(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "a.ckpt", checkpoint())
    write_checkpoint(tmp_path / "b.ckpt", checkpoint())
    assert (tmp_path / "a.ckpt").read_bytes() == (tmp_path / "b.ckpt").read_bytes()


def test_no_flipped_bit_changes_a_number(tmp_path: Path) -> None:
    whole = checkpoint()
    path = tmp_path / "x.ckpt"
    write_checkpoint(path, whole)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        directory = archive.start_dir
    choose = random.Random(0)
    # Anywhere, and in the directory at the end, which no checksum covers.
    places = [choose.randrange(len(content)) for _ in range(150)]
    places += [choose.randrange(directory, len(content)) for _ in range(250)]
    outcomes = []
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << choose.randrange(8)
        path.write_bytes(damaged)
        try:
            found = read_checkpoint(path)
        except DemoError:
            outcomes.append("refused")
            continue
        assert found["demo"] == whole["demo"] and found["state_dict"].keys() == whole["state_dict"].keys()
        assert all(torch.equal(value, found["state_dict"][name]) for name, value in whole["state_dict"].items())
        outcomes.append("equal")
    assert outcomes.count("refused") > 200


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def members(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda whole: whole[:-1], "truncated"),
        (lambda whole: whole + b"\0", "truncated"),
        (lambda whole: whole + whole, "bytes before the archive"),
        (lambda whole: b"\0" * 512 + whole, "bytes before the archive"),
        (lambda whole: zipped(members(whole) + members(whole)[-1:]), "a member twice"),
        (lambda whole: zipped(members(whole), zipfile.ZIP_DEFLATED), "compressed"),
        (lambda whole: zipped(members(whole)[1:]), "cannot be read as a checkpoint"),
    ],
)
def test_an_archive_that_is_not_as_it_was_written(tmp_path: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    path = write_small(tmp_path / "x.ckpt")
    path.write_bytes(damage(path.read_bytes()))
    refused(path, words)


BIAS = "network.output.bias"


@pytest.mark.parametrize(
    "change",
    [
        lambda bias: bias.to(torch.complex64),
        lambda bias: bias.to(torch.int64),
        lambda bias: bias.to_sparse(),
        lambda bias: torch.quantize_per_tensor(bias, 0.1, 0, torch.qint8),
        lambda bias: bias.to("meta"),
        lambda bias: torch.ones(1).expand(10**12),
        lambda bias: torch.ones(0),
        lambda bias: bias.tolist(),
        lambda bias: None,
    ],
)
def test_weights_of_another_kind_or_shape(tmp_path: Path, change: Callable[[torch.Tensor], Any]) -> None:
    content = checkpoint()
    content["state_dict"][BIAS] = change(content["state_dict"][BIAS])
    torch.save(content, tmp_path / "x.ckpt")
    refused(tmp_path / "x.ckpt")


def test_weights_missing_or_too_many(tmp_path: Path) -> None:
    content = checkpoint()
    bias = content["state_dict"].pop(BIAS)
    torch.save(content, tmp_path / "x.ckpt")
    refused(tmp_path / "x.ckpt", "another network", "output.bias")
    content["state_dict"] |= {BIAS: bias, "network.more": bias}
    torch.save(content, tmp_path / "y.ckpt")
    refused(tmp_path / "y.ckpt", "another network", "more")


def test_double_precision_is_taken(tmp_path: Path) -> None:
    content = checkpoint(seed=3)
    content["state_dict"][BIAS] = content["state_dict"][BIAS].double()
    torch.save(content, tmp_path / "x.ckpt")
    net = network(seed=1)
    load_weights(net, tmp_path / "x.ckpt")
    assert all(torch.equal(value, content["state_dict"][f"network.{name}"]) for name, value in net.state_dict().items())


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.int32, torch.bool])
def test_weights_of_a_type_that_no_network_is_trained_in_are_refused(tmp_path: Path, dtype: torch.dtype) -> None:
    content = checkpoint(seed=3)
    content["state_dict"][BIAS] = content["state_dict"][BIAS].to(dtype)
    torch.save(content, tmp_path / "x.ckpt")
    refused(tmp_path / "x.ckpt", "another network")


def test_what_is_finite_in_double_precision_only_is_refused(tmp_path: Path) -> None:
    content = checkpoint(seed=3)
    content["state_dict"][BIAS] = content["state_dict"][BIAS].double() * 0 + 1e200
    torch.save(content, tmp_path / "x.ckpt")
    refused(tmp_path / "x.ckpt", "NaN or infinite")

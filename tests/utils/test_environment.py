import io
import os
import platform
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from demo.utils.environment import settle, wandb_mode, with_home
from demo.utils.errors import DemoError


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Variables can be set, ``settle.__wrapped__`` called, and all is as it was afterwards."""
    before = dict(os.environ)
    yield monkeypatch
    monkeypatch.undo()
    os.environ.clear()
    os.environ.update(before)
    settle.__wrapped__()
    os.environ.clear()
    os.environ.update(before)


def test_other_programs_variables_are_taken_out(settled: pytest.MonkeyPatch) -> None:
    names = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK", "PL_TRAINER_DEVICES")
    for name in names:
        settled.setenv(name, "3")
    settled.setenv("SLURM_JOB_ID", "77")
    settled.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    settled.setenv("TMPDIR", "/no/such/folder")
    settle.__wrapped__()
    assert not set(names) & set(os.environ)
    # What Slurm's launcher needs stays.
    assert os.environ["SLURM_JOB_ID"] == "77"
    assert os.environ["MPLBACKEND"] == "Agg"
    assert os.environ["TMPDIR"] == tempfile.gettempdir()


def test_the_ranks_that_lightning_looks_at_are_those(settled: pytest.MonkeyPatch) -> None:
    from lightning_fabric.utilities.rank_zero import _get_rank

    for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK"):
        settled.setenv(name, "3")
        assert _get_rank() == 3
        settle.__wrapped__()
        assert _get_rank() is None


def no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_without_a_home_caches_have_a_folder_and_a_tilde_is_an_error(settled: pytest.MonkeyPatch) -> None:
    settled.setenv("HOME", "")
    settled.setattr(Path, "home", no_home)
    settle.__wrapped__()
    home = Path(os.environ["HOME"])
    assert home.is_dir() and home.stat().st_mode & 0o77 == 0
    with pytest.raises(DemoError, match="no such home folder"):
        with_home("~/x", "out")
    home.rmdir()


def test_a_home_that_cannot_be_written_is_that_of_a_tilde_only(settled: pytest.MonkeyPatch) -> None:
    settled.setenv("HOME", "/no/such/home")
    settled.delenv("NETRC", raising=False)
    settle.__wrapped__()
    assert os.environ["HOME"] != "/no/such/home" and os.access(os.environ["HOME"], os.W_OK)
    assert os.environ["NETRC"] == "/no/such/home/.netrc"
    assert with_home("~/x", "out") == "/no/such/home/x"


def test_a_tilde_is_the_home_folder(settled: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settled.setenv("HOME", str(tmp_path))
    settle.__wrapped__()
    assert with_home("~/x/", "out") == f"{tmp_path}/x/"
    assert with_home("~", "out") == str(tmp_path)
    assert with_home("x/~", "out") == "x/~"
    with pytest.raises(DemoError, match="no-such-user"):
        with_home("~no-such-user/x", "out")


def test_output_in_ascii_is_no_error(settled: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    settled.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))
    settle.__wrapped__()
    print("\u2265", flush=True)
    assert written.getvalue() == b"\\u2265\n"
    # A closed one is None.
    settled.setattr(sys, "stdout", None)
    settle.__wrapped__()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such setting")
def test_memory_that_a_step_frees_is_there_for_the_next(settled: pytest.MonkeyPatch) -> None:
    settle.__wrapped__()
    faults = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        activations = [np.ones(24 * 2**20, np.uint8) for _ in range(3)]
        del activations
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    assert faults[-1] < 100


@pytest.mark.parametrize(
    "variables, mode",
    [
        ({}, None),
        ({"WANDB_MODE": ""}, None),
        ({"WANDB_MODE": "online"}, "online"),
        ({"WANDB_MODE": "run"}, "online"),
        ({"WANDB_MODE": "dryrun"}, "offline"),
        ({"WANDB_MODE": "disabled"}, "disabled"),
        ({"WANDB_DISABLED": "true", "WANDB_MODE": "online"}, "disabled"),
        ({"WANDB_DISABLED": "1"}, "disabled"),
        ({"WANDB_DISABLED": "false", "WANDB_MODE": "offline"}, "offline"),
    ],
)
def test_what_is_asked_of_wandb(variables: dict[str, str], mode: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WANDB_MODE", "WANDB_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wandb_mode() == mode


def test_a_mode_that_wandb_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_DISABLED", raising=False)
    monkeypatch.setenv("WANDB_MODE", "off")
    with pytest.raises(DemoError) as refused:
        wandb_mode()
    assert len(str(refused.value).splitlines()) == 1
    assert all(word in str(refused.value) for word in ("online", "offline", "disabled", "logger=csv"))

"""The commands in Python: the same settings, results and errors; the process is left as it was found."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra.core.global_hydra import GlobalHydra

import demo
from demo.commands.api import _overrides
from planted_genome import plant

QUICK: dict[str, Any] = {
    "trainer": {"epochs": 1},
    "model": {"channels": 8},
    "motif": "none",
    "logger": "csv",
    "callbacks": {"progress_bar": None},
}


@pytest.mark.parametrize(
    "settings, swept, overrides",
    [
        ({"model": "conv4_hw7", "seed": 1}, False, ["model=conv4_hw7", "seed=1"]),
        ({"trainer": {"steps": 5, "epochs": None}}, False, ["trainer.steps=5", "trainer.epochs=null"]),
        ({"model.pool": 1, "force": True}, False, ["model.pool=1", "force=true"]),
        ({"plugins": ["a", "b"], "+attribution.window": 7}, False, ["plugins=[a,b]", "+attribution.window=7"]),
        ({"out": Path("a b"), "cell": "1e5"}, False, ['out="a b"', 'cell="1e5"']),
        ({"model": {"pool": [1, 2]}, "seed": (0, 1)}, True, ["model.pool=1,2", "seed=0,1"]),
        ({"model": ["conv3_hw5", "kmer"]}, True, ["model=conv3_hw5,kmer"]),
        ({"motif": {"compare_with": ["2016"]}}, True, ['motif.compare_with=["2016"]']),
    ],
)
def test_settings_are_those_of_the_command_line(settings: dict[str, Any], swept: bool, overrides: list[str]) -> None:
    assert _overrides(settings, swept) == overrides


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"model": {"pol": 1}}, ["no setting 'model.pol'", "model.pool"]),
        ({"model": "conv9"}, ["no model=conv9", "conv4_hw7"]),
        ({"modle": "conv4_hw7"}, ["'modle'"]),
        ({"seed": "x"}, ["seed is 'x'"]),
        ({"force": "maybe"}, ["force"]),
        ({"tf": "TOI"}, ["'TOI'"]),
        ({"seed": object()}, ["seed is not a plain value"]),
    ],
)
def test_bad_input_raises_what_the_command_prints(tiny_data: Path, settings: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(demo.DemoError) as refused:
        demo.train(**{"tf": "TOY", "data": tiny_data, **settings})
    assert all(word in str(refused.value) for word in words)
    assert not GlobalHydra.instance().is_initialized()


def test_what_all_runs_share_has_one_value(tiny_data: Path) -> None:
    with pytest.raises(demo.DemoError, match="motif has several values"):
        demo.sweep("TOY", tiny_data, motif=["paper", "none"])
    with pytest.raises(demo.DemoError, match=r"no setting 'model\.pol'"):
        demo.sweep("TOY", tiny_data, model={"pol": [1, 2]})


@pytest.mark.slow
def test_from_peaks_to_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call loads what the first one has made."""
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    planted = plant(tmp_path)
    made = demo.prepare(planted.peaks, "MYTF", genome=planted.genome, out=tmp_path / "my data")
    assert made.name == "MYTF_user" and made.complete
    threads, handlers = torch.get_num_threads(), logging.getLogger().handlers[:]
    settings = {**QUICK, "paths": {"runs": tmp_path / "runs"}}
    model = demo.train(made, **settings)
    assert model.run.is_relative_to(tmp_path / "runs" / "MYTF_user") and (model.run / "result.json").exists()
    changed = (model.run / "result.json").stat().st_mtime_ns
    again = demo.train("MYTF", tmp_path / "my data", **settings)
    assert (model.run / "result.json").stat().st_mtime_ns == changed
    sequences = ["ACGTA" * 20 + "C"]
    assert again.predict(sequences) == model.predict(demo.encode(sequences))
    assert os.environ["MPLBACKEND"].startswith("module://")
    assert (torch.get_num_threads(), logging.getLogger().handlers) == (threads, handlers)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", [None, "local"])
def test_a_sweep_returns_its_study(tiny_data: Path, tmp_path: Path, launcher: str | None) -> None:
    settings = {**QUICK, "model": {"channels": 8, "pool": [1, 2]}, "paths": {"runs": tmp_path}, "report": False}
    study = demo.sweep("TOY", tiny_data, launcher=launcher, **settings)
    (row,) = study.real
    assert row.run.model_name in {path.parent.name for path in tmp_path.glob("TOY*/*/seed0")}
    assert len(list(tmp_path.glob("TOY*/*/seed0/result.json"))) == 2
    # Two of these four fail, and the others are still there.
    study = demo.sweep("TOY", tiny_data, **{**settings, "trainer": {"epochs": 1, "precision": ["auto", "16-mixed"]}})
    assert len(study.real) == 1 and len(study.failed) == 2


@pytest.mark.slow
def test_ctrl_c_is_a_keyboard_interrupt(tiny_data: Path, tmp_path: Path) -> None:
    """Not the end of the process; and afterwards Ctrl-C works as before."""
    code = f"""
import os, signal, threading
import demo
before = signal.getsignal(signal.SIGINT)
def stop():
    from pathlib import Path
    import time
    while not list(Path({str(tmp_path)!r}).rglob("last.ckpt")):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=stop, daemon=True).start()
try:
    demo.train("TOY", {str(tiny_data)!r}, **{{**{QUICK!r}, "trainer": {{"epochs": 5000}}}},
               paths={{"runs": {str(tmp_path)!r}}})
except KeyboardInterrupt:
    assert signal.getsignal(signal.SIGINT) is before
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
    assert done.stdout == "interrupted\n", done.stderr

"""A run directory from somebody else is data: a payload anywhere in it runs nothing and tells nothing."""

import json
import os
import pickle
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hydra import compose, initialize_config_dir

from demo.commands.predict import predict_command
from demo.commands.train import train_command
from demo.commands.visualize import visualize_command
from demo.report.write import write_report
from demo.study.study import study_of
from demo.study.table import write_study
from demo.utils.errors import DemoError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
SECRET = "hunter2-of-the-environment"
SCRIPT = "<script>alert(1)</script>"

Commands = dict[str, Callable[[], Any]]


def payloads(sentinel: Path) -> dict[str, Any]:
    """What is put in the place of a value: what would run, what would tell, and what is of another type or size."""
    command = f"touch {sentinel}"
    return {
        "os.system": {"_target_": "os.system", "command": command},
        "collect_env": {"_target_": "torch.utils.collect_env.run", "command": command},
        "path": {"_target_": "pathlib.Path.touch", "_args_": [str(sentinel)]},
        "own name": {"_target_": "demo.networks.make_network", "settings": {}},
        "secret": "${oc.env:DEMO_TEST_SECRET}",
        "resolver": "${oc.decode:${oc.env:DEMO_TEST_SECRET}}",
        "script": SCRIPT,
        "traversal": "../../../../escaped",
        "huge": 10**300,
        "endless": float("1e400"),
        "list": [[[]]],
        "nothing": None,
        "text": "a\x00b\x1b[2J",
        "flag": True,
        "negative": -1,
    }


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value of a tree that holds no others, and of each section."""
    if path:
        yield path
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree[:1]) if isinstance(tree, list) else ()
    for name, value in parts:
        yield from leaves(value, (*path, name))


def planted(tree: Any, path: tuple[Any, ...], payload: Any) -> Any:
    """A copy of the tree with another value at ``path``."""
    name, *rest = path
    made = dict(tree) if isinstance(tree, dict) else list(tree)
    made[name] = planted(made[name], tuple(rest), payload) if rest else payload
    return made


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that is not there, and is not there afterwards either; nothing may start a process or call a shell."""
    monkeypatch.setenv("DEMO_TEST_SECRET", SECRET)
    monkeypatch.setattr(os, "system", _never)
    monkeypatch.setattr(subprocess.Popen, "__init__", _never)
    sentinel = tmp_path / "executed"
    yield sentinel
    assert not sentinel.exists()


def _never(*_: Any, **__: Any) -> None:
    raise AssertionError("something of the run directory was run")


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of a finished run with everything in it, in a folder of runs."""
    copy = tmp_path / "runs" / trained.relative_to(trained.parents[2])
    shutil.copytree(trained, copy)
    return copy


@pytest.fixture
def commands(run: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    """Everything that reads a run directory, up to where it would compute for long."""
    monkeypatch.setattr("demo.interpret.run_motifs.extract_motifs", _reached)
    monkeypatch.setattr("demo.training.fit.fit_and_test", _reached)
    runs, out = run.parents[2], tmp_path / "out"
    out.mkdir()
    (out / "x.fa").write_text(">a\n" + "ACGT" * 15 + "\n")
    training = [
        "tf=TOY", f"data.dir={tiny_data}", f"paths.runs={runs}", "trainer.epochs=2", "model.channels=8",
        "motif.extraction.window.steps=16",
         "motif.extraction.sketch.steps=20", "logger=csv", "callbacks.progress_bar=null",
    ]  # fmt: skip
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        configs = {
            "predict": compose("predict", [f"run='{run}'", f"input={out / 'x.fa'}", f"output={out / 'scores.tsv'}"]),
            "visualize": compose("visualize", [f"run='{run}'", f"data.dir={tiny_data}", "top=0"]),
            "train": compose("train", training),
        }
        yield {
            "predict": lambda: predict_command(configs["predict"]),
            "visualize": lambda: visualize_command(configs["visualize"]),
            "train": lambda: train_command(configs["train"]),
            "study": lambda: write_study(study_of(runs), out / "study"),
            "report": lambda: write_report(study_of(runs), out / "report"),
        }
    # Of all that was written and shown, nothing tells.
    assert not told(out) and not list(tmp_path.rglob("escaped*"))


def _reached(*_: Any, **__: Any) -> None:
    raise DemoError("This is where it would begin to compute.")


def survives(command: Callable[[], Any]) -> None:
    """It ends well or with a message."""
    try:
        command()
    except DemoError as error:
        assert SECRET not in str(error)


def told(*folders: Path) -> list[Path]:
    """Files that hold the secret, or the script as a page would run it."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    pages = [path for path in files if path.suffix == ".html" and SCRIPT in path.read_text(encoding="utf-8")]
    return pages + [path for path in files if SECRET.encode() in path.read_bytes()]


def try_out(commands: Commands, names: Sequence[str], what: str) -> None:
    """Run commands, each of which ends well or with a message."""
    for name in names:
        try:
            survives(commands[name])
        except BaseException as error:
            error.add_note(f"{name}, with {what}")
            raise


@pytest.mark.parametrize("file", ["config.yaml", "result.json", "motifs/motifs.json", "motifs/comparison.json"])
def test_a_payload_in_each_place_of_a_file(run: Path, commands: Commands, guarded: Path, file: str) -> None:
    path = run / file
    whole = {each: each.read_bytes() for each in run.rglob("*") if each.is_file()}
    read, write = (yaml.safe_load, yaml.safe_dump) if path.suffix == ".yaml" else (json.loads, json.dumps)
    tree = read(path.read_text())
    bad = list(payloads(guarded).items())
    for number, place in enumerate(leaves(tree)):
        # Each place gets one, and the next place the next.
        name, payload = bad[number % len(bad)]
        path.write_text(write(planted(tree, place, payload)))
        names = ["train", "visualize", "study", *(["report"] if number % 8 == 0 else [])]
        try_out(commands, names, f"{name} at {'.'.join(map(str, place))} of {file}")
        for each, there in whole.items():
            each.write_bytes(there)


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (str(self.path), "w")


def test_a_payload_in_each_place_of_a_checkpoint(run: Path, commands: Commands, guarded: Path) -> None:
    path = run / "checkpoints" / "best.ckpt"
    original = torch.load(path, weights_only=True)
    card = original["demo"]
    bad = {**payloads(guarded), "pickle": Evil(guarded)}
    of_card = [(("demo", *place), card) for place in leaves(card)]
    (weight, *_) = original["state_dict"]
    for place, _ in [*of_card, (("demo",), None), (("state_dict",), None), (("state_dict", weight), None)]:
        for name, payload in bad.items():
            torch.save(planted(original, place, payload), path)
            try_out(commands, ["predict"], f"{name} at {'.'.join(map(str, place))} of a checkpoint")
    for extra in ({"hyper_parameters": Evil(guarded)}, {"callbacks": {"x": Evil(guarded)}}):
        torch.save(original | extra, path)
        for name in ("predict", "visualize", "report"):
            with pytest.raises(DemoError, match="run code") if name != "report" else nullcontext():
                commands[name]()
    path.write_bytes(pickle.dumps(Evil(guarded)))
    try_out(commands, ["predict", "visualize", "study", "report"], "a pickle for a checkpoint")


BLOBS = {
    "script": SCRIPT * 3,
    "yaml": "!!python/object/apply:os.system ['id']\n",
    "table": f"a\tb,c\n{SCRIPT}\t=cmd|' /C calc'!A0,${{oc.env:DEMO_TEST_SECRET}}\n",
    "json": '{"networks": {"_target_": "os.system"}, "trials": "../../escaped", "settings": 1e400}',
    "predictions": "sequence_id\tlabel\tscore\na\t300\tnan\nb\t1\t1e400\n",
    "bytes": "\x00\x01\udcff" * 100,
    "nothing": "",
    "line": "A" * 1_000_000,
    "motif": f"MEME version 4\n\nALPHABET= ACGT\n\nMOTIF ../../escaped {SCRIPT}\n"
    "letter-probability matrix: alength= 4 w= 1 nsites= 1e400\n1e400 nan -1 0\n",
}


@pytest.mark.parametrize(
    "file",
    ["motifs/motifs.meme", "motifs/motifs.json", "motifs/comparison.json", "motifs/tomtom_2016.tsv", "metrics.csv",
     "predictions.tsv", "search.json", "config.yaml", "result.json", "checkpoints/best.ckpt", "../motifs/together.json",
     "../motifs/motifs.meme"],
)  # fmt: skip
def test_a_whole_file_of_something_else(run: Path, commands: Commands, guarded: Path, file: str) -> None:
    path = run / file
    path.parent.mkdir(exist_ok=True)
    for name, blob in BLOBS.items():
        path.write_bytes(blob.encode("utf-8", "surrogateescape"))
        try_out(commands, ["predict", "visualize", "train", "study", "report"], f"{name} for {file}")
    path.write_bytes(pickle.dumps(Evil(guarded)))
    try_out(commands, ["predict", "visualize", "train", "study", "report"], f"a pickle for {file}")


def test_what_a_training_resumes_from_is_data_too(
    run: Path, commands: Commands, guarded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from demo.training import fit

    monkeypatch.undo()
    monkeypatch.setenv("DEMO_TEST_SECRET", SECRET)
    (run / "result.json").unlink()
    last = run / "checkpoints" / "last.ckpt"
    content = torch.load(last, weights_only=True)
    torch.save({**content, "callbacks": {"x": Evil(guarded)}}, last)
    assert fit.fit_and_test is not _reached
    survives(commands["train"])

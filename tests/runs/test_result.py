"""``result.json``: what is written is read back, also where an earlier version wrote it, and damage is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from demo.data.catalogue import PublishedAuc
from demo.runs.result import FailedRun, MotifResult, RunResult
from demo.runs.settings import MotifSettings
from demo.utils.errors import DemoError
from made_result import made_result

BEFORE: dict[str, Any] = {
    "dataset": "ARID3A_K562_ARID3A_(sc-8821)_Stanford",
    "tf": "ARID3A",
    "cell_line": "K562",
    "lab": "Stanford",
    "data_source": "encode",
    "data": {
        "train": "a/ARID3A_AC.seq.gz",
        "test": "a/ARID3A_B.seq.gz",
        "length": 101,
        "train_positives": 7673,
        "validation_positives": 853,
        "negatives": "dinucleotide shuffles",
    },
    "model_name": "deepbind,sample_steps=50,samples=2,steps=200",
    "seed": 0,
    "validation": {
        "auroc": 0.663,
        "auroc_ci": [0.637, 0.689],
        "average_precision": 0.707,
        "positives": 853,
        "negatives": 853,
        "epoch": 1,
    },
    "test": {
        "auroc": 0.684,
        "auroc_ci": [0.652, 0.718],
        "average_precision": 0.727,
        "positives": 500,
        "negatives": 500,
    },
    "published": {
        "deepbind_auc": 0.88754,
        "deepbind_top500_auc": 0.80989,
        "meme_sum_auc": 0.79652,
        "meme_m1_auc": 0.60868,
    },
    "parameters": 1569,
    "epochs": 1,
    "steps": 240,
    "precision": "32-true",
    "device": "cpu",
    "threads": 1,
    "versions": {"demo": "0.1.0"},
    "git_commit": None,
    "machine": {"host": "vm", "platform": "Linux", "cuda_visible_devices": None, "command": "train.py tf=ARID3A"},
    "model": {"_target_": "demo.networks.DeepBindNet", "filters": 16, "width": 24},
    "hyperparameter_samples": {"chosen": {"optimizer.momentum": 0.96}, "trials": [], "seconds": 0.6},
    "calibration": {"temperature": 1.8, "validation": {}, "test": {}},
    "motif": {
        "settings": {
            "release": "newest",
            "compare_with": [2016, "newest"],
            "extraction": {"_target_": "demo.motifs.extraction.Extraction", "method": "paper"},
        },
        "motifs": {"best_window": {"consensus": "GGGGGC", "information_content_bits": 6.4}},
        "comparison": None,
    },
    "resumed_after_epochs": None,
    "seconds": 8.4,
    "seconds_training": 8.1,
    "seconds_motif": 0.0,
    "ended": "2026-11-26T01:01:57.900+00:00",
    "status": "finished",
}
"""As version 0.1.0 wrote it, shortened."""


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    published = PublishedAuc(0.9, None, 0.8, None)
    motif = MotifResult(
        MotifSettings("2016", extraction={"method": "paper"}).plain(),
        {"best_window": {"consensus": "ACG", "information_content_bits": 5}},
        {"tf": "TOY", "releases": []},
    )
    for result in (made_result(), made_result(published=published, motif=motif, best_epoch=None, seconds=3)):
        result.write(path)
        assert RunResult.read(path) == result
        assert json.loads(path.read_text())["status"] == "finished"
    failed = FailedRun("no space", "Traceback ...")
    failed.write(path)
    assert RunResult.read(path) == failed
    path.write_text('{"status": "failed"}')
    assert RunResult.read(path) == FailedRun("no reason is given")


def test_a_result_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(BEFORE))
    result = RunResult.read(path)
    assert isinstance(result, RunResult)
    assert result.model == {"name": "deepbind", "filters": 16, "width": 24} and result.role == "baseline"
    assert result.best_epoch == 1 and result.validation.auroc == 0.663 and result.test.auroc_ci == (0.652, 0.718)
    assert result.published == PublishedAuc(0.88754, 0.80989, 0.79652, 0.60868)
    assert result.motif.motifs == BEFORE["motif"]["motifs"] and result.hyperparameter_samples is not None
    # Compared with what a command asks for today, to see whether its motifs are these.
    assert result.motif.settings == MotifSettings(extraction={"method": "paper"}).plain()
    result.write(path)
    assert RunResult.read(path) == result
    # Of a set that Alipanahi et al. did not publish.
    path.write_text(json.dumps(BEFORE | {"published": {}}))
    assert RunResult.read(path).published is None  # type: ignore[union-attr]


def damaged(*keys: str, value: Any = None, gone: bool = False) -> dict[str, Any]:
    content = json.loads(json.dumps(BEFORE))
    *parents, last = keys
    section = content
    for key in parents:
        section = section[key]
    if gone:
        del section[last]
    else:
        section[last] = value
    return content


@pytest.mark.parametrize(
    "content, words",
    [
        ({"status": "finished"}, "'validation' is missing"),
        (damaged("published", gone=True), "'published' is missing"),
        (damaged("test", "auroc_ci", gone=True), "'auroc_ci' is missing"),
        (damaged("data", "length", gone=True), "length"),
        (damaged("versions", gone=True), "versions"),
        (damaged("test", value=[0.9]), "not the result"),
        (damaged("test", "auroc", value="high"), "high"),
        (damaged("test", "auroc", value=7.0), "outside 0 to 1"),
        (damaged("test", "auroc", value=float("nan")), "outside 0 to 1"),
        (damaged("test", "auroc_ci", value=[0.1]), "unpack"),
        (damaged("test", "positives", value={"_target_": "os.system"}), "positives"),
        (damaged("validation", "epoch", value="last"), "best_epoch is 'last'"),
        (damaged("dataset", value=["a"]), "dataset is"),
        (damaged("tf", value={"_target_": "os.system"}), "tf is"),
        (damaged("data", "train", value=3), "train is 3"),
        (damaged("data", "length", value="long"), "length is 'long'"),
        (damaged("model", value="demo.networks.DeMoNet"), "not the result"),
        (damaged("model", value={}), "'name' is missing"),
        (damaged("seed", value="0"), "seed is '0'"),
        (damaged("seconds", value="8"), "seconds is '8'"),
        (damaged("calibration", value=[]), "calibration is"),
        (damaged("published", "deepbind_auc", value="high"), "deepbind"),
        (damaged("published", value={"auc": 1}), "auc"),
        (damaged("motif", value=None), "not the result"),
        (damaged("motif", "motifs", value=[]), "motif"),
        (damaged("motif", "comparison", value="none"), "comparison"),
        (damaged("motif", "motifs", "best_window", "consensus", gone=True), "motif best_window is"),
        (damaged("motif", "motifs", "best_window", "information_content_bits", value="many"), "bits': 'many'"),
        (damaged("motif", "motifs", "best_window", value="GGGGGC"), "motif best_window is"),
        (damaged("seconds", value=10**400), "seconds is"),
        (damaged("parameters", value=2**70), "parameters is"),
        (damaged("versions", value={"torch": {"_target_": "os.system"}}), "versions is"),
        (damaged("hyperparameter_samples", value=3), "hyperparameter_samples is 3"),
        (damaged("git_commit", value=7), "git_commit is 7"),
    ],
)
def test_each_kind_of_damage_is_said_with_the_file(tmp_path: Path, content: dict[str, Any], words: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(content))
    with pytest.raises(DemoError, match=words) as error:
        RunResult.read(path)
    assert "not the result of a run" in error.value.what and error.value.where == str(path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a": ' + b"[" * 100_000, b'{"seed": ' + b"9" * 10_000 + b"}"]
)
def test_a_file_that_is_no_json_object(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(DemoError, match="JSON"):
        RunResult.read(path)


def test_a_folder_or_nothing_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "result.json").mkdir()
    for path in (tmp_path / "result.json", tmp_path / "nothing.json"):
        with pytest.raises(DemoError, match="Cannot read this file"):
            RunResult.read(path)

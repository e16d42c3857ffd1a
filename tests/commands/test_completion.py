"""Tab completes commands, options, settings and data sets."""

import subprocess
import sys
from pathlib import Path

import pytest

from demo.commands.completion import continued


@pytest.mark.parametrize(
    "line, words",
    [
        ("deep-motif t", ["train "]),
        ("deep-motif completion ", ["bash ", "zsh ", "fish "]),
        ("deep-motif train mod", ["model.", "model="]),
        ("deep-motif train model=conv4", ["model=conv4_hw5 ", "model=conv4_hw7 "]),
        ("deep-motif train model=deepbind search.sam", ["search.sample_steps=", "search.samples="]),
        ("deep-motif train tf=CTCF model.po", ["model.pool="]),
        ("deep-motif sweep hydra/launcher=lo", ["hydra/launcher=local "]),
        ("deep-motif predict --conf", ["--config-dir "]),
        # The shell's own completion of file names takes over.
        ("deep-motif predict run=ru", []),
        ("deep-motif study ru", []),
        ("deep-motif bogus x", []),
    ],
)
def test_what_a_line_may_be_continued_with(line: str, words: list[str]) -> None:
    assert continued(line) == words


def test_the_data_sets_on_disk_come_before_those_that_are_published(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_DATA", str(tiny_data))
    assert continued("deep-motif train tf=") == ["tf=TOY "]
    monkeypatch.setenv("DEMO_DATA", str(tmp_path))
    assert continued("deep-motif train tf=ctc") == ["tf=CTCF ", "tf=CTCFL "]


def test_options_of_the_users_folder(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("width: 3\n")
    line = f"deep-motif train --config-dir {tmp_path} model=mi"
    assert continued(line) == ["model=mine "]


@pytest.mark.slow
def test_in_bash(tmp_path: Path) -> None:
    """What stands before a = is kept where = separates words, as it does by default."""
    command = tmp_path / "deep-motif"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m demo "$@"\n')
    command.chmod(0o755)
    script = f"""
        PATH={tmp_path}:$PATH
        eval "$(deep-motif completion bash)"
        typed() {{ COMP_LINE=$1 COMP_POINT=${{#1}}; _deep_motif; printf '<%s>' "${{COMPREPLY[@]}}"; echo; }}
        typed "deep-motif tr"; typed "deep-motif train model=conv4_hw7"
        COMP_WORDBREAKS=' '; typed "deep-motif train model=conv4_hw7"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n") == ["<train >", "<conv4_hw7 >", "<model=conv4_hw7 >", ""], done.stderr

"""``deep-motif``: an overview, and messages in the words that were typed."""

import subprocess
import sys
from pathlib import Path

import pytest

import demo
from demo.commands.doors import COMMANDS, DOORS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
ENTRY_POINT = "import sys; sys.argv[0] = '/usr/bin/deep-motif'; from demo.__main__ import main; main()"


def deep_motif(*words: str) -> subprocess.CompletedProcess[str]:
    """As the installed command runs it."""
    return subprocess.run(
        [sys.executable, "-c", ENTRY_POINT, *words], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def test_the_overview_names_every_command() -> None:
    alone, asked = deep_motif(), deep_motif("--help")
    assert alone.returncode == asked.returncode == 0 and alone.stdout == asked.stdout
    assert all(f"\n  {command} " in alone.stdout for command in COMMANDS)
    assert set(COMMANDS) == {*DOORS, "study", "report", "dashboard", "completion"}
    assert deep_motif("--version").stdout == f"deep-motif {demo.__version__}\n"


@pytest.mark.parametrize(
    "words, said",
    [
        (["trian"], ["no command 'trian'", "There is: train", "deep-motif --help"]),
        (["train", "-sc", "install=bash"], ["deep-motif completion bash"]),
        (["completion", "tcsh"], ["'tcsh'", "bash, zsh, fish"]),
        (["train", "modle=x"], ["'modle'", "model"]),
        (["train", "tf=A,B"], ["deep-motif sweep tf=A,B"]),
        (["predict", "run=nowhere", "input=x.fa"], ["nowhere"]),
    ],
)
def test_errors_say_what_was_typed(words: list[str], said: list[str]) -> None:
    done = deep_motif(*words)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert all(word in done.stderr for word in said), done.stderr


@pytest.mark.parametrize("command", sorted(DOORS))
def test_help_says_what_was_typed(command: str) -> None:
    installed = deep_motif(command, "--help").stdout
    script = subprocess.run(
        [sys.executable, f"{command}.py", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    ).stdout
    module = subprocess.run(
        [sys.executable, "-m", "demo", command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    ).stdout
    assert f"  deep-motif {command}" in installed and "python" not in installed
    assert f"  python {command}.py" in script and f"deep-motif {command}" not in script
    assert f"  python -m demo {command}" in module


def test_a_reader_that_has_gone_is_no_error() -> None:
    command = f"{sys.executable} -u -m demo --help | head -c 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""

"""All commands under one name: ``deep-motif train tf=CTCF``, or ``python -m demo train tf=CTCF``."""

import sys
from pathlib import Path

import demo
from demo.commands import completion, doors
from demo.commands.cli import bad_input_ends
from demo.commands.doors import COMMANDS
from demo.utils.environment import is_typed, settle, typed
from demo.utils.errors import DemoError, nearest


def main() -> None:
    """Run the command named by the first argument."""
    settle()
    form = "python -m demo {}" if Path(sys.argv[0]).name == "__main__.py" else "deep-motif {}"
    is_typed(form)
    command = sys.argv[1] if len(sys.argv) > 1 else "--help"
    with bad_input_ends():
        if command in ("--help", "-h", "help"):
            print(_overview(form))
            return
        if command in ("--version", "-V"):
            print(f"deep-motif {demo.__version__}")
            return
        if command not in COMMANDS:
            raise DemoError(
                f"There is no command {command!r}.",
                exists=nearest(command, COMMANDS) or COMMANDS,
                fix=form.format("--help"),
            )
        if {"-sc", "--shell-completion"} & set(sys.argv):
            raise DemoError("One script completes all commands.", fix=f"{form.format('completion')} bash")
    # What is recorded of a run, and shown by parsers, is what was typed.
    sys.argv[:2] = [typed(command)]
    if command in doors.DOORS:
        doors.main(command, form)
    else:
        others = {"dashboard": doors.dashboard, "completion": completion.main}
        others.get(command, doors.study)(command)


def _overview(form: str) -> str:
    """``--help``."""
    commands = "\n".join(f"  {name:<10}  {what}" for name, what in COMMANDS.items())
    first = (
        "prepare peaks=peaks.narrowPeak genome=hg38.fa tf=MYTF",
        "train tf=MYTF",
        "visualize run=runs/MYTF_user/conv3_hw5,pretrained=base/seed0",
        "report runs",
    )
    return f"""\
Deep Motif trains a network on the ChIP-seq peaks of a transcription factor and shows the motif that it learned.

{commands}

{form.format("COMMAND")} --help lists the settings of one. From peaks to a motif:

""" + "\n".join(f"  {form.format(words)}" for words in first)


if __name__ == "__main__":
    main()

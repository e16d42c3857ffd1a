"""All commands under one name: ``python -m demo train tf=CTCF``."""

import sys

from demo.commands import dashboard, doors, study_arguments
from demo.commands.cli import bad_input_ends
from demo.utils.environment import settle
from demo.utils.errors import DemoError


def main() -> None:
    """Run the command named by the first argument."""
    settle()
    commands = {
        **dict.fromkeys(doors.DOORS, doors.main),
        **dict.fromkeys(("study", "report"), study_arguments.main),
        "dashboard": dashboard.main,
    }
    with bad_input_ends():
        command = sys.argv[1] if len(sys.argv) > 1 else ""
        if command not in commands:
            raise DemoError(f"There is no command {command!r}.", exists=commands, fix="python -m demo train --help")
    # Hydra names a job after the script.
    sys.argv[:2] = [f"{command}.py"]
    commands[command](command)


if __name__ == "__main__":
    main()

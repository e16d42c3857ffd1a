"""All commands under one name: ``python -m demo train tf=CTCF``."""

import sys


def main() -> None:
    """Run the command named by the first argument."""
    from demo.commands import dashboard, doors, report, study
    from demo.commands.cli import bad_input_ends
    from demo.utils.environment import settle
    from demo.utils.errors import DemoError

    settle()

    commands = {
        **dict.fromkeys(doors.DOORS, doors.main),
        "study": lambda _: study.main(),
        "report": lambda _: report.main(),
        "dashboard": lambda _: dashboard.main(),
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

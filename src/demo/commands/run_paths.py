"""Runs as a command names them: one, several, or a pattern."""

from pathlib import Path

from demo.utils.errors import DemoError


def run_paths(run: str | list[str]) -> list[str]:
    """Run directories or checkpoints, at least one: as named, or those that a pattern with ``*`` fits, by name.

    Raises:
        DemoError: nothing fits a pattern, or the list is empty.
    """
    paths: list[str] = []
    for pattern in run if isinstance(run, list) else [run]:
        if "*" not in pattern:
            paths.append(pattern)
            continue
        root = Path(pattern).anchor
        found = sorted(str(path) for path in Path(root or ".").glob(pattern.removeprefix(root)))
        if not found:
            raise DemoError("No run directory fits this pattern.", where=pattern)
        paths += found
    if not paths:
        raise DemoError("run=[] names no run.", fix="run=runs/<data set>/<model>/seed0")
    return paths

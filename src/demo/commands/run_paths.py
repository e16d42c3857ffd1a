"""The runs that ``run=`` names: one, several, or a pattern."""

from pathlib import Path

from demo.utils.errors import DemoError


def run_paths(run: str | list[str]) -> list[str]:
    """Run directories or checkpoints, at least one: as named, or those that match a pattern with ``*``, by name.

    Raises:
        DemoError: nothing matches a pattern, or the list is empty.
    """
    paths: list[str] = []
    for pattern in run if isinstance(run, list) else [run]:
        if "*" not in pattern:
            paths.append(pattern)
            continue
        root = Path(pattern).anchor
        found = sorted(str(path) for path in Path(root or ".").glob(pattern.removeprefix(root)))
        if not found:
            raise DemoError("No run directory matches this pattern.", where=pattern)
        paths += found
    if not paths:
        raise DemoError("run=[] names no run.", fix="run=runs/<data set>/<model>/seed0")
    return paths

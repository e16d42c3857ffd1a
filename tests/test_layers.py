"""Imports run down the layers of ``docs/architecture.md`` only, also lazy ones and those for type checkers."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "demo"
LAYERS = (
    "__main__", "commands", "sweeps", "training", "report", "interpret", "scoring", "study", "runs", "networks", "data",
    "compare", "motifs", "sequences", "plotting", "metrics", "utils",
)  # fmt: skip


def modules() -> dict[str, Path]:
    """``demo.motifs.motif`` and its like, without the front page of lazy names, which may point anywhere."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {name: path for name, path in found.items() if name != "demo"}


MODULES = modules()


def imported(path: Path) -> Iterator[str]:
    """Own modules that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path} has a relative import"
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield from [name for name in (submodule, node.module) if name in MODULES][:1]


def layer(module: str) -> int:
    return LAYERS.index(module.split(".")[1])


def test_imports_run_down() -> None:
    upwards = [
        f"{module} imports {other}"
        for module, path in MODULES.items()
        for other in imported(path)
        if layer(other) < layer(module)
    ]
    assert upwards == []


def test_no_two_modules_import_each_other() -> None:
    TopologicalSorter({module: set(imported(path)) - {module} for module, path in MODULES.items()}).prepare()


def test_the_documentation_names_the_same_layers() -> None:
    page = (SOURCE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert rows == [name for name in LAYERS if name != "__main__"]


def test_every_module_is_in_a_layer() -> None:
    assert sorted(path.stem for path in SOURCE.glob("*.py")) == ["__init__", "__main__", "metrics"]
    assert {module.split(".")[1] for module in MODULES} <= set(LAYERS)


def test_imports_inside_functions_are_few() -> None:
    """Each is for start-up time, and hides a dependency from whoever reads the top of the file."""
    lazy = {
        (module, inner.lineno)
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.ImportFrom) and str(inner.module).startswith("demo.")
    }
    assert len(lazy) <= 25, sorted(lazy)


def test_only_the_door_sees_hydra() -> None:
    """Below the commands nobody sees a DictConfig; the launchers of a sweep are Hydra's."""
    seen = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in ("hydra", "omegaconf"))
        or (
            isinstance(node, ast.Import) and {alias.name.split(".")[0] for alias in node.names} & {"hydra", "omegaconf"}
        )
    }
    below = {module for module in seen if not module.startswith("demo.commands.")}
    assert below == {
        "demo.utils.config",
        "demo.sweeps.launching",
        "demo.sweeps.search",
        "demo.sweeps.trials",
        "demo.sweeps.workers",
    }

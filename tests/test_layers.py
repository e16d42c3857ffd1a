"""Imports run down the list of docs/architecture.md only, also those inside functions and for type checkers."""

import ast
from pathlib import Path

SRC = Path(__file__).resolve().parents[1] / "src"
LAYERS = (
    "__main__", "commands", "sweep", "training", "report", "interpret", "scoring", "study", "runs", "networks", "data",
    "compare", "motifs", "sequences", "plotting", "metrics", "utils",
)  # fmt: skip
"""From the top down. ``demo`` itself, the public names, imports nothing until one is used."""


def imports() -> dict[str, set[str]]:
    """Module to the modules of this package that it names in an import, wherever that stands."""
    names = {".".join(path.relative_to(SRC).with_suffix("").parts): path for path in (SRC / "demo").rglob("*.py")}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    found: dict[str, set[str]] = {name: set() for name in names}
    for name, path in names.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert not node.level, f"{name}: imports are absolute"
                parts = {f"{node.module}.{alias.name}" for alias in node.names}
                found[name] |= {part if part in names else node.module for part in parts}
            elif isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names}
        found[name] = {module for module in found[name] if module.split(".")[0] == "demo" and module != "demo"}
    return found


def test_imports_run_down_the_layers():
    layer = {name: place for place, name in enumerate(LAYERS)}
    upwards = [
        f"{name} imports {module}"
        for name, modules in imports().items()
        for module in modules
        if name != "demo" and layer[module.split(".")[1]] < layer[name.split(".")[1]]
    ]
    assert not upwards


def test_no_modules_import_each_other():
    found = imports()
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for module in found.get(name, ()):
                visit(module, (*path, name))
            done.add(name)

    for name in found:
        visit(name, ())


def test_every_module_is_in_a_layer():
    loose = sorted(path.stem for path in (SRC / "demo").glob("*.py"))
    assert loose == ["__init__", "__main__", "metrics"]
    assert {path.parent.name for path in (SRC / "demo").glob("*/__init__.py")} <= set(LAYERS)


def test_only_the_door_sees_hydra():
    """Below the commands nobody sees a DictConfig; the launchers of a sweep are Hydra's."""
    seen = {
        ".".join(path.relative_to(SRC).with_suffix("").parts)
        for path in (SRC / "demo").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in ("hydra", "omegaconf"))
        or (isinstance(node, ast.Import) and {a.name.split(".")[0] for a in node.names} & {"hydra", "omegaconf"})
    }
    below = {name for name in seen if not name.startswith("demo.commands.")}
    assert below == {"demo.utils.config", "demo.sweep.launching", "demo.sweep.search", "demo.sweep.workers"}

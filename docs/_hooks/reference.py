"""The reference, from the code: what ``--help`` prints, ``conf/`` with the typed settings, and the docstrings."""

import dataclasses
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple, get_type_hints

import yaml
from griffe import Docstring, Parser
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from demo import networks

ROOT = Path(__file__).resolve().parents[2]
CONF = ROOT / "conf"

COMMANDS = (
    "prepare", "train", "visualize", "predict", "fetch", "pretrain", "sweep", "study", "report", "dashboard",
    "completion",
)  # fmt: skip

PYTHON = {
    "demo": ("In a notebook or script", ["demo"]),
    "sequences": ("Sequences and their files", ["demo.sequences"]),
    "motifs": ("Motifs and their files", ["demo.motifs"]),
    "compare": ("Comparison with known motifs", ["demo.compare"]),
    "networks": ("Networks", ["demo.networks"]),
    "training": (
        "Training in a Trainer of your own",
        [
            "demo.training.classifier.Classifier",
            "demo.data.datamodule.PeakDataModule",
            "demo.data.sources.DataSettings",
        ],
    ),
    "study": (
        "Many runs as one study",
        ["demo.study.study.study_of", "demo.study.study.Study", "demo.report.write.write_report"],
    ),
}
"""Pages: title, and what is on them; of a package all that is in its ``__all__``."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the reference."""
    pages = {"commands": commands_page(), "settings": settings_page()}
    pages |= {f"python/{page}": python_page(page) for page in PYTHON}
    for name, text in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files


def commands_page() -> str:
    """What each command prints with ``--help``."""
    parts = [
        "# Commands\n",
        "What each command prints with `--help`. In a checkout, `python train.py` is `deep-motif train`, and so on.\n",
    ]
    # As it is typed: the help names the program that it is asked of.
    installed = Path(sys.executable).with_name("deep-motif")
    program = [str(installed)] if installed.exists() else [sys.executable, "-m", "demo"]
    for command in COMMANDS:
        shown = subprocess.run([*program, command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
        parts.append(f"## {command}\n\n```text\n{shown.stdout.strip()}\n```\n")
    return "\n".join(parts)


def python_page(page: str) -> str:
    """Public classes and functions, each with its docstring; of those on the page of ``demo``, a link."""
    title, contents = PYTHON[page]
    names = {name: thing for each in contents for name, thing in _public(each)}
    # Registered when they are first looked up.
    if page == "networks":
        names |= {f"{each.__module__}.{each.__name__}": each for each in _networks().values()}
    top = {} if page == "demo" else {_path(thing): name for name, thing in _public("demo")}
    links = [f"[`{top[path]}`][{path}]" for path in map(_path, names.values()) if path in top]
    parts = [f"# {title}\n"]
    if len(contents) == 1:
        parts.append(f"{inspect.getdoc(import_module(contents[0]))}\n")
    if links:
        parts.append(f"On [the page of `demo`](demo.md): {', '.join(links)}.\n")
    for name, thing in sorted(names.items(), key=lambda item: item[0].lower()):
        if _path(thing) not in top:
            options = f'{{heading: "{name}", toc_label: "{name.rpartition(".")[2]}"}}'
            parts.append(f"::: {_path(thing) or name}\n    options: {options}\n")
    return "\n".join(parts)


def _public(name: str) -> list[tuple[str, Any]]:
    """The public names of a package and what they are, or one class or function."""
    package, _, attribute = name.rpartition(".")
    if attribute[:1].isupper() or "_" in attribute:
        return [(name, getattr(import_module(package), attribute))]
    module = import_module(name)
    return [(f"{name}.{each}", getattr(module, each)) for each in module.__all__ if not each.startswith("__")]


def _networks() -> Mapping[str, Any]:
    """All built-in networks by name."""
    for module in iter_modules(networks.__path__):
        import_module(f"demo.networks.{module.name}")
    return networks.NETWORKS


def _path(thing: Any) -> str:
    """Where a class or function is defined; empty for anything else."""
    return f"{thing.__module__}.{thing.__qualname__}" if inspect.isclass(thing) or inspect.isfunction(thing) else ""


class Setting(NamedTuple):
    """A setting in a file of ``conf/``."""

    name: str
    """As it is typed: ``data.shift``."""
    value: str
    comment: str


def settings_page() -> str:
    """The settings of every command, then those of every group."""
    parts = [
        "# Settings\n",
        "Every file in `conf/`, with the defaults in it. A setting is changed as `name=value`, and a group of settings "
        "as `group=option`: `model=conv4_hw7 model.pool=1`. `--cfg job` prints the configuration of a command without "
        "running it.\n",
    ]
    for command in COMMANDS:
        if (path := CONF / f"{command}.yaml").exists():
            parts += [f"## deep-motif {command}\n", _table(path)]
    for folder in sorted(path for path in CONF.glob("**/") if list(path.glob("*.yaml")) and path != CONF):
        group = folder.relative_to(CONF).as_posix()
        parts.append(f"## {group}\n")
        for path in sorted(folder.glob("*.yaml")):
            parts += [f"### {group}={path.stem}\n", _table(path)]
    return "\n".join(parts)


def settings_of(path: Path) -> list[Setting]:
    """The settings that a file in ``conf/`` has itself, with their comments; Hydra's own are left out."""
    text = path.read_text(encoding="utf-8")
    is_global = "@package _global_" in text
    package = "" if is_global or path.parent == CONF else path.parent.relative_to(CONF).as_posix().replace("/", ".")
    root = yaml.compose(text)
    return list(_settings(root, package, text.splitlines())) if isinstance(root, yaml.MappingNode) else []


def _settings(node: yaml.MappingNode, prefix: str, lines: list[str], of_all: str = "") -> Iterator[Setting]:
    """Those under a section; ``of_all`` is the comment on the section."""
    for key, value in node.value:
        name = f"{prefix}.{key.value}".lstrip(".")
        if name in ("defaults", "hydra") or name.endswith((".defaults", "._target_")):
            continue
        if isinstance(value, yaml.MappingNode) and value.value and not value.flow_style:
            _, _, comment = lines[key.start_mark.line].partition("#")
            comment = comment.strip() or _above(lines, key.start_mark)
            target = next((each for part, each in value.value if part.value == "_target_"), None)
            if target is not None:
                yield Setting(name, target.value, comment)
            yield from _settings(value, name, lines, comment or of_all)
            continue
        line, column = value.end_mark.line, value.end_mark.column
        _, _, comment = lines[line][column:].partition("#")
        written = lines[value.start_mark.line][value.start_mark.column : column] if value.end_mark.line == line else ""
        yield Setting(name, written.strip() or "null", comment.strip() or _above(lines, key.start_mark) or of_all)


def _above(lines: list[str], mark: yaml.Mark) -> str:
    """Comment lines that stand directly above a setting, at its indentation, but not the first of the file."""
    found: list[str] = []
    for line in reversed(lines[1 : mark.line]):
        if not line.startswith(" " * mark.column + "#"):
            break
        found.insert(0, line.strip("# "))
    return " ".join(found)


def _table(path: Path) -> str:
    """The heading comment of a file, what it builds on, and its settings."""
    text = path.read_text(encoding="utf-8")
    about = re.match(r"(?:# ?(?!@package|python |deep-motif ).*\n|# (?:@package|python |deep-motif ).*\n)*", text)
    lines = [line.strip("# ") for line in (about[0] if about else "").splitlines()]
    said = " ".join(line for line in lines if not line.startswith(("@package", "python ", "deep-motif ")))
    base = [each for each in (yaml.safe_load(text) or {}).get("defaults", []) if isinstance(each, str)]
    builds = [f"[`{path.parent.name}={each}`](#{path.parent.name}{each})" for each in base if each != "_self_"]
    if path.parent == CONF:
        builds = [f"[`{each}`](#deep-motif-{each})" for each in base if each != "_self_"]
    meanings = _meanings(path)
    rows = [
        f"| `{name}` | {_default(value)} | {_meaning(comment, meanings.get(name, ''))} |"
        for name, value, comment in settings_of(path)
    ]
    table = "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows]) if rows else ""
    on_top = f"On top of {', '.join(builds)}:" if builds else ""
    return "\n\n".join(part for part in (said, on_top, table) if part) + "\n"


def _default(value: str) -> str:
    if value == "???":
        return "*required*"
    if variable := re.fullmatch(r"\$\{oc\.env:(\w+),(.*)\}", value):
        return f"`${variable[1]}`, or `{variable[2]}`"
    return f"`{value}`"


def _meaning(comment: str, documented: str) -> str:
    """What the docstring says, and those parts of the comment most of whose words are not in it already."""
    said = set(re.findall(r"\w+", documented.lower()))
    noted = [set(re.findall(r"\w+", part.lower())) for part in comment.split("; ")]
    new = [part for part, words in zip(comment.split("; "), noted, strict=True) if len(words - said) > len(words) / 2]
    text = "; ".join(part.rstrip(".") for part in (documented, *new) if part)
    return text.replace("``", "`").replace("|", "\\|").replace("\n", " ")


def _meanings(path: Path) -> dict[str, str]:
    """What the typed settings say of each setting that may stand in a file of ``conf/``, by its name as typed."""
    from demo.data.sources import DataSettings
    from demo.interpret.attribution import ATTRIBUTION_METHODS
    from demo.interpret.attribution.explanation import AttributionSettings
    from demo.interpret.extraction.extract import Extraction
    from demo.interpret.extraction.methods import EXTRACTION_METHODS
    from demo.runs.settings import LoggerSettings, MotifSettings, TrainerSettings
    from demo.training.optimizers import OPTIMIZERS
    from demo.training.search import HyperparameterSearch

    sections: list[tuple[str, Any]] = [
        ("data", DataSettings),
        ("trainer", TrainerSettings),
        ("logger", LoggerSettings),
        ("motif", MotifSettings),
        ("motif.extraction", Extraction),
        *(("motif.extraction", method) for method in EXTRACTION_METHODS.values()),
        ("attribution", AttributionSettings),
        *(("attribution", method) for method in ATTRIBUTION_METHODS.values()),
        ("search", HyperparameterSearch),
        # The network of this file last: several have settings of the same name.
        *(("optimizer", each) for each in _named_last(OPTIMIZERS, path)),
        *(("model", each) for each in _named_last(_networks(), path)),
    ]
    return {name: text for prefix, kind in sections for name, text in _documented(kind, prefix)}


def _named_last(registry: Mapping[str, Any], path: Path) -> list[Any]:
    names = re.findall(r"^ *name: (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return sorted(registry.values(), key=lambda each: any(registry.get(name) is each for name in names))


def _documented(kind: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """The fields or arguments of a class and, where they are dataclasses, theirs."""
    sections = Docstring(inspect.getdoc(kind) or "").parse(Parser.google, warnings=False)
    for section in sections:
        if section.kind.value in ("parameters", "attributes"):
            for each in section.value:
                yield f"{prefix}.{each.name}".lstrip("."), each.description
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        for field in dataclasses.fields(kind):
            if dataclasses.is_dataclass(hints[field.name]):
                yield from _documented(hints[field.name], f"{prefix}.{field.name}".lstrip("."))

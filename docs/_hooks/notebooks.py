"""Tutorials: the percent scripts in ``examples/``, executed as notebooks while the site is built."""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import jupytext
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from nbclient import NotebookClient
from nbconvert import MarkdownExporter
from nbconvert.preprocessors import HighlightMagicsPreprocessor
from nbformat import NotebookNode, writes

ROOT = Path(__file__).resolve().parents[2]

NOTEBOOKS = ("own_peaks", "variants", "tutorial", "study")
"""Executed in this order in one folder: a model that an earlier one trained is found by the later ones."""

REAL = ("ELK1", "SRF")
"""Factors whose real data they use where there are any."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """A page, its pictures and a notebook to download, for each script.

    With ``DOCS_EXECUTE=no`` in the environment the pages show code without results: seconds instead of minutes.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name in NOTEBOOKS:
            notebook = jupytext.read(ROOT / "examples" / f"{name}.py")
            if os.environ.get("DOCS_EXECUTE") != "no":
                executed(notebook, Path(folder))
            exporter = MarkdownExporter(preprocessors=[HighlightMagicsPreprocessor])
            page, resources = exporter.from_notebook_node(notebook, {"unique_key": name, "output_files_dir": name})
            # A table without pandas' own style has the site's, and scrolls where it is wide.
            page = re.sub(r"<style scoped>.*?</style>| border=\"1\" class=\"dataframe\"", "", page, flags=re.DOTALL)
            page = page.replace("```bash\n%%bash\n", "```bash\n")
            download = f"[Download this page as a notebook]({name}.ipynb){{ .md-button download }}\n"
            made = {f"{name}.md": page + "\n" + download, f"{name}.ipynb": writes(notebook), **resources["outputs"]}
            for path, content in made.items():
                files.append(File.generated(config, f"tutorials/{path}", content=content))
    return files


def executed(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run a notebook's cells in ``folder``; an error in a cell is raised.

    Real data sets are copied into its ``data/``, where there are any: what the cells write stays in ``folder``.
    """
    shared = Path(os.environ.get("DEMO_SHARED") or ROOT.parent / "shared") / "data" / "encode"
    (folder / "data").mkdir(exist_ok=True)
    for path in [path for tf in REAL for path in shared.glob(f"{tf}_*.seq.gz")]:
        shutil.copyfile(path, folder / "data" / path.name)
    environment = {name: value for name, value in os.environ.items() if name != "DEMO_DATA"}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
        "WANDB_MODE": "offline",
    }
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        coalesce_streams=True,
    )
    client.execute(env=environment)
    return notebook

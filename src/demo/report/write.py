"""Writes a report."""

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import demo
from demo.plotting.logo import PALETTES
from demo.report import DIGEST, elements, index, made_of
from demo.report.data_set import data_set_page
from demo.report.elements import Part, part
from demo.report.logos import sprite
from demo.report.motifs import RunMotifs, read_motifs
from demo.report.provenance import Defaults
from demo.runs.directory import RunDirectory
from demo.runs.summary import ABOVE_VALIDATION
from demo.study.study import Study, StudyRow
from demo.utils.checks import choice
from demo.utils.errors import counted
from demo.utils.files import write_text


def write_report(
    study: Study,
    folder: Path,
    *,
    colours: str = "classic",
    data: Path | None = None,
    defaults: Defaults | None = None,
) -> Path:
    """Write ``index.html`` and one page for each data set into ``sets/``; pages of an earlier report are removed.

    Each page is self-contained: style, script and drawings are inside, and nothing is loaded from elsewhere.

    Args:
        study: to report.
        folder: of the report, created if necessary.
        colours: of the nucleotides, ``classic`` or ``colour-blind``; a reader can switch them on the page.
        data: folder of the runs' data files, if they were moved.
        defaults: settings of ``train.py`` with overrides of its groups, for the commands that reproduce a run;
            ``None`` for no such commands.

    Returns:
        ``index.html``.

    Raises:
        DemoError: a file cannot be written, or ``colours`` is unknown.
    """
    choice("colours", colours, list(PALETTES))
    digest = made_of(study, colours, data)
    rows = [*study.real, *study.simulated]
    pages = elements.page_names(row.run.dataset for row in rows)
    motifs = {row.run.dataset: _motifs(row) for row in rows}

    letters = {letter for each in motifs.values() for letter in (each.value.letters if each.value else "ACGT")}
    environment = _environment(colours, "".join(sorted(letters | set("ACGT"))))
    sets = folder / elements.FOLDER
    for i, row in enumerate(rows):
        write_text(
            sets / pages[row.run.dataset],
            environment.get_template("data_set.html").render(
                page=data_set_page(row, motifs[row.run.dataset], sets, data, defaults),
                before=rows[i - 1].run.dataset if i else None,
                after=rows[i + 1].run.dataset if i + 1 < len(rows) else None,
                pages=pages,
            ),
        )
    for old in set(sets.glob("*.html")) - {sets / page for page in pages.values()}:
        old.unlink()
    write_text(
        folder / "index.html",
        environment.get_template("index.html").render(
            study=study,
            tables=index.tables(study, pages, motifs),
            counts=index.counts(study),
            figure=index.figure(study, pages),
            any_peaks=any(not row.run.is_labelled for row in rows),
            cell_lines=sorted({row.run.cell_line for row in rows if row.run.cell_line}),
        ),
    )
    write_text(folder / DIGEST, digest)
    return folder / "index.html"


def _motifs(row: StudyRow) -> Part[RunMotifs]:
    return part(lambda: read_motifs(RunDirectory(row.run.directory).motifs))


def _environment(colours: str, letters: str) -> Environment:
    loader = PackageLoader("demo.report")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        number=elements.number,
        counted=counted,
        signed=elements.signed,
        scientific=elements.scientific,
        duration=elements.duration_or_dash,
        model_words=elements.model_words,
    )
    environment.globals.update(
        colours=colours,
        palettes=PALETTES,
        sprite=sprite(letters),
        above_validation=ABOVE_VALIDATION,
        version=demo.__version__,
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        # Our own, so no escaping.
        style=Markup(_source(loader, environment, "style.css")),
        script=Markup(_source(loader, environment, "script.js")),
    )
    return environment


def _source(loader: PackageLoader, environment: Environment, name: str) -> str:
    return loader.get_source(environment, name)[0]

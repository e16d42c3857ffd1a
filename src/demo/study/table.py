"""A study as CSV, Markdown and terminal text."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from demo.runs.summary import ABOVE_VALIDATION
from demo.study.columns import COLUMNS, baseline_table, columns, motif_tables, of_use, table
from demo.study.counts import baseline_lines, leading_kind, motif_lines
from demo.study.figure import figure_2a, save
from demo.study.runs import TRIAL_STEPS
from demo.study.statistics import Comparison
from demo.study.study import Study
from demo.utils.errors import counted
from demo.utils.files import write_text

CSV, MARKDOWN, FIGURE = "study.csv", "study.md", "figure_2a.png"

_SIMULATED = "simulated, says nothing about real binding"


def as_csv(study: Study) -> str:
    """``study.csv``: one line for each data set, real ones first; missing values are empty."""
    rows = (*study.real, *study.simulated)
    shown = columns(rows)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(column.name for column in shown)
    lines.writerows([_cell(column.value(row)) for column in shown] for row in rows)
    return text.getvalue()


def summary_text(study: Study) -> str:
    """Counts, medians and tests in a few lines, for the terminal and the head of ``study.md``."""
    lines = []
    if study.comparison:
        lines += [study.coverage + ".", *_comparison_lines("Selected model", study.comparison)]
    if study.ensemble_comparison:
        seeds = sorted({len(row.ensemble.seeds) for row in study.compared if row.ensemble})
        title = f"Ensemble of {' or '.join(map(str, seeds))} seeds, mean probability"
        lines += _comparison_lines(title, study.ensemble_comparison)
    lines += baseline_lines(study.counted)
    if trials := len(study.real) - len(study.counted):
        lines.append(
            f"Not counted: {trials} of {counted(len(study.real), 'data set')}, whose networks are all trial runs of "
            f"fewer than {TRIAL_STEPS:,} steps."
        )
    if study.simulated:
        sets = counted(len(study.simulated), "simulated set")
        lines.append(f"{sets} listed separately, excluded from these numbers.")
    lines += motif_lines(study)
    if study.unfinished:
        lines.append(f"Unfinished: {counted(len(study.unfinished), 'run')}.")
    if study.failed:
        lines.append(f"{len(study.failed)} failed:")
        lines += [f"  {name}: {' '.join(reason.split())}" for name, reason in study.failed.items()]
    return "\n".join(lines)


def terminal_table(study: Study) -> str:
    """A table of the data sets that fits a terminal."""
    rows = (*study.real, *study.simulated)
    with_ensemble = any(row.ensemble for row in rows)
    shown = [c for c in COLUMNS if c.in_terminal and (with_ensemble or not c.name.startswith("ensemble"))]
    lines = table(rows, of_use(shown, rows))
    for line, row in zip(lines[1:], rows, strict=True):
        line[0] += " (simulated)" if row.run.data_source == "simulated" else ""
    tables = [_terminal(lines)]
    # Only the leading motif; the files have the others.
    tables += [f"{heading}\n{_terminal(lines)}" for heading, lines in motif_tables(rows, [leading_kind(rows)])]
    return "\n\n".join(tables)


def as_markdown(study: Study) -> str:
    """``study.md``: the summary, and all titled columns."""
    heading = "Deep Motif against DeepBind" if study.comparison else "Deep Motif"
    parts = [f"# {heading}", "", *(f"{line}  " for line in summary_text(study).splitlines())]
    for title, rows in (("Real data", study.real), (f"Simulated data ({_SIMULATED})", study.simulated)):
        if rows:
            parts += [
                "",
                f"## {title}",
                "",
                _markdown(table(rows, of_use([c for c in COLUMNS if c.title is not None], rows))),
            ]
            for heading, lines in motif_tables(rows):
                parts += ["", f"### {heading}", "", _markdown(lines)]
            if baselines := baseline_table(rows):
                parts += ["", "### Baselines trained here, test AUROC", "", _markdown(baselines)]
    measured = "AUROC is measured on the test set, with a 95 % bootstrap interval. "
    if study.real and all(row.run.is_labelled for row in (*study.real, *study.simulated)):
        selected = "The model was selected by validation AUROC, never by the test set."
        return "\n".join([*parts, "", measured + selected]) + "\n"
    parts += [
        "",
        measured + ABOVE_VALIDATION,
        "",
        "(in) after a difference: DeepBind's AUC is within the interval. DeepBind, DeepBind-500 (trained on 500 "
        "peaks), MEME-SUM and MEME-M1 are the published AUCs of Alipanahi et al. 2015. The model was selected by "
        "validation AUROC, never by the test set; ties to four decimals went to the model with fewer parameters. With "
        "search_steps, models were compared by the shorter runs that study.csv names in selected_by.",
        "",
        "Motifs: best match by Tomtom (Pearson's correlation, q-values over all CORE vertebrate matrices of the "
        "release) and its relation to the TF; whether the TF's own matrix is matched; the share of test positives on "
        "which our motif's average motif affinity (AMA) exceeds that of the TF's own matrix; AUROC of both affinities "
        "on the test set. A motif that is merely sharp wins the former but not the latter. Best hit: the highest log "
        "odds in a sequence, of either strand, against the base frequencies of the test set.",
    ]
    return "\n".join(parts) + "\n"


def write_study(study: Study, folder: Path) -> list[Path]:
    """Write ``study.csv``, ``study.md`` and, if there are published AUCs, ``figure_2a.png`` and ``.pdf``.

    Returns:
        The files.

    Raises:
        DemoError: a file cannot be written.
    """
    for name, text in ((CSV, as_csv(study)), (MARKDOWN, as_markdown(study))):
        write_text(folder / name, text)
    pictures = [folder / FIGURE, (folder / FIGURE).with_suffix(".pdf")]
    figure = figure_2a(study)
    if figure is None:
        # A figure of an earlier study would be taken for this one's.
        for path in pictures:
            path.unlink(missing_ok=True)
        pictures = []
    else:
        save(figure, folder / FIGURE)
    return [folder / CSV, folder / MARKDOWN, *pictures]


def _comparison_lines(title: str, numbers: Comparison) -> list[str]:
    return [
        f"{title}: higher than DeepBind's published AUC on {numbers.wins} of {numbers.count} sets "
        f"({numbers.wins_inside} of them within the bootstrap interval), lower on {numbers.losses} "
        f"({numbers.losses_inside} within), {numbers.ties} ties.",
        f"  Median AUROC {numbers.median:.4f} against {numbers.published_median:.4f}; mean difference "
        f"{numbers.mean_difference:+.4f}; sign test p = {_p(numbers.sign_p)}, Wilcoxon signed-rank p = "
        f"{_p(numbers.wilcoxon_p)} (two-sided).",
    ]


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    cells = _padded(lines)
    ruler = ["-" * len(cell) for cell in cells[0]]
    return "\n".join(f"| {' | '.join(line)} |" for line in (cells[0], ruler, *cells[1:]))


def _terminal(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join("  ".join(cells).rstrip() for cells in _padded(lines))


def _padded(lines: Sequence[Sequence[str]]) -> list[list[str]]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else value

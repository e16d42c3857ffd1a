"""A study as a table and as text."""

import csv
import io
from collections.abc import Sequence

from demo.study.baselines import COLUMNS as BASELINE_COLUMNS
from demo.study.baselines import baseline_lines, baseline_table, baseline_values
from demo.study.motif_columns import motif_columns, motif_lines, motif_tables, motif_values
from demo.study.rows import Row, Study
from demo.study.statistics import Comparison

COLUMNS = (
    "dataset", "tf", "cell_line", "data_source", "test_auroc", "auroc_low", "auroc_high",
    "deepbind_auc", "difference", "deepbind_inside_interval",
    "deepbind_top500_auc", "meme_sum_auc", "meme_m1_auc", *BASELINE_COLUMNS,
    "model", "conv_layers", "pool", "highway_layers", "parameters", "seed", "candidates", "validation_auroc",
    "seconds_training", "ensemble_seeds", "ensemble_auroc", "ensemble_low", "ensemble_high", "ensemble_difference",
    "run", "selected_by",
)  # fmt: skip
"""Columns of ``study.csv`` before those of motifs; an empty cell: there is no such number."""

_SIMULATED = "simulated, says nothing about real binding"


def as_csv(study: Study) -> str:
    """``study.csv``: one line for each data set, real ones first."""
    text = io.StringIO()
    table = csv.DictWriter(text, columns(study), lineterminator="\n")
    table.writeheader()
    for row in (*study.real, *study.simulated):
        table.writerow({name: _cell(value) for name, value in values(row).items()})
    return text.getvalue()


def columns(study: Study) -> list[str]:
    """All columns of ``study.csv``: those of motifs depend on the releases of JASPAR that they were compared with."""
    return [*COLUMNS, *motif_columns((*study.real, *study.simulated))]


def values(row: Row) -> dict[str, object]:
    """One data set, by the names of ``columns``; ``None``, or nothing among the motifs', where there is no number."""
    run, ensemble, published = row.run, row.ensemble, row.run.published
    return {
        "dataset": run.dataset,
        "tf": run.tf,
        "cell_line": run.cell_line,
        "data_source": run.data_source,
        "test_auroc": run.auroc,
        "auroc_low": run.interval[0],
        "auroc_high": run.interval[1],
        "deepbind_auc": row.deepbind,
        "difference": row.difference,
        "deepbind_inside_interval": row.is_inside,
        "deepbind_top500_auc": published and published.deepbind_top500,
        "meme_sum_auc": published and published.meme_sum,
        "meme_m1_auc": published and published.meme_m1,
        **baseline_values(row),
        "model": run.model_name,
        "conv_layers": run.model.get("conv_layers"),
        "pool": run.model.get("pool"),
        "highway_layers": run.model.get("highway_layers"),
        "parameters": run.parameters,
        "seed": run.seed,
        "candidates": row.candidates,
        "validation_auroc": run.validation_auroc,
        "seconds_training": run.seconds,
        "ensemble_seeds": len(ensemble.seeds) if ensemble else None,
        "ensemble_auroc": ensemble.auroc if ensemble else None,
        "ensemble_low": ensemble.interval[0] if ensemble else None,
        "ensemble_high": ensemble.interval[1] if ensemble else None,
        "ensemble_difference": ensemble.auroc - row.deepbind if ensemble and row.deepbind is not None else None,
        "run": str(run.directory),
        "selected_by": str(row.chosen_by.directory),
        **motif_values(row),
    }


def summary_text(study: Study) -> str:
    """Counts, medians and tests, a few lines; for the terminal and the head of ``study.md``."""
    lines = []
    if study.comparison:
        lines += [study.coverage + ".", *_comparison_lines("Selected model", study.comparison)]
    elif study.real:
        lines.append("No data set here has an AUC that DeepBind published: there is nothing to compare with.")
    if study.ensemble_comparison:
        seeds = sorted({len(row.ensemble.seeds) for row in study.compared if row.ensemble})
        title = f"Ensemble of {' or '.join(map(str, seeds))} seeds, mean probability"
        lines += _comparison_lines(title, study.ensemble_comparison)
    lines += baseline_lines(study.real)
    if study.simulated:
        lines.append(f"{len(study.simulated)} simulated sets are listed apart and in none of these numbers.")
    lines += motif_lines(study)
    if study.unfinished:
        lines.append(f"{len(study.unfinished)} runs were begun and are not finished.")
    if study.failed:
        lines.append(f"{len(study.failed)} failed:")
        lines += [f"  {name}: {' '.join(reason.split())}" for name, reason in study.failed.items()]
    return "\n".join(lines)


def terminal_table(study: Study) -> str:
    """The data sets, a line each, narrow enough for a terminal."""
    rows = (*study.real, *study.simulated)
    with_ensemble = any(row.ensemble for row in rows)
    header = ["data set", "test AUROC (95 %)", "DeepBind", "difference", "model", "validation"]
    header += ["ensemble"] if with_ensemble else []
    lines = []
    for row in rows:
        simulated = " (simulated)" if row.run.data_source == "simulated" else ""
        cells = [f"{row.run.dataset}{simulated}", _with_interval(row), _number(row.deepbind), _difference(row)]
        cells += [row.run.model_name, _number(row.run.validation_auroc)]
        lines.append(cells + ([_number(row.ensemble.auroc if row.ensemble else None)] if with_ensemble else []))
    tables = [_terminal([header, *lines])]
    # The others are in the files: the paper's claim is about the class motif.
    tables += [f"{title}\n{_terminal(table)}" for title, table in motif_tables(rows, ["class_motif"])]
    return "\n\n".join(tables)


def as_markdown(study: Study) -> str:
    """``study.md``: the summary, and every column a reader wants."""
    parts = ["# Deep Motif against DeepBind", "", *(f"{line}  " for line in summary_text(study).splitlines())]
    for title, rows in (("Real data", study.real), (f"Simulated data ({_SIMULATED})", study.simulated)):
        if rows:
            parts += ["", f"## {title}", "", _markdown_table(rows)]
            for heading, table in motif_tables(rows):
                parts += ["", f"### {heading}", "", _markdown(table)]
            if baselines := baseline_table(rows):
                parts += ["", "### Baselines trained here, test AUROC", "", _markdown(baselines)]
    parts += [
        "",
        "AUROC is that of the test set, with its 95 % bootstrap interval; (in) after a difference: the interval holds "
        "DeepBind's AUC. DeepBind, DeepBind-500 (trained on 500 peaks), MEME-SUM and MEME-M1 are the published AUCs of "
        "Alipanahi et al. 2015. The model was selected by validation AUROC, which is never that of the test set; ties "
        "to four decimals went to the model with fewer parameters. Where the search had fewer steps (search_steps), it "
        "was the AUROC of the shorter run that study.csv names in selected_by.",
        "",
        "Motifs: best match by Tomtom (Pearson's correlation, q-values over all CORE vertebrate matrices of the "
        "release) and what it is to the TF; whether the TF's own matrix is matched; on which part of the test "
        "positives the average motif affinity (AMA) of ours is above that of the TF's own matrix; AUROC of both "
        "affinities on the test set. A motif that is merely sharp wins the former and not the latter.",
    ]
    return "\n".join(parts) + "\n"


def _comparison_lines(title: str, numbers: Comparison) -> list[str]:
    return [
        f"{title}: higher than DeepBind's published AUC on {numbers.wins} of {numbers.count} sets "
        f"({numbers.wins_inside} of them inside the bootstrap interval), lower on {numbers.losses} "
        f"({numbers.losses_inside} inside), {numbers.ties} ties.",
        f"  Median AUROC {numbers.median:.4f} against {numbers.published_median:.4f}; mean difference "
        f"{numbers.mean_difference:+.4f}; sign test p = {_p(numbers.sign_p)}, Wilcoxon signed-rank p = "
        f"{_p(numbers.wilcoxon_p)} (two-sided).",
    ]


def _markdown_table(rows: Sequence[Row]) -> str:
    header = ["data set", "AUROC (95 %)", "DeepBind", "difference", "DeepBind-500", "MEME-SUM", "MEME-M1"]
    header += ["model", "of", "seed", "validation", "training, s", "ensemble (95 %)", "seeds"]
    lines = []
    for row in rows:
        known, together = row.run.published, row.ensemble
        others = [known.deepbind_top500, known.meme_sum, known.meme_m1] if known else [None] * 3
        line = [row.run.dataset, _with_interval(row), _number(row.deepbind), _difference(row), *map(_number, others)]
        line += [row.run.model_name, str(row.candidates), str(row.run.seed), _number(row.run.validation_auroc)]
        line += [f"{row.run.seconds:.0f}", _interval(together.auroc, together.interval) if together else "-"]
        lines.append([*line, str(len(together.seeds)) if together else "-"])
    return _markdown([header, *lines])


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    cells = _padded(lines)
    ruler = ["-" * len(cell) for cell in cells[0]]
    return "\n".join(f"| {' | '.join(line)} |" for line in (cells[0], ruler, *cells[1:]))


def _terminal(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join("  ".join(cells).rstrip() for cells in _padded(lines))


def _padded(lines: Sequence[Sequence[str]]) -> list[list[str]]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]


def _with_interval(row: Row) -> str:
    return _interval(row.run.auroc, row.run.interval)


def _interval(auroc: float, interval: tuple[float, float]) -> str:
    return f"{auroc:.4f} ({interval[0]:.4f}-{interval[1]:.4f})"


def _difference(row: Row) -> str:
    return "-" if row.difference is None else f"{row.difference:+.4f}{' (in)' if row.is_inside else ''}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else value

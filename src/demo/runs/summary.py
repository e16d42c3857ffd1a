"""The summary of a finished run, for the terminal."""

import textwrap
from collections.abc import Mapping
from typing import Any

from demo.compare.comparison import MotifComparison, ReleaseComparison
from demo.compare.comparison_files import affinity_text, comparison_from, match_text, match_texts
from demo.metrics import Classes
from demo.runs.directory import RunDirectory
from demo.runs.result import MotifResult, RunResult
from demo.utils.files import files_in

_WARNING = "*** SIMULATED DATA: these numbers say nothing about real binding ***"

ABOVE_VALIDATION = (
    "Test AUROC is usually above validation AUROC where the test peaks are the strongest (every second of the top "
    "1,000, in DeepBind's files and with prepare's split=rank) and validation peaks are drawn from all the others."
)


def summary(result: RunResult, run: RunDirectory) -> str:
    """The results of a finished run and where to find them.

    Args:
        result: its results.
        run: its directory.
    """
    test, simulated = result.test, result.data_source == "simulated"
    low, high = test.auroc_ci
    epoch = "" if result.best_epoch is None else f"   (epoch {result.best_epoch} of {result.epochs})"
    lines = ["", f"{result.dataset}  {result.model_name}, seed {result.seed}"]
    lines += [f"  {_WARNING}"] if simulated else []
    lines += [
        f"  {'test AUROC' if test.classes is None else 'test AUROC, macro':<24} {test.auroc:.4f}   "
        f"(95 % interval {low:.4f} to {high:.4f}; "
        + (
            f"{test.positives} positives, {test.negatives} negatives)"
            if test.classes is None
            else f"{test.positives} sequences of {len(test.classes.each)} classes)"
        ),
        f"  test average precision   {test.average_precision:.4f}",
        f"  validation AUROC         {result.validation.auroc:.4f}{epoch}",
    ]
    if test.classes is not None:
        lines += _class_lines(test.classes)
    elif result.test.auroc > result.validation.auroc and result.data.class_counts is None and not simulated:
        lines += textwrap.wrap(ABOVE_VALIDATION, 110, initial_indent="    ", subsequent_indent="    ")
    if result.published is not None and result.published.deepbind is not None:
        lines.append(f"  DeepBind's published AUC {result.published.deepbind:.4f}")
    if result.pretrained is not None:
        lines += _trunk_lines(result.pretrained)
    lines += motif_lines(result.motif)
    lines += [
        f"  time                     {result.seconds:.0f} s",
        "  files",
        f"    {run.result}",
        f"    {run.predictions}",
    ]
    if result.motif.motifs:
        lines += [
            f"    {path}" for path in (*files_in(run.motifs, "*.png"), *files_in(run.motifs, "*/full_optimum.png"))
        ]
    return "\n".join(lines)


_SHOWN = 12
"""Classes in the summary; of more, those with the lowest AUROC."""


def _class_lines(classes: Classes) -> list[str]:
    """Accuracy, and each class."""
    low, high = classes.accuracy_ci
    lines = [f"  test accuracy            {classes.accuracy:.4f}   (95 % interval {low:.4f} to {high:.4f})"]
    shown = list(classes.each)
    if len(shown) > _SHOWN:
        shown = sorted(shown, key=lambda name: classes.each[name].auroc)[:_SHOWN]
        lines.append(f"  the {_SHOWN} classes with the lowest AUROC (all are in result.json)")
    for name in shown:
        one = classes.each[name]
        low, high = one.auroc_ci
        precision = "-" if one.precision is None else f"{one.precision:.3f}"
        lines.append(
            f"    {name:<22} {one.auroc:.4f}   ({low:.4f} to {high:.4f}; average precision "
            f"{one.average_precision:.3f}, recall {one.recall:.3f}, precision {precision}, {one.count} sequences)"
        )
    if len(classes.each) <= _SHOWN:
        wrong = [
            (row[column], f"{name} as {other}: {row[column]}")
            for name, row in zip(classes.each, classes.confusion, strict=True)
            for column, other in enumerate(classes.each)
            if name != other and row[column]
        ]
        lines += [
            f"    confused               {', '.join(text for _, text in sorted(wrong, reverse=True)[:6])}"
        ] * bool(wrong)
    return lines


def _trunk_lines(pretrained: Mapping[str, Any]) -> list[str]:
    """The trunk, and AUROC without the sequences that it had seen, if it had."""
    lines = [f"  pretrained               {pretrained['name']}   ({pretrained['steps']:,} steps)"]
    for part in ("test", "validation"):
        facts = pretrained[part]
        if facts["overlapping"] and facts["without_overlapping"]:
            auroc = facts["without_overlapping"]["auroc"]
            lines.append(
                f"    {part + ' AUROC':<22} {auroc:.4f}   without {facts['overlapping']:,} of {facts['sequences']:,} "
                "sequences that share a 20-mer with pretraining"
            )
    return lines


def motif_lines(motif: MotifResult) -> list[str]:
    """Each motif, followed by its comparison with each JASPAR release.

    Args:
        motif: of a run, or of several seeds.
    """
    comparison = comparison_from(motif.comparison) if motif.comparison else None
    lines = []
    for kind, facts in motif.motifs.items():
        bits = facts["information_content_bits"]
        doubt = "   does not tell validation positives from negatives" if facts.get("tells_apart") is False else ""
        lines.append(f"  {kind.replace('_', ' '):<24} {facts['consensus']}   ({bits:.1f} bits){doubt}")
        if "match" in facts:
            match, beside = match_texts(facts["match"])
            lines += [f"    {'best match':<22} {match}", *([f"    {'':<22} {beside}"] if beside else [])]
        if comparison:
            for part in comparison.releases:
                lines += _against(part.motifs[kind], part, comparison.tf) if kind in part.motifs else []
    return lines


def _against(found: MotifComparison, part: ReleaseComparison, tf: str) -> list[str]:
    lines = [f"    {'JASPAR ' + part.release:<22} {match_text(found, part, tf)}"]
    return lines + ([f"    {'':<22} {text}"] if (text := affinity_text(found)) else [])

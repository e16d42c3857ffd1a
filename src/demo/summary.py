"""The end of a run, for the terminal."""

from typing import Any

from demo.run_directory import RunDirectory

_WARNING = "*** SIMULATED DATA: these numbers say nothing about real binding ***"


def summary(result: dict[str, Any], run: RunDirectory) -> str:
    """What a finished run gave and where to look.

    Args:
        result: the content of ``result.json``.
        run: its directory.
    """
    test, validation, published = result["test"], result["validation"], result["published"]
    low, high = test["auroc_ci"]
    simulated = result["data_source"] == "simulated"
    lines = ["", f"{result['dataset']}  {result['model_name']}, seed {result['seed']}"]
    lines += [f"  {_WARNING}"] if simulated else []
    lines += [
        f"  test AUROC               {test['auroc']:.4f}   (95 % interval {low:.4f} to {high:.4f}; "
        f"{test['positives']} positives, {test['negatives']} negatives)",
        f"  test average precision   {test['average_precision']:.4f}",
        f"  validation AUROC         {validation['auroc']:.4f}{_epoch(result)}",
    ]
    if published.get("deepbind_auc") is not None:
        lines.append(f"  DeepBind's published AUC {published['deepbind_auc']:.4f}")
    lines += [f"  {name:<24} {motif}" for name, motif in _motifs(result)]
    lines += [
        f"  time                     {result['seconds']:.0f} s",
        "  where to look",
        f"    {run.result}",
        f"    {run.predictions}",
    ]
    if result["motif"]["motifs"]:
        lines += [f"    {path}" for path in sorted(run.motifs.glob("*.png"))]
    return "\n".join(lines)


def _epoch(result: dict[str, Any]) -> str:
    """Which epoch's weights were taken, where there were epochs."""
    epoch = result["validation"]["epoch"]
    return "" if epoch is None else f"   (epoch {epoch} of {result['epochs']})"


def _motifs(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " "), f"{motif['consensus']}   ({motif['information_content_bits']:.1f} bits)")
        for name, motif in result["motif"]["motifs"].items()
    ]

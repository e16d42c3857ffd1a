"""Which run of a data set is reported, by validation AUROC, never by the test set; and the baselines next to it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from demo.networks.registry import BASELINES
from demo.study.runs import Run

TIE_DECIMALS = 4
"""Validation AUROCs that agree to this many decimals are tied."""


def select(among: Iterable[Run]) -> Run:
    """The run with the highest validation AUROC; ties go to the model with fewer parameters, then the first by name.

    Args:
        among: at least one, all of one data set. Their test results are not used.
    """
    return min(among, key=lambda run: (-round(run.validation_auroc, TIE_DECIMALS), run.parameters, run.model_name))


def candidates(runs: Sequence[Run], seed: int | None = None) -> list[Run]:
    """The runs that a model is selected from: one of each model; trial runs only if there are no others, and baselines
    only if there is nothing else.

    Args:
        runs: of one data set.
        seed: as in ``representatives``.
    """
    networks = [run for run in runs if not run.is_baseline]
    trained = [run for run in networks if not run.is_trial]
    return representatives(trained, seed) or representatives(networks or runs, seed)


def representatives(runs: Iterable[Run], seed: int | None = None) -> list[Run]:
    """One run of each model. Seeds split the data differently, so models are compared on a single seed.

    Args:
        runs: of one data set.
        seed: the seed; ``None`` for each model's lowest.
    """
    of_model: dict[str, Run] = {}
    for run in sorted(runs, key=lambda run: run.seed):
        if seed is None or run.seed == seed:
            of_model.setdefault(run.model_name, run)
    return list(of_model.values())


def baselines_of(runs: Iterable[Run], seed: int | None = None) -> dict[str, float]:
    """Test AUROC of each baseline trained here with its defaults, by name.

    Args:
        runs: of one data set, with the same split, negatives and test set.
        seed: as in ``representatives``.
    """
    return {run.model_name: run.auroc for run in representatives(runs, seed) if run.model_name in BASELINES}


def seeds_of(selected: Run, runs: Iterable[Run], count: int | None = None) -> list[Run]:
    """The runs of the selected model, by seed, starting with the selected one.

    Args:
        selected: from ``select``.
        runs: of any data set and model.
        count: maximal number of seeds: seed, seed + 1, ...; ``None`` for all.
    """
    same = [run for run in runs if (run.dataset, run.model_name) == (selected.dataset, selected.model_name)]
    end = None if count is None else selected.seed + count
    return sorted(
        (run for run in same if run.seed >= selected.seed and (end is None or run.seed < end)),
        key=lambda run: run.seed,
    )


def by_dataset(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs by name of their data set."""
    groups: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        groups[run.dataset].append(run)
    return dict(groups)

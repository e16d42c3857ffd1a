"""A study: the selected model of each data set, and all of them against DeepBind, where it published an AUC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from demo.compare.comparison import JasparComparison
from demo.compare.comparison_files import read_comparison
from demo.data.catalogue import DEFAULT_CELL_LINE, published
from demo.networks.registry import BASELINES
from demo.runs.directory import RunDirectory
from demo.runs.ensemble_motifs import made_together, motif_folder
from demo.study.runs import Run, baselines_of, by_dataset, candidates, collect, seeds_of, select
from demo.study.statistics import Comparison, SeedEnsemble, compare, ensemble_of, inside
from demo.utils.errors import DemoError


@dataclass(frozen=True)
class StudyRow:
    """One data set.

    Attributes:
        run: of the selected model.
        chosen_by: the run whose validation AUROC decided: ``run``, or a shorter one of the same model.
        candidates: number of models it was selected from.
        ensemble: of seeds of the selected model; ``None`` if there is only one.
        motifs: comparison of the selected run's motifs with JASPAR, if any.
        baselines: test AUROC of the baselines trained here, by ``model=``.
        ensemble_motifs: comparison of the ensemble's joint motifs with JASPAR, if any.
    """

    run: Run
    chosen_by: Run
    candidates: int
    ensemble: SeedEnsemble | None
    motifs: JasparComparison | None = None
    baselines: Mapping[str, float] = field(default_factory=dict)
    ensemble_motifs: JasparComparison | None = None

    @property
    def deepbind(self) -> float | None:
        """DeepBind's published AUC, 0-1; ``None`` for simulated data, or if none was published."""
        if self.run.data_source == "simulated" or self.run.published is None:
            return None
        return self.run.published.deepbind

    @property
    def difference(self) -> float | None:
        """Our test AUROC minus DeepBind's."""
        return None if self.deepbind is None else self.run.auroc - self.deepbind

    @property
    def is_inside(self) -> bool | None:
        """Whether our bootstrap interval includes DeepBind's AUC."""
        return None if self.deepbind is None else inside(self.run.interval, self.deepbind)


@dataclass(frozen=True)
class Study:
    """All data sets of a folder of runs.

    Attributes:
        real: real data, largest difference from DeepBind first, then those without one by name.
        simulated: simulated data, by name; excluded from all counts and statistics.
        failed: names of failed runs to why they failed.
        unfinished: names of runs that have begun and have no result yet.
        comparison: of the single models with DeepBind; ``None`` if no set has a published AUC.
        ensemble_comparison: of the ensembles with DeepBind, on the sets with an ensemble.
    """

    real: tuple[StudyRow, ...]
    simulated: tuple[StudyRow, ...]
    failed: Mapping[str, str]
    unfinished: tuple[str, ...]
    comparison: Comparison | None
    ensemble_comparison: Comparison | None

    @property
    def counted(self) -> list[StudyRow]:
        """The real sets that counts and statistics include: those with more than trial runs."""
        return _counted(self.real)

    @property
    def compared(self) -> list[StudyRow]:
        """Of these, those with a published AUC of DeepBind, largest difference first."""
        return [row for row in self.counted if row.difference is not None]

    @property
    def coverage(self) -> str:
        """How many of the published sets are included: ``"2 of the 108 K562 sets ... (partial)"``."""
        names = {row.run.dataset for row in self.compared}
        everything = [s for s in published() if s.published and s.published.deepbind is not None]
        of_paper = [s for s in everything if s.cell_line == DEFAULT_CELL_LINE]
        done = sum(s.name in names for s in of_paper)
        text = (
            f"{done} of the paper's {len(of_paper)} {DEFAULT_CELL_LINE} sets, "
            f"{len(names)} of the {len(everything)} that DeepBind published"
        )
        return text if done == len(of_paper) else f"Partial study: {text}"


def study_of(
    folder: Path,
    *,
    models: frozenset[str] | None = None,
    seed: int | None = None,
    ensemble: int | None = None,
    failed: Mapping[str, str] | None = None,
    trained_on: Mapping[str, str] | None = None,
) -> Study:
    """Select a model for each data set with finished runs, and compare with DeepBind.

    Args:
        folder: ``paths.runs`` of the runs.
        models: select only among these (``conv4_hw5,pool=1``); ``None`` for all.
        seed: of the single models; ``None`` for the lowest of each.
        ensemble: number of seeds of an ensemble; ``None`` for all.
        failed: failures that left no trace in the folder, name of the run to the reason.
        trained_on: name of a run to that of the same model with more steps, which replaces it if it was selected and
            the longer one has finished.

    Raises:
        DemoError: there is no such folder.
    """
    # Includes baselines, whatever the models.
    trained_on = trained_on or {}
    longer = frozenset(name.split("/")[1] for name in trained_on.values())
    runs = collect(folder, models | longer | frozenset(BASELINES) if models is not None else None)
    by_name = {run.name: run for run in runs.finished}
    problems = {**runs.failed, **(failed or {})}
    rows: list[StudyRow] = []
    for of_dataset in by_dataset(runs.finished).values():
        asked = [run for run in of_dataset if models is None or run.model_name in models]
        among = candidates(asked, seed)
        if not among:
            continue
        chosen_by = select(among)
        selected = by_name.get(trained_on.get(chosen_by.name, chosen_by.name), chosen_by)
        try:
            together = _ensemble(selected, runs.finished, ensemble)
        except DemoError as error:
            together, problems[f"{selected.name}, ensemble"] = None, error.what
        try:
            motifs = read_comparison(RunDirectory(selected.directory).motifs)
        except DemoError as error:
            motifs, problems[f"{selected.name}, motifs"] = None, error.what
        try:
            of_seeds = _motifs_of(together) if together else None
        except DemoError as error:
            of_seeds, problems[f"{selected.name}, motifs of the ensemble"] = None, error.what
        baselines = baselines_of(of_dataset, selected, seed)
        rows.append(StudyRow(selected, chosen_by, len(among), together, motifs, baselines, of_seeds))
    real = sorted((row for row in rows if row.run.data_source != "simulated"), key=_largest_difference_first)
    simulated = sorted((row for row in rows if row.run.data_source == "simulated"), key=lambda row: row.run.dataset)
    return Study(tuple(real), tuple(simulated), problems, runs.unfinished, *_comparisons(_counted(real)))


def _counted(rows: Sequence[StudyRow]) -> list[StudyRow]:
    return [row for row in rows if not row.run.is_trial]


def _ensemble(selected: Run, runs: Sequence[Run], count: int | None) -> SeedEnsemble | None:
    members = seeds_of(selected, runs, count)
    return ensemble_of(members) if len(members) > 1 else None


def _motifs_of(ensemble: SeedEnsemble) -> JasparComparison | None:
    seeds = ensemble.directories
    return read_comparison(motif_folder(seeds)) if made_together(seeds) else None


def _comparisons(rows: Sequence[StudyRow]) -> tuple[Comparison | None, Comparison | None]:
    """Comparisons of the single models and of the ensembles."""
    single = [(row.run.auroc, row.run.interval, row.deepbind) for row in rows if row.deepbind is not None]
    together = [
        (row.ensemble.auroc, row.ensemble.interval, row.deepbind)
        for row in rows
        if row.ensemble is not None and row.deepbind is not None
    ]
    return _compare(single), _compare(together)


def _compare(sets: Sequence[tuple[float, tuple[float, float], float]]) -> Comparison | None:
    return compare([ours for ours, _, _ in sets], [i for _, i, _ in sets], [theirs for _, _, theirs in sets])


def _largest_difference_first(row: StudyRow) -> tuple[bool, float, str]:
    return row.difference is None, -(row.difference or 0.0), row.run.dataset

"""A study's motifs, from comparisons of which every number is set here."""

import csv
from pathlib import Path

from demo.compare.comparison import Affinity, BestHit, JasparComparison, MotifComparison, ReleaseComparison
from demo.compare.comparison_files import write_comparison
from demo.compare.matches import Match
from demo.runs.ensemble_motifs import keep
from demo.runs.result import MotifResult
from demo.study.counts import motif_counts
from demo.study.study import study_of
from demo.study.table import summary_text, terminal_table, write_study
from study.test_study import K562, add_run


def match(relation: str, q: float) -> Match:
    return Match("MA0001.1", relation.upper(), relation, 1, q / 500, q, q, 0, 8, "+")


def against(best: tuple[str, float], own_q: float | None, ama: tuple[float, float, float] | None) -> MotifComparison:
    own = match("own", own_q) if own_q is not None else None
    related = match(*best) if best[0] != "other" else own
    affinity = Affinity("MA0001.1", *ama) if ama else None
    # The other way round than AMA, to tell them apart.
    return MotifComparison(match(*best), own, related, affinity, best_hit=BestHit(ama[2], ama[1]) if ama else None)


def compared(release: str = "2016", matrix: bool = True, **motifs: MotifComparison) -> JasparComparison:
    part = ReleaseComparison(release, 519, ("MA0001.1",) if matrix else (), motifs)
    return JasparComparison("TF", 500, 500, (part,))


SETS = [
    compared(class_motif=against(("own", 1e-9), 1e-9, (0.6, 0.9, 0.8))),
    compared(class_motif=against(("family", 1e-4), 0.3, (0.5, 0.8, 0.8))),
    compared(class_motif=against(("heterodimer", 0.049), 0.05, (0.51, 0.7, 0.8))),
    compared(class_motif=against(("other", 1e-5), 0.5, (0.1, 0.7, 0.8))),
    compared(class_motif=against(("own", 0.06), 0.06, (0.2, 0.7, 0.8))),
    # No class motif was found; the best window is another thing and must not stand in for it.
    compared(best_window=against(("own", 1e-9), 1e-9, (0.9, 0.9, 0.8))),
    compared(matrix=False, class_motif=against(("other", 1e-9), None, None)),
]


def test_the_counts_of_the_paper() -> None:
    counts = motif_counts(SETS, "class_motif", "2016")
    assert counts is not None
    assert (counts.sets, counts.without_matrix, counts.without_motif) == (6, 1, 1)
    assert (counts.own_lenient, counts.own_strict) == (4, 1)
    assert (counts.best_own, counts.best_related, counts.related_lenient) == (1, 3, 4)
    assert (counts.outscoring, counts.separating, counts.hitting) == (2, 2, 4)
    window = motif_counts(SETS, "best_window", "2016")
    assert window is not None and (window.sets, window.without_motif, window.own_strict) == (6, 5, 1)
    assert motif_counts(SETS, "class_motif", "2024") is None


def test_a_further_class_motif_is_counted_apart_and_only_where_the_first_does_not_match() -> None:
    own, other = against(("own", 1e-9), 1e-9, None), against(("other", 1e-9), 0.06, None)
    sets = [
        compared(class_motif=other, class_motif_2=other, class_motif_3=own),
        compared(class_motif=own, class_motif_2=own),
        compared(class_motif=other, class_motif_2=other, headline_motif=own),
    ]
    counts = motif_counts(sets, "class_motif", "2016")
    assert counts is not None and (counts.own_strict, counts.own_further) == (1, 1)
    headline = motif_counts(sets, "headline_motif", "2016")
    assert headline is not None and (headline.own_strict, headline.own_further) == (1, 0)


def add_compared(runs: Path, dataset: str, comparison: JasparComparison, **run: str) -> None:
    folder = add_run(runs, dataset, validation=0.95, test=0.95, **run)  # type: ignore[arg-type]
    write_comparison(folder / "motifs", comparison, {})


def test_table_text_and_files_keep_the_kinds_apart(tmp_path: Path) -> None:
    for dataset, comparison in zip(K562, SETS, strict=False):
        add_compared(tmp_path, dataset.name, comparison)
    add_run(tmp_path, K562[20].name, validation=0.95, test=0.95)
    simulated = compared(class_motif=against(("own", 1e-9), 1e-9, (0.9, 0.9, 0.8)))
    add_compared(tmp_path, "CTCF_simulated", simulated, source="simulated")
    study = study_of(tmp_path)
    write_study(study, tmp_path / "study")
    with open(tmp_path / "study" / "study.csv", newline="") as file:
        rows = {row["dataset"]: row for row in csv.DictReader(file)}

    first, missing, without = (rows[K562[i].name] for i in (0, 5, 6))
    assert first["class_motif_2016_best_match"] == "OWN (MA0001.1)" and first["class_motif_2016_best_relation"] == "own"
    assert float(first["class_motif_2016_best_q"]) == 1e-9 and first["class_motif_2016_own_matched"] == "q<0.05"
    affinity = [float(first[f"class_motif_2016_ama_{cell}"]) for cell in ("outscored", "auroc", "auroc_jaspar")]
    assert affinity == [0.6, 0.9, 0.8]
    assert rows[K562[1].name]["class_motif_2016_own_matched"] == "q<0.5"
    assert rows[K562[3].name]["class_motif_2016_own_matched"] == "no"
    assert missing["class_motif_2016_own_matched"] == "no motif" and missing["class_motif_2016_best_q"] == ""
    assert missing["best_window_2016_own_matched"] == "q<0.05"
    assert without["class_motif_2016_own_matched"] == "no matrix" and without["class_motif_2016_ama_auroc"] == ""
    empty = rows[K562[20].name]
    assert all(not empty[name] for name in empty if name.startswith(("class_motif", "best_window", "headline")))

    text = summary_text(study)
    assert (
        "Class motif, JASPAR 2016: own TF matched at q < 0.5 on 4 of 6 (paper: 36 of 57), at q < 0.05 on 1 of 6" in text
    )
    assert "no such motif on 1 of 6; not counted: 1, whose TF has no matrix there" in text
    assert (
        "the TF's own on 1 of 6, own, heterodimer or family on 3 of 6; one of these matched at q < 0.5 on 4 of 6."
        in text
    )
    assert "test positives for 2 of 6 (paper: 29 of 57); AMA AUROC at least JASPAR's on 2 of 6" in text
    assert (
        "SIMULATED data: Class motif, JASPAR 2016: own TF matched at q < 0.5 on 1 of 1, at q < 0.05 on 1 of 1" in text
    )
    assert "Class motif compared with JASPAR 2016" in terminal_table(study)
    markdown = (tmp_path / "study" / "study.md").read_text()
    for title in ("Class motif", "Best window of equation 1", "Headline motif"):
        assert f"### {title} compared with JASPAR 2016" in markdown


def test_motifs_of_an_ensemble_are_apart_and_of_its_networks_only(tmp_path: Path) -> None:
    alone, together = SETS[3], SETS[0]
    for seed in (0, 1):
        folder = add_run(tmp_path, K562[0].name, validation=0.95, test=0.95, seed=seed)
        (folder / "predictions.tsv").write_text("sequence_id\tlabel\tscore\na\t1\t0.9\nb\t0\t0.1\n")
        (folder / "checkpoints").mkdir()
        (folder / "checkpoints" / "best.ckpt").write_text(f"network {seed}")
    write_comparison(folder.with_name("seed0") / "motifs", alone, {})
    write_comparison(folder.with_name("motifs"), together, {})
    assert study_of(tmp_path).real[0].ensemble_motifs is None, "of which networks they are is not known"
    keep([folder.with_name("seed0"), folder], MotifResult({}))
    study = study_of(tmp_path)
    assert study.real[0].motifs == alone and study.real[0].ensemble_motifs == together
    write_study(study, tmp_path / "study")
    with open(tmp_path / "study" / "study.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["class_motif_2016_best_relation"] == "other"
    assert row["ensemble_class_motif_2016_best_relation"] == "own"
    text = summary_text(study)
    assert "Class motif, joint motifs, JASPAR 2016: own TF matched at q < 0.5 on 1 of 1, at q < 0.05 on 1 of 1" in text
    assert "Class motif, JASPAR 2016: own TF matched at q < 0.5 on 0 of 1 (paper: 36 of 57)" in text
    assert "Class motif compared with JASPAR 2016, joint motifs" in terminal_table(study)
    (folder / "checkpoints" / "best.ckpt").write_text("trained again")
    assert study_of(tmp_path).real[0].ensemble_motifs is None
    keep([folder.with_name("seed0"), folder], MotifResult({}))
    (folder.with_name("motifs") / "comparison.json").write_text("{")
    study = study_of(tmp_path)
    assert study.real[0].motifs == alone
    assert list(study.failed) == [f"{K562[0].name}/conv3_hw5/seed0, motifs of the ensemble"]


def test_a_study_without_motifs_says_nothing_of_them(tmp_path: Path) -> None:
    add_run(tmp_path, K562[0].name, validation=0.95, test=0.95)
    study = study_of(tmp_path)
    assert "motif" not in summary_text(study) and "motif" not in terminal_table(study)
    write_study(study, tmp_path / "study")
    assert "class_motif" not in (tmp_path / "study" / "study.csv").read_text()


def test_a_damaged_comparison_is_named(tmp_path: Path) -> None:
    folder = add_run(tmp_path, K562[0].name, validation=0.95, test=0.95)
    (folder / "motifs").mkdir()
    (folder / "motifs" / "comparison.json").write_text("{}")
    study = study_of(tmp_path)
    assert study.real[0].motifs is None and list(study.failed) == [f"{K562[0].name}/conv3_hw5/seed0, motifs"]

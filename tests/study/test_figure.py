from pathlib import Path

from demo.data.catalogue import published
from demo.study.figure import labels
from demo.study.runs import Run
from demo.study.study import StudyRow


def row(dataset: str, tf: str, cell_line: str | None) -> StudyRow:
    run = Run(
        Path("x"), dataset, tf, cell_line, "encode", "conv3_hw5", {}, "candidate", 0, 1, 12_000, 0.9, 0.9, (0.8, 1.0),
        1.0, None,
    )  # fmt: skip
    return StudyRow(run, run, 1, None)


def test_a_label_says_no_more_than_tells_the_sets_apart() -> None:
    sets = [
        ("ELK1_GM12878_ELK1_(1277-1)_Stanford", "ELK1", "GM12878"),
        ("MAZ_K562_MAZ_Stanford", "MAZ", "K562"),
        ("MAZ_HeLa-S3_MAZ_Stanford", "MAZ", "HeLa-S3"),
        ("UBTF_K562_UBF_(sc-13125)_Stanford", "UBTF", "K562"),
        ("UBTF_K562_UBTF_(SAB1404509)_Stanford", "UBTF", "K562"),
    ]
    assert labels([row(*s) for s in sets]) == ["ELK1", "MAZ K562", "MAZ HeLa-S3", "UBTF sc-13125", "UBTF SAB1404509"]


def test_the_labels_of_the_papers_sets_are_short_and_differ() -> None:
    names = labels([row(s.name, s.tf, s.cell_line) for s in published() if s.cell_line == "K562"])
    assert len(set(names)) == len(names) == 108 and max(map(len, names)) <= 18

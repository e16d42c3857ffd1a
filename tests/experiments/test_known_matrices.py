"""``experiments/known_matrices.py`` on simulated peaks: the planted matrix is best, whatever the set is called."""

import re
from pathlib import Path

import pytest

from demo.motifs.jaspar import primary_matrix
from demo.sequences import write_seq_gz
from planted_sites import labelled
from warm import python

pytestmark = pytest.mark.slow


def plant(folder: Path, name: str, planted: str) -> None:
    """Sites of JASPAR's matrix in the training file of the data set ``name``."""
    write_seq_gz(folder / f"{name}_AC.seq.gz", labelled(primary_matrix(planted, "2016"), 200))


def test_the_planted_matrix_is_best_and_counts_only_if_it_is_the_factors_own(tmp_path: Path) -> None:
    plant(tmp_path, "CTCF_K562_sim_Lab", "CTCF")
    plant(tmp_path, "SRF_K562_sim_Lab", "CTCF")
    plant(tmp_path, "TAF7_K562_sim_Lab", "CTCF")  # has no matrix: left out
    done = python("experiments/known_matrices.py", "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    rows = {row[1].split("_")[0]: row for line in done.stdout.splitlines() if "_sim_" in line if (row := cells(line))}
    assert rows.keys() == {"CTCF", "SRF"}
    assert rows["CTCF"][2:4] == ["CTCF (MA0139.1)", "own"] and rows["CTCF"][6] == "CTCF (MA0139.1)"
    assert rows["CTCF"][7] == "1" and float(rows["CTCF"][4]) > 0.8
    assert rows["SRF"][2:4] == ["CTCF (MA0139.1)", "other"] and int(rows["SRF"][7]) > 1
    assert float(rows["SRF"][8]) < 0.05
    assert re.findall(r"on (\d+) of (\d+)\.", done.stdout) == [("1", "2"), ("1", "2")]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]

from collections.abc import Iterator
from pathlib import Path

import pybigtools
import pytest

from demo.scoring.regions import sorted_bed_source
from demo.scoring.tables import ScoredRow
from demo.scoring.tracks import TrackValue, bedgraph, intervals, write_bigwig
from demo.sequences import Genome
from demo.utils.errors import DemoError
from scoring.places import CHROMOSOMES, write_genome


@pytest.mark.parametrize("stride", [1, 10, 60])
def test_a_bedgraph_is_sorted_without_overlaps_and_on_the_chromosomes(tmp_path: Path, stride: int) -> None:
    path = tmp_path / "x.bed"
    path.write_text("chr2\t3\t9\nchr10\t0\t300\nchr1\t100\t110\nchr1\t112\t120\nchr1\t1500\t2000\nchr10\t50\t90\n")
    genome = Genome(write_genome(tmp_path))
    rows = [ScoredRow(row, (float(i), 0.5)) for i, row in enumerate(sorted_bed_source(path, genome, 41, stride).rows)]
    track = list(intervals(rows, stride, 41, "logit", genome.lengths))
    lines = [line.split("\t") for line in bedgraph(track)]
    places = [(chrom, int(start), int(end)) for chrom, start, end, _ in lines]
    assert places == sorted(places) and {chrom for chrom, _, _ in places} == {"chr1", "chr10", "chr2"}
    for (chrom, start, end), following in zip(places, [*places[1:], ("", 0, 0)], strict=True):
        assert 0 <= start < end <= len(CHROMOSOMES[chrom]) and end - start <= stride
        assert following[0] != chrom or end <= following[1]
    # In the middle of the first window of a long interval: (41 - stride) // 2 bases from its start.
    value = {place: float(line[3]) for place, line in zip(places, lines, strict=True)}
    first = 1500 + (41 - stride) // 2
    at = next(i for i, row in enumerate(rows) if row.row.fields[:2] == ("chr1", "1500"))
    assert value["chr1", first, first + stride] == at

    write_bigwig(tmp_path / "scores", track, genome.lengths)
    (tmp_path / "scores").rename(tmp_path / "scores.bw")
    written = pybigtools.open(str(tmp_path / "scores.bw"))
    for chrom in ("chr1", "chr10", "chr2"):
        assert list(written.records(chrom)) == [tuple(each[1:]) for each in track if each.chrom == chrom]


def test_a_bigwig_that_cannot_be_written_whole_is_an_error(tmp_path: Path) -> None:
    def broken() -> Iterator[TrackValue]:
        yield TrackValue("chr1", 0, 10, 1.0)
        raise DemoError("Something is wrong in line 2.")

    with pytest.raises(DemoError, match="line 2"):
        write_bigwig(tmp_path / "x", broken(), {"chr1": 100})
    unsorted = [TrackValue("chr1", 50, 60, 1.0), TrackValue("chr1", 0, 10, 1.0)]
    with pytest.raises(DemoError, match="could"):
        write_bigwig(tmp_path / "x", unsorted, {"chr1": 100})

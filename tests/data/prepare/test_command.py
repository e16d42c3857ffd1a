"""``python prepare.py``: from peaks to a trained model, and what it refuses."""

import gzip
import json
import logging
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from demo.commands.prepare import prepare_command
from demo.data.catalogue import resolve
from demo.data.datamodule import PeakDataModule
from demo.data.sources import find_data
from demo.motifs import read_meme
from demo.sequences import Genome, SequenceSet, decode, read_seq_gz
from demo.utils.errors import DemoError
from demo.utils.files import checksums
from planted_genome import SITE, Planted, plant
from warm import python

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("für Tests"))


def prepare(out: Path, **settings: object) -> None:
    overrides = [f"{name}={value}" for name, value in {"tf": "MYTF", "out": f'"{out}"', **settings}.items()]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        prepare_command(compose("prepare", overrides))


def prepared(out: Path, name: str = "MYTF_user") -> tuple[SequenceSet, SequenceSet, dict]:
    note = json.loads((out / f"{name}.json").read_text())
    return read_seq_gz(out / f"{name}_AC.seq.gz"), read_seq_gz(out / f"{name}_B.seq.gz"), note


def from_peaks(planted: Planted) -> dict[str, object]:
    return {"peaks": f'"{planted.peaks}"', "genome": f'"{planted.genome}"'}


def rank(name: str) -> int:
    return int(name.split("_")[1])


def test_deepbinds_protocol(planted: Planted, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    prepare(tmp_path, **from_peaks(planted))
    training, test, note = prepared(tmp_path)
    count = len(planted.places)
    assert (training.length, len(training) + len(test.positives)) == (101, count)
    assert training.labels.all() and len(test) == 2 * len(test.positives)
    assert [rank(name) for name in test.positives.ids] == list(range(2, 2 * count // 3 + 1, 2))
    assert not {rank(name) for name in training.ids} & {rank(name) for name in test.ids}
    # The site lies in the middle of each, the strongest first.
    middles = [int(name.rsplit(":")[1].split("-")[0]) + 50 for name in training.ids]
    for name, middle in zip(training.ids, middles, strict=True):
        chrom, planted_at = planted.places[rank(name) - 1]
        assert f"_{chrom}:" in name and abs(middle - planted_at) <= 3
    # Negatives of the test are shuffles of its positives.
    positives, negatives = test.codes[: len(test) // 2], test.codes[len(test) // 2 :]
    assert (np.sort(positives) == np.sort(negatives)).all() and (positives != negatives).any(axis=1).all()
    assert test.ids[len(test) // 2].startswith("seq_00002_shuf")

    assert note["counts"] == {
        "read": count, "dropped": {}, "training_positives": len(training), "training_negatives": 0,
        "test_positives": len(test) // 2, "test_negatives": len(test) // 2,
    }  # fmt: skip
    assert note["sources"][str(planted.peaks)] == checksums(planted.peaks)[planted.peaks.name]
    assert note["sources"][str(planted.genome)] == checksums(planted.genome)[planted.genome.name]
    assert note["sha256"] == checksums(tmp_path / "MYTF_user_AC.seq.gz", tmp_path / "MYTF_user_B.seq.gz")
    assert (
        f"Few peaks: {len(test) // 2} are for the test" in caplog.text
        and "Next: deep-motif train tf=MYTF" in caplog.text
    )


def test_the_same_command_makes_the_same_files(planted: Planted, tmp_path: Path) -> None:
    for out in ("a", "b"):
        prepare(tmp_path / out, **from_peaks(planted), negatives="genomic", genomic_per_peak=1)
    first, second = (sorted((tmp_path / out).iterdir()) for out in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second] and len(first) == 3
    prepare(tmp_path / "c", **from_peaks(planted), negatives="genomic", genomic_per_peak=1, seed=1)
    assert prepared(tmp_path / "c")[1].ids != prepared(tmp_path / "a")[1].ids


@pytest.mark.slow
def test_train_finds_it_and_the_motif_comes_out(planted: Planted, tmp_path: Path) -> None:
    """As a user types it: prepare, then train, in one folder, nothing else said."""
    settings = ["trainer.steps=200", "model.channels=32", "optimizer.learning_rate=0.01", "logger=csv",
                "motif.extraction.window.steps=24", "motif.extraction.sketch.steps=20"]  # fmt: skip
    commands = [
        ["prepare.py", f'peaks="{planted.peaks}"', f'genome="{planted.genome}"', "tf=MYTF", "cell=K562"],
        ["train.py", "tf=MYTF", *settings],
    ]
    for script, *words in commands:
        done = python(ROOT / script, *words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "MYTF_K562_user_AC.seq.gz").exists()
    (path,) = (tmp_path / "runs" / "MYTF_K562_user").rglob("result.json")
    result = json.loads(path.read_text())
    assert (result["tf"], result["cell_line"], result["data_source"]) == ("MYTF", "K562", "user")
    assert result["test"]["auroc"] > 0.9
    motifs = {motif.name: motif for motif in read_meme(path.parent / "motifs" / "motifs.meme")}
    headline = motifs["MYTF_headline_motif"]
    strands = f"{headline.consensus} {headline.reverse_complement().consensus}"
    assert SITE[1:-1] in strands, strands


def test_split_by_chromosome_with_genomic_negatives(planted: Planted, tmp_path: Path) -> None:
    prepare(
        tmp_path, **from_peaks(planted), split="chromosome", test_chromosomes="[chr8,chr9]", negatives="genomic",
        genomic_per_peak=1,
    )  # fmt: skip
    training, test, note = prepared(tmp_path)
    assert {name.split("_")[-1].split(":")[0] for name in test.ids} == {"chr8", "chr9"}
    assert {name.split("_")[-1].split(":")[0] for name in training.ids} == {"chr1"}
    for part in (training, test):
        negatives = part.select(part.labels == 0)
        assert len(negatives) == len(part.positives) and all(name.startswith("genomic_chr") for name in negatives.ids)
        share = [np.isin(codes, (1, 2)).mean() for codes in (negatives.codes, part.positives.codes)]
        assert share[0] == pytest.approx(share[1], abs=0.01)
    assert note["counts"]["mean_gc_difference"] < 0.01
    data = PeakDataModule(tmp_path / "MYTF_user_AC.seq.gz", tmp_path / "MYTF_user_B.seq.gz")
    data.setup()
    assert len(data.train_negatives) > 0 and len(data.test_set()) == len(test)


def fasta_of(path: Path, letters: list[str]) -> Path:
    path.write_text("".join(f">s{i} of mine\n{text[:60]}\n{text[60:]}\n" for i, text in enumerate(letters)))
    return path


@pytest.fixture(scope="module")
def bound(planted: Planted) -> list[str]:
    genome = Genome(planted.genome)
    return [genome.fetch(chrom, middle - 60, middle + 60) for chrom, middle in planted.places]


def test_sequences_with_and_without_negatives(bound: list[str], tmp_path: Path) -> None:
    peaks = fasta_of(tmp_path / "bound.fa", bound)
    prepare(tmp_path, peaks=peaks)
    training, test, note = prepared(tmp_path)
    assert note["ranked_by"] == "order of the file" and len(training) + len(test) // 2 == len(bound)
    assert decode(test.codes[:1]) == [bound[1][9:110]] and test.ids[0] == "seq_00002_peak_s1"
    random = np.random.default_rng(0)
    unbound = fasta_of(tmp_path / "unbound.fa", ["".join(random.choice(list("ACGT"), 120)) for _ in range(300)])
    prepare(tmp_path, peaks=peaks, negatives=unbound, name="both", length=80)
    training, test, note = prepared(tmp_path, "MYTF_both")
    assert training.length == 80
    assert ((training.labels == 0).sum(), (test.labels == 0).sum()) == (150, 150)
    assert note["counts"]["test_negatives"] == 150 and str(unbound) in note["sources"]


def test_what_was_dropped_is_printed_and_kept(
    planted: Planted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    peaks = tmp_path / "Spitzen (2) für MYTF.narrowPeak.gz"
    lines = planted.peaks.read_text().replace("\n", "\r\n")
    # On a chromosome that the genome has not, over an edge (three), and the fifth strongest, beside the second.
    for chrom, start, signal in (
        ("chrEBV", 500, 2000), ("chr1", 0, 2001), ("chr9", 59_990, 2002), ("chr1", 190_000, 2003),
    ):  # fmt: skip
        lines += f"{chrom}\t{start}\t{start + 60}\tx\t0\t.\t{signal}\t-1\t-1\t-1\r\n"
    chrom, middle = planted.places[1]
    lines += f"{chrom}\t{middle}\t{middle + 40}\tx\t0\t.\t996.5\t-1\t-1\t20\r\n"
    peaks.write_bytes(gzip.compress(lines.encode()))
    prepare(tmp_path, peaks=f'"{peaks}"', genome=f'"{planted.genome}"')
    training, test, note = prepared(tmp_path)
    dropped = {
        "chromosome not in the genome": 1,
        "window beyond the end of the chromosome": 3,
        "training window that overlaps a test window": 1,
    }
    assert note["counts"]["dropped"] == dropped
    assert note["counts"]["read"] == len(planted.places) + 5
    for reason, count in dropped.items():
        assert f"{count:>9,}  dropped: {reason}" in caplog.text
    assert len(training) + len(test) // 2 == len(planted.places)
    # Names tell the rank by which the split was made, also behind the window that was dropped later.
    assert {rank(name) % 2 for name in test.ids} == {0}
    assert set(range(1, len(planted.places) + 2)) - {rank(name) for name in training.ids + test.ids} == {5}


def test_peaks_and_negatives_from_pipes(planted: Planted, bound: list[str], tmp_path: Path) -> None:
    prepare(tmp_path / "files", **from_peaks(planted))
    unbound = fasta_of(tmp_path / "unbound.fa", [text[::-1] for text in bound])
    writers = []
    for name, content in (("peaks", gzip.compress(planted.peaks.read_bytes())), ("negatives", unbound.read_bytes())):
        os.mkfifo(tmp_path / name)
        writers.append(threading.Thread(target=(tmp_path / name).write_bytes, args=[content], daemon=True))
        writers[-1].start()
    prepare(
        tmp_path / "pipes", genome=f'"{planted.genome}"', peaks=tmp_path / "peaks", negatives=tmp_path / "negatives"
    )
    (training, _test, note), (from_files, _, of_files) = prepared(tmp_path / "pipes"), prepared(tmp_path / "files")
    assert training.positives.ids == from_files.ids and (training.positives.codes == from_files.codes).all()
    assert note["counts"]["read"] == of_files["counts"]["read"] == len(planted.places)
    negatives_sum = checksums(unbound)["unbound.fa"]
    assert note["sources"][f"pipe {tmp_path / 'negatives'}"] == negatives_sum and len(note["sources"]) == 3


def test_gapped_peaks_are_ranked_by_their_signal(planted: Planted, tmp_path: Path) -> None:
    lines = []
    for rank, (chrom, middle) in enumerate(planted.places):
        start, end, thick = middle - 150, middle + 400, (middle - 30, middle + 30)
        fields = [chrom, start, end, f"p{rank}", 500, ".", *thick, 0, 3, "1,60,1", f"0,120,{end - start - 1}",
                  1000 - rank, 5, 3]  # fmt: skip
        lines.append("\t".join(map(str, fields)) + "\n")
    for name in ("x.gappedPeak", "x.bed"):
        (tmp_path / name).write_text("".join(reversed(lines)))
        prepare(tmp_path, genome=f'"{planted.genome}"', peaks=tmp_path / name, force="true")
        training, _test, note = prepared(tmp_path)
        assert note["read_as"].startswith("gappedPeak: signal from column 13, centred on the middle of the thick part")
        chrom, middle = planted.places[0]
        assert training.ids[0] == f"seq_00001_peak_{chrom}:{middle - 50}-{middle + 51}"


def test_a_set_that_is_there_is_not_written_over(planted: Planted, tmp_path: Path) -> None:
    (tmp_path / "MYTF_user_B.seq.gz").write_bytes(b"mine")
    with pytest.raises(DemoError, match=r"(?s)exists already.*MYTF_user_B.*force=true"):
        prepare(tmp_path, **from_peaks(planted))
    assert [path.name for path in tmp_path.iterdir()] == ["MYTF_user_B.seq.gz"]
    prepare(tmp_path, **from_peaks(planted), force="true")
    assert len(prepared(tmp_path)[1]) > 100


def test_the_catalogue_knows_it_as_the_users(planted: Planted, tmp_path: Path) -> None:
    prepare(tmp_path, **from_peaks(planted), tf="CTCF", cell="K562", name="replicate-1")
    assert resolve("ctcf", tmp_path).dataset.name == "CTCF_K562_replicate-1"
    found, source, _ = find_data(
        "CTCF", cell="K562", lab=None, source="encode", folder=tmp_path, simulated_folder=tmp_path / "simulated"
    )
    assert (found.cell_line, source) == ("K562", "user")


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"tf": '"<script>alert(1)</script>"'}, r"(?s)tf is '<script>.*tf=scriptalert1script"),
        ({"tf": "../../etc/passwd"}, "cannot be part of the name"),
        ({"tf": "MY_TF"}, r"(?s)cannot be part.*tf=MYTF"),
        ({"tf": "Straße"}, "cannot be part"),
        ({"tf": "A" * 61}, "cannot be part"),
        ({"tf": "all"}, "has another meaning"),
        ({"cell": '"K562 treated"'}, r"cell is 'K562 treated'"),
        ({"name": "a/b"}, "name is 'a/b'"),
        ({"name": "simulated"}, "must not be called simulated"),
        ({"length": 5}, "length is 5"),
        ({"split": "random"}, "(?s)split is 'random'.*chromosome"),
        ({"negatives": "shufled"}, r"(?s)negatives is 'shufled'.*genomic"),
        ({"negatives": "genomic", "genomic_per_peak": 0}, "genomic_per_peak is 0"),
        ({"negatives": "genomic", "genomic_per_peak": 50}, "too few windows"),
        ({"split": "chromosome", "test_chromosomes": "[chr7]"}, r"(?s)No peak is on chr7.*chr1, chr8, chr9"),
        ({"genome": "null"}, "(?s)genome= is not given.*FASTA"),
        ({"genome": "nowhere.fa"}, "no such file"),
        ({"peaks": "nowhere.bed"}, "no such file"),
        ({"peaks": 5}, "no such file"),
        ({"genome": 5}, "no such file"),
        ({"negatives": 5}, "negatives is '5'"),
        ({"test_chromosomes": 8, "split": "chromosome"}, "No peak is on 8"),
        ({"force": "maybe"}, "force is 'maybe'"),
    ],
)
def test_settings_that_are_refused(planted: Planted, tmp_path: Path, settings: dict[str, object], what: str) -> None:
    quoted = {
        name: f'"{value}"' if name == "tf" and not str(value).startswith('"') else value
        for name, value in settings.items()
    }
    with pytest.raises(DemoError, match=what):
        prepare(tmp_path, **{**from_peaks(planted), **quoted})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("empty.bed", b"", "This file is empty"),
        ("protein.fa", b">p53\nMEEPQSDPSVEPPLSQETFSDLWKLL\n", r"'E' at position 2 .*not a nucleotide"),
        ("cut.bed.gz", gzip.compress(b"chr1\t100\t200\n" * 500)[:-9], "truncated"),
        (
            "others.bed",
            b"1\t100\t300\n8\t100\t300\n",
            r"(?s)1, 8 are not in this genome.*chr1, chr8, chr9.*has chr1",
        ),
        ("edge.bed", b"chr1\t0\t20\n" * 60, r"(?s)0 usable peaks.*60 in the file; dropped: 60 window beyond the end"),
        ("few.bed", b"chr1\t1000\t1020\n" * 60, r"(?s)1 usable peaks are too few.*59 same sequence"),
        ("bad.bed", b"chr1\t1000\t1020\nchr1\t1020\t1000\n", "start, 1,020, is not before the end"),
        ("short.fa", b">a\nACGTACGT\n" * 60, r"(?s)0 usable peaks.*60 shorter than length=101"),
    ],
)
def test_files_that_are_refused(planted: Planted, tmp_path: Path, name: str, content: bytes, what: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DemoError, match=what) as caught:
        prepare(tmp_path / "out", peaks=path, genome=f'"{planted.genome}"')
    assert caught.value.where is not None
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written(planted: Planted, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DemoError, match="Cannot write here"):
        prepare(tmp_path / "file", **from_peaks(planted))
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("setting", ["negatives=genomic", "split=chromosome"])
def test_sequences_have_no_places(bound: list[str], tmp_path: Path, setting: str) -> None:
    name, value = setting.split("=")
    with pytest.raises(DemoError, match=rf"(?s){setting} needs the positions.*BED file"):
        prepare(tmp_path / "out", peaks=fasta_of(tmp_path / "bound.fa", bound), **{name: value})


@pytest.mark.slow
def test_bad_input_ends_the_command_with_code_2(tmp_path: Path) -> None:
    for words, said in (
        (["tf=X"], "peaks= is not given"),
        (["peaks=nowhere.bed", "tf=X"], "no such file"),
        (["peaks=Spitzen für X.bed", "tf=X"], "no such file"),
        (["tf=<script>"], "peaks= is not given"),
        (["tf=X", "peeks=x"], "peaks"),
    ):
        done = python(ROOT / "prepare.py", *words, cwd=tmp_path)
        assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
        assert "Try:" in done.stderr and said in done.stderr
    assert not list(tmp_path.iterdir())


def test_letters_beside_acgt_in_the_genome_are_no_windows(tmp_path: Path) -> None:
    (tmp_path / "protein.fa").write_text(">chr1\n" + "MEEPQSDPSV" * 100 + "\n")
    (tmp_path / "p.bed").write_text("chr1\t400\t500\n" * 60)
    with pytest.raises(DemoError, match=r"(?s)'E' at position .* not a nucleotide.*protein\.fa, chr1:400-501"):
        prepare(tmp_path / "out", peaks=tmp_path / "p.bed", genome=tmp_path / "protein.fa")

"""``python predict.py`` and ``demo.predict`` as a user types them."""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pybigtools
import pytest

import demo
from demo.sequences import SequenceSet, decode, write_seq_gz
from scoring.places import CHROMOSOMES, write_genome
from trained import LENGTH, write_checkpoint
from warm import python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def predict(*overrides: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    return python("predict.py", *overrides, stdin=stdin)


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs, a genome and inputs of all kinds."""
    folder = tmp_path_factory.mktemp("scores")
    for seed in (0, 1):
        run = folder / "TOY_(sc-1)" / "conv3_hw2,steps=9" / f"seed{seed}" / "checkpoints"
        run.mkdir(parents=True)
        write_checkpoint(run / "best.ckpt", seed)
    write_checkpoint(folder / "other.ckpt", length=50)
    write_checkpoint(folder / "MAX.ckpt", tf="MAX")
    codes = np.random.default_rng(0).integers(0, 4, (30, LENGTH)).astype(np.uint8)
    sequences = SequenceSet([f"s{i}" for i in range(30)], codes, (np.arange(30) % 2).astype(np.uint8))
    write_seq_gz(folder / "x.seq.gz", sequences)
    records = zip(sequences.ids, decode(codes), strict=True)
    (folder / "séquences (1).fa").write_text("".join(f">{name}\n{letters}\n" for name, letters in records))
    write_genome(folder)
    (folder / "x.bed").write_text("chr10\t20\t200\tb\nchr1\t100\t300\ta\n")
    letter = CHROMOSOMES["chr1"][99]
    (folder / "x.vcf").write_text(f"chr1\t100\trs1\t{letter}\t{'A' if letter != 'A' else 'C'},<DEL>\t.\n")
    return folder


@pytest.fixture
def run(folder: Path) -> Path:
    return folder / "TOY_(sc-1)" / "conv3_hw2,steps=9" / "seed0"


def test_the_table_of_a_fasta_file_whatever_its_path_is_called(folder: Path, run: Path) -> None:
    done = predict(f"run={run}", f"input={folder / 'séquences (1).fa'}")
    assert done.returncode == 0, done.stderr
    assert "TOY; temperature 2" in done.stderr and "scoring" in done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert lines[0] == ["name", "start", "end", "logit", "probability"] and len(lines) == 31
    model = demo.load(run)
    table = demo.predict(run, folder / "séquences (1).fa")
    assert [line[0] for line in lines[1:]] == table.name.tolist()
    assert np.allclose([[float(x) for x in line[3:]] for line in lines[1:]], table[["logit", "probability"]])
    strings = decode(demo.read_seq_gz(folder / "x.seq.gz").codes)
    assert np.allclose(table.logit, model.logits(strings), atol=1e-5)
    assert np.allclose(table.probability, model.predict(strings), atol=1e-5)
    assert demo.predict(model, strings).logit.tolist() == table.logit.tolist()


def test_several_runs_and_a_gzipped_output(folder: Path, run: Path, tmp_path: Path) -> None:
    done = predict(f"run={run.parent}/seed*", f"input={folder / 'x.seq.gz'}", f"output={tmp_path}/a/y.tsv.gz")
    assert done.returncode == 0, done.stderr
    assert "means of 2 runs" in done.stderr and done.stdout == ""
    table = pd.read_csv(tmp_path / "a" / "y.tsv.gz", sep="\t")
    each = [demo.predict(path, folder / "x.seq.gz") for path in (run, run.parent / "seed1")]
    assert np.allclose(table.probability, (each[0].probability + each[1].probability) / 2)
    assert np.allclose(table.logit, (each[0].logit + each[1].logit) / 2)
    assert table.label.tolist() == [0, 1] * 15
    listed = predict(f"run=['{run}','{run.parent / 'seed1'}']", f"input={folder / 'x.seq.gz'}")
    assert listed.returncode == 0 and len(listed.stdout.splitlines()) == 31


def test_a_few_sequences_do_not_wait_for_what_they_do_not_need(folder: Path, run: Path) -> None:
    command = [sys.executable, "-X", "importtime", "predict.py", f"run={run}", f"input={folder / 'séquences (1).fa'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 31
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "torch" in imported
    assert not imported & {"numba", "pandas", "matplotlib", "pytorch_lightning", "torchmetrics", "sympy", "wandb"}


def test_windows_variants_and_bedgraph(folder: Path, run: Path, tmp_path: Path) -> None:
    genome = f"genome={folder / 'my genome é.fa'}"
    table = demo.predict(run, folder / "x.bed", genome=folder / "my genome é.fa")
    assert table[["chrom", "start", "end"]].to_numpy().tolist() == [["chr10", 90, 130], ["chr1", 180, 220]]
    output = tmp_path / "x.bedgraph"
    done = predict(
        f"run={run}", f"input={folder / 'x.bed'}", genome, "stride=5", "format=bedgraph", "value=logit",
        f"output={output}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in output.read_text().splitlines()]
    assert [lines[0][0], lines[-1][0]] == ["chr1", "chr10"]
    window = CHROMOSOMES["chr1"][100 : 100 + LENGTH]
    assert float(lines[0][3]) == pytest.approx(demo.load(run).logits([window])[0], abs=1e-4)
    assert lines[0][1:3] == ["117", "122"]
    done = predict(
        f"run={run}", f"input={folder / 'x.bed'}", genome, "stride=5", "format=bigwig", "value=logit",
        f"output={tmp_path / 'x.bw'}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    records = list(pybigtools.open(str(tmp_path / "x.bw")).records("chr1"))
    assert np.allclose(records, [[float(x) for x in line[1:]] for line in lines if line[0] == "chr1"], atol=1e-4)

    done = predict(f"run={run}", f"input={folder / 'x.vcf'}", genome)
    assert done.returncode == 0, done.stderr
    assert "1 skipped, symbolic" in done.stderr
    header, values = (line.split("\t") for line in done.stdout.splitlines())
    row = dict(zip(header, values, strict=True))
    assert row["ref_matches"] == "yes" and row["position"] == "100"
    assert float(row["logit_difference"]) == pytest.approx(float(row["alt_logit"]) - float(row["ref_logit"]), abs=1e-6)


def test_standard_input_and_names_of_chromosomes(folder: Path, run: Path, tmp_path: Path) -> None:
    genome = f"genome={folder / 'my genome é.fa'}"
    done = predict(f"run={run}", "input=-", genome, stdin=gzip.compress((folder / "x.bed").read_bytes()))
    assert done.returncode == 0, done.stderr
    assert "BED4: centred on the middle of the region" in done.stderr
    assert done.stdout.splitlines()[1].startswith("chr10\t90\t130\tb\t")
    renamed = (folder / "x.vcf").read_bytes().replace(b"chr", b"")
    refused(
        predict(f"run={run}", "input=/dev/stdin", genome, f"output={tmp_path / 'y.tsv'}", stdin=renamed),
        "1 is not in this genome", "this genome has chr1, the other file 1",
    )  # fmt: skip
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "overrides, words",
    [
        ([], ["run= is not given"]),
        (["run=nowhere", "input=x.fa"], ["no such run directory", "nowhere"]),
        (["run={run}"], ["input= is not given"]),
        (["run={run}", "input={folder}/none.fa"], ["no such file", "my genome"]),
        (["run={run}", "input={folder}/x.bed"], ["genome is missing", "genome="]),
        (["run={run}", "input={folder}/x.bed", "genome={folder}/my genome é.fa", "stride=0"], ["stride is 0"]),
        (
            ["run={run}", "input={folder}/x.vcf", "genome={folder}/my genome é.fa", "stride=5"],
            ["stride= is for FASTA and BED"],
        ),
        (["run={run}", "input={folder}/x.seq.gz", "stride=5"], ["stride= is for FASTA and BED"]),
        (["run={run}", "input={folder}/x.seq.gz", "format=bedgraph"], ["BED file", "stride=10"]),
        (["run={run}", "input={folder}/x.bed", "format=bigwig"], ["bigWig is written to a file", "output=scores.bw"]),
        (["run={run}", "input={folder}/x.seq.gz", "format=wig"], ["format is 'wig'", "bedgraph"]),
        (["run={folder}/other.ckpt", "input={folder}/x.seq.gz"], ["40 bp", "trained on 50", "line 2"]),
        (["run=['{run}','{folder}/other.ckpt']", "input={folder}/x.seq.gz"], ["differ in their sequence length"]),
        (["run=['{run}','{folder}/MAX.ckpt']", "input={folder}/x.seq.gz"], ["differ in their transcription factor"]),
        (["run={folder}/x.seq.gz", "input={folder}/x.seq.gz"], ["cannot be read as a checkpoint"]),
        (["run={run}/seed*", "input={folder}/x.seq.gz"], ["No run directory matches"]),
        (["run={run}", "inptu=x.fa"], ["'inptu'", "input"]),
        (["run={run}", "input={folder}/x.seq.gz", "output=/proc/x.tsv"], ["Cannot write"]),
    ],
)
def test_what_the_command_line_gets_wrong(folder: Path, run: Path, overrides: list[str], words: list[str]) -> None:
    refused(predict(*(o.format(run=run, folder=folder) for o in overrides)), *words)


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("x.fa", b"", ["empty"]),
        ("x.fa", b">p\n" + b"MKVLWAALLVTFLAGCQAKVEQAVETEPEPELRQQTEWQS\n", ["not a nucleotide", "line 2"]),
        ("x.fa.gz", gzip.compress(b">s\n" + b"ACGT" * 10 + b"\n")[:-9], ["truncated"]),
    ],
)
def test_a_bad_input_leaves_no_output(run: Path, tmp_path: Path, name: str, content: bytes, words: list[str]) -> None:
    (tmp_path / name).write_bytes(content)
    refused(predict(f"run={run}", f"input={tmp_path / name}", f"output={tmp_path}/out/y.tsv"), name, *words)
    assert not list((tmp_path / "out").glob("*"))


def test_an_output_that_is_an_input_is_refused_and_both_stay(folder: Path, run: Path, tmp_path: Path) -> None:
    peaks = tmp_path / "x.fa"
    shutil.copy(folder / "séquences (1).fa", peaks)
    (tmp_path / "link.tsv").symlink_to(peaks)
    before = peaks.read_bytes()
    for output in (peaks, tmp_path / "link.tsv"):
        refused(predict(f"run={run}", f"input={peaks}", f"output={output}"), "replace an input")
    refused(predict(f"run={run}", f"input={peaks}", f"output={run}/checkpoints/best.ckpt"), "replace an input")
    assert peaks.read_bytes() == before and demo.load(run)


def test_an_output_that_is_a_device_a_pipe_or_a_link(folder: Path, run: Path, tmp_path: Path) -> None:
    table = predict(f"run={run}", f"input={folder / 'x.seq.gz'}").stdout
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "link.tsv").symlink_to("there.tsv")
    os.mkfifo(tmp_path / "pipe")
    reader = subprocess.Popen(["cat", str(tmp_path / "pipe")], stdout=subprocess.PIPE, text=True)
    for output in ("null", "link.tsv", "pipe"):
        assert predict(f"run={run}", f"input={folder / 'x.seq.gz'}", f"output={tmp_path / output}").returncode == 0
    assert reader.communicate(timeout=60)[0] == table == (tmp_path / "there.tsv").read_text()
    assert (tmp_path / "null").is_symlink() and (tmp_path / "link.tsv").is_symlink() and (tmp_path / "pipe").is_fifo()
    assert predict(f"run={run}", f"input={folder / 'x.seq.gz'}", "output=/dev/stdout").stdout == table


def test_the_same_scores_are_the_same_packed_bytes(folder: Path, run: Path, tmp_path: Path) -> None:
    for name in ("a.tsv.gz", "b.tsv.gz"):
        predict(f"run={run}", f"input={folder / 'x.seq.gz'}", f"output={tmp_path / name}")
    assert (tmp_path / "a.tsv.gz").read_bytes() == (tmp_path / "b.tsv.gz").read_bytes()

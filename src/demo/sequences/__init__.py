"""What a sequence is: letters and codes, sets of labelled sequences, shuffles, readers and writers.

Importing this needs numpy only: numba comes with the first use of ``dinucleotide_shuffle``, torch with ``one_hot``,
pyfaidx with the first ``Genome``.
"""

from typing import TYPE_CHECKING, Any

from demo.sequences.alphabet import LETTERS, N_CODE, decode, encode, one_hot, reverse_complement
from demo.sequences.fasta import FastaRecord, iterate_fasta
from demo.sequences.genome import Genome
from demo.sequences.intervals import Interval, iterate_bed
from demo.sequences.peak_format import PeakFormat, peak_format
from demo.sequences.seqgz import read_seq_gz, write_seq_gz
from demo.sequences.sequence_set import SequenceSet

if TYPE_CHECKING:
    from demo.sequences.shuffle import dinucleotide_shuffle

__all__ = [
    "LETTERS",
    "N_CODE",
    "FastaRecord",
    "Genome",
    "Interval",
    "PeakFormat",
    "SequenceSet",
    "decode",
    "dinucleotide_shuffle",
    "encode",
    "iterate_bed",
    "iterate_fasta",
    "one_hot",
    "peak_format",
    "read_seq_gz",
    "reverse_complement",
    "write_seq_gz",
]


def __getattr__(name: str) -> Any:
    if name == "dinucleotide_shuffle":
        from demo.sequences.shuffle import dinucleotide_shuffle

        return dinucleotide_shuffle
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""What a sequence is: letters and codes, sets of labelled sequences, shuffles, readers and writers.

Importing this needs numpy only: numba comes with ``demo.sequences.shuffle``, torch with ``one_hot``,
pyfaidx with the first ``Genome``.
"""

from demo.sequences.alphabet import LETTERS, N_CODE, decode, encode, one_hot, reverse_complement
from demo.sequences.fasta import FastaRecord, iterate_fasta
from demo.sequences.genome import Genome, Interval, iterate_bed
from demo.sequences.peak_format import PeakFormat, peak_format
from demo.sequences.sequence_set import SequenceSet, read_seq_gz, write_seq_gz

__all__ = [
    "LETTERS",
    "N_CODE",
    "FastaRecord",
    "Genome",
    "Interval",
    "PeakFormat",
    "SequenceSet",
    "decode",
    "encode",
    "iterate_bed",
    "iterate_fasta",
    "one_hot",
    "peak_format",
    "read_seq_gz",
    "reverse_complement",
    "write_seq_gz",
]

"""What a sequence is: letters and codes, sets of labelled sequences, shuffles, readers and writers.

Importing this needs numpy only: numba comes with ``demo.sequences.shuffle``, torch with ``one_hot``,
pyfaidx with the first ``Genome``.
"""

from demo.sequences.alphabet import (
    DNA,
    LETTERS,
    N_CODE,
    Alphabet,
    alphabet_of,
    decode,
    encode,
    one_hot,
    reverse_complement,
)
from demo.sequences.fasta import FastaRecord, iterate_fasta
from demo.sequences.genome import Genome, Interval, iterate_bed
from demo.sequences.peak_format import PeakFormat, peak_format
from demo.sequences.sequence_set import SequenceSet, read_seq_gz, write_seq_gz
from demo.sequences.task import BINDING, Task

__all__ = [
    "BINDING",
    "DNA",
    "LETTERS",
    "N_CODE",
    "Alphabet",
    "FastaRecord",
    "Genome",
    "Interval",
    "PeakFormat",
    "SequenceSet",
    "Task",
    "alphabet_of",
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

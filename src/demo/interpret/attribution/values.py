"""Attributions as files: tables for people, arrays for programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from demo.interpret.attribution.explanation import Explanation
from demo.sequences import decode
from demo.utils.files import atomic_write, write_text


def write_values(folder: Path, explanation: Explanation) -> list[Path]:
    """Write what was found of N sequences of L letters; each file whole or not at all.

    ``sequences.tsv`` has a row per sequence: where it begins in what it was cut from (from 1), its label (empty where
    unknown), probability, logit, sum and convergence delta of its integrated gradients, and its letters.
    ``attributions.tsv`` has a row per base: position (from 1, in what the sequence was cut from) and the three
    numbers in the unit of the logit. ``attributions.npz`` holds ``names``, ``codes`` (N, L), ``logits`` (N,),
    ``probabilities`` (N,), and (N, L, 4) ``saliency`` (centred gradient), ``integrated_gradients`` and
    ``in_silico_mutagenesis`` (change of the logit by each substitution).

    Args:
        folder: made if need be.
        explanation: of these sequences.

    Returns:
        The three files.

    Raises:
        DemoError: a file cannot be written.
    """
    sequences = explanation.sequences
    letters = decode(sequences.codes)
    overview = folder / "sequences.tsv"
    rows = ["sequence\tstart\tlabel\tprobability\tlogit\tintegrated_gradients_sum\tconvergence_delta\tletters"]
    for i, name in enumerate(sequences.names):
        label = "" if sequences.labels[i] is None else str(sequences.labels[i])
        numbers = (
            explanation.probabilities[i],
            explanation.logits[i],
            explanation.integrated[i].sum(),
            explanation.convergence_delta[i],
        )
        fields = [name, str(sequences.starts[i] + 1), label, *(f"{x:.6g}" for x in numbers), letters[i]]
        rows.append("\t".join(fields))
    write_text(overview, "\n".join(rows) + "\n")

    table = folder / "attributions.tsv"
    tracks = explanation.tracks
    rows = ["\t".join(("sequence", "position", "base", *tracks))]
    for i, name in enumerate(sequences.names):
        for j, base in enumerate(letters[i]):
            values = (f"{track[i, j]:.6g}" for track in tracks.values())
            rows.append("\t".join((name, str(sequences.starts[i] + j + 1), base, *values)))
    write_text(table, "\n".join(rows) + "\n")

    arrays = folder / "attributions.npz"
    with atomic_write(arrays) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(
            file,
            names=np.array(sequences.names),
            codes=sequences.codes,
            logits=explanation.logits,
            probabilities=explanation.probabilities,
            saliency=explanation.saliency,
            integrated_gradients=explanation.integrated,
            in_silico_mutagenesis=explanation.changes,
        )
    return [overview, table, arrays]

"""An explanation as files: tables for people, arrays for programs, and a picture per sequence and close-up."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.interpret.attribution.explanation import Explanation
from demo.plotting.logo import PALETTES, LogoLetters, draw_letters, make_panels, save_figure, style_positions
from demo.sequences import decode
from demo.utils.files import atomic_write, write_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OVERVIEW, TABLE, ARRAYS = "sequences.tsv", "attributions.tsv", "attributions.npz"


def write_explanation(folder: Path, explanation: Explanation, model_name: str) -> list[str]:
    """Write values and pictures of the sequences explained; those of earlier ones are removed.

    Args:
        folder: created if need be.
        explanation: of N sequences.
        model_name: what comes first in headings: the TF, and that its data are simulated if they are.

    Returns:
        The pictures of each sequence, PNG; each has an SVG beside it. One, or two with a close-up, separated by ", ".

    Raises:
        DemoError: a file cannot be written.
    """
    for path in folder.glob("[0-9][0-9]*_*.*"):
        if path.suffix in (".png", ".svg"):
            path.unlink()
    write_values(folder, explanation)
    pictures = []
    for i, name in enumerate(explanation.sequences.names):
        stem, window = f"{i + 1:02d}_{file_name(name)}", explanation.close_up(i)
        save_tracks(explanation, i, folder / stem, model_name, shaded=window)
        if window:
            save_tracks(explanation, i, folder / f"{stem}_close_up", model_name, window)
        pictures.append(f"{stem}.png, {stem}_close_up.png" if window else f"{stem}.png")
    return pictures


def file_name(name: str) -> str:
    """A sequence's name as a file's: hyphens for what shells and file systems trip over."""
    return re.sub(r"[^\w.+]+", "-", name).strip("-.")[:80] or "sequence"


def write_values(folder: Path, explanation: Explanation) -> None:
    """Write what was found of N sequences of L bp; each file whole or not at all.

    ``sequences.tsv`` has a row per sequence: where it begins in what it was cut from (from 1), its label (empty if
    unknown), probability, logit, the numbers of each method, and its bases.
    ``attributions.tsv`` has a row per base: position (from 1, in what the sequence was cut from) and the track of each
    method, logit. ``attributions.npz`` holds ``names``, ``codes`` (N, L), ``logits`` (N,), ``probabilities`` (N,), and
    the (N, L, 4) arrays of each method: by default ``saliency`` (centred gradient), ``integrated_gradients`` and
    ``in_silico_mutagenesis`` (change of the logit by each substitution).

    Args:
        folder: created if need be.
        explanation: of these sequences.

    Raises:
        DemoError: a file cannot be written.
    """
    sequences, attributions = explanation.sequences, explanation.attributions
    letters = decode(sequences.codes, explanation.task.alphabet)
    numbers = {name: values for found in attributions.values() for name, values in found.numbers.items()}
    rows = ["\t".join(("sequence", "start", "label", "probability", "logit", *numbers, "letters"))]
    for i, name in enumerate(sequences.names):
        label = "" if sequences.labels[i] is None else str(sequences.labels[i])
        values = (explanation.probabilities[i], explanation.logits[i], *(column[i] for column in numbers.values()))
        fields = [name, str(sequences.starts[i] + 1), label, *(f"{x:.6g}" for x in values), letters[i]]
        rows.append("\t".join(fields))
    write_text(folder / OVERVIEW, "\n".join(rows) + "\n")

    rows = ["\t".join(("sequence", "position", "base", *attributions))]
    for i, name in enumerate(sequences.names):
        for j, base in enumerate(letters[i]):
            tracks = (f"{found.track[i, j]:.6g}" for found in attributions.values())
            rows.append("\t".join((name, str(sequences.starts[i] + j + 1), base, *tracks)))
    write_text(folder / TABLE, "\n".join(rows) + "\n")

    arrays: dict[str, Any] = {
        "names": np.array(sequences.names),
        "codes": sequences.codes,
        "logits": explanation.logits,
        "probabilities": explanation.probabilities,
    }
    for found in attributions.values():
        arrays |= found.arrays
    # To an open file: given a name, numpy adds an ending to it.
    with atomic_write(folder / ARRAYS) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)


def save_tracks(
    explanation: Explanation,
    i: int,
    path: str | os.PathLike[str],
    model_name: str,
    window: tuple[int, int] | None = None,
    shaded: tuple[int, int] | None = None,
) -> tuple[Path, Path]:
    """Draw sequence ``i`` in letters as high as what each base adds to the logit, a panel per method: PNG and SVG.

    Args:
        explanation: of N sequences.
        i: which of them.
        path: file name without extension.
        model_name: what comes first in the heading.
        window: the positions shown, (first, one past the last) from 0; all of them if None.
        shaded: positions on a grey background, likewise: those of the close-up.

    Returns:
        The two files.

    Raises:
        DemoError: a file cannot be written.
    """
    sequences = explanation.sequences
    first, end = window or (0, sequences.codes.shape[1])
    start = sequences.starts[i]
    heading = f"{model_name}   {_facts(explanation, i)}"
    panels = list(explanation.attributions.values())
    alphabet = explanation.task.alphabet
    of = LogoLetters(alphabet.letters, alphabet.colours, alphabet.bits)
    figure, axes = make_panels(end - first, [panel.titles[i] for panel in panels], heading)
    for ax, panel in zip(axes, panels, strict=True):
        values = panel.track[i]
        # In the close-up the scale is still that of the whole sequence, so that the two pictures can be compared.
        low, high = float(min(values.min(), 0)), float(max(values.max(), 0))
        room = 0.05 * (high - low) or 1.0
        letters = np.where(explanation.present[i], values[:, None], 0)[first:end]
        draw_letters(ax, letters, PALETTES["classic"], start + first + 1, of)
        style_positions(ax, start + first + 1, start + end, label=ax is axes[-1])
        ax.set_ylim(low - (room if low < 0 else 0), high + room)
        if shaded:
            ax.axvspan(start + shaded[0] + 0.5, start + shaded[1] + 0.5, color="#F2F2F2", zorder=-10, linewidth=0)
        ax.axhline(0, color="black", linewidth=0.6)
        _number_logits(ax, max(-low, high))
        ax.set_title(panel.titles[i], loc="left", fontsize=9)
    return save_figure(figure, path)


def _number_logits(ax: Axes, largest: float) -> None:
    """Name and number the y axis; numbers that its margin has no room for are in thousands, thousandths, and so on."""
    exponent = 0 if largest == 0 or 0.1 <= largest < 1000 else 3 * math.floor(math.log10(largest) / 3)
    ax.set_ylabel(f"logit, $10^{{{exponent}}}$" if exponent else "logit", fontsize=9)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value / 10**exponent:g}".replace("-", "\N{MINUS SIGN}"))


def _facts(explanation: Explanation, i: int) -> str:
    sequences = explanation.sequences
    task = explanation.task
    names = ("label 0 (not bound)", "label 1 (bound)") if task.is_binding else task.classes
    label = "" if (number := sequences.labels[i]) is None else f"   {names[number]}"
    return (
        f"{sequences.names[i]}{label}   probability {explanation.probabilities[i]:.3f}   "
        f"logit {explanation.logits[i]:.2f}{' (mean of both strands)' * (task.strands == 2)}"
    )

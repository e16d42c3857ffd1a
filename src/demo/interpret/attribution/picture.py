"""One picture per sequence: the three attributions as logos, aligned."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.interpret.attribution.explanation import Explanation
from demo.plotting.letters import draw_letters
from demo.plotting.logo import PALETTES, Palette
from demo.plotting.panels import make_panels, save_figure, style_positions


def save_tracks(
    explanation: Explanation,
    i: int,
    path: str | os.PathLike[str],
    model_name: str,
    window: tuple[int, int] | None = None,
    shaded: tuple[int, int] | None = None,
    palette: Palette = "classic",
) -> tuple[Path, Path]:
    """Draw sequence ``i`` in letters as high as what each base adds to the logit: PNG and SVG.

    Args:
        explanation: of N sequences.
        i: which of them.
        path: file name without its ending.
        model_name: what stands first in the heading: the TF, and that its data are simulated where they are.
        window: the positions shown, (first, one past the last) from 0; all of them if None.
        shaded: positions on a grey ground, likewise: those of the close-up.
        palette: of ``demo.plotting.logo``.

    Returns:
        The two files.

    Raises:
        DemoError: a file cannot be written.
    """
    sequences = explanation.sequences
    first, end = window or (0, sequences.codes.shape[1])
    start = sequences.starts[i]
    heading = f"{model_name}   {_facts(explanation, i)}"
    titles = _titles(explanation, i)
    figure, axes = make_panels(end - first, list(titles.values()), heading)
    for ax, (method, title) in zip(axes, titles.items(), strict=True):
        values = explanation.tracks[method][i]
        # In the close-up the scale is still that of the whole sequence, so that the two pictures can be compared.
        low, high = float(min(values.min(), 0)), float(max(values.max(), 0))
        room = 0.05 * (high - low) or 1.0
        letters = np.where(explanation.present[i], values[:, None], 0)[first:end]
        draw_letters(ax, letters, PALETTES[palette], start + first + 1)
        style_positions(ax, start + first + 1, start + end, label=ax is axes[-1])
        ax.set_ylim(low - (room if low < 0 else 0), high + room)
        if shaded:
            ax.axvspan(start + shaded[0] + 0.5, start + shaded[1] + 0.5, color="#F2F2F2", zorder=-10, linewidth=0)
        ax.axhline(0, color="black", linewidth=0.6)
        ax.set_ylabel("logit", fontsize=9)
        ax.set_title(title, loc="left", fontsize=9)
    return save_figure(figure, path)


def _facts(explanation: Explanation, i: int) -> str:
    sequences = explanation.sequences
    label = {1: "   label 1 (bound)", 0: "   label 0 (not bound)", None: ""}[sequences.labels[i]]
    return (
        f"{sequences.names[i]}{label}   probability {explanation.probabilities[i]:.3f}   "
        f"logit {explanation.logits[i]:.2f} (mean of both strands)"
    )


def _titles(explanation: Explanation, i: int) -> dict[str, str]:
    settings = explanation.settings
    baseline = f"{settings.shuffles} dinucleotide shuffles" if settings.baseline == "shuffled" else "zeros"
    total: NDArray[np.float32] = explanation.integrated[i].sum()
    return {
        "input_x_gradient": "saliency: input × gradient of the logit, centred",
        "integrated_gradients": f"integrated gradients against {baseline} "
        f"(sum {total:.2f}, off by {abs(explanation.convergence_delta[i]):.2g})",
        "in_silico_mutagenesis": "in-silico mutagenesis: logit lost when the base is another, mean of three",
    }

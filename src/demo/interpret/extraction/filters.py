"""What activates the filters of the first layer: the motifs of DeepBind (Alipanahi et al. 2015, Nat Biotechnol 33:831).

As in its supplementary notes (section 10.2): of each sequence that activates a filter, the window that does so most is
taken; all these windows are stacked and counted. A filter can be a whole motif if it is as long as one (DeepBind's have
24 bp). Deep Motif's, of 5 bp, are only parts of motifs, which later layers assemble, and so are the motifs counted
here: class motifs see the whole network.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from demo.interpret.extraction.methods import EXTRACTION_METHODS, ExtractionInput, FoundMotifs
from demo.motifs.motif import Motif
from demo.networks.contract import HasFirstFilters
from demo.networks.inference import MeanLogit, OneClass, frozen
from demo.networks.registry import task_of
from demo.sequences.alphabet import one_hot
from demo.utils.checks import real, whole
from demo.utils.errors import DemoError

_BATCH = 256


@dataclass(frozen=True)
class FilterActivation:
    """How windows that activate filters are counted.

    Args:
        threshold: activation, before ReLU, above which a window counts; DeepBind's is 0.
        min_sites: windows that a filter needs, at least 1.
        max_motifs: motifs kept, those with the most information about validation data; at least 1.
        sequences: training positives considered, the first ones; at least 1.
        pseudocount: added to each count, above 0.

    Raises:
        DemoError: a value is out of its range.
    """

    threshold: float = 0.0
    min_sites: int = 20
    max_motifs: int = 16
    sequences: int = 4000
    pseudocount: float = 0.5

    def __post_init__(self) -> None:
        real("threshold", self.threshold, -1e6, 1e6)
        whole("min_sites", self.min_sites, 1, 1_000_000)
        whole("max_motifs", self.max_motifs, 1, 1_000)
        whole("sequences", self.sequences, 1, 10_000_000)
        real("pseudocount", self.pseudocount, 0, 1e6, open_low=True)


@EXTRACTION_METHODS.register("activation")
@dataclass(frozen=True)
class FilterMotifs:
    """What activates each filter of the first convolution.

    Args:
        activation: how windows are counted.
    """

    activation: FilterActivation = field(default_factory=FilterActivation)

    def extract(self, given: ExtractionInput) -> FoundMotifs:
        """``<prefix>_filter_<n>``, n the filter's number in the network, from 0; most information first.

        Windows are counted in training positives; those with N are left out. ``nsites`` is the number of windows.
        Filters with too few windows, or whose windows have nothing in common, are left out.

        Raises:
            DemoError: a network does not begin with a convolution over one-hot DNA at stride 1, or the sequences are
                shorter than its filters.
        """
        settings = self.activation
        codes = given.training_positives[: settings.sequences]
        with frozen(given.network) as device:
            weight, bias = first_filters(given.network)
            width = weight.shape[2]
            if codes.shape[1] < width:
                raise DemoError(f"Filters of {width} bp do not fit in sequences of {codes.shape[1]} bp.")
            strongest = [
                _strongest(torch.from_numpy(codes[i : i + _BATCH]).to(device), weight, bias)
                for i in range(0, len(codes), _BATCH)
            ]
        activation, start = (torch.cat(part).cpu().numpy() for part in zip(*strongest, strict=True))
        ranked = []
        for number in range(weight.shape[0]):
            rows = np.flatnonzero(activation[:, number] > settings.threshold)
            if len(rows) < settings.min_sites:
                continue
            windows = codes[rows[:, None], start[rows, number, None] + np.arange(width)]
            counts = np.stack([(windows == base).sum(axis=0) for base in range(given.alphabet.size)], axis=1)
            motif = Motif.from_counts(
                f"{given.prefix}_filter_{number}", counts, pseudocount=settings.pseudocount, alphabet=given.alphabet
            )
            if motif.information_content.max() >= given.trim:
                motif = motif.trim(given.trim)
                ranked.append((given.separation(motif).information, motif))
        ranked.sort(key=lambda pair: -pair[0])
        motifs = [motif for _, motif in ranked[: settings.max_motifs]]
        return FoundMotifs(motifs, notes=[] if motifs else ["The windows of no filter have anything in common."])


def first_filters(network: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """Filters of the first convolution, with the batch normalisation that may follow it folded in.

    Args:
        network: a ``MeanLogit`` has the filters of all its networks; one with ``first_filters`` says its own; otherwise
            the first convolution by order of definition.

    Returns:
        (C, 4, W) weights and (C,) biases: what enters ReLU, but for pooling that may lie between.

    Raises:
        DemoError: there is no convolution over four channels, or it has strides, dilation or groups.
    """
    if isinstance(network, MeanLogit):
        weights, biases = zip(*(first_filters(one) for one in network.networks), strict=True)
        return torch.cat(weights), torch.cat(biases)
    if isinstance(network, OneClass):
        return first_filters(network.network)
    if isinstance(network, HasFirstFilters):
        return network.first_filters()
    size = task_of(network).alphabet.size
    layers = [m for m in network.modules() if isinstance(m, nn.Conv1d | nn.Conv2d | nn.BatchNorm1d | nn.BatchNorm2d)]
    if not layers or not isinstance(layers[0], nn.Conv1d | nn.Conv2d) or layers[0].in_channels != size:
        raise DemoError(
            "Motifs of filters need a network that begins with a convolution over A, C, G, T (its letters).",
            exists=[type(layer).__name__ for layer in layers[:1]] or "a network without convolution",
            fix="motif=class, which works for any network",
        )
    convolution = layers[0]
    weight = convolution.weight.detach().flatten(2)
    if weight.shape[2] != convolution.kernel_size[-1] or {*convolution.stride, *convolution.dilation} != {1}:
        raise DemoError("The first convolution does not read every window of adjacent bases.", fix="motif=class")
    bias = weight.new_zeros(len(weight)) if convolution.bias is None else convolution.bias.detach()
    if len(layers) > 1 and isinstance(layers[1], nn.BatchNorm1d | nn.BatchNorm2d):
        weight, bias = _folded(weight, bias, layers[1])
    return weight.float(), bias.float()


def _folded(
    weight: torch.Tensor, bias: torch.Tensor, norm: nn.BatchNorm1d | nn.BatchNorm2d
) -> tuple[torch.Tensor, torch.Tensor]:
    if norm.running_mean is None or norm.running_var is None:
        raise DemoError("The normalisation after the first convolution keeps no statistics.", fix="motif=class")
    scale = (norm.running_var + norm.eps).rsqrt()
    if norm.affine:
        scale = scale * norm.weight.detach()
    shift = norm.bias.detach() if norm.affine else 0.0
    return weight * scale[:, None, None], (bias - norm.running_mean) * scale + shift


def _strongest(codes: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, C) strongest activation of each filter on each of (B, L) sequences, and where that window starts."""
    with torch.no_grad():
        activation = functional.conv1d(one_hot(codes, size=weight.shape[1]), weight, bias)
        unknown = (codes == weight.shape[1]).float()[:, None].unfold(2, weight.shape[2], 1).amax(3) > 0
        return tuple(activation.masked_fill(unknown, -torch.inf).max(2))  # type: ignore[return-value]

"""What the filters of the first layer answer to: the motifs of DeepBind (Alipanahi et al. 2015, Nat Biotechnol 33:831).

As its supplementary notes (section 10.2) have it: in each sequence the window to which a filter answers most is taken,
where it answers at all; all these windows are laid on one another and counted. A filter can be a whole motif where it
is as long as one (DeepBind's have 24 positions). The five positions of Deep Motif's are parts of a motif only, which
later layers put together, and so are the motifs counted here: class motifs see the whole network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from demo.interpret.extraction.mean_logit import MeanLogit
from demo.interpret.extraction.separation import validation_separation
from demo.motifs.motif import Motif
from demo.networks.frozen import frozen
from demo.sequences.alphabet import N_CODE, one_hot
from demo.utils.checks import real, whole
from demo.utils.errors import DemoError

_BATCH = 256


@dataclass(frozen=True)
class FilterActivation:
    """How windows of filters are counted.

    Args:
        threshold: activation, before ReLU, above which a filter answers to a window; DeepBind's is 0.
        least_sites: windows that a filter must answer to, at least 1.
        most: motifs kept, those that tell most about validation data; at least 1.
        sequences: at most so many of the training positives are looked at, the first ones; at least 1.
        pseudocount: added to each count, above 0.

    Raises:
        DemoError: a value is out of its range.
    """

    threshold: float = 0.0
    least_sites: int = 20
    most: int = 16
    sequences: int = 4000
    pseudocount: float = 0.5

    def __post_init__(self) -> None:
        real("motif.extraction.activation.threshold", self.threshold, -1e6, 1e6)
        whole("motif.extraction.activation.least_sites", self.least_sites, 1)
        whole("motif.extraction.activation.most", self.most, 1)
        whole("motif.extraction.activation.sequences", self.sequences, 1)
        real("motif.extraction.activation.pseudocount", self.pseudocount, 0, 1e6, open_low=True)


def filter_motifs(
    network: nn.Module,
    training_positives: NDArray[np.uint8],
    validation_positives: NDArray[np.uint8],
    prefix: str,
    settings: FilterActivation | None = None,
    trim: float = 0.25,
) -> list[Motif]:
    """Count what each filter of the first convolution answers to.

    Args:
        network: its first convolution reads one-hot DNA (four channels) at stride 1. Left as found.
        training_positives: (N, L) ``uint8``, values 0-4: where windows are counted. Windows with N are left out.
        validation_positives: (M, L) ``uint8``: what motifs are ranked by.
        prefix: motifs are named ``<prefix>_filter_<n>``, n the filter's number in the network, from 0.
        settings: ``FilterActivation()`` if None.
        trim: bits below which flanks are cut.

    Returns:
        Most information about validation data first (``Separation.information``); ``nsites`` is the number of windows.
        Filters that answer to too few windows, or whose windows have nothing in common, are left out.

    Raises:
        DemoError: the network has no such convolution, or the sequences are shorter than its filters.
    """
    settings = settings or FilterActivation()
    codes = training_positives[: settings.sequences]
    with frozen(network) as device:
        weight, bias = first_filters(network)
        width = weight.shape[2]
        if codes.shape[1] < width:
            raise DemoError(f"Filters of {width} positions do not fit in sequences of {codes.shape[1]}.")
        strongest = [
            _strongest(torch.from_numpy(codes[i : i + _BATCH]).to(device), weight, bias)
            for i in range(0, len(codes), _BATCH)
        ]
    activation, start = (torch.cat(part).cpu().numpy() for part in zip(*strongest, strict=True))
    ranked = []
    for number in range(weight.shape[0]):
        rows = np.flatnonzero(activation[:, number] > settings.threshold)
        if len(rows) < settings.least_sites:
            continue
        windows = codes[rows[:, None], start[rows, number, None] + np.arange(width)]
        counts = np.stack([(windows == base).sum(axis=0) for base in range(4)], axis=1)
        motif = Motif.from_counts(f"{prefix}_filter_{number}", counts, pseudocount=settings.pseudocount)
        if motif.information_content.max() >= trim:
            motif = motif.trim(trim)
            ranked.append((validation_separation(motif, validation_positives).information, motif))
    ranked.sort(key=lambda pair: -pair[0])
    return [motif for _, motif in ranked[: settings.most]]


def first_filters(network: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """Filters of the first convolution with the batch normalisation after it, if there is one, folded in.

    Args:
        network: in the order in which its modules were made; of a ``MeanLogit``, the filters of all its networks.

    Returns:
        (C, 4, W) weights and (C,) biases: what goes into ReLU, but for the pooling that may lie between.

    Raises:
        DemoError: there is no convolution over four channels, or it has strides, holes or groups.
    """
    # Here, not above: the baselines among the networks have motifs themselves.
    from demo.networks import DeepBindNet

    if isinstance(network, MeanLogit):
        weights, biases = zip(*(first_filters(one) for one in network.networks), strict=True)
        return torch.cat(weights), torch.cat(biases)
    if isinstance(network, DeepBindNet):
        return network.filters.detach(), network.threshold.detach()
    layers = [m for m in network.modules() if isinstance(m, nn.Conv1d | nn.Conv2d | nn.BatchNorm1d | nn.BatchNorm2d)]
    if not layers or not isinstance(layers[0], nn.Conv1d | nn.Conv2d) or layers[0].in_channels != 4:
        raise DemoError(
            "The motifs of filters need a network that begins with a convolution over A, C, G, T.",
            exists=[type(layer).__name__ for layer in layers[:1]] or "a network without convolution",
            fix="motif=class, which works for any network",
        )
    convolution = layers[0]
    weight = convolution.weight.detach().flatten(2)
    if weight.shape[2] != convolution.kernel_size[-1] or {*convolution.stride, *convolution.dilation} != {1}:
        raise DemoError("The first convolution does not read every window of neighbouring bases.", fix="motif=class")
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
    """(B, C) strongest activation of each filter on each of (B, L) sequences, and the start of its window."""
    with torch.no_grad():
        activation = functional.conv1d(one_hot(codes), weight, bias)
        unknown = (codes == N_CODE).float()[:, None].unfold(2, weight.shape[2], 1).amax(3) > 0
        return tuple(activation.masked_fill(unknown, -torch.inf).max(2))  # type: ignore[return-value]

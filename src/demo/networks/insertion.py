"""Logits of sequences into which windows are inserted, without computing anew what a window does not reach.

A window of 21 bp changes a third of the first maps of a sequence of 101 bp, and half of the last. The maps of each
sequence are computed once and kept; the maximum over all positions is that of what changes and of the rest. So logits,
and their gradients with respect to the windows, are those of whole sequences.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from demo.networks.demonet import DeMoNet
from demo.networks.inference import Rounded
from demo.networks.registry import task_of
from demo.sequences.alphabet import one_hot

_AT_ONCE = 256  # sequences whose maps are computed at once
_MOST_KEPT = 2**29  # numbers in the maps of all sequences


class Insertion:
    """Fixed sequences, each of which can be given a window at any position.

    Args:
        network: ``frozen``: takes real-valued (B, 4, L) DNA and returns (B,) logits. Of ``DeMoNet`` it is known what a
            window reaches; other networks read whole sequences.
        codes: (N, L) ``uint8`` tensor, values 0-4, on the network's device.
        width: of the windows, W, at most L.
    """

    def __init__(self, network: nn.Module, codes: torch.Tensor, width: int) -> None:
        self.network = network
        self.codes = codes
        self._size = task_of(network).alphabet.size
        inner = network.network if isinstance(network, Rounded) else network
        self._reached: _Reached | None = None
        if isinstance(inner, DeMoNet) and not inner.positions:
            with torch.no_grad(), self._precision():
                self._reached = _Reached.of(inner, codes, width)

    def logits(self, rows: torch.Tensor, starts: torch.Tensor, windows: torch.Tensor) -> torch.Tensor:
        """Of sequences with a window.

        Args:
            rows: (B,) of ``codes``.
            starts: (B,) of the windows, 0 to L - W.
            windows: (B, 4, W), real-valued.

        Returns:
            (B,), differentiable in ``windows``.
        """
        if self._reached:
            with self._precision():
                return self._reached.logits(rows, starts, windows)
        positions = starts[:, None] + torch.arange(windows.shape[2], device=starts.device)
        background = one_hot(self.codes[rows], size=self._size)
        logits: torch.Tensor = self.network(background.scatter(2, positions[:, None].expand(windows.shape), windows))
        return logits

    def _precision(self) -> AbstractContextManager[object]:
        return self.network.precision() if isinstance(self.network, Rounded) else nullcontext()


@dataclass(frozen=True)
class _Layer:
    """A convolution, and what follows it until the next.

    Attributes:
        rest: pooling, normalisation and ReLU.
        pool: width of the pooling.
        padding: positions that are added before the input.
        reach: how many positions before a change of the input the change of the output begins.
    """

    convolution: nn.Conv2d
    rest: nn.Sequential
    pool: int
    padding: int
    reach: int


def _layers(network: DeMoNet) -> list[_Layer]:
    modules, layers = list(network.convolutions), []
    starts = [number for number, module in enumerate(modules) if isinstance(module, nn.Conv2d)]
    for start, end in pairwise([*starts, len(modules)]):
        convolution, *rest = modules[start:end]
        assert isinstance(convolution, nn.Conv2d)
        others = convolution.kernel_size[1] - 1
        padding = others // 2 if convolution.padding == "same" else 0
        layers.append(_Layer(convolution, nn.Sequential(*rest), network.pool, padding, others - padding))
    return layers


@dataclass(frozen=True)
class _Reached:
    """The part of the maps that a window changes.

    It is as long for every window, so that a batch of them is one tensor, and pooling begins with its first position in
    every layer: it lies on a grid, with steps of 8 bp for three layers.

    Attributes:
        step, shift: it begins at a multiple of ``step`` bp, plus ``shift``.
        maps: (N, P + 2, C) input of each layer, and the last maps, each between zeros.
    """

    network: DeMoNet
    layers: list[_Layer]
    step: int
    shift: int
    maps: list[torch.Tensor]

    @classmethod
    def of(cls, network: DeMoNet, codes: torch.Tensor, width: int) -> _Reached | None:
        """As of ``Insertion``; ``None`` where the part is all of a sequence, or maps take too much memory."""
        layers = _layers(network)
        step, shift = 1, 0
        for layer in layers:
            shift += step * layer.reach
            step *= layer.pool
        context = layers[0].reach + layers[0].padding
        numbers = codes.numel() * layers[0].convolution.out_channels * len(layers)
        if width + step + 2 * context > codes.shape[1] or numbers > _MOST_KEPT:
            return None
        parts = [_maps(one_hot(part, size=network.letters), layers) for part in codes.split(_AT_ONCE)]
        maps = [torch.cat(of_parts) for of_parts in zip(*parts, strict=True)]
        return cls(network, layers, step, shift, maps)

    def logits(self, rows: torch.Tensor, starts: torch.Tensor, windows: torch.Tensor) -> torch.Tensor:
        """As of ``Insertion``."""
        size, width = windows.shape[1:]
        first = (starts - self.shift) // self.step * self.step + self.shift
        count = width + self.step - 1
        positions = (starts - first)[:, None, None] + torch.arange(width, device=starts.device)[:, None]
        changed = _read(self.maps[0], rows, first, count)
        changed = changed.scatter(1, positions.expand(-1, -1, size), windows.transpose(1, 2))
        for layer, inputs, outputs in zip(self.layers, self.maps, self.maps[1:], strict=False):
            context = layer.padding + layer.reach
            # Outputs that change, filled up so that pooling has whole steps; they read ``context`` more on either side.
            pooled = -(-(count + context) // layer.pool)
            left = _read(inputs, rows, first - context, context)
            right = _read(inputs, rows, first + count, layer.pool * pooled - count)
            x = torch.cat([left, changed, right], 1).transpose(1, 2).unsqueeze(2)
            x = layer.rest(functional.conv2d(x, layer.convolution.weight, layer.convolution.bias))
            first, count = (first - layer.reach) // layer.pool, pooled
            # Outside the sequence there is padding.
            there = first[:, None] + torch.arange(count, device=first.device)
            inside = (there >= 0) & (there < outputs.shape[1] - 2)
            changed = x.squeeze(2).transpose(1, 2) * inside[:, :, None]
        # After ReLU, what is set to 0 is no maximum.
        there = torch.arange(-1, self.maps[-1].shape[1] - 1, device=first.device) - first[:, None]
        outside = (there < 0) | (there >= count)
        unchanged = (self.maps[-1][rows] * outside[:, :, None]).amax(1, keepdim=True)
        strongest = torch.cat([changed, unchanged], 1).amax(1)
        with torch.autocast(strongest.device.type, enabled=False):
            return self.network.classify(strongest.to(windows.dtype))


def _read(maps: torch.Tensor, rows: torch.Tensor, first: torch.Tensor, count: int) -> torch.Tensor:
    """(B, count, C) of the maps of (B,) ``rows`` from their (B,) first positions on; 0 outside."""
    positions = first[:, None] + torch.arange(1, count + 1, device=first.device)
    return maps[rows[:, None], positions.clamp(0, maps.shape[1] - 1)]


def _maps(x: torch.Tensor, layers: list[_Layer]) -> list[torch.Tensor]:
    """As of ``_Reached``, of (B, 4, L) sequences."""
    maps = [x.unsqueeze(2).contiguous(memory_format=torch.channels_last)]
    for layer in layers:
        maps.append(layer.rest(layer.convolution(maps[-1])))
    return [functional.pad(each.squeeze(2).transpose(1, 2), (0, 0, 1, 1)) for each in maps]

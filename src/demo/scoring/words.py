"""The first two layers of a network, looked up: exactly what they compute, at a fraction of the arithmetic.

After its first layer (convolution of 5 letters, pooling of 2) a network has seen 6 letters at each position: there are
4^6 such words, so the layer is a table with a row per word. The second convolution is linear in that row: its part in
each neighbour is a table too. Two of three convolutions become additions of table rows; what is left for the matrix
units is the third one, in fewer multiplications (``demo.scoring.winograd``).
"""

from typing import Any, TypeGuard

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from demo.networks.demonet import DeMoNet
from demo.scoring.winograd import KERNEL, StrongestOf
from demo.sequences import N_CODE, one_hot
from demo.utils.compilation import compiled

_LARGEST = 2**26
"""Bytes of a table (64 MiB): a larger one falls out of the caches, and looking up is slower than computing."""

_FEW = 2000
"""Sequences that numpy is done with before numba is imported."""

_CODES = N_CODE + 1
_LAYER = 5  # modules of each convolutional layer of a DeMoNet


class WordNetwork:
    """The convolutions of a DeMoNet, the first two of them by table. The network must not change afterwards.

    Args:
        network: on the CPU, of two convolutional layers at least; see ``suits``.
    """

    def __init__(self, network: DeMoNet) -> None:
        first, pool, normalise, relu, _, second, _, second_normalise, *_ = _layers(network)
        self.deeper, self.last, self.rest = _split(_layers(network)[2 * _LAYER :])
        self.strongest_of = _fast(self.last) if self.last is not None else None
        self.channels = _layers(network)[-_LAYER + 2].num_features
        self.pool = network.pool
        self.letters = first.kernel_size[1] + self.pool - 1
        self.left, self.second_left = _left(first), _left(second)
        with torch.inference_mode():
            words = one_hot(_all_words(self.letters)).unsqueeze(2)
            maps = relu(normalise(pool(F.conv2d(words, first.weight))))[:, :, 0, 0]  # (words, channels)
            taps = second.weight[:, :, 0].permute(1, 2, 0)  # (channels, kernel, channels)
            # A copy: numpy asks for large pages, which a table that is read here and there needs.
            self.table = (
                (maps @ taps.flatten(1)).unflatten(1, taps.shape[1:]).numpy().copy()
            )  # (words, kernel, channels)
            scale = second_normalise.weight / torch.sqrt(second_normalise.running_var + second_normalise.eps)
            self.scale = scale.numpy()
            self.shift = (second_normalise.bias - second_normalise.running_mean * scale).numpy()

    @staticmethod
    def suits(network: nn.Module) -> TypeGuard[DeMoNet]:
        """Whether ``network`` can be looked up, with a table that is small enough to be worth it."""
        if not isinstance(network, DeMoNet) or len(network.convolutions) < 2 * _LAYER:
            return False
        first, second = _layers(network)[0], _layers(network)[_LAYER]
        # The tables know of layers that keep the length and are normalised, as those of the default recipe.
        if first.padding != "same" or not isinstance(_layers(network)[2], nn.BatchNorm2d):
            return False
        if first.weight.device.type != "cpu" or first.weight.dtype != torch.float32:
            return False
        words = _CODES ** (first.kernel_size[1] + network.pool - 1)
        return words * second.kernel_size[1] * second.out_channels * 4 <= _LARGEST

    def strongest(self, codes: NDArray[np.uint8], batch_size: int = 64) -> torch.Tensor:
        """The maximum of each feature map of the last layer, (N, channels), of one strand.

        Args:
            codes: (N, L) A C G T N = 0 1 2 3 4.
            batch_size: sequences at a time; 64 of 101 bp leave the maps in the second-level cache.
        """
        positions = codes.shape[1] // self.pool // self.pool
        # One buffer for all batches: memory that is new each time costs a tenth of the whole.
        maps = np.empty((batch_size, positions, self.table.shape[2]), np.float32)
        few = len(codes) <= _FEW
        two_layers = _two_layers_in_numpy if few else _two_layers
        results = [torch.empty(0, self.channels)]
        for start in range(0, len(codes), batch_size):
            part = codes[start : start + batch_size]
            two_layers(
                part, self.table, self.letters, self.left, self.pool, self.second_left, self.scale, self.shift, maps
            )
            results.append(self._behind(torch.from_numpy(maps[: len(part)]), few))
        return torch.cat(results)

    def _behind(self, maps: torch.Tensor, few: bool) -> torch.Tensor:
        """``strongest`` of the second layer's maps (N, positions, channels)."""
        x = maps.permute(0, 2, 1).unsqueeze(2)  # (N, channels, 1, positions), channels last
        for layer in self.deeper:
            x = layer(x)
        if self.last is None:
            return self.rest(x).amax((2, 3))
        # Normalisation with scales above 0 and ReLU keep the order: what is strongest before them is so behind them.
        pooled = x.shape[3] // self.pool * self.pool
        if self.strongest_of is not None:
            strongest = self.strongest_of(x[:, :, 0].permute(0, 2, 1).contiguous().numpy(), pooled, few)
        else:
            strongest = self.last(x).permute(0, 2, 3, 1)[:, 0, :pooled].amax(1)
        return self.rest(strongest[:, :, None, None])[:, :, 0, 0]


def _layers(network: DeMoNet) -> list[Any]:
    """Convolution, pooling, normalisation, ReLU, dropout; convolution, pooling, ..."""
    return list(network.convolutions)


def _split(layers: list[Any]) -> tuple[list[Any], Any, nn.Module]:
    """Modules before the last convolution, that convolution, and normalisation with ReLU behind it.

    Where their order with pooling matters, or nothing is left, there is no last convolution: all are what is behind.
    """
    if not layers or (layers[-_LAYER + 2].weight < 0).any():
        return [], None, nn.Sequential(*layers)
    convolution, _, normalise, relu, _ = layers[-_LAYER:]
    return layers[:-_LAYER], convolution, nn.Sequential(normalise, relu)


def _fast(convolution: nn.Conv2d) -> StrongestOf | None:
    """The last convolution in fewer multiplications, if it is of the default width."""
    if convolution.kernel_size[1] != KERNEL or convolution.padding != "same":
        return None
    return StrongestOf(convolution.weight[:, :, 0], _left(convolution))


def _all_words(letters: int) -> torch.Tensor:
    """(5^letters, letters) codes: the row of each word is its number in base 5."""
    return torch.from_numpy(np.indices((_CODES,) * letters, np.uint8).reshape(letters, -1).T.copy())


def _left(convolution: nn.Conv2d) -> int:
    """Zeros that padding="same" puts before a sequence."""
    return (int(convolution.kernel_size[1]) - 1) // 2


@compiled
def _two_layers(
    codes: NDArray[np.uint8],
    table: NDArray[np.float32],
    letters: int,
    left: int,
    pool: int,
    second_left: int,
    scale: NDArray[np.float32],
    shift: NDArray[np.float32],
    maps: NDArray[np.float32],
) -> None:
    """Fill ``maps`` (at least N, positions, channels) with what the second layer gives for ``codes`` (N, L).

    Args:
        codes: values 0-4; what lies outside a sequence is N, whose one-hot is the zero that pads it.
        table: (words, kernel, channels): what each word adds to the second convolution at its neighbours.
        letters: of a word.
        left: letters of a word before the first one of its position.
        pool: length of max-pooling, after both layers.
        second_left: of the second convolution, positions before its own.
        scale: (channels,) of the second batch normalisation.
        shift: (channels,), likewise.
        maps: its first N rows are filled.
    """
    count, length = codes.shape
    taps, channels = table.shape[1:]
    words = length // pool
    sums = np.empty((words, channels), np.float32)
    for i in range(count):
        sums[:] = 0
        for word in range(words):
            row = 0
            for place in range(word * pool - left, word * pool - left + letters):
                row = row * 5 + (codes[i, place] if 0 <= place < length else 4)
            parts = table[row]
            for tap in range(max(0, word + second_left - words + 1), min(taps, word + second_left + 1)):
                target, part = sums[word + second_left - tap], parts[tap]
                for c in range(channels):
                    target[c] += part[c]
        for position in range(maps.shape[1]):
            strongest = sums[position * pool]
            for other in range(position * pool + 1, position * pool + pool):
                rival = sums[other]
                for c in range(channels):
                    strongest[c] = max(strongest[c], rival[c])
            result = maps[i, position]
            for c in range(channels):
                result[c] = max(strongest[c] * scale[c] + shift[c], np.float32(0))


def _two_layers_in_numpy(
    codes: NDArray[np.uint8],
    table: NDArray[np.float32],
    letters: int,
    left: int,
    pool: int,
    second_left: int,
    scale: NDArray[np.float32],
    shift: NDArray[np.float32],
    maps: NDArray[np.float32],
) -> None:
    """The same as ``_two_layers`` to the last bit: each sum is in the same order."""
    count, length = codes.shape
    taps, channels = table.shape[1:]
    words = length // pool
    padded = np.full((count, left + length + letters), N_CODE)
    padded[:, left : left + length] = codes
    rows = np.zeros((count, words), np.intp)
    for letter in range(letters):
        rows = rows * _CODES + padded[:, letter : letter + words * pool : pool]
    sums = np.zeros((count, words, channels), np.float32)
    for tap in range(taps):
        first, last = max(0, tap - second_left), min(words, words + tap - second_left)
        sums[:, first + second_left - tap : last + second_left - tap] += table[rows[:, first:last], tap]
    pooled = sums[:, : maps.shape[1] * pool].reshape(count, maps.shape[1], pool, channels).max(2)
    maps[:count] = np.maximum(pooled * scale + shift, 0)

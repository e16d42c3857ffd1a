"""Convolutions of 5 positions with 8 instead of 20 multiplications for every 4 outputs, and their maximum.

Source: Lavin & Gray 2016, "Fast Algorithms for Convolutional Neural Networks"; F(4, 5) of Winograd 1980, with the
points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity. In single precision its sums differ from plain ones by a few millionths.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from demo.utils.compilation import compiled

KERNEL = 5
_OUTPUTS = 4
_TILE = _OUTPUTS + KERNEL - 1
_POINTS = np.array([0, 1, -1, 2, -2, 0.5, -0.5])


def _matrices() -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float32]]:
    """Of inputs (8, 8), kernels (8, 5) and outputs (4, 8).

    A kernel g gives ``outputs @ ((kernels @ g) * (inputs @ d))`` of a tile d. Polynomials are multiplied by
    their values at the points, the last of which, infinity, is the leading coefficient.
    """
    inputs, kernels, outputs = np.zeros((_TILE, _TILE)), np.zeros((_TILE, KERNEL)), np.zeros((_OUTPUTS, _TILE))
    for i, point in enumerate(_POINTS):
        others = np.delete(_POINTS, i)
        inputs[i, :-1] = np.poly(others)[::-1]
        kernels[i] = point ** np.arange(KERNEL) / np.prod(point - others)
        outputs[:, i] = point ** np.arange(_OUTPUTS)
    inputs[-1] = np.poly(_POINTS)[::-1]
    kernels[-1, -1] = outputs[-1, -1] = 1
    return inputs.astype(np.float32), kernels, outputs.astype(np.float32)


_INPUTS, _KERNELS, _OF_OUTPUTS = _matrices()


class StrongestOf:
    """The maximum of a convolution over its positions.

    Args:
        weight: (channels out, channels in, 5).
        left: zeros before the first position.
    """

    def __init__(self, weight: torch.Tensor, left: int) -> None:
        kernels = torch.from_numpy(_KERNELS) @ weight.detach().double().permute(1, 2, 0)  # (in, 8, out)
        self.kernels = kernels.permute(1, 0, 2).float().contiguous()
        self.left = left

    def __call__(self, maps: NDArray[np.float32], positions: int, few: bool = False) -> torch.Tensor:
        """(N, channels out): the maximum over the first ``positions`` outputs of maps (N, L, channels in); of few
        sequences in numpy, which is done with them before numba is imported, with the same bits."""
        tiles = -(-positions // _OUTPUTS)
        inputs = np.empty((_TILE, len(maps) * tiles, maps.shape[2]), np.float32)
        (_transform_in_numpy if few else _transform)(maps, self.left, tiles, _INPUTS, inputs)
        products = torch.bmm(torch.from_numpy(inputs), self.kernels)
        strongest = np.empty((len(maps), products.shape[2]), np.float32)
        (_strongest_in_numpy if few else _strongest)(products.numpy(), positions, tiles, _OF_OUTPUTS, strongest)
        return torch.from_numpy(strongest)


@compiled
def _transform(
    maps: NDArray[np.float32], left: int, tiles: int, matrix: NDArray[np.float32], inputs: NDArray[np.float32]
) -> None:
    """Fill ``inputs`` (8, N * tiles, channels) with the values at the points of tiles of 8 positions, 4 apart."""
    count, positions, channels = maps.shape
    for n in range(count):
        for tile in range(tiles):
            for i in range(len(matrix)):
                values = inputs[i, n * tiles + tile]
                values[:] = 0
                for j in range(len(matrix)):
                    at, factor = 4 * tile + j - left, matrix[i, j]
                    if 0 <= at < positions and factor != 0:
                        row = maps[n, at]
                        for c in range(channels):
                            values[c] += factor * row[c]


@compiled
def _strongest(
    products: NDArray[np.float32],
    positions: int,
    tiles: int,
    matrix: NDArray[np.float32],
    strongest: NDArray[np.float32],
) -> None:
    """Fill ``strongest`` (N, channels) with the maximum over ``positions`` of the outputs of ``products``."""
    count, channels = strongest.shape
    output = np.empty(channels, np.float32)
    for n in range(count):
        best = strongest[n]
        best[:] = -np.inf
        for position in range(positions):
            output[:] = 0
            for i in range(matrix.shape[1]):
                factor, row = matrix[position % 4, i], products[i, n * tiles + position // 4]
                if factor != 0:
                    for c in range(channels):
                        output[c] += factor * row[c]
            for c in range(channels):
                best[c] = max(best[c], output[c])


def _transform_in_numpy(
    maps: NDArray[np.float32], left: int, tiles: int, matrix: NDArray[np.float32], inputs: NDArray[np.float32]
) -> None:
    """The same as ``_transform``: each sum is in the same order."""
    count, positions, channels = maps.shape
    padded = np.zeros((count, left + max(positions, _OUTPUTS * tiles + KERNEL), channels), np.float32)
    padded[:, left : left + positions] = maps
    inputs[:] = 0
    for values, factors in zip(inputs.reshape(len(matrix), count, tiles, channels), matrix, strict=True):
        for j in np.flatnonzero(factors):
            values += factors[j] * padded[:, j : j + _OUTPUTS * tiles : _OUTPUTS]


def _strongest_in_numpy(
    products: NDArray[np.float32],
    positions: int,
    tiles: int,
    matrix: NDArray[np.float32],
    strongest: NDArray[np.float32],
) -> None:
    """The same as ``_strongest``: each sum is in the same order."""
    outputs = np.zeros((len(matrix), *products.shape[1:]), np.float32)
    for output, factors in zip(outputs, matrix, strict=True):
        for i in np.flatnonzero(factors):
            output += factors[i] * products[i]
    count, channels = strongest.shape
    in_order = outputs.reshape(_OUTPUTS, count, tiles, channels).transpose(1, 2, 0, 3).reshape(count, -1, channels)
    strongest[:] = in_order[:, :positions].max(1)

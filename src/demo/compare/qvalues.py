"""Storey's q-values: the lowest false discovery rate at which each p-value would be called significant."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.utils.errors import DemoError

_LAMBDAS = 0.005 * np.arange(1, 101)
_BOOTSTRAPS = 100
_SAMPLE = 1000
_FEWEST = 100


def storey_q_values(p_values: ArrayLike, seed: int = 0) -> NDArray[np.float64]:
    """q-values after Storey (J R Stat Soc B 64:479, 2002): ``q_i = min over p_j >= p_i of pi0 * m * p_j / rank_j``.

    Args:
        p_values: (m,) in [0, 1].
        seed: of the bootstrap that finds pi0; the same seed gives the same q-values.

    Returns:
        (m,) in [0, 1], in the order of ``p_values``.

    Raises:
        DemoError: for values outside [0, 1].
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise DemoError("p-values must be a list of numbers from 0 to 1.")
    order = np.argsort(p, kind="stable")
    rates = _null_fraction(p, seed) * p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(rates[::-1])[::-1], 1.0)
    return q


def _null_fraction(p: NDArray[np.float64], seed: int) -> float:
    """pi0, the share of true nulls: the estimate at the lambda with the least bootstrap error; 1 for up to 100 values.

    The estimate at lambda is ``#{p >= lambda} / (m (1 - lambda))``. A bootstrap only needs the number of its 1,000
    draws between two lambdas, which is a multinomial draw.
    """
    if len(p) <= _FEWEST:
        return 1.0
    per_bin = np.bincount(np.searchsorted(_LAMBDAS, p, side="right"), minlength=len(_LAMBDAS) + 1)
    estimates = _estimates(per_bin[None])[0]
    draws = np.random.default_rng(seed).multinomial(_SAMPLE, per_bin / len(p), size=_BOOTSTRAPS)
    errors = ((_estimates(draws) - estimates.min()) ** 2).sum(axis=0)
    return min(float(estimates[errors.argmin()]), 1.0)


def _estimates(per_bin: NDArray[np.int64]) -> NDArray[np.float64]:
    """(..., 101) counts between lambdas -> (..., 100) estimates of pi0."""
    above = per_bin[..., ::-1].cumsum(axis=-1)[..., ::-1][..., 1:]
    return above / (per_bin.sum(axis=-1, keepdims=True) * (1 - _LAMBDAS))

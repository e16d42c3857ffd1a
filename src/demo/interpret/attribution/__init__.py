"""Which bases of a sequence make the network say that it is bound.

Plain functions of a network, (B, 4, L) to (B,) logits, and (N, L) ``uint8`` codes. What they explain is the *logit*,
the mean of both strands as in prediction. Not the probability: it is flat near 1, so that its gradient vanishes and a
mutation seems to matter little in the very sequences that the network is surest of; and evidence multiplies odds, so
that only in the logit do the contributions of bases add up. N is no base: its attribution is 0.
"""

from demo.interpret.attribution.gradients import (
    BASELINES,
    Baseline,
    IntegratedGradients,
    input_x_gradient,
    integrated_gradients,
    saliency,
)
from demo.interpret.attribution.mutagenesis import base_importance, in_silico_mutagenesis

__all__ = [
    "BASELINES",
    "Baseline",
    "IntegratedGradients",
    "base_importance",
    "in_silico_mutagenesis",
    "input_x_gradient",
    "integrated_gradients",
    "saliency",
]

"""Which bases of a sequence make the network predict binding.

Plain functions of a network, (B, 4, L) to (B,) logits, and sequences as ``demo.encode`` takes them. What they explain
is the *logit*, the mean of both strands as in prediction. Not the probability: it is flat near 1, so that its
gradient vanishes and a mutation seems to matter little in the very sequences that the network is surest of; and
evidence multiplies odds, so that contributions of bases only add up in the logit. N is no base: its attribution is 0.
"""

from demo.interpret.attribution.gradients import (
    REFERENCES,
    InputXGradient,
    IntegratedGradients,
    IntegrationResult,
    Reference,
    input_x_gradient,
    integrated_gradients,
    saliency,
)
from demo.interpret.attribution.methods import ATTRIBUTION_METHODS, Attribution, AttributionMethod
from demo.interpret.attribution.mutagenesis import InSilicoMutagenesis, base_importance, in_silico_mutagenesis

__all__ = [
    "ATTRIBUTION_METHODS",
    "REFERENCES",
    "Attribution",
    "AttributionMethod",
    "InSilicoMutagenesis",
    "InputXGradient",
    "IntegratedGradients",
    "IntegrationResult",
    "Reference",
    "base_importance",
    "in_silico_mutagenesis",
    "input_x_gradient",
    "integrated_gradients",
    "saliency",
]

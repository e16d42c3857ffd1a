"""Linear models: of gapped k-mers, a weight for each word anywhere; of positions, a weight for each letter there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.networks.contract import Baseline, check_sequences
from demo.networks.registry import register_network
from demo.utils.checks import real, whole
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


_STRENGTHS = (0.0003, 0.001, 0.003, 0.01)
_MOST_WORDS = 4**10


@register_network("kmer")
class KmerNet(Baseline):
    """Logistic regression on counts of k-mers with one gap in their middle (Ghandi et al. 2014 use a kernel and more
    gaps).

    A word is ``flank`` bases, a gap of 0 to ``gaps`` bases, and ``flank`` bases. A word and its reverse complement are
    the same word, if both strands are read. Words with an N are not counted. K classes have K weights of each word.

    Args:
        flank: bases on either side of the gap, 1 to 5.
        gaps: longest gap in bp; 0 for plain k-mers of ``2 * flank`` bases.
        strengths: values of scikit-learn's ``C``; validation AUROC chooses one.
        letters: of the alphabet (``Task``), 4 for DNA.
        outputs: logits of a sequence: 1 for two classes, K for K.
        strands: 2, or 1 for sequences that are read as given.

    Raises:
        DemoError: an argument is out of its range, or there are too many words.
    """

    def __init__(
        self,
        flank: int = 3,
        gaps: int = 6,
        strengths: Sequence[float] = _STRENGTHS,
        letters: int = 4,
        outputs: int = 1,
        strands: int = 2,
    ) -> None:
        super().__init__()
        self.flank = whole("flank", flank, 1, 5)
        self.gaps = whole("gaps", gaps, 0, 50)
        self.strengths = _checked(strengths, example=0.001)
        self.letters = letters
        if letters ** (2 * flank) > _MOST_WORDS:
            longest = max(size for size in range(1, 6) if letters ** (2 * size) <= _MOST_WORDS or size == 1)
            raise DemoError(
                f"{letters} letters make {letters ** (2 * flank):,} words of {2 * flank} letters, too many to count.",
                fix=f"model.flank={longest}",
            )
        words = _canonical(2 * flank) if strands == 2 else torch.arange(letters ** (2 * flank))
        self.register_buffer("canonical", words, persistent=False)
        self.canonical: torch.Tensor
        several = () if outputs == 1 else (outputs,)
        self.weights = nn.Parameter(torch.zeros((gaps + 1) * len(words), *several))
        self.offset = nn.Parameter(torch.zeros(several))

    def fit(
        self,
        codes: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        validation_codes: NDArray[np.uint8],
        validation_labels: NDArray[np.uint8],
    ) -> dict[str, Any]:
        """Fit once for each regularisation strength; see ``Baseline.fit``."""
        counts, validation_counts = self.counts(codes), self.counts(validation_codes)
        strength, weights, offset = fit_logistic(
            counts, labels, validation_counts, validation_labels, self.strengths, self.offset.numel()
        )
        with torch.no_grad():
            self.weights.copy_(torch.as_tensor(weights))
            self.offset.copy_(torch.as_tensor(offset))
        return {"strengths": [strength]}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logit of binding of each sequence.

        Args:
            x: (B, 4, L) DNA, rows A C G T; of a mixture of bases the largest counts, so there is no gradient.

        Returns:
            (B,) log odds of binding, or (B, outputs) logits.
        """
        letters = x.argmax(1).masked_fill(x.amax(1) <= 0, self.letters)
        words = self.words(letters)
        known = (words >= 0).view(*words.shape, *[1] * self.offset.ndim)
        return torch.where(known, self.weights[words.clamp(min=0)], 0.0).sum(1) + self.offset

    def words(self, letters: torch.Tensor) -> torch.Tensor:
        """The words of each sequence.

        Args:
            letters: (B, L) codes A C G T N = 0 1 2 3 4.

        Returns:
            (B, all positions of all gaps) numbers of words, those with the shortest gap first; -1 for words with an N.

        Raises:
            DemoError: the sequences are shorter than the longest word.
        """
        flank, length = self.flank, letters.shape[1]
        if length < 2 * flank + self.gaps:
            raise DemoError(
                f"These sequences have {length} bp, but the longest word has {2 * flank + self.gaps} bp.",
                fix=f"model.gaps={length - 2 * flank}" if length >= 2 * flank else "model.flank=1 model.gaps=0",
            )
        letters = letters.long()
        windows = letters.unfold(1, flank, 1)  # (B, positions, flank)
        powers = torch.tensor([self.letters**place for place in reversed(range(flank))], device=letters.device)
        halves = torch.where((windows < self.letters).all(2), (windows * powers).sum(2), -1)
        parts = []
        for gap in range(self.gaps + 1):
            left, right = halves[:, : length - 2 * flank - gap + 1], halves[:, flank + gap :]
            word = self.canonical[(left * self.letters**flank + right).clamp(min=0)] + gap * len(self.canonical)
            parts.append(torch.where((left >= 0) & (right >= 0), word, -1))
        return torch.cat(parts, 1)

    def counts(self, codes: NDArray[np.uint8]) -> "csr_matrix":
        """(N, words) counts of each word in (N, L) sequences, values 0-4."""
        from scipy.sparse import csr_matrix

        words = torch.cat([self.words(part).int() for part in torch.from_numpy(codes).split(1024)]).numpy()
        there = words >= 0
        ends = np.concatenate([[0], there.sum(1).cumsum()])
        counts = csr_matrix((np.ones(ends[-1], np.float64), words[there], ends), (len(codes), len(self.weights)))
        counts.sum_duplicates()
        return counts


@register_network("positions")
class PositionNet(Baseline):
    """Logistic regression on one-hot letters: a weight of each letter at each position, as a position weight matrix of
    the whole sequence. For sequences in which a position means the same in each.

    Args:
        length: of the sequences, which the fit finds out; 0 before it.
        strengths: values of scikit-learn's ``C``; validation AUROC chooses one.
        letters: of the alphabet (``Task``), 4 for DNA.
        outputs: logits of a sequence: 1 for two classes, K for K.

    Raises:
        DemoError: an argument is out of its range.
    """

    def __init__(
        self,
        length: int = 0,
        strengths: Sequence[float] = (0.01, 0.03, 0.1, 0.3, 1.0),
        letters: int = 4,
        outputs: int = 1,
    ) -> None:
        super().__init__()
        self.letters = letters
        self.strengths = _checked(strengths, example=0.1)
        several = () if outputs == 1 else (outputs,)
        self.weights = nn.Parameter(torch.zeros(letters * whole("length", length, 0, 1_000_000), *several))
        self.offset = nn.Parameter(torch.zeros(several))

    def fit(
        self,
        codes: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        validation_codes: NDArray[np.uint8],
        validation_labels: NDArray[np.uint8],
    ) -> dict[str, Any]:
        """Fit once for each regularisation strength; see ``Baseline.fit``."""
        strength, weights, offset = fit_logistic(
            self._flat(codes),
            labels,
            self._flat(validation_codes),
            validation_labels,
            self.strengths,
            self.offset.numel(),
        )
        self.weights = nn.Parameter(torch.as_tensor(weights).float())
        with torch.no_grad():
            self.offset.copy_(torch.as_tensor(offset))
        return {"strengths": [strength], "length": codes.shape[1]}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logit of each sequence, (B,) or (B, outputs), of (B, letters, L) sequences."""
        check_sequences(x, self.letters)
        # Before the fit there is no weight, and no preference.
        if not len(self.weights):
            return x.new_zeros(len(x), *self.offset.shape) + self.offset
        if x.shape[1] * x.shape[2] != len(self.weights):
            raise DemoError(f"This model reads {len(self.weights) // self.letters} positions, not {x.shape[2]}.")
        return x.flatten(1) @ self.weights + self.offset

    def _flat(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, letters * L) one-hot letters, in the order of the weights."""
        return np.concatenate([codes == letter for letter in range(self.letters)], axis=1).astype(np.float32)


def _checked(strengths: Sequence[float], example: float) -> list[float]:
    if not strengths:
        raise DemoError("model.strengths is empty.", fix=f"model.strengths=[{example}]")
    return [real("strengths", strength, 0, 1e6, open_low=True) for strength in strengths]


def fit_logistic(
    features: "csr_matrix | NDArray[np.float32]",
    labels: NDArray[np.uint8],
    validation_features: "csr_matrix | NDArray[np.float32]",
    validation_labels: NDArray[np.uint8],
    strengths: Sequence[float],
    outputs: int,
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Logistic regression, of the strength with the highest (macro) AUROC on validation data.

    Returns:
        The strength; weights (F,) or (F, outputs); offsets () or (outputs,).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    fits = []
    for strength in strengths:
        if outputs == 1:
            model = LogisticRegression(C=strength, solver="liblinear", random_state=0).fit(features, labels)
            score = roc_auc_score(validation_labels, model.decision_function(validation_features))
        else:
            model = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(features, labels)
            p = model.predict_proba(validation_features)
            score = roc_auc_score(validation_labels, p, multi_class="ovr") if p.shape[1] == outputs else 0.0
        fits.append((float(score), model))
    best = max(range(len(fits)), key=lambda i: fits[i][0])
    model = fits[best][1]
    if outputs == 1:
        return strengths[best], model.coef_[0], model.intercept_[0]
    return strengths[best], model.coef_.T, model.intercept_


def _canonical(length: int) -> torch.Tensor:
    """(4 ** length,) the smaller of the numbers of each word and its reverse complement."""
    words = torch.arange(4**length)
    turned = torch.zeros_like(words)
    for place in range(length):
        turned = turned * 4 + 3 - torch.div(words, 4**place, rounding_mode="floor") % 4
    return torch.minimum(words, turned)

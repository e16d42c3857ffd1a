"""A linear model of gapped k-mers: the sum of a weight for each gapped k-mer (word) of a sequence."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.networks.contract import Baseline
from demo.networks.registry import register_network
from demo.sequences import N_CODE
from demo.utils.checks import real, whole
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


_STRENGTHS = (0.0003, 0.001, 0.003, 0.01)


@register_network("kmer")
class KmerNet(Baseline):
    """Logistic regression on counts of k-mers with one gap in their middle (Ghandi et al. 2014 use a kernel and more
    gaps).

    A word is ``flank`` bases, a gap of 0 to ``gaps`` bases, and ``flank`` bases. A word and its reverse complement are
    the same word. Words with an N are not counted.

    Args:
        flank: bases on either side of the gap, 1 to 5.
        gaps: longest gap in bp; 0 for plain k-mers of ``2 * flank`` bases.
        strengths: values of scikit-learn's ``C``; validation AUROC chooses one.

    Raises:
        DemoError: an argument is out of its range.
    """

    def __init__(self, flank: int = 3, gaps: int = 6, strengths: Sequence[float] = _STRENGTHS) -> None:
        super().__init__()
        self.flank = whole("flank", flank, 1, 5)
        self.gaps = whole("gaps", gaps, 0, 50)
        self.strengths = [real("strengths", strength, 0, 1e6, open_low=True) for strength in strengths]
        if not self.strengths:
            raise DemoError("model.strengths is empty.", fix="model.strengths=[0.001]")
        self.register_buffer("canonical", _canonical(2 * flank), persistent=False)
        self.canonical: torch.Tensor
        self.weights = nn.Parameter(torch.zeros((gaps + 1) * len(self.canonical)))
        self.offset = nn.Parameter(torch.zeros(()))

    def fit(
        self,
        codes: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        validation_codes: NDArray[np.uint8],
        validation_labels: NDArray[np.uint8],
    ) -> dict[str, Any]:
        """Fit once for each regularisation strength; see ``Baseline.fit``."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import roc_auc_score

        counts, validation_counts = self.counts(codes), self.counts(validation_codes)
        fits = []
        for strength in self.strengths:
            model = LogisticRegression(C=strength, solver="liblinear", random_state=0).fit(counts, labels)
            fits.append((float(roc_auc_score(validation_labels, model.decision_function(validation_counts))), model))
        best = max(range(len(fits)), key=lambda i: fits[i][0])
        model = fits[best][1]
        with torch.no_grad():
            self.weights.copy_(torch.from_numpy(model.coef_[0]))
            self.offset.fill_(float(model.intercept_[0]))
        return {"strengths": [self.strengths[best]]}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logit of binding of each sequence.

        Args:
            x: (B, 4, L) DNA, rows A C G T; of a mixture of bases the largest counts, so there is no gradient.

        Returns:
            (B,) log odds of binding.
        """
        letters = x.argmax(1).masked_fill(x.amax(1) <= 0, N_CODE)
        words = self.words(letters)
        return torch.where(words >= 0, self.weights[words.clamp(min=0)], 0.0).sum(1) + self.offset

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
                fix=f"model.gaps={max(0, length - 2 * flank)}",
            )
        letters = letters.long()
        windows = letters.unfold(1, flank, 1)  # (B, positions, flank)
        powers = torch.tensor([4**place for place in reversed(range(flank))], device=letters.device)
        halves = torch.where((windows < N_CODE).all(2), (windows * powers).sum(2), -1)
        parts = []
        for gap in range(self.gaps + 1):
            left, right = halves[:, : length - 2 * flank - gap + 1], halves[:, flank + gap :]
            word = self.canonical[(left * 4**flank + right).clamp(min=0)] + gap * len(self.canonical)
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


def _canonical(length: int) -> torch.Tensor:
    """(4 ** length,) the smaller of the numbers of each word and its reverse complement."""
    words = torch.arange(4**length)
    turned = torch.zeros_like(words)
    for place in range(length):
        turned = turned * 4 + 3 - torch.div(words, 4**place, rounding_mode="floor") % 4
    return torch.minimum(words, turned)

"""The transcription factor's JASPAR matrix as a classifier: the score of its best match."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from demo.motifs.jaspar import core_motifs, matrices_of, primary_matrix
from demo.motifs.motif import Motif
from demo.networks.contract import Baseline
from demo.networks.registry import register_network
from demo.sequences import one_hot
from demo.utils.errors import DemoError


@register_network("pwm")
class PwmNet(Baseline):
    """The PWM score of the best window on either strand, in bits, scaled to log odds of binding.

    Of several matrices the one with the highest *training* AUROC is used. Only two numbers are fitted, by logistic
    regression on the training sequences: they turn the score into a probability without changing the ranking or AUROC.

    Args:
        release: of JASPAR.
        taxon: JASPAR's taxonomic group.
        matrix: id of any matrix (``"MA0139.1"``); ``None`` for those of the transcription factor.

    Raises:
        DemoError: there is no such release, taxon or matrix.
    """

    def __init__(self, release: str = "newest", taxon: str = "vertebrates", matrix: str | None = None) -> None:
        super().__init__()
        self.release = str(release)
        self.taxon = taxon
        self.candidates: list[Motif] = []
        self.scale = nn.Parameter(torch.ones(()))
        self.offset = nn.Parameter(torch.zeros(()))
        if matrix is not None:
            self.candidates = [m for m in core_motifs(self.release, taxon) if m.name == matrix]
            if not self.candidates:
                raise DemoError(f"JASPAR {release} has no CORE matrix {matrix!r} for {taxon}.", fix="model.matrix=null")
            self._take(self.candidates[0])

    def look_up(self, tf: str) -> None:
        """Find the matrices of ``tf``.

        Raises:
            DemoError: JASPAR has none.
        """
        if not self.candidates:
            # Raises the error if there are none, unlike matrices_of.
            self._take(primary_matrix(tf, self.release, self.taxon))
            self.candidates = matrices_of(tf, self.release, self.taxon)

    def fit(
        self,
        codes: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        validation_codes: NDArray[np.uint8],
        validation_labels: NDArray[np.uint8],
    ) -> dict[str, Any]:
        """Choose the best matrix; see ``Baseline.fit``. Validation sequences are not used."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import roc_auc_score

        scores = [self._scores(candidate, codes) for candidate in self.candidates]
        aurocs = [float(roc_auc_score(labels, score)) for score in scores]
        chosen = int(np.argmax(aurocs))
        self._take(self.candidates[chosen])
        line = LogisticRegression(C=np.inf).fit(scores[chosen][:, None], labels)
        with torch.no_grad():
            self.scale.fill_(float(line.coef_[0, 0]))
            self.offset.fill_(float(line.intercept_[0]))
        return {"matrix": self.candidates[chosen].name}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logit of binding of each sequence.

        Args:
            x: (B, 4, L) real-valued DNA, rows A C G T; L at least the width of the matrix.

        Returns:
            (B,) log odds of binding.

        Raises:
            DemoError: the sequences are shorter than the matrix.
        """
        return self.scale * self.bits(x) + self.offset

    def bits(self, x: torch.Tensor) -> torch.Tensor:
        """(B,) PWM score of the best window on either strand, in bits; an N scores 0."""
        width = self.log_odds.shape[1]
        if x.shape[2] < width:
            raise DemoError(f"These sequences have {x.shape[2]} bp, but the matrix has {width} positions.")
        both = torch.stack([self.log_odds, self.log_odds.flip(0, 1)])
        return F.conv1d(x, both).amax((1, 2))

    def _take(self, motif: Motif) -> None:
        self.motif = motif
        self.log_odds = nn.Parameter(torch.from_numpy(motif.log_odds().T.copy()).float())  # (4, width)

    def _scores(self, motif: Motif, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        self._take(motif)
        with torch.no_grad():
            bits = [self.bits(one_hot(part)) for part in torch.from_numpy(codes).split(4096)]
        return torch.cat(bits).double().numpy()

"""DeepBind's network: motif detectors, their best match on either strand, and one or two dense layers."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn

from demo.networks.contract import check_sequences
from demo.networks.registry import register_network
from demo.utils.checks import real, whole


@register_network("deepbind")
class DeepBindNet(nn.Module):
    """DeepBind's classifier (Alipanahi, Delong, Weirauch & Frey 2015, Nat Biotechnol 33:831, and its supplement).

    One convolution scans the sequence, padded so that a motif may extend beyond either end; then follow a learned
    threshold and ReLU, the maximum over positions, dropout, and one or two dense layers. Both strands go through the
    same network, and the larger of their outputs is used, also in training.

    Args:
        filters: motif detectors, 1 to 4,096 (paper: 16).
        width: their length in bp, 1 to 1,000 (paper, for ChIP-seq: 24).
        hidden: ReLU units between detectors and output, at most 4,096; 0 for none (paper: 0 or 32).
        dropout: probability of dropping a detector, in [0, 1) (paper: 0, 0.25 or 0.5).
        filter_scale: standard deviation of the initial filters.
        dense_scale: standard deviation of the initial dense weights.
        letters: of the alphabet (``Task``), 4 for DNA.
        outputs: logits of a sequence: 1 for two classes, K for K.
        strands: 2, or 1 for sequences that are read as given.

    Raises:
        DemoError: an argument is out of its range.
    """

    def __init__(
        self,
        filters: int = 16,
        width: int = 24,
        hidden: int = 0,
        dropout: float = 0.25,
        filter_scale: float = 1e-3,
        dense_scale: float = 1e-2,
        letters: int = 4,
        outputs: int = 1,
        strands: int = 2,
    ) -> None:
        super().__init__()
        whole("filters", filters, 1, 4096)
        self.width = whole("width", width, 1, 1000)
        whole("hidden", hidden, 0, 4096)
        real("dropout", dropout, 0, 1, open_high=True)
        real("filter_scale", filter_scale, 0, 1, open_low=True)
        real("dense_scale", dense_scale, 0, 1, open_low=True)
        self.strands = whole("strands", strands, 1, 2)
        self.filters = nn.Parameter(torch.randn(filters, whole("letters", letters, 2, 1000), width) * filter_scale)
        self.threshold = nn.Parameter(torch.zeros(filters))
        self.dropout = nn.Dropout(dropout)
        sizes = [filters, hidden, outputs] if hidden else [filters, outputs]
        layers: list[nn.Module] = []
        for size, following in itertools.pairwise(sizes):
            layers += [nn.Linear(size, following), nn.ReLU()]
        self.dense = nn.Sequential(*layers[:-1])
        for layer in self.dense:
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=dense_scale)
                nn.init.zeros_(layer.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logit of binding of each sequence, the larger of its two strands'.

        Args:
            x: (B, 4, L) real-valued DNA, rows A C G T: one-hot, zeros for N, or anything in between.

        Returns:
            (B,) log odds of binding, or (B, outputs) logits.

        Raises:
            DemoError: ``x`` has another shape.
        """
        letters = self.filters.shape[1]
        check_sequences(x, letters)
        # Rows are A C G T, so a filter flipped along both axes reads the other strand.
        both = torch.cat([self.filters, self.filters.flip(1, 2)]) if self.strands == 2 else self.filters
        best = self._best_matches(F.pad(x, (self.width - 1, self.width - 1), value=1 / letters), both)
        strands = best.view(len(x), self.strands, -1) + self.threshold  # (B, strands, filters)
        return self.dense(self._drop(torch.relu(strands))).squeeze(2).amax(1)

    def first_filters(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.filters.detach(), self.threshold.detach()

    def _best_matches(self, x: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
        """(B, F) maximum over positions of the scores of (F, 4, width) filters on (B, 4, L).

        Only the best window of each filter has a gradient. So the scan is done without gradients, and the best windows
        are scored again: a training step takes a fifth of the time of one through the whole scan.
        """
        size = x.shape[1]
        letters = x.transpose(1, 2).contiguous()  # (B, L, 4): a window is 4 * width numbers in a row
        with torch.no_grad():
            # In two dimensions, because only these have fast channels-last kernels on CPUs.
            weights = filters.unsqueeze(2).contiguous(memory_format=torch.channels_last)
            scores = F.conv2d(letters.unsqueeze(1).permute(0, 3, 1, 2), weights)  # (B, F, 1, positions)
            best = F.max_pool2d(scores, (1, scores.shape[3]), return_indices=True)[1].view(len(x), -1)  # (B, F)
        windows = letters.flatten(1).unfold(1, size * self.width, size)  # (B, positions, 4 * width), a view
        chosen = windows[torch.arange(len(x), device=x.device)[:, None], best]  # (B, F, 4 * width)
        return (chosen * filters.transpose(1, 2).flatten(1)).sum(2)

    def _drop(self, strands: torch.Tensor) -> torch.Tensor:
        """(B, 2, filters) with dropout of detectors, the same on both strands."""
        kept = self.dropout(strands.new_ones(len(strands), 1, strands.shape[2]))
        return strands * kept

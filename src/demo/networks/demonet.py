"""The network of Deep Motif: convolutions, maximum over positions, highway layers."""

import torch
from torch import nn

from demo.networks.contract import check_sequences
from demo.networks.registry import register_network
from demo.utils.checks import choice, flag, real, whole
from demo.utils.errors import DemoError


class Highway(nn.Module):
    """One fully connected highway layer: ``y = T(x) * H(x) + (1 - T(x)) * x``.

    Source: Srivastava, Greff & Schmidhuber 2015, "Highway Networks", equation 3, with H a ReLU layer and T a sigmoid.

    Args:
        units: width of input and output.
        gate_bias: initial bias of the gate T. If negative, the layer starts by carrying its input through; otherwise a
            stack of five or seven passes almost no gradient at first.
    """

    def __init__(self, units: int, gate_bias: float = -1.0) -> None:
        super().__init__()
        self.transform = nn.Linear(units, units)
        self.gate = nn.Linear(units, units)
        nn.init.kaiming_normal_(self.transform.weight, nonlinearity="relu")
        nn.init.zeros_(self.transform.bias)
        nn.init.constant_(self.gate.bias, gate_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, units) to (B, units)."""
        gate = torch.sigmoid(self.gate(x))
        return x + gate * (torch.relu(self.transform(x)) - x)


@register_network("demonet")
class DeMoNet(nn.Module):
    """Deep Motif's classifier of DNA sequences (Lanchantin et al. 2016, section 2.1 and Table 1).

    The paper's two-way softmax is written as one logit, the difference of its two: the same model with one parameter
    vector less. The paper does not say how its network is normalised, padded or initialised; these choices were made by
    validation AUROC (docs/research/recipe.md).

    Args:
        conv_layers: convolutional layers, 1 to 16 (paper: 3 or 4).
        channels: feature maps of each, 1 to 4,096 (paper: 128).
        kernel_size: filter length in bp, 1 to 1,000 (paper: 5).
        pool: width of the max-pooling after each convolutional layer: 2, or 1 for none.
        highway_layers: highway layers, 0 to 100 (paper: 5 or 7).
        highway_units: their width, 1 to 4,096 (paper: 32).
        dropout: probability of dropping a whole feature map, in [0, 1).
        gate_bias: initial bias of the highway gates.
        batch_norm: whether each convolution is followed by batch normalisation; otherwise it has a bias.
        padding: ``"same"``: convolutions keep the length; ``"valid"``: they lose ``kernel_size - 1`` positions.
        letters: of the alphabet (``Task``), 4 for DNA.
        outputs: logits of a sequence: 1 for two classes, K for K.
        positions: length of the sequences, if the layer behind the convolutions is to read each position by itself; 0
            for the maximum of each feature map over all positions, as in the paper.

    Raises:
        DemoError: an argument is out of its range.
    """

    capturable = True
    """As a CUDA graph (``demo.training.cuda_graph``)."""

    def __init__(
        self,
        conv_layers: int = 3,
        channels: int = 128,
        kernel_size: int = 5,
        pool: int = 2,
        highway_layers: int = 5,
        highway_units: int = 32,
        dropout: float = 0.05,
        gate_bias: float = -1.0,
        batch_norm: bool = True,
        padding: str = "same",
        letters: int = 4,
        outputs: int = 1,
        positions: int = 0,
    ) -> None:
        super().__init__()
        whole("conv_layers", conv_layers, 1, 16)
        whole("channels", channels, 1, 4096)
        whole("kernel_size", kernel_size, 1, 1000)
        self.pool = whole("pool", pool, 1, 2)
        whole("highway_layers", highway_layers, 0, 100)
        whole("highway_units", highway_units, 1, 4096)
        real("dropout", dropout, 0, 1, open_high=True)
        real("gate_bias", gate_bias, -20, 20)
        flag("batch_norm", batch_norm)
        choice("padding", padding, ("same", "valid"))
        self.letters = whole("letters", letters, 2, 1000)
        whole("outputs", outputs, 1, 10_000)
        self.positions = whole("positions", positions, 0, 1_000_000)
        self.minimum_length = 1
        for _ in range(conv_layers):
            self.minimum_length = self.minimum_length * pool + (kernel_size - 1 if padding == "valid" else 0)

        layers: list[nn.Module] = []
        for number in range(conv_layers):
            layers += [
                nn.Conv2d(
                    channels if number else letters, channels, (1, kernel_size), padding=padding, bias=not batch_norm
                ),
                # Pooling first halves the work of normalisation and ReLU.
                nn.MaxPool2d((1, pool)) if pool > 1 else nn.Identity(),
                nn.BatchNorm2d(channels) if batch_norm else nn.Identity(),
                nn.ReLU(),
                nn.Dropout2d(dropout) if number < conv_layers - 1 else nn.Identity(),
            ]
        self.convolutions = nn.Sequential(*layers)
        # The last convolution's dropout: dropping a maximum equals dropping its feature map, and is cheaper.
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(channels * self._places(positions, kernel_size, pool, conv_layers), highway_units)
        self.highways = nn.Sequential(*(Highway(highway_units, gate_bias) for _ in range(highway_layers)))
        self.output = nn.Linear(highway_units, outputs)
        # 1D convolutions written as 2D ones, because only these have fast channels-last kernels on CPUs.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logit of binding of each sequence.

        Args:
            x: (B, 4, L) real-valued DNA, rows A C G T: one-hot, zeros for N, or anything in between; (B, letters, L) of
                another alphabet.

        Returns:
            (B,) log odds of binding, or (B, outputs) logits.

        Raises:
            DemoError: ``x`` has another shape, or L leaves no position after pooling.
        """
        check_sequences(x, self.letters)
        if x.shape[2] < self.minimum_length:
            raise DemoError(
                f"A sequence of {x.shape[2]} bp leaves no position after pooling: this network needs at least "
                f"{self.minimum_length}.",
                fix="model.pool=1, or fewer convolutional layers (model.conv_layers=...)",
            )
        maps = self.convolutions(x.unsqueeze(2).contiguous(memory_format=torch.channels_last))  # (B, channels, 1, L')
        if self.positions and x.shape[2] != self.positions:
            raise DemoError(f"This network reads sequences of {self.positions} positions, not of {x.shape[2]}.")
        strongest = maps.flatten(1) if self.positions else maps.amax((2, 3))
        # In mixed precision, too: casting these small layers costs more than it gains.
        with torch.autocast(x.device.type, enabled=False):
            return self.classify(strongest.to(self.output.weight.dtype))

    def classify(self, strongest: torch.Tensor) -> torch.Tensor:
        """Logits (B,) or (B, outputs) of the maximum of each feature map over its positions, (B, channels); or of all
        positions, (B, channels * positions)."""
        features = self.highways(torch.relu(self.project(self.dropout(strongest))))  # (B, highway_units)
        return self.output(features).squeeze(1)

    def _places(self, positions: int, kernel_size: int, pool: int, conv_layers: int) -> int:
        """Positions of the last feature maps that the next layer reads, 1 of their maximum."""
        if not positions:
            return 1
        for _ in range(conv_layers):
            positions = (positions - (kernel_size - 1 if self.convolutions[0].padding == "valid" else 0)) // pool
        # Shorter sequences are refused by ``forward``.
        return max(positions, 1)

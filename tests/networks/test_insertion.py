import pytest
import torch
from torch import nn

from demo.networks.demonet import DeMoNet
from demo.networks.inference import Rounded, frozen
from demo.networks.insertion import Insertion
from demo.sequences import one_hot


def network(**settings: object) -> DeMoNet:
    torch.manual_seed(0)
    made = DeMoNet(channels=8, **settings)  # type: ignore[arg-type]
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    nn.init.normal_(made.output.weight, std=20)
    return made.eval()


def with_windows(codes: torch.Tensor, starts: torch.Tensor, windows: torch.Tensor) -> torch.Tensor:
    parts = zip(one_hot(codes), starts, windows, strict=True)
    return torch.stack([torch.cat([x[:, :s], window, x[:, s + window.shape[1] :]], 1) for x, s, window in parts])


@pytest.mark.parametrize("width", [7, 21, 90])
@pytest.mark.parametrize(
    "settings", [{}, {"pool": 1}, {"padding": "valid", "kernel_size": 6}, {"kernel_size": 8, "conv_layers": 2}], ids=str
)
def test_logits_and_gradients_are_those_of_whole_sequences(settings: dict[str, object], width: int) -> None:
    whole = network(**settings)
    codes = torch.randint(0, 5, (6, 101), dtype=torch.uint8)
    starts = torch.arange(101 - width + 1)
    rows = torch.randint(6, starts.shape)
    windows = torch.rand(len(starts), 4, width).requires_grad_()
    with frozen(whole):
        expected = whole(with_windows(codes[rows], starts, windows))
        logits = Insertion(whole, codes, width).logits(rows, starts, windows)
        gradients = [torch.autograd.grad(each.sum(), windows)[0] for each in (logits, expected)]
    assert expected.std() > 0.01
    assert torch.allclose(logits, expected, atol=1e-4)
    assert torch.allclose(*gradients, atol=1e-4)


def test_other_networks_read_whole_sequences_and_rounded_ones_are_rounded_likewise() -> None:
    whole = network()
    other = nn.Sequential(nn.Flatten(), nn.Linear(4 * 60, 1), nn.Flatten(0))
    codes = torch.randint(0, 5, (5, 60), dtype=torch.uint8)
    starts, windows = torch.arange(5), torch.rand(5, 4, 10)
    for one in (other, Rounded(whole)):
        with frozen(one):
            logits = Insertion(one, codes, 10).logits(torch.arange(5), starts, windows)
            assert torch.allclose(logits, one(with_windows(codes, starts, windows)), atol=1e-4)

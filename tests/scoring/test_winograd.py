import pytest
import torch
import torch.nn.functional as F

from demo.scoring.winograd import StrongestOf


@pytest.mark.parametrize(("length", "positions"), [(25, 24), (25, 25), (3, 2), (1, 1), (50, 47)])
def test_its_maximum_is_that_of_the_plain_convolution(length: int, positions: int) -> None:
    torch.manual_seed(length)
    maps, weight = torch.randn(7, length, 32).relu(), torch.randn(16, 32, 5) / 12
    plain = F.conv1d(maps.permute(0, 2, 1).double(), weight.double(), padding=2)[:, :, :positions].amax(2)
    ours = StrongestOf(weight, 2)(maps.numpy(), positions)
    assert (ours - plain).abs().max() < 1e-5
    # Not so far off that it only looks right: single precision's own error, times a few.
    single = F.conv1d(maps.permute(0, 2, 1), weight, padding=2)[:, :, :positions].amax(2)
    assert (ours - plain).abs().max() < 100 * (single - plain).abs().max().clamp(min=1e-7)

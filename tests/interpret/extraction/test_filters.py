import numpy as np
import pytest
import torch
from torch import nn

from demo.interpret.extraction.filters import FilterActivation, FilterMotifs, first_filters
from demo.networks.deepbind import DeepBindNet
from demo.networks.demonet import DeMoNet
from demo.networks.inference import MeanLogit
from demo.sequences import encode, one_hot
from demo.utils.errors import DemoError
from interpret.extraction.known_network import SITE, given, positives


class OneFilter(nn.Module):
    """The second of three filters is the site; the others are silent."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv1d(4, 3, len(SITE))
        nn.init.zeros_(self.layer.weight)
        nn.init.constant_(self.layer.bias, -7.0)
        self.layer.weight.data[1] = one_hot(torch.from_numpy(encode([SITE])))[0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.layer(x)).amax((1, 2))


def test_a_filter_that_is_the_site_gives_the_site_and_counts_its_windows() -> None:
    bound = positives(300)
    (motif,) = FilterMotifs().extract(given(OneFilter(), bound)).motifs
    assert motif.name == "TOY_filter_1" and motif.consensus == SITE
    # Nine of ten sequences hold it, and nothing else reaches eight of nine bases but now and then.
    assert 270 <= motif.nsites <= 285 and motif.information_content.min() > 1.7


def test_windows_with_n_are_not_counted() -> None:
    bound = positives(300)
    hidden = bound.copy()
    hidden[:150] = 4
    counted = FilterMotifs().extract(given(OneFilter(), hidden))
    assert counted.motifs[0].nsites <= 145


def test_filters_with_too_few_windows_are_left_out_and_that_is_noted() -> None:
    found = FilterMotifs(FilterActivation(min_sites=299)).extract(given(OneFilter(), positives(300)))
    assert not found.motifs and "have anything in common" in found.notes[0]


def test_batch_normalisation_is_folded_into_the_filters() -> None:
    torch.manual_seed(0)
    network = DeMoNet(conv_layers=1, channels=6, pool=1, highway_layers=1).train()
    network(torch.rand(64, 4, 30))
    network.eval()
    weight, bias = first_filters(network)
    x = torch.rand(2, 4, 30)
    with torch.no_grad():
        inside = network.convolutions[:3](x.unsqueeze(2))[:, :, 0, 2:-2]
        assert torch.allclose(nn.functional.conv1d(x, weight, bias), inside, atol=1e-5)


def test_several_networks_have_the_filters_of_all() -> None:
    weight, bias = first_filters(MeanLogit([OneFilter(), OneFilter()]))
    assert weight.shape == (6, 4, len(SITE)) and bias.shape == (6,)


def test_the_detectors_of_deepbind() -> None:
    network = DeepBindNet(filters=3, width=len(SITE))
    with torch.no_grad():
        network.filters.zero_()
        network.filters[1] = one_hot(torch.from_numpy(encode([SITE])))[0]
        network.threshold.fill_(-7.0)
    (motif,) = FilterMotifs().extract(given(network, positives(300))).motifs
    assert motif.name == "TOY_filter_1" and motif.consensus == SITE and 270 <= motif.nsites <= 285


@pytest.mark.parametrize(
    "network", [nn.Linear(4, 1), nn.Conv1d(8, 2, 5), nn.Conv1d(4, 2, 5, stride=2), nn.Conv2d(4, 2, (2, 5))]
)
def test_networks_without_such_filters_are_said(network: nn.Module) -> None:
    with pytest.raises(DemoError, match="convolution"):
        FilterMotifs().extract(given(network, positives(10)))


def test_sequences_shorter_than_the_filters_are_said() -> None:
    with pytest.raises(DemoError, match="do not fit"):
        FilterMotifs().extract(given(OneFilter(), np.zeros((3, 5), np.uint8)))

"""Training by CUDA graphs: which batches replay them, and what the capture leaves behind."""

import copy

import pytest
import torch
from torch import nn

from demo.networks.demonet import DeMoNet
from demo.training.classifier import Classifier
from demo.training.cuda_graph import CudaGraph, capture

SAMPLE = torch.zeros(8, 4, 40)


@pytest.fixture
def replays(monkeypatch: pytest.MonkeyPatch) -> list[torch.Size]:
    """Stands in for the capture: warms up as torch does, and notes what is replayed."""
    replayed: list[torch.Size] = []

    def make_graphed_callables(network: nn.Module, arguments: tuple[torch.Tensor]) -> None:
        eager = network.forward
        for _ in range(3):
            network(*arguments).sum().backward()
        network.zero_grad()

        def forward(x: torch.Tensor) -> torch.Tensor:
            replayed.append(x.shape)
            return eager(x)

        network.forward = forward

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", make_graphed_callables)
    return replayed


def test_only_whole_batches_of_training_are_replayed(replays: list[torch.Size]) -> None:
    network = DeMoNet(channels=4)
    before = copy.deepcopy(network.state_dict())
    capture(network, SAMPLE)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())  # running averages

    network(torch.rand(8, 4, 40)), network(torch.rand(3, 4, 40))
    with torch.no_grad():
        network(torch.rand(8, 4, 40))
    assert replays == [SAMPLE.shape]

    CudaGraph().on_fit_end(None, Classifier(network))  # type: ignore[arg-type]
    network(torch.rand(8, 4, 40)), copy.deepcopy(network)
    assert replays == [SAMPLE.shape] and "forward" not in network.__dict__


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_gradients_of_a_graph_are_those_of_the_kernels() -> None:
    torch.manual_seed(0)
    network = DeMoNet(dropout=0.0).cuda()
    twin = copy.deepcopy(network)
    capture(network, SAMPLE.cuda())
    for _ in range(2):
        x = torch.rand(8, 4, 40, device="cuda")
        for each in (network, twin.train()):
            each.zero_grad()
            each(x).square().sum().backward()
        for mine, other in zip(network.parameters(), twin.parameters(), strict=True):
            torch.testing.assert_close(mine.grad, other.grad)

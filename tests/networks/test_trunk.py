from pathlib import Path

import pytest
import torch
from torch import nn

from demo.networks.deepbind import DeepBindNet
from demo.networks.demonet import DeMoNet
from demo.networks.trunk import last_layer, take_trunk, with_heads
from demo.utils.errors import DemoError
from trained import network

X = torch.randn(5, 4, 40)


def checkpoint(trunk: nn.Module) -> dict[str, object]:
    return {"state_dict": {f"network.{name}": value for name, value in trunk.state_dict().items()}}


@pytest.mark.parametrize("make", [network, DeepBindNet, lambda: DeepBindNet(hidden=8)])
def test_heads_differ_only_in_the_last_layer(make) -> None:  # type: ignore[no-untyped-def]
    """And a network that takes the trunk and one head's weights is that head."""
    trunk = with_heads(make(), 3, 40).eval()
    alone = make()
    take_trunk(alone, checkpoint(trunk), Path("best.ckpt"))
    head, heads = alone.get_submodule(last_layer(alone)), trunk.get_submodule(last_layer(make()))
    with torch.no_grad():
        head.weight.copy_(heads.weight[1:2])
        head.bias.copy_(heads.bias[1:2])
        torch.testing.assert_close(alone.eval()(X), trunk(X)[:, 1])


def test_the_head_stays_the_networks_own() -> None:
    one = network(1)
    before = one.output.weight.clone()
    take_trunk(one, checkpoint(with_heads(network(2), 4, 40)), Path("best.ckpt"))
    assert torch.equal(one.output.weight, before)
    assert torch.equal(one.project.weight, network(2).project.weight)
    assert not torch.equal(one.project.weight, network(1).project.weight)


def test_a_trunk_of_another_network_is_refused() -> None:
    with pytest.raises(DemoError, match=r"best\.ckpt[\s\S]*highways"):
        take_trunk(DeMoNet(channels=16, highway_layers=3), checkpoint(with_heads(network(), 2, 40)), Path("best.ckpt"))


class Reduced(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(x.mean(2)).sum(1)


def test_a_network_that_cannot_have_heads_is_refused() -> None:
    with pytest.raises(DemoError, match="does not end in"):
        with_heads(nn.Sequential(nn.Conv1d(4, 1, 3)), 2, 40)
    with pytest.raises(DemoError, match=r"returns \(2,\) for 2 sequences, not \(2, 3\)"):
        with_heads(Reduced(), 3, 40)

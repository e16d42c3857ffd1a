import pytest
import torch

from demo.networks import make_network
from demo.networks.demonet import DeMoNet, Highway
from demo.utils.errors import DemoError


@pytest.mark.parametrize("conv_layers, pool, shortest", [(3, 2, 8), (4, 2, 16), (3, 1, 1)])
def test_takes_any_length_that_leaves_a_position(conv_layers: int, pool: int, shortest: int) -> None:
    network = DeMoNet(conv_layers=conv_layers, pool=pool, channels=8).eval()
    for length in (shortest, 101, 150):
        assert network(torch.rand(2, 4, length)).shape == (2,)
    if shortest > 1:
        with pytest.raises(DemoError, match=f"needs at least {shortest}"):
            network(torch.rand(2, 4, shortest - 1))


def test_unpadded_convolutions_say_what_they_need() -> None:
    network = DeMoNet(conv_layers=3, pool=2, channels=8, padding="valid").eval()
    # Backwards from one position: 2 + 4 = 6, 12 + 4 = 16, 32 + 4 = 36.
    assert network.minimum_length == 36 and network(torch.rand(2, 4, 36)).shape == (2,)
    with pytest.raises(DemoError, match="needs at least 36"):
        network(torch.rand(2, 4, 35))


def test_without_batch_norm_convolutions_have_biases() -> None:
    network = DeMoNet(channels=8, batch_norm=False)
    names = dict(network.named_parameters())
    assert not [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert sum(name.startswith("convolutions") and name.endswith("bias") for name in names) == 3


def test_a_sequence_scores_the_same_in_any_batch() -> None:
    torch.manual_seed(0)
    network = DeMoNet(channels=16).eval()
    x = torch.rand(7, 4, 101)
    together = network(x)
    alone = torch.cat([network(row[None]) for row in x])
    assert torch.allclose(together, alone, atol=1e-5)
    assert together.std() > 0


def test_gradient_reaches_a_real_valued_input_and_every_weight() -> None:
    network = DeMoNet(channels=16, highway_layers=7)
    x = torch.full((4, 4, 101), 0.25) + 0.1 * torch.rand(4, 4, 101)
    x.requires_grad_()
    network(x).sum().backward()
    assert x.grad is not None and x.grad.abs().sum() > 0
    assert all(p.grad is not None for p in network.parameters())


def test_a_highway_layer_with_a_shut_gate_carries_its_input_and_with_an_open_one_transforms_it() -> None:
    x = torch.rand(3, 8)
    layer = Highway(8, gate_bias=-50)
    torch.nn.init.zeros_(layer.gate.weight)
    assert torch.allclose(layer(x), x)
    torch.nn.init.constant_(layer.gate.bias, 50)
    assert torch.allclose(layer(x), torch.relu(layer.transform(x)), atol=1e-6)


@pytest.mark.parametrize(
    "setting, value",
    [("pool", 3), ("pool", 0), ("conv_layers", 0), ("conv_layers", 2.5), ("channels", "many"), ("kernel_size", 0),
     ("highway_layers", -1), ("dropout", 1.0), ("dropout", -0.1), ("batch_norm", "on"), ("padding", "full"),
     ("gate_bias", None)],
)  # fmt: skip
def test_values_out_of_range_are_named(setting: str, value: object) -> None:
    with pytest.raises(DemoError, match=rf"model\.{setting} is "):
        make_network({"name": "demonet", setting: value})


def test_wrong_shape_is_said() -> None:
    with pytest.raises(DemoError, match=r"\(batch, 4, length\)"):
        DeMoNet(channels=4)(torch.rand(2, 101, 4))


def test_only_networks_of_this_package_are_made() -> None:
    assert isinstance(make_network({"name": "demonet", "channels": 4}), DeMoNet)
    # As earlier versions wrote it.
    assert isinstance(make_network({"_target_": "demo.networks.DeMoNet", "channels": 4}), DeMoNet)
    with pytest.raises(DemoError, match="no network"):
        make_network({"_target_": "os.system", "command": "true"})
    with pytest.raises(DemoError, match="no network"):
        make_network({"_target_": "demo.networks.make_network", "settings": {}})
    with pytest.raises(DemoError, match="no network named 'DemoNet'") as error:
        make_network({"name": "DemoNet"})
    assert error.value.exists == "demonet"
    with pytest.raises(DemoError, match="does not accept these settings"):
        make_network({"_target_": "demo.networks.DeMoNet", "conv_layer": 4})

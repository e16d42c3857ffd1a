import pytest
import torch

from demo.networks.deepbind import DeepBindNet
from demo.training.optimizers import DECAY_STARTS, Nesterov, make_optimizer
from demo.utils.errors import DemoError


def test_decay_is_l1_of_weights_only_begins_late_and_travels_with_the_checkpoint() -> None:
    network = DeepBindNet(hidden=4, filter_scale=0.1, dense_scale=0.1)
    settings = Nesterov(learning_rate=0.1, momentum=0.5, filter_decay=0.01, dense_decay=0.02)
    optimizer, _ = settings.build(network, 1000)

    def step(times: int = 1) -> dict[str, torch.Tensor]:
        before = {name: p.detach().clone() for name, p in network.named_parameters()}
        for _ in range(times):
            for parameter in network.parameters():
                parameter.grad = torch.zeros_like(parameter)
            optimizer.step()
        return {name: p.detach() - before[name] for name, p in network.named_parameters()}

    assert all(not change.any() for change in step(DECAY_STARTS).values())
    other, _ = settings.build(network, 1000)
    other.load_state_dict(optimizer.state_dict())
    optimizer = other
    signs = {name: p.detach().sign() for name, p in network.named_parameters()}
    changes = step()
    # Nesterov's first step is learning rate * (1 + momentum) * gradient; the gradient is decay * sign.
    assert torch.allclose(changes["filters"], -0.1 * 1.5 * 0.01 * signs["filters"])
    assert torch.allclose(changes["dense.0.weight"], -0.1 * 1.5 * 0.02 * signs["dense.0.weight"])
    assert not changes["threshold"].any() and not changes["dense.0.bias"].any()


def test_values_out_of_range_are_named() -> None:
    for setting, value in (("learning_rate", 0), ("momentum", 1.0), ("filter_decay", -1), ("dense_decay", 2)):
        with pytest.raises(DemoError, match=f"optimizer.{setting} is"):
            make_optimizer({"name": "nesterov", setting: value})

import pytest
import torch

from demo.networks.demonet import DeMoNet
from demo.training.optimizers import AdamW, make_optimizer
from demo.utils.errors import DemoError


def rates(schedule: str, steps: int = 100) -> list[float]:
    optimizer, plan = AdamW(learning_rate=0.01, schedule=schedule, warmup=0.3).build(DeMoNet(channels=4), steps)
    seen = []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        plan.step()
    return seen


def test_one_cycle_rises_to_the_learning_rate_and_ends_at_nothing() -> None:
    seen = rates("one_cycle")
    assert max(seen) == pytest.approx(0.01) and 25 <= seen.index(max(seen)) <= 31
    assert seen[0] < 0.001 and seen[-1] < 1e-6


def test_constant_is_constant() -> None:
    assert set(rates("constant")) == {0.01}


def test_only_weight_matrices_decay() -> None:
    network = DeMoNet(channels=4)
    optimizer, _ = AdamW(weight_decay=0.1).build(network, 10)
    decay = {id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    assert {decay[id(p)] for p in network.parameters() if p.ndim > 1} == {0.1}
    assert {decay[id(p)] for p in network.parameters() if p.ndim == 1} == {0.0}
    assert len(decay) == len(list(network.parameters()))
    assert isinstance(optimizer, torch.optim.AdamW)


@pytest.mark.parametrize(
    "setting, value", [("learning_rate", 0), ("weight_decay", -1), ("warmup", 1), ("schedule", "cosine")]
)
def test_settings_out_of_range(setting: str, value: object) -> None:
    with pytest.raises(DemoError, match=rf"optimizer\.{setting} is"):
        make_optimizer({"name": "adamw", setting: value})


def test_an_optimizer_that_is_not_there_and_an_argument_that_it_has_not() -> None:
    with pytest.raises(DemoError, match="no optimizer named 'adam'"):
        make_optimizer({"name": "adam"})
    with pytest.raises(DemoError, match="adamw does not accept these settings"):
        make_optimizer({"name": "adamw", "momentum": 0.9})

import numpy as np
import pytest
import torch
from torch import nn

from demo.networks.demonet import DeMoNet
from demo.networks.inference import predict_logits
from demo.scoring import words
from demo.scoring.tables import FastLogits
from demo.scoring.words import WordNetwork
from trained import network


def codes(count: int, length: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 5, (count, length)).astype(np.uint8)


@pytest.mark.parametrize("length", [40, 41, 101])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"pool": 1},
        {"conv_layers": 2},
        {"conv_layers": 4},
        {"kernel_size": 4},
        {"kernel_size": 3, "pool": 1, "conv_layers": 2},
        {"kernel_size": 1},
        {"channels": 7, "highway_layers": 0},
    ],
    ids=str,
)
def test_logits_are_those_of_the_network(settings: dict[str, int], length: int) -> None:
    made = network(**settings)
    assert WordNetwork.suits(made)
    sequences = codes(150, length)
    plain = predict_logits(made, sequences)
    assert plain.std() > 0.01
    assert np.abs(FastLogits(made)(sequences) - plain).max() < 1e-5


@pytest.mark.parametrize("settings", [{}, {"pool": 1}, {"kernel_size": 4}, {"kernel_size": 1}], ids=str)
def test_few_sequences_have_the_same_bits_as_many(settings: dict[str, int]) -> None:
    sequences = codes(words._FEW + 1, 41)
    made = WordNetwork(network(**settings))
    with torch.inference_mode():
        assert torch.equal(made.strongest(sequences)[:100], made.strongest(sequences[:100]))


def test_normalisation_that_turns_the_order_round() -> None:
    made = network()
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            with torch.no_grad():
                module.weight[::2] *= -1
    assert np.abs(FastLogits(made)(codes(50, 60)) - predict_logits(made, codes(50, 60))).max() < 1e-5


@pytest.mark.parametrize(
    "made",
    [
        network(conv_layers=1),
        network(kernel_size=9),
        network(padding="valid"),
        network(batch_norm=False),
        nn.Flatten(),
    ],
    ids=["1", "9", "valid", "no norm", "other"],
)
def test_other_networks_are_left_alone(made: nn.Module) -> None:
    assert not WordNetwork.suits(made)
    if isinstance(made, DeMoNet):
        assert np.array_equal(FastLogits(made)(codes(5, 60)), predict_logits(made, codes(5, 60)))


def test_no_sequences() -> None:
    assert FastLogits(network())(np.empty((0, 60), np.uint8)).shape == (0,)

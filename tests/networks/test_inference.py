import numpy as np
import torch

from demo.networks.demonet import DeMoNet
from demo.networks.inference import Rounded, predict_logits
from demo.sequences import one_hot, reverse_complement


def codes(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 5, (count, 60)).astype(np.uint8)


def test_both_strands_score_the_same_and_are_the_mean_of_the_two() -> None:
    torch.manual_seed(0)
    network = DeMoNet(channels=8).eval()
    sequences = codes(20)
    scores = predict_logits(network, sequences)
    assert np.allclose(scores, predict_logits(network, reverse_complement(sequences)), atol=1e-5)
    with torch.no_grad():
        strands = [network(one_hot(torch.from_numpy(s))).numpy() for s in (sequences, reverse_complement(sequences))]
    assert np.allclose(scores, (strands[0] + strands[1]) / 2, atol=1e-5)
    assert np.abs(strands[0] - strands[1]).max() > 1e-3


def test_batch_size_does_not_matter_and_the_network_is_left_as_found() -> None:
    network = DeMoNet(channels=8, dropout=0.5).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert np.allclose(predict_logits(network, codes(33), 7), predict_logits(network, codes(33), 33), atol=1e-5)
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert predict_logits(network, codes(0)).shape == (0,)


def test_a_rounded_network_has_nearly_the_same_logits_and_a_gradient_where_it_is_sure() -> None:
    torch.manual_seed(0)
    network = DeMoNet(channels=8).eval()
    x = one_hot(torch.from_numpy(codes(20))).requires_grad_()
    logits = Rounded(network)(x)
    assert logits.dtype == torch.float32
    assert torch.allclose(logits, network(x), atol=0.05)
    (gradient,) = torch.autograd.grad(torch.sigmoid(logits + 12).sum(), x)
    assert gradient.abs().max() > 0

import pytest
import torch
import torch.nn.functional as F

from demo.networks import make_network
from demo.networks.deepbind import DeepBindNet
from demo.sequences import encode, one_hot
from demo.utils.errors import DemoError


def sequences(*letters: str) -> torch.Tensor:
    return one_hot(torch.from_numpy(encode(letters)))


def as_written(network: DeepBindNet, x: torch.Tensor) -> torch.Tensor:
    """The paper's formulas: each strand through convolution, threshold, ReLU, maximum and dense layers."""
    padding = network.width - 1

    def strand(s: torch.Tensor) -> torch.Tensor:
        scan = F.conv1d(F.pad(s, (padding, padding), value=0.25), network.filters)
        return network.dense(torch.relu(scan + network.threshold[:, None]).amax(2)).squeeze(1)

    return torch.maximum(strand(x), strand(x.flip(1, 2)))


@pytest.mark.parametrize("hidden", [0, 32])
def test_it_is_what_the_paper_writes_and_so_is_its_gradient(hidden: int) -> None:
    torch.manual_seed(0)
    network = DeepBindNet(hidden=hidden, dropout=0.0, filter_scale=0.5, dense_scale=0.5)
    x = torch.rand(6, 4, 50)
    assert torch.allclose(network(x), as_written(network, x), atol=1e-5)
    gradients = []
    for function in (network, lambda x: as_written(network, x)):
        network.zero_grad()
        x = x.detach().requires_grad_()
        F.softplus(function(x)).sum().backward()
        gradients.append([p.grad.clone() for p in network.parameters() if p.grad is not None] + [x.grad])
    assert len(gradients[0]) == len(gradients[1]) > 4
    assert all(torch.allclose(ours, paper, atol=1e-5) for ours, paper in zip(*gradients, strict=True))


def test_a_filter_set_by_hand_scores_its_motif_on_either_strand() -> None:
    network = DeepBindNet(filters=1, width=4, dropout=0.0).eval()
    with torch.no_grad():
        network.filters.copy_(sequences("GATC"[:2] + "AA"))  # GAAA: 1 for each letter that fits
        network.threshold.fill_(-1.0)
        network.dense[0].weight.fill_(2.0)
        network.dense[0].bias.fill_(0.5)
    # GAAA fits in 4 letters, TTTC on the other strand; CCGACC in 2; the dense layer makes 2 * (fit - 1) + 0.5 of it.
    assert network(sequences("CCGAAACC", "CCTTTCCC", "CCGACCCC")).tolist() == pytest.approx([6.5, 6.5, 2.5])


@pytest.mark.parametrize("training", [False, True])
def test_a_sequence_and_its_reverse_complement_score_the_same(training: bool) -> None:
    network = DeepBindNet(hidden=8, dropout=0.5, filter_scale=0.5, dense_scale=0.5).train(training)
    x = torch.rand(5, 4, 31)
    torch.manual_seed(1)
    score = network(x)
    torch.manual_seed(1)
    assert torch.allclose(score, network(x.flip(1, 2)), atol=1e-5)
    assert score.shape == (5,) and score.std() > 0


def test_takes_any_length_and_says_what_it_cannot_take() -> None:
    network = make_network({"name": "deepbind"})
    for length in (1, 10, 101, 300):
        assert network(torch.rand(2, 4, length)).shape == (2,)
    with pytest.raises(DemoError, match=r"\(batch, 4, length\)"):
        network(torch.rand(2, 101, 4))
    for setting, value in (("filters", 0), ("width", 1.5), ("hidden", -1), ("dropout", 1.0), ("filter_scale", 0)):
        with pytest.raises(DemoError, match=f"model.{setting} is"):
            make_network({"name": "deepbind", setting: value})

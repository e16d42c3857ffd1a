from collections.abc import Callable

import numpy as np
import pytest
import torch

from demo.interpret.attribution.gradients import input_x_gradient, integrated_gradients, saliency
from demo.networks.demonet import DeMoNet
from demo.networks.inference import predict_logits
from demo.networks.kmer import KmerNet
from demo.networks.pwm import PwmNet
from demo.sequences import encode, one_hot, reverse_complement
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.errors import DemoError
from interpret.extraction.known_network import SITE, SiteDetector

START = 12


def with_site() -> np.ndarray:
    """One sequence whose only likeness to the site is the site itself, which begins at ``START``."""
    return encode(["G" * START + SITE + "G" * 20])


def site_as_one_hot(length: int) -> np.ndarray:
    """(L, 4), zero outside the site."""
    values = np.zeros((length, 4), np.float32)
    values[START : START + len(SITE)] = np.eye(4)[encode([SITE])[0]]
    return values


def small_network() -> DeMoNet:
    torch.manual_seed(0)
    network = DeMoNet(channels=8, conv_layers=2)
    # Highway gates and normalisation away from their first values, as in a trained network.
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return network


def random_codes(count: int = 7, letters: int = 5) -> np.ndarray:
    return np.random.default_rng(0).integers(0, letters, (count, 40)).astype(np.uint8)


def test_saliency_of_a_known_network_is_its_filter() -> None:
    codes = with_site()
    expected = 2 * site_as_one_hot(codes.shape[1])
    assert np.array_equal(saliency(SiteDetector(), codes)[0], expected)
    assert np.array_equal(input_x_gradient(SiteDetector(), codes)[0], expected)
    inside = expected.any(1, keepdims=True)
    assert np.allclose(saliency(SiteDetector(), codes, centred=True)[0], np.where(inside, expected - 0.5, 0))
    # On the other strand the same bases are found.
    reverse = saliency(SiteDetector(), reverse_complement(codes))[0]
    assert np.array_equal(reverse[::-1, ::-1], expected)


def test_a_base_that_is_not_there_has_saliency_and_no_input_x_gradient() -> None:
    codes = with_site()
    codes[0, START + 1] = encode(["A"])[0, 0]  # TGACTCATT to TAACTCATT
    expected = 2 * site_as_one_hot(codes.shape[1])
    assert np.array_equal(saliency(SiteDetector(), codes)[0], expected)
    expected[START + 1] = 0
    assert np.array_equal(input_x_gradient(SiteDetector(), codes)[0], expected)


def test_saliency_is_the_derivative_of_what_prediction_averages() -> None:
    network, codes = small_network().double(), random_codes(letters=4)
    gradient = saliency(network.float(), codes)
    network.double().eval()
    x = one_hot(torch.from_numpy(codes), torch.float64)
    step = torch.zeros_like(x)
    step[:, 2, 17] = 1e-6
    with torch.no_grad():
        up, down = ((network(y) + network(y.flip(1, 2))) / 2 for y in (x + step, x - step))
    assert np.allclose(gradient[:, 17, 2], (up - down).numpy() / 2e-6, atol=1e-4)


def test_integrated_gradients_of_a_known_network() -> None:
    """From zeros the logit rises along a line from -14 to 4, 2 for each base of the site."""
    codes = with_site()
    attributions, delta = integrated_gradients(SiteDetector(), codes)
    assert np.allclose(attributions[0], 2 * site_as_one_hot(codes.shape[1]), atol=1e-4)
    assert abs(delta[0]) < 1e-3


def test_integrated_gradients_are_complete() -> None:
    network, codes = small_network(), random_codes()
    logits = predict_logits(network, codes)
    zeros = integrated_gradients(network, codes, steps=300)
    difference = logits - predict_logits(network, np.full_like(codes, 4))
    assert np.abs(difference).max() > 0.05
    assert np.allclose(zeros.attributions.sum((1, 2)), difference, atol=0.005)
    assert np.allclose(zeros.attributions.sum((1, 2)) - difference, zeros.convergence_delta, atol=1e-5)

    shuffled = integrated_gradients(network, codes, baseline="shuffled", shuffles=4, steps=300, seed=3)
    shuffles = dinucleotide_shuffle(np.repeat(codes, 4, axis=0), 3)
    difference = logits - predict_logits(network, shuffles).reshape(-1, 4).mean(1)
    assert np.allclose(shuffled.attributions.sum((1, 2)), difference, atol=0.005)
    assert np.abs(shuffled.convergence_delta).max() < 0.005
    assert not np.allclose(shuffled.attributions, zeros.attributions, atol=1e-3)


@pytest.mark.parametrize("baseline", ["zeros", "shuffled"])
def test_n_has_no_attribution(baseline: str) -> None:
    codes = random_codes()
    unknown = codes == 4
    assert unknown.any()
    integrated = integrated_gradients(small_network(), codes, baseline=baseline, shuffles=2)
    for values in (saliency(small_network(), codes), integrated.attributions):
        assert not values[unknown].any() and values[~unknown].any()


def test_batch_size_does_not_matter_and_the_network_is_left_as_found() -> None:
    network, codes = small_network().train(), random_codes()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert np.allclose(saliency(network, codes, batch_size=2), saliency(network, codes), atol=1e-6)
    for baseline in ("zeros", "shuffled"):
        few, many = (
            integrated_gradients(network, codes, baseline=baseline, shuffles=3, batch_size=size) for size in (7, 1000)
        )
        assert np.allclose(few.attributions, many.attributions, atol=1e-5)
        assert np.allclose(few.convergence_delta, many.convergence_delta, atol=1e-5)
    assert network.training and all(p.requires_grad and p.grad is None for p in network.parameters())
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_no_sequences_and_bad_ones() -> None:
    none = np.empty((0, 40), np.uint8)
    assert saliency(small_network(), none).shape == (0, 40, 4)
    assert integrated_gradients(small_network(), none).attributions.shape == (0, 40, 4)
    with pytest.raises(DemoError, match="holds no sequences"):
        saliency(small_network(), random_codes().astype(float))
    with pytest.raises(DemoError, match="baseline is 'ones'"):
        integrated_gradients(small_network(), random_codes(), baseline="ones")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", [saliency, integrated_gradients])
def test_a_network_without_gradient_is_refused(method: Callable[..., object]) -> None:
    with pytest.raises(DemoError, match="KmerNet looks up its scores"):
        method(KmerNet(), np.zeros((1, 30), np.uint8))


def test_a_matrix_has_a_gradient() -> None:
    """The best window of a PWM is a maximum of sums: its log-odds, in bits, times the scale of the score."""
    network = PwmNet(matrix="MA0139.1", release="2016")
    site = network.motif.consensus.translate(str.maketrans("RYSWKMBDHVN", "ACCAGAGAAAA")) if network.motif else ""
    codes = encode(["T" * 30 + site + "T" * 30])
    gradient = saliency(network, codes)
    assert np.abs(gradient[0, 30 : 30 + len(site)]).sum() > 1 and not gradient[0, :10].any()
    assert integrated_gradients(network, codes, steps=5).attributions.shape == (1, codes.shape[1], 4)

import numpy as np
import torch

from demo.interpret.attribution.mutagenesis import base_importance, in_silico_mutagenesis
from demo.networks.demonet import DeMoNet
from demo.networks.inference import predict_logits
from demo.sequences import encode
from interpret.extraction.known_network import SITE, SiteDetector


def test_each_base_of_a_known_site_is_worth_its_weight() -> None:
    start = 12
    codes = encode(["G" * start + SITE + "G" * 20])
    changes = in_silico_mutagenesis(SiteDetector(), codes)[0]
    inside = np.zeros(codes.shape[1], bool)
    inside[start : start + len(SITE)] = True
    expected = np.where(inside[:, None] & (codes[0][:, None] != np.arange(4)), -2, 0)
    assert np.array_equal(changes, expected)
    assert np.array_equal(base_importance(changes[None])[0], np.where(inside, np.float32(2), np.float32(0)))


def test_it_equals_brute_force() -> None:
    torch.manual_seed(0)
    network = DeMoNet(channels=8, conv_layers=2).train()
    codes = np.random.default_rng(1).integers(0, 5, (3, 24)).astype(np.uint8)
    changes = in_silico_mutagenesis(network, codes, batch_size=50)
    assert network.training
    for i, sequence in enumerate(codes):
        before = predict_logits(network, sequence[None])[0]
        for position, there in enumerate(sequence):
            for base in range(4):
                mutant = sequence.copy()
                mutant[position] = base
                after = before if there == 4 else predict_logits(network, mutant[None])[0]
                assert abs(changes[i, position, base] - (after - before)) < 1e-5
    assert np.abs(changes).max() > 1e-3 and (codes == 4).any()


def test_batch_size_does_not_matter() -> None:
    network = DeMoNet(channels=8, conv_layers=2)
    codes = np.random.default_rng(1).integers(0, 4, (70, 20)).astype(np.uint8)
    assert np.allclose(
        in_silico_mutagenesis(network, codes, batch_size=33), in_silico_mutagenesis(network, codes), atol=1e-5
    )
    assert in_silico_mutagenesis(network, codes[:0]).shape == (0, 20, 4)

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from demo.compare import primary_matrix
from demo.motifs import Motif
from demo.networks import make_network
from demo.networks.inference import predict_logits
from demo.networks.pwm import PwmNet
from demo.sequences import decode, encode, one_hot
from demo.utils.errors import DemoError


def best_window_by_hand(motif: Motif, sequence: str) -> float:
    """The largest sum of log-odds over the windows of both strands."""
    odds = [dict(zip("ACGT", row, strict=True)) | {"N": 0.0} for row in motif.log_odds()]
    strands = (sequence, sequence[::-1].translate(str.maketrans("ACGT", "TGCA")))
    return max(
        sum(column[letter] for column, letter in zip(odds, strand[start:], strict=False))
        for strand in strands
        for start in range(len(sequence) - motif.width + 1)
    )


def test_the_score_is_the_best_window_of_both_strands() -> None:
    network = PwmNet(release="2016", matrix="MA0139.1")
    assert network.motif is not None and network.motif.alt_name == "CTCF" and network.motif.width == 19
    codes = np.random.default_rng(0).integers(0, 4, (20, 60)).astype(np.uint8)
    codes[0, 30] = 4
    bits = network.bits(one_hot(torch.from_numpy(codes))).tolist()
    assert bits == pytest.approx([best_window_by_hand(network.motif, s) for s in decode(codes)], abs=1e-4)
    x = one_hot(torch.from_numpy(codes))
    assert torch.allclose(network(x), network(x.flip(1, 2)), atol=1e-4)


def test_of_several_matrices_the_best_on_the_training_sequences_is_taken() -> None:
    network = PwmNet()
    network.look_up("CTCF")
    assert len(network.candidates) > 1 and {motif.alt_name for motif in network.candidates} == {"CTCF"}
    # CTCF's matrices hold one another: another TF's tells whether the best was taken.
    other = primary_matrix("SRF", "newest")
    network.candidates.append(other)
    random = np.random.default_rng(0)
    codes = random.integers(0, 4, (400, 60)).astype(np.uint8)
    labels = np.repeat(np.array([1, 0], np.uint8), 200)
    codes[:200, 10 : 10 + other.width] = other.ppm.argmax(1)
    chosen = network.fit(codes, labels, codes[:0], labels[:0])
    assert chosen == {"matrix": other.name} and network.motif is other
    logits = predict_logits(network, codes)
    assert roc_auc_score(labels, logits) > 0.95
    # A probability: on the training sequences as many positives are expected as there are.
    assert (1 / (1 + np.exp(-logits))).mean() == pytest.approx(0.5, abs=0.01)
    again = make_network({"_target_": "demo.networks.PwmNet", **chosen})
    again.load_state_dict(network.state_dict())
    assert np.array_equal(predict_logits(again, codes), logits)


def test_a_factor_without_a_matrix_is_said() -> None:
    with pytest.raises(DemoError, match="no matrix of TAF7"):
        PwmNet().look_up("TAF7")
    with pytest.raises(DemoError, match=r"no CORE matrix 'MA9999\.1'"):
        PwmNet(matrix="MA9999.1")
    with pytest.raises(DemoError, match="the matrix has 19 positions"):
        PwmNet(release="2016", matrix="MA0139.1")(one_hot(torch.from_numpy(encode(["ACGT"]))))

"""Networks of other alphabets and several classes."""

import numpy as np
import pytest
import torch

from demo.metrics import evaluate, probabilities
from demo.networks import make_network
from demo.networks.inference import OneClass, loss_of, predict_logits
from demo.networks.registry import task_of
from demo.sequences import DNA, Task, alphabet_of, encode, one_hot, reverse_complement
from demo.sequences.shuffle import shuffled
from demo.utils.errors import DemoError

PROTEIN = Task(alphabet_of("protein"), ("x", "y", "z"), 1, 12)


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "demonet", "channels": 4, "highway_layers": 1, "highway_units": 4},
        {"name": "deepbind", "filters": 3, "width": 5},
        {"name": "kmer", "flank": 1, "gaps": 1},
        {"name": "positions"},
    ],
    ids=lambda settings: settings["name"],
)
def test_every_network_has_a_logit_of_each_class_of_any_alphabet(settings: dict) -> None:
    network = make_network(settings, PROTEIN)
    codes = np.random.default_rng(0).integers(0, 21, (7, 12)).astype(np.uint8)
    logits = predict_logits(network, codes)
    assert logits.shape == (7, 3) and task_of(network) == PROTEIN
    # P_c of equation 1 is the class's probability in the softmax.
    p = probabilities(logits, 1.0, 3)
    for label in range(3):
        assert probabilities(predict_logits(OneClass(network, label), codes), 1.0) == pytest.approx(
            p[:, label], abs=1e-5
        )


def test_a_network_of_one_strand_reads_sequences_as_they_are() -> None:
    codes = encode(["ACGTTGCAACGTACGT"])
    of = {}
    for strands in (1, 2):
        torch.manual_seed(0)
        network = make_network({"name": "demonet", "channels": 4}, Task(strands=strands)).eval()
        of[strands] = [predict_logits(network, each)[0] for each in (codes, reverse_complement(codes))]
    assert of[2][0] == pytest.approx(of[2][1], abs=1e-5) and abs(of[1][0] - of[1][1]) > 1e-5


def test_the_loss_of_several_classes_is_their_cross_entropy() -> None:
    logits, labels = torch.randn(6, 3), torch.tensor([0.0, 1, 2, 0, 1, 2])
    expected = torch.nn.functional.cross_entropy(logits, labels.long())
    assert loss_of(logits, labels) == pytest.approx(expected.item())
    # Two classes of a softmax are one logit.
    two = torch.stack([torch.zeros(6), logits[:, 0]], 1)
    assert loss_of(logits[:, 0], labels % 2) == pytest.approx(loss_of(two, labels % 2).item(), abs=1e-6)


def test_measures_of_several_classes() -> None:
    labels = np.repeat(np.arange(3, dtype=np.uint8), 40)
    logits = np.random.default_rng(0).normal(size=(120, 3)).astype(np.float32)
    logits[np.arange(120), labels] += 2
    measured = evaluate(labels, logits, names=["a", "b", "c"])
    classes = measured.classes
    assert classes is not None and np.sum(classes.confusion) == 120
    assert classes.accuracy == pytest.approx((logits.argmax(1) == labels).mean())
    assert measured.auroc == pytest.approx(np.mean([one.auroc for one in classes.each.values()]))
    assert measured.auroc_ci[0] < measured.auroc < measured.auroc_ci[1]
    assert classes.accuracy_ci[0] < classes.accuracy < classes.accuracy_ci[1]


def test_alphabets() -> None:
    rna = alphabet_of("rna")
    assert encode(["ACGU", "acgt"], alphabet=rna).tolist() == [[0, 1, 2, 3]] * 2
    with pytest.raises(DemoError, match="no other strand"):
        reverse_complement(encode(["ACGU"], alphabet=rna), rna)
    own = alphabet_of("ACGTm")
    assert encode(["AmG"], alphabet=own).tolist() == [[0, 4, 2]] and own.unknown == "N"
    with pytest.raises(DemoError, match="no alphabet 'protien'"):
        alphabet_of("protien")
    assert Task.of(PROTEIN.plain()) == PROTEIN and Task(DNA).is_binding
    codes = encode(["ACDEFXHIKL", "XXCCDDEEFF"], alphabet=PROTEIN.alphabet)
    mixed = shuffled(codes, 3, PROTEIN.alphabet)
    assert np.array_equal(np.sort(mixed, 1), np.sort(codes, 1)) and not np.array_equal(mixed, codes)
    assert np.array_equal(mixed == 20, codes == 20)
    assert one_hot(torch.from_numpy(codes), size=20).sum(1)[0].tolist() == [1, 1, 1, 1, 1, 0, 1, 1, 1, 1]

from collections import Counter

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from demo.networks import make_network
from demo.networks.inference import predict_logits
from demo.networks.kmer import KmerNet
from demo.sequences import encode, one_hot
from demo.utils.errors import DemoError


def turned(word: str) -> str:
    return word[::-1].translate(str.maketrans("ACGTN", "TGCAN"))


def counts_by_hand(sequence: str, flank: int, gaps: int) -> Counter[str]:
    """Words as ``ACNNGT``, each as the first in the alphabet of itself and its reverse complement."""
    found: Counter[str] = Counter()
    for gap in range(gaps + 1):
        for start in range(len(sequence) - 2 * flank - gap + 1):
            left = sequence[start : start + flank]
            right = sequence[start + flank + gap : start + 2 * flank + gap]
            if "N" not in left + right:
                word = left + "N" * gap + right
                found[min(word, turned(word))] += 1
    return found


def name_of(number: int, flank: int) -> str:
    gap, word = divmod(number, 4 ** (2 * flank))
    letters = "".join("ACGT"[word // 4**place % 4] for place in reversed(range(2 * flank)))
    return letters[:flank] + "N" * gap + letters[flank:]


@pytest.mark.parametrize("flank, gaps", [(1, 0), (2, 3), (3, 1)])
def test_words_are_those_counted_by_hand(flank: int, gaps: int) -> None:
    sequences = ["ACGTTNGCATTACG", "AAAAAAAAAAAAAA", "CGTAATGCNAACGT"]
    counts = KmerNet(flank=flank, gaps=gaps).counts(encode(sequences))
    for i, sequence in enumerate(sequences):
        row = counts[[i]].tocoo()
        ours = {name_of(number, flank): int(count) for number, count in zip(row.col, row.data, strict=True)}
        assert ours == counts_by_hand(sequence, flank, gaps)
    # The last is the reverse complement of the first.
    assert (counts[[0]] != counts[[2]]).nnz == 0


def planted(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    codes = np.random.default_rng(seed).integers(0, 4, (2 * count, 50)).astype(np.uint8)
    codes[:count, 20:28] = encode(["TGANNTCA".replace("N", "G")])
    return codes, np.repeat(np.array([1, 0], np.uint8), count)


def test_it_learns_a_gapped_word_and_scores_as_scikit_learn_does() -> None:
    network = KmerNet(flank=2, gaps=4, strengths=(0.0001, 0.01))
    codes, labels = planted(300, 0)
    validation = planted(100, 1)
    chosen = network.fit(codes, labels, *validation)
    assert chosen["strengths"][0] in (0.0001, 0.01)
    test_codes, test_labels = planted(200, 2)
    logits = predict_logits(network, test_codes)
    assert roc_auc_score(test_labels, logits) > 0.95
    weights = network.weights.detach().double().numpy()
    assert logits == pytest.approx(network.counts(test_codes) @ weights + network.offset.item(), abs=1e-4)
    x = one_hot(torch.from_numpy(test_codes))
    assert torch.allclose(network(x), network(x.flip(1, 2)), atol=1e-4)
    again = make_network({"name": "kmer", "flank": 2, "gaps": 4, **chosen})
    again.load_state_dict(network.state_dict())
    assert np.array_equal(predict_logits(again, test_codes), logits)


def test_bad_settings_and_short_sequences_are_said() -> None:
    for setting, value in (("flank", 0), ("flank", 6), ("gaps", -1), ("strengths", [0.0]), ("strengths", [])):
        with pytest.raises(DemoError, match=f"model.{setting}"):
            make_network({"name": "kmer", setting: value})
    with pytest.raises(DemoError, match="longest word has 12"):
        KmerNet()(one_hot(torch.from_numpy(encode(["ACGTACGTACG"]))))

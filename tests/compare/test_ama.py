import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.compare import ama
from demo.compare.ama import best_hit
from demo.motifs import Motif, read_meme
from demo.sequences import encode
from demo.sequences.alphabet import PROTEIN, RNA
from demo.utils.errors import DemoError

FOS_JUN = Motif(
    "MA0099.2",
    [
        [0.000000, 0.055556, 0.000000, 0.944444],
        [0.000000, 0.000000, 0.833333, 0.166667],
        [0.888889, 0.111111, 0.000000, 0.000000],
        [0.277778, 0.666667, 0.055556, 0.000000],
        [0.166667, 0.000000, 0.055556, 0.777778],
        [0.000000, 0.833333, 0.166667, 0.000000],
        [0.888889, 0.000000, 0.055556, 0.055556],
    ],
    nsites=18,
)
# Two of golden's sequences and what MEME's AMA gives them.
SEQUENCES = [
    "TTCCTATTCCCCCGGTTGTAAGAAGCTGGCCAAGACATACTGTGGAGGTCGACCATCTGGGGACCCATAGCTGATTTGAATGATGGCCCATCGCGACAATG",
    "GTCGGCGTTATATTACTAGTGGAACACTGCCTCTGGTTGCTCTACGTATGGGTCCAAATTAGCGGCTCGGAACTTGATTTGTAAAAAAGAGAGACTGTGGA",
]
SCORES = [1.9381032011472, 0.189998863552253]


def read_fasta(path):
    records = path.read_text().split(">")[1:]
    return {record.split("\n")[0] + f" {i}": "".join(record.split("\n")[1:]) for i, record in enumerate(records)}


def slow_ama(motif, sequence, background):
    """Window by window, from the words of the method."""
    b = (background + 5e-7) / (background + 5e-7).sum()
    odds = (motif.ppm * motif.nsites + 0.01 * b) / (motif.nsites + 0.01) / b
    sequence = sequence.upper()
    turned = sequence[::-1].translate(str.maketrans("ACGT", "TGCA"))
    scores = []
    for strand in (sequence, turned):
        for i in range(len(strand) - motif.width + 1):
            window = strand[i : i + motif.width]
            if set(window) <= set("ACGT"):
                # The minus strand is the reverse complemented matrix over the sequence, odds and all.
                scores.append(np.prod([odds[k, "ACGT".index(letter)] for k, letter in enumerate(window)]))
    return np.mean(scores) if scores else 0.0


def test_a_few_of_memes_figures():
    np.testing.assert_allclose(ama(FOS_JUN, SEQUENCES), SCORES, rtol=1e-12)
    np.testing.assert_allclose(ama(FOS_JUN, encode(SEQUENCES)), SCORES, rtol=1e-12)


@pytest.mark.parametrize(
    ("file", "background"),
    [("ama_avg_odds_pvalues.gff", None), ("ama_avg_odds_bg0_asymmetric.gff", [0.2511, 0.2464, 0.2473, 0.2551])],
)
def test_all_of_memes_figures(shared, file, background):
    golden: dict[str, list[float]] = {}
    for line in (shared / "golden" / file).read_text().splitlines():
        fields = line.split("\t")
        golden.setdefault(fields[8], []).append(float(fields[5]))
    sequences = list(read_fasta(shared / "golden/ama_seqs.fa").values())
    motifs = read_meme(shared / "golden/ama_motifs.meme")
    assert {m.name for m in motifs} == set(golden)
    for motif in motifs:
        np.testing.assert_allclose(ama(motif, sequences, background), golden[motif.name], rtol=1e-8)


def test_odd_sequences(shared):
    sequences = read_fasta(shared / "golden/ama_edge.fa")
    (ctcf,) = (m for m in read_meme(shared / "golden/ama_motifs.meme") if m.name == "MA0139.1")
    scores = {name.split()[0]: s for name, s in zip(sequences, ama(ctcf, list(sequences.values())), strict=True)}
    assert all(scores[name] == 0 for name in ("allN", "short5", "len7", "nhead"))
    assert scores["lower"] > 1000
    assert scores["oneN"] > scores["lower"]  # fewer windows, the same site
    assert scores["iupac"] < 1
    assert scores["len19"] > 0


def test_letters_outside_acgt_drop_out_of_the_mean():
    site = "TGACTCA"
    assert ama(FOS_JUN, [site + "N" * 20]) == pytest.approx(ama(FOS_JUN, [site]))
    assert ama(FOS_JUN, ["NRYKM" + site.lower(), site]) == pytest.approx(ama(FOS_JUN, [site])[0])
    assert ama(FOS_JUN, ["TGACTC", "", "N" * 7]).tolist() == [0, 0, 0]
    assert ama(FOS_JUN, []).shape == (0,)
    assert ama(FOS_JUN, np.zeros((0, 101), np.uint8)).shape == (0,)


@settings(max_examples=60, deadline=None)
@given(
    sequence=st.text("ACGTacgtN", max_size=40),
    width=st.integers(1, 11),
    seed=st.integers(0, 9),
)
def test_agrees_with_window_by_window(sequence, width, seed):
    rng = np.random.default_rng(seed)
    motif = Motif("m", rng.dirichlet([0.5] * 4, size=width), nsites=30)
    background = rng.dirichlet([5.0] * 4)
    expected = slow_ama(motif, sequence, background)
    np.testing.assert_allclose(ama(motif, [sequence], background), [expected], rtol=1e-9)


def test_the_best_hit_is_the_best_window_of_either_strand():
    background = np.array([0.3, 0.2, 0.2, 0.3])
    pwm = FOS_JUN.log_odds(background)
    codes = np.random.default_rng(0).integers(0, 4, (30, 25)).astype(np.uint8)
    strands = (codes, 3 - codes[:, ::-1])
    windows = np.concatenate(
        [np.lib.stride_tricks.sliding_window_view(strand, 7, axis=1) for strand in strands], axis=1
    )
    expected = pwm[np.arange(7), windows].sum(axis=2).max(axis=1)
    np.testing.assert_allclose(best_hit(FOS_JUN, codes, background), expected, rtol=1e-9)
    short = encode(["TGACTCANN", "TGACTCNNN", "NNNNNNNNN"])
    assert best_hit(FOS_JUN, short)[0] == pytest.approx(FOS_JUN.log_odds()[np.arange(7), encode(["TGACTCA"])[0]].sum())
    assert np.isneginf(best_hit(FOS_JUN, short)[1:]).all() and np.isneginf(best_hit(FOS_JUN, codes[:2, :5])).all()


def test_both_strands_count_the_same():
    codes = encode(SEQUENCES)
    np.testing.assert_allclose(ama(FOS_JUN, codes), ama(FOS_JUN.reverse_complement(), codes))
    np.testing.assert_allclose(ama(FOS_JUN, codes), ama(FOS_JUN, 3 - codes[:, ::-1]))


def test_many_sequences_score_as_each_alone():
    codes = np.random.default_rng(0).integers(0, 5, (700, 60)).astype(np.uint8)
    together = ama(FOS_JUN, codes)
    np.testing.assert_array_equal(together[::97], [ama(FOS_JUN, codes[i : i + 1])[0] for i in range(0, 700, 97)])


def test_bad_input_is_refused():
    with pytest.raises(DemoError, match="not a nucleotide"):
        ama(FOS_JUN, ["TGAC!TCA"])
    for codes in (np.full((1, 9), 5, np.uint8), np.zeros((1, 9)), np.zeros(9, np.uint8)):
        with pytest.raises(DemoError):
            ama(FOS_JUN, codes)
    with pytest.raises(DemoError, match="Background"):
        ama(FOS_JUN, SEQUENCES, background=[0.5, 0.5, 0.5, 0.5])


@pytest.mark.parametrize("alphabet", [RNA, PROTEIN])
def test_sequences_without_a_complement_have_one_strand(alphabet) -> None:
    random = np.random.default_rng(0)
    motif = Motif("x", random.dirichlet(np.ones(alphabet.size), 5), alphabet=alphabet)
    codes = random.integers(0, alphabet.size + 1, (20, 30)).astype(np.uint8)
    odds = (motif.ppm * 20 + 0.01 / alphabet.size) / 20.01 * alphabet.size
    windows = np.lib.stride_tricks.sliding_window_view(codes, 5, axis=1)
    products = np.prod(np.pad(odds, ((0, 0), (0, 1)))[np.arange(5), windows], axis=2)
    known = (windows < alphabet.size).all(2)
    np.testing.assert_allclose(ama(motif, codes), (products * known).sum(1) / known.sum(1), rtol=1e-9)
    with np.errstate(divide="ignore"):
        best = np.log2((2.0 ** motif.log_odds())[np.arange(5), np.minimum(windows, alphabet.size - 1)].prod(2) * known)
    np.testing.assert_allclose(best_hit(motif, codes), best.max(1), rtol=1e-9)

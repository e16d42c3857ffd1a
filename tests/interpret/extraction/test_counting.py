import numpy as np

from demo.interpret.extraction.counting import Sample, count_sites, enriched_words, ppm_of_word
from demo.motifs import Motif
from demo.sequences import decode, encode, reverse_complement
from demo.sequences.shuffle import dinucleotide_shuffle
from interpret.extraction.known_network import SITE, holds_site, positives


def labelled(bound: np.ndarray, unbound: np.ndarray) -> Sample:
    return Sample(np.concatenate([bound, unbound]), np.repeat([1.0, 0.0], [len(bound), len(unbound)]))


def planted(count: int = 600) -> Sample:
    bound = positives(count)
    return labelled(bound, dinucleotide_shuffle(bound, 0))


def test_sites_are_counted_from_a_part_of_the_word_on_either_strand() -> None:
    sample = planted()
    half = len(sample.codes) // 4
    sample.codes[:half] = reverse_complement(sample.codes[:half])
    ppm, sites = count_sites(ppm_of_word(encode([SITE[1:7]])[0], 15), sample, rounds=6)
    motif = Motif("M", ppm).trim(0.4)
    assert holds_site(motif.consensus, motif.reverse_complement().consensus) and motif.width == len(SITE)
    # Nine of ten of 600 hold the site; what shuffles find by chance is taken off.
    assert 440 < sites < 560


def test_what_is_as_frequent_in_unbound_sequences_is_not_counted() -> None:
    sequences = positives(400)
    ppm, sites = count_sites(ppm_of_word(encode([SITE])[0], 15), labelled(sequences, sequences), rounds=3)
    assert np.allclose(ppm, 0.25) and sites < 1e-6
    assert not enriched_words(labelled(sequences, sequences), 6, 5)


def test_a_palindrome_is_its_own_reverse_complement() -> None:
    ppm, _ = count_sites(ppm_of_word(encode(["TGACTCA"])[0], 7), planted(), rounds=3, palindrome=True)
    assert np.allclose(ppm, ppm[::-1, ::-1])


def test_enriched_words_are_parts_of_the_site_and_do_not_resemble_each_other() -> None:
    words = [decode(word[None])[0] for word in enriched_words(planted(), 6, 4)]
    other = decode(reverse_complement(encode([SITE])))[0]
    assert words[0] in SITE or words[0] in other
    assert len(set(words)) == len(words)
    # With N, a word is not one.
    assert not enriched_words(labelled(np.full((5, 10), 4, np.uint8), np.full((5, 10), 4, np.uint8)), 6, 4)

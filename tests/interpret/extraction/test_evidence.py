from demo.interpret.extraction.evidence import separation
from demo.sequences.shuffle import dinucleotide_shuffle
from interpret.extraction.known_network import of_site, positives


def test_separation_prefers_the_right_motif_at_the_right_sharpness() -> None:
    bound = positives(300)
    unbound = dinucleotide_shuffle(bound, 3)
    right, flat = (separation(of_site(p), bound, unbound) for p in (0.97, 0.4))
    wrong = separation(of_site(0.97, "GGCCAGGCC"), bound, unbound)
    assert right.auroc > 0.9 and right.information > flat.information > wrong.information
    assert 0.8 <= right.occurrence <= 1 and wrong.auroc < 0.65

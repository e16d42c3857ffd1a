import pytest

from demo.interpret.extraction.extract import ExtractedMotifs, extract_motifs
from interpret.extraction.known_network import QUICK, SiteDetector, positives


@pytest.fixture(scope="session")
def extracted() -> ExtractedMotifs:
    """The motifs of the network that looks for TGACTCATT; not to be changed."""
    return extract_motifs(SiteDetector(), positives(400), positives(100, seed=1), "TOY", QUICK, window_width=9)

import numpy as np
import pytest

from demo.interpret.extraction.centrality import central_enrichment


def test_a_region_counts_the_places_around_the_middle() -> None:
    """Of 7 places, the middle one holds 3 of 4 sites: P(at least 3 of 4 at 1/7) = 25/2401, over two regions."""
    found = central_enrichment(np.array([3, 3, 3, 0]), 7)
    assert (found.sites, found.region, found.inside, found.expected) == (4, 1, 0.75, 1 / 7)
    assert found.p_value == pytest.approx(1 - (1 - 25 / 2401) ** 2)


def test_an_even_number_of_places_has_two_in_the_middle() -> None:
    found = central_enrichment(np.array([1, 2, 2, 1]), 4)
    assert (found.region, found.inside, found.expected) == (2, 1.0, 0.5)
    assert found.p_value == pytest.approx(1 / 16)


def test_sites_at_random_are_significant_as_often_as_chance_has_it() -> None:
    random = np.random.default_rng(0)
    p_values = [central_enrichment(random.integers(0, 90, 200), 90).p_value for _ in range(400)]
    assert np.mean(np.array(p_values) < 0.05) < 0.05
    assert min(p_values) > 0


def test_where_there_is_one_place_only_nothing_is_enriched() -> None:
    found = central_enrichment(np.zeros(7, int), 1)
    assert (found.region, found.inside, found.expected) == (1, 1.0, 1.0) and found.p_value == pytest.approx(1)


def test_sites_near_the_middle_are_found_and_those_at_the_ends_are_not() -> None:
    random = np.random.default_rng(0)
    near = central_enrichment(random.normal(45, 8, 300).round().astype(int), 91)
    assert near.p_value < 1e-30 and near.inside > 0.6 > 0.4 > near.expected
    assert central_enrichment(np.repeat([0, 90], 100), 91).p_value == pytest.approx(1)
    assert central_enrichment(np.full(1000, 45), 91).p_value >= 0

import numpy as np
import pytest
import torch

from demo.interpret.extraction.class_optimisation import ClassOptimisation, Objective, optimise_class
from demo.utils.errors import DemoError
from interpret.extraction.known_network import SITE, SiteDetector


class OnePlace(SiteDetector):
    """The filter at one place and on one strand, so that there is one optimum."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * (x[:, :, 3 : 3 + len(SITE)] * self.filter).sum((1, 2)) - 14


@pytest.mark.parametrize("objective", ["probability", "log_probability", "logit"])
def test_the_optimum_spells_the_site_that_the_network_looks_for(objective: Objective) -> None:
    optimum = optimise_class(OnePlace(), 15, ClassOptimisation(objective=objective, l2=1e-6))[0]
    start, window = optimum.motif("x").windows_by_information(len(SITE))[0]
    assert (start, window.consensus) == (3, SITE)
    assert optimum.probability > 0.95


def test_the_input_starts_at_a_quarter_everywhere_and_the_objective_is_equation_1() -> None:
    network = SiteDetector().eval()
    optimum = optimise_class(network, 20, ClassOptimisation(steps=5, l2=0.03))[0]
    start = torch.full((1, 4, 20), 0.25)
    with torch.no_grad():
        expected = torch.sigmoid(network(start)) - 0.03 * start.square().sum()
    assert optimum.trace[0] == pytest.approx(expected.item(), rel=1e-5)
    assert len(optimum.trace) == 6 and optimum.trace[-1] > optimum.trace[0]


def test_the_optimum_is_clipped_and_its_motif_is_probabilities() -> None:
    optimum = optimise_class(SiteDetector(), 25)[-1]
    assert optimum.matrix.shape == (25, 4)
    assert optimum.matrix.min() >= 0 and optimum.matrix.max() <= 1
    ppm = optimum.motif("x").ppm
    assert np.allclose(ppm.sum(axis=1), 1) and ppm.min() > 0


def test_a_larger_lambda_gives_smaller_values() -> None:
    settings = [ClassOptimisation(l2=l2) for l2 in (0, 0.1)]
    sizes = [np.square(optimise_class(SiteDetector(), 25, each)[0].matrix).sum() for each in settings]
    assert sizes[1] < 0.9 * sizes[0]


def test_the_network_is_left_as_found() -> None:
    network = SiteDetector().train()
    before = network.filter.detach().clone()
    optimise_class(network, 20, ClassOptimisation(steps=10))
    assert network.training and network.dropout.training and network.filter.requires_grad
    assert network.filter.grad is None and torch.equal(network.filter, before)


def test_the_same_seed_gives_the_same_result_and_the_first_start_is_without_noise() -> None:
    def settings(starts: int, seed: int = 0) -> ClassOptimisation:
        return ClassOptimisation(steps=40, starts=starts, seed=seed)

    one, again = (optimise_class(SiteDetector(), 20, settings(3)) for _ in range(2))
    assert all(np.array_equal(a.matrix, b.matrix) for a, b in zip(one, again, strict=True)) and len(one) == 3
    alone = optimise_class(SiteDetector(), 20, settings(1))
    assert np.allclose(one[0].matrix, alone[0].matrix, atol=1e-4) and not np.allclose(one[1].matrix, one[0].matrix)


@pytest.mark.parametrize(
    "setting, value",
    [("l2", -1), ("objective", "loss"), ("steps", 0), ("learning_rate", 0), ("starts", 0), ("pseudocount", 0)],
)
def test_settings_out_of_range(setting: str, value: object) -> None:
    with pytest.raises(DemoError):
        ClassOptimisation(**{setting: value})  # type: ignore[arg-type]


def test_a_network_that_gives_nan_is_said() -> None:
    class Broken(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.sum((1, 2)) * float("nan")

    with pytest.raises(DemoError, match="not finite"):
        optimise_class(Broken(), 20, ClassOptimisation(steps=2))

import pytest
import torch

from demo.interpret.attribution.gradients import saliency
from demo.interpret.attribution.mutagenesis import in_silico_mutagenesis
from demo.networks.inference import frozen
from demo.utils import hardware
from demo.utils.hardware import few_threads, use_threads
from interpret.extraction.known_network import SiteDetector, positives


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch):
    """As in a notebook, whose torch has three threads."""
    before = torch.get_num_threads()
    monkeypatch.setattr(hardware, "_chosen_threads", None)
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_motifs_and_attributions_have_one_thread_and_torch_is_left_as_found() -> None:
    seen: list[int] = []

    class Watched(SiteDetector):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(torch.get_num_threads())
            return super().forward(x)

    saliency(Watched(), positives(2))
    in_silico_mutagenesis(Watched(), positives(1))
    assert set(seen) == {1} and torch.get_num_threads() == 3
    with pytest.raises(ZeroDivisionError), frozen(Watched()):
        _ = 1 / 0
    assert torch.get_num_threads() == 3


def test_a_number_that_was_chosen_counts() -> None:
    use_threads(2)
    with few_threads():
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 2

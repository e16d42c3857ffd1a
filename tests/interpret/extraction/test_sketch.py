from pathlib import Path

import numpy as np
import pytest
import torch

from demo.data.datamodule import PeakDataModule
from demo.data.sources import DataSettings
from demo.interpret.extraction.extract import EquationOneAlone, Extraction, extract_motifs
from demo.interpret.extraction.sketch import Sketch, make_sketch, train_sketch
from demo.motifs.alignment import align
from demo.networks.demonet import DeMoNet
from demo.sequences import one_hot
from demo.utils.errors import DemoError
from interpret.extraction.known_network import of_site


@pytest.fixture
def data(tiny_data: Path) -> PeakDataModule:
    files = (tiny_data / f"TOY_K562_toy_Stanford_{part}.seq.gz" for part in ("AC", "B"))
    data = PeakDataModule(*files, DataSettings(batch_size=32))
    data.setup()
    return data


def network() -> DeMoNet:
    torch.manual_seed(0)
    return DeMoNet(channels=32)


class Undecided(torch.nn.Module):
    """P+ is 0.5 whatever the input."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0 * x.sum((1, 2))


@pytest.mark.slow
def test_its_optimum_is_taken_where_it_separates_validation_data_better(data: PeakDataModule) -> None:
    sketch = network()
    train_sketch(sketch, data, Sketch(steps=120, learning_rate=0.01))
    assert not any(module.training for module in sketch.modules())
    parts = (data.train_positives, data.validation_positives, "TOY", Extraction(EquationOneAlone()), 10)
    found = extract_motifs(Undecided(), *parts, sketch=sketch)
    assert found.of_sketch and align(found.best_window, of_site(0.9)).similarity > 0.8, found.best_window.consensus
    assert found.separation["best_window"].auroc > 0.85
    assert not extract_motifs(sketch, *parts, sketch=Undecided()).of_sketch
    assert not extract_motifs(sketch, *parts).of_sketch


def test_the_same_seed_gives_the_same_weights_and_leaves_torchs_random_state(data: PeakDataModule) -> None:
    one, again = network(), network()
    before = torch.get_rng_state()
    with torch.inference_mode():
        for each in (one, again):
            train_sketch(each, data, Sketch(steps=3))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True))


def test_it_learns_from_the_negatives_of_the_run(data: PeakDataModule) -> None:
    """Not from shuffles of its own: where labels are permuted, these would tell peaks from shuffles all the same."""
    seen: list[torch.Tensor] = []

    class Recorder(torch.nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x.detach())
            return super().forward(x.flatten(1)).squeeze(1)

    train_sketch(Recorder(240, 1), data, Sketch(steps=30))
    codes = torch.from_numpy(np.concatenate([data.epoch(epoch)[0] for epoch in (0, 1)]))
    assert torch.equal(torch.cat(seen), one_hot(codes)[: sum(map(len, seen))]) and len(seen) == 30


def test_none_is_made_where_none_is_wanted_or_it_diverges(
    data: PeakDataModule, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"name": "demonet", "channels": 4}
    assert make_sketch(settings, data, Sketch(steps=0)) is None and not caplog.text
    made = make_sketch(settings, data, Sketch(steps=1))
    assert made is not None and not made.training
    monkeypatch.setattr(
        "demo.interpret.extraction.sketch.train_sketch", lambda network, *_: network.output.bias.data.fill_(np.inf)
    )
    assert make_sketch(settings, data, Sketch(steps=1)) is None and "diverged" in caplog.text


@pytest.mark.parametrize("setting, value", [("steps", -1), ("learning_rate", 0), ("weight_decay", -1)])
def test_settings_out_of_range(setting: str, value: object) -> None:
    with pytest.raises(DemoError):
        Sketch(**{setting: value})  # type: ignore[arg-type]

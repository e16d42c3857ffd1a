import pytest
import torch

from demo.utils.errors import DemoError
from demo.utils.hardware import choose_precision

CPU = torch.device("cpu")


@pytest.mark.parametrize("has_amx, expected", [(True, "bf16-mixed"), (False, "32-true")])
def test_auto_on_a_cpu_rests_on_its_matrix_units(monkeypatch: pytest.MonkeyPatch, has_amx: bool, expected: str) -> None:
    # bfloat16 instructions alone are slower than float32.
    there = {"avx512_bf16": True, "amx_bf16": has_amx}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: there, raising=False)
    assert choose_precision("auto", CPU) == expected


@pytest.mark.parametrize("capability, expected", [((7, 5), "32-true"), ((8, 0), "bf16-mixed"), ((9, 0), "bf16-mixed")])
def test_auto_on_a_gpu_rests_on_its_generation(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert choose_precision("auto", torch.device("cuda")) == expected


def test_what_is_asked_for_is_taken_or_refused() -> None:
    assert choose_precision("32-true", CPU) == "32-true" and choose_precision("bf16-mixed", CPU) == "bf16-mixed"
    assert choose_precision("auto", torch.device("mps")) == "32-true"
    with pytest.raises(DemoError, match="needs a CUDA GPU"):
        choose_precision("16-mixed", CPU)
    with pytest.raises(DemoError, match="bf16-mixed"):
        choose_precision("8bit", CPU)

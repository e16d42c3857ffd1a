import pytest
import torch

from demo.utils.errors import DemoError
from demo.utils.hardware import choose_precision

CPU = torch.device("cpu")


# Intel's bfloat16 instructions are slower than float32 without AMX; AMD's, since Zen 4, are not.
@pytest.mark.parametrize(
    "there, expected",
    [
        ({"cpu_name": "Intel Xeon Platinum 8481C", "avx512_bf16": True, "amx_bf16": True}, "bf16-mixed"),
        ({"cpu_name": "Intel Xeon Processor (Cooperlake)", "avx512_bf16": True, "amx_bf16": False}, "32-true"),
        ({"cpu_name": "AMD EPYC 9B14", "avx512_bf16": True, "amx_bf16": False}, "bf16-mixed"),
        ({"cpu_name": "AMD EPYC 7B13", "avx512_bf16": False, "amx_bf16": False}, "32-true"),
        ({"avx512_bf16": True}, "32-true"),
        ({"architecture": "aarch64"}, "32-true"),
    ],
)
def test_auto_on_a_cpu_rests_on_its_units(
    monkeypatch: pytest.MonkeyPatch, there: dict[str, object], expected: str
) -> None:
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

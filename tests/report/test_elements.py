import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.report.elements import duration, duration_or_dash, model_words, page_names, scientific, signed


@given(st.lists(st.text(min_size=1, max_size=300), unique=True, max_size=8))
def test_page_names_are_safe_and_differ_whatever_the_case(datasets: list[str]) -> None:
    names = page_names(datasets)
    assert len({name.lower() for name in names.values()}) == len(datasets)
    for name in names.values():
        assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\.html", name) and len(name) < 100


def test_plain_names_stay_and_others_say_what_they_were() -> None:
    names = page_names(["SRF_H1-hESC_SRF_HudsonAlpha", "max", "MAX", "../up", "<script>"])
    assert names["SRF_H1-hESC_SRF_HudsonAlpha"] == "SRF_H1-hESC_SRF_HudsonAlpha.html"
    assert names["max"] == "max.html" and re.fullmatch(r"MAX-[0-9a-f]{8}.html", names["MAX"])
    assert re.fullmatch(r"up-[0-9a-f]{8}.html", names["../up"])
    assert re.fullmatch(r"script-[0-9a-f]{8}.html", names["<script>"])


@pytest.mark.parametrize(
    "shown, text",
    [
        (signed(-0.0184), "−0.018"), (signed(None), "–"), (scientific(2.4e-7), "2.4 × 10⁻⁷"),
        (scientific(0.04), "0.04"), (scientific(0), "0"), (scientific(None), "–"),
        (duration_or_dash(41.6), "42 s"), (duration_or_dash(683), "11 min"),
        (duration_or_dash(3900), "1 h 05 min"), (duration_or_dash(None), "–"),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(shown: str, text: str) -> None:
    assert shown == text


def test_models_in_words() -> None:
    assert model_words("conv3_hw5") == ("3 conv + 5 highway layers", "")
    assert model_words("conv4_hw7,pool=1,steps=600") == ("4 conv + 7 highway layers", "pool=1, steps=600")
    assert model_words("kmer") == ("gapped k-mers", "") and model_words("wide,channels=32") == ("wide", "channels=32")


@pytest.mark.parametrize("seconds, text", [(5.4, "5 s"), (90, "2 min"), (3600, "1 h 00 min"), (7500, "2 h 05 min")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from demo.sequences import decode, encode, one_hot, reverse_complement
from demo.utils.errors import DemoError


def test_codes_are_0_to_3_and_4_for_n() -> None:
    codes = encode(["ACGTN", "acgtn", "TTUuA"])
    assert codes.dtype == np.uint8
    assert codes.tolist() == [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [3, 3, 3, 3, 0]]


def test_every_ambiguity_letter_is_n() -> None:
    letters = "RYSWKMBDHVN"
    assert (encode([letters, letters.lower()]) == 4).all()


def test_no_sequences_and_empty_sequences() -> None:
    assert encode([]).shape == (0, 0)
    assert encode(["", ""]).shape == (2, 0)
    assert decode(encode(["", ""])) == ["", ""]


@pytest.mark.parametrize("letter", list("EFIJLOPQXZ*-. ?1\té\N{GREEK SMALL LETTER ALPHA}"))
def test_any_other_letter_names_record_and_position(letter: str) -> None:
    with pytest.raises(DemoError) as caught:
        encode(["ACGT", f"AC{letter}T", "XXXX"])
    assert repr(letter) in caught.value.what and "position 3" in caught.value.what
    assert caught.value.where == "record 2"


def test_the_first_sequence_of_another_length_is_named() -> None:
    with pytest.raises(DemoError, match="3 bp, those before it have 4") as caught:
        encode(["ACGT", "ACGT", "ACG", "A"], locate=lambda i: f"peaks.fa, line {2 * i + 2}")
    assert caught.value.where == "peaks.fa, line 6"


@given(st.integers(0, 20).flatmap(lambda n: st.lists(st.text("ACGTN", min_size=n, max_size=n), max_size=8)))
def test_decode_is_the_inverse_of_encode(sequences: list[str]) -> None:
    assert decode(encode(sequences)) == sequences


@given(st.text("ACGTN", max_size=30))
def test_reverse_complement_is_the_other_strand(sequence: str) -> None:
    codes = encode([sequence])
    other = sequence.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    assert decode(reverse_complement(codes)) == [other]
    assert (reverse_complement(reverse_complement(codes)) == codes).all()


@pytest.mark.parametrize("codes", [np.zeros((2, 3)), np.zeros(3, np.uint8), [[0, 1]], np.full((1, 2), 5, np.uint8)])
def test_what_is_no_codes_is_refused(codes: object) -> None:
    for function in (decode, reverse_complement):
        with pytest.raises(DemoError, match="encode"):
            function(codes)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_one_hot_has_a_row_per_letter_and_zeros_for_n(dtype: torch.dtype) -> None:
    result = one_hot(torch.from_numpy(encode(["ACGTN", "TTNAA"])), dtype)
    assert result.dtype == dtype and result.is_contiguous()
    assert result[0].tolist() == [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]
    assert result[1].tolist() == [[0, 0, 0, 1, 1], [0] * 5, [0] * 5, [1, 1, 0, 0, 0]]


def test_one_hot_is_float32_where_nothing_is_said() -> None:
    assert one_hot(torch.zeros(0, 7, dtype=torch.uint8)).shape == (0, 4, 7)
    assert one_hot(torch.zeros(1, 7, dtype=torch.uint8)).dtype == torch.float32


@pytest.mark.parametrize("codes", [torch.zeros(2, 3), torch.zeros(3, dtype=torch.uint8)])
def test_one_hot_refuses_other_tensors(codes: torch.Tensor) -> None:
    with pytest.raises(DemoError, match="uint8 codes"):
        one_hot(codes)


def test_importing_sequences_brings_neither_torch_nor_numba() -> None:
    code = "import sys, demo.sequences; print([m for m in ('torch', 'numba', 'pandas') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


SEQUENCES = ["ACGTN", "TTNCA"]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda codes, hot: codes.astype(np.int64), id="integers"),
        pytest.param(lambda codes, hot: codes.tolist(), id="lists"),
        pytest.param(lambda codes, hot: np.array(SEQUENCES), id="an array of strings"),
        pytest.param(lambda codes, hot: pd.Series(SEQUENCES, index=[7, 3]), id="a column"),
        pytest.param(lambda codes, hot: hot, id="a tensor, N4L"),
        pytest.param(lambda codes, hot: hot.numpy().transpose(0, 2, 1), id="NL4"),
        pytest.param(lambda codes, hot: hot.bool().numpy(), id="booleans"),
        pytest.param(lambda codes, hot: torch.where(hot.sum(1, keepdim=True) == 0, 0.25, hot), id="N is 0.25"),
    ],
)
def test_what_people_have_is_encoded(given: Callable[[np.ndarray, torch.Tensor], object]) -> None:
    codes = encode(SEQUENCES)
    assert encode(given(codes, one_hot(torch.from_numpy(codes)))).tolist() == codes.tolist()  # type: ignore[arg-type]


def test_four_positions_need_an_order() -> None:
    hot = one_hot(torch.from_numpy(encode(["AACC"])))
    with pytest.raises(DemoError, match="which axis") as caught:
        encode(hot)
    assert caught.value.fix == 'order="N4L" or order="NL4"'
    assert decode(encode(hot, order="N4L")) == ["AACC"]
    assert decode(encode(hot.transpose(1, 2), order="NL4")) == ["AACC"]


@pytest.mark.parametrize(
    "given, words",
    [
        ("ACGT", r"one string"),
        (np.zeros((2, 5)), r"float64 of shape \(2, 5\), holds no sequences"),
        (np.full((2, 5), 7), r"7 is among these"),
        (np.zeros((2, 5, 3)), r"holds no sequences"),
        (np.full((2, 5, 4), 0.5), r"not one-hot: \[0.5, 0.5, 0.5, 0.5\] at position 1"),
    ],
)
def test_arrays_that_are_no_sequences(given: object, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        encode(given)  # type: ignore[arg-type]

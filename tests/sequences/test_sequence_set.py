import numpy as np
import pytest

from demo.sequences import SequenceSet, encode
from demo.utils.errors import DemoError


@pytest.fixture
def three() -> SequenceSet:
    labels = np.array([1, 0, 1], np.uint8)
    return SequenceSet(["a", "b", "c"], encode(["AAAA", "CCCC", "GGGG"]), labels, {"too short": 2})


def test_size(three: SequenceSet) -> None:
    assert len(three) == 3
    assert three.length == 4


def test_positives_keep_their_order(three: SequenceSet) -> None:
    assert three.positives.ids == ["a", "c"]
    assert three.positives.codes[:, 0].tolist() == [0, 2]
    assert three.positives.labels.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("index", "ids"),
    [
        (slice(1, None), ["b", "c"]),
        ([2, 0, 0], ["c", "a", "a"]),
        (np.array([False, True, False]), ["b"]),
        (np.array([-1]), ["c"]),
        ([], []),
    ],
)
def test_select_takes_names_codes_and_labels_together(three: SequenceSet, index: object, ids: list[str]) -> None:
    selected = three.select(index)  # type: ignore[arg-type]
    assert selected.ids == ids
    assert selected.codes[:, 0].tolist() == ["abc".index(name) for name in ids]
    assert selected.labels.tolist() == [int(name != "b") for name in ids]
    assert selected.skipped == {"too short": 2}


def test_a_selection_is_a_copy(three: SequenceSet) -> None:
    three.select(slice(None)).codes[:] = 3
    assert three.codes[0, 0] == 0


@pytest.mark.parametrize(
    ("ids", "labels"),
    [
        (["a"], np.zeros(2, np.uint8)),
        (["a", "b"], np.zeros(3, np.uint8)),
        (["a", "b"], np.zeros(2)),
        (["a", "b"], np.full(2, 2, np.uint8)),
    ],
)
def test_parts_that_do_not_fit_are_refused(ids: list[str], labels: np.ndarray) -> None:
    with pytest.raises(DemoError):
        SequenceSet(ids, encode(["AC", "GT"]), labels)

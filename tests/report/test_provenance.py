"""The command that trains a run again: data of a run directory stay data."""

import shlex
from collections.abc import Mapping
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from demo.report.provenance import reproduction
from demo.utils.errors import DemoError

DEFAULTS = {
    "seed": 0,
    "model": {"name": "demonet", "pool": 2, "padding": "same"},
    "data": {"source": "auto", "dir": "${oc.env:DEMO_DATA,null}", "shift": 4},
    "optimizer": {"name": "adamw", "learning_rate": 0.002},
    "trainer": {"steps": 12000, "epochs": None},
    "motif": {"compare_with": ["2016", "newest"], "extraction": {"method": "class"}},
}


def defaults(*groups: str) -> Mapping[str, Any]:
    chosen = dict(DEFAULTS)
    for section, _, name in (group.partition("=") for group in groups):
        chosen[section] = {"name": name, "learning_rate": 0.002} if section == "optimizer" else {"name": name, "k": 8}
    return chosen


def overrides_of(stored: Mapping[str, Any], **changes: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What Hydra makes of the command that a shell makes of its text, and what was left out."""
    words = {"tf": "CTCF", "dataset": "CTCF_K562_CTCF_(x)_UW", "simulated": False, "defaults": defaults, **changes}
    made = reproduction(stored, **words)
    python, script, *arguments = shlex.split(made.command.replace(" \\\n", " "))
    assert (python, script) == ("deep-motif", "train")
    parsed = OverridesParser.create().parse_overrides(arguments)
    return {override.key_or_group: override.value() for override in parsed}, made.left_out


def test_settings_that_differ_are_given_and_nothing_else() -> None:
    same, left_out = overrides_of({**DEFAULTS, "logger": {"wandb": True}, "paths": {"runs": "/x"}})
    assert same == {"tf": "CTCF_K562_CTCF_(x)_UW", "paths.runs": "again"} and left_out == ()
    stored = {
        "seed": 3,
        "model": {"name": "demonet", "pool": 1, "padding": "same"},
        "data": {"source": "encode", "dir": "/elsewhere", "shift": 0},
        "optimizer": {"name": "nesterov", "learning_rate": 0.002},
        "trainer": {"steps": None, "epochs": 2},
        "motif": {"compare_with": ["2016"], "extraction": None},
    }
    changed, left_out = overrides_of(stored)
    assert left_out == () and changed == {
        "tf": "CTCF_K562_CTCF_(x)_UW", "optimizer": "nesterov", "seed": 3, "model.pool": 1, "data.shift": 0,
        "trainer.steps": None, "trainer.epochs": 2, "motif.compare_with": ["2016"], "motif.extraction": None,
        "paths.runs": "again",
    }  # fmt: skip
    files = overrides_of(DEFAULTS, labelled=("a,1.tsv", "b.fa"))[0]
    assert files.items() >= {"data": "labelled", "data.path": "a,1.tsv", "data.test": "b.fa"}.items()
    assert "data.test" not in overrides_of(DEFAULTS, labelled=("a.tsv", "a.tsv"))[0]
    assert overrides_of(stored, simulated=True)[0].items() >= {"tf": "CTCF", "data": "simulated"}.items()
    assert overrides_of({**stored, "model": {"name": "kmer", "k": 9}})[0].items() >= {"model": "kmer"}.items()


def test_what_this_version_does_not_know_is_named_and_left_out() -> None:
    stored = {
        **DEFAULTS,
        "model": {"_target_": "torch.utils.collect_env.run", "command": "id"},
        "motif": {"extraction": {"method": "class", "evil": {"_target_": "os.system", "command": "id"}}},
        "hydra": {"run": {"dir": "/tmp"}},
    }
    given, left_out = overrides_of(stored)
    assert given == {"tf": "CTCF_K562_CTCF_(x)_UW", "paths.runs": "again"}
    assert left_out == ("model run", "model.command", "motif.extraction.evil.command")


@pytest.mark.parametrize("value", ["${oc.env:HOME}", "a\nb", {1, 2}, float("nan"), ["${x}"], b"x"])
def test_what_is_no_plain_value_is_refused(value: object) -> None:
    with pytest.raises(DemoError, match=r"model\.padding is not a plain value"):
        overrides_of({**DEFAULTS, "model": {"name": "demonet", "padding": value}})
    with pytest.raises(DemoError, match="tf is not a plain value"):
        overrides_of(DEFAULTS, dataset="${oc.env:HOME}")


plain_text = st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))).filter(str.isprintable)
odd_text = st.sampled_from(["2016", "null", "true", "\\", 'a\\"', "1e5", "~", "'", "x y", "$(id)", ""])
plain_values = st.one_of(
    plain_text, odd_text, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.lists(plain_text | odd_text, max_size=3),
)  # fmt: skip


@given(plain_values)
def test_any_plain_value_comes_through_shell_and_hydra_as_it_is(value: object) -> None:
    if "${" in str(value):
        return
    given, _ = overrides_of({**DEFAULTS, "model": {"name": "demonet", "padding": value}}, dataset="x")
    assert given.get("model.padding", "same") == value and type(given.get("model.padding", "same")) is type(value)

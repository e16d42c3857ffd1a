"""Hydra's configurations as plain values and as objects."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from hydra import compose
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from demo.utils.errors import DemoError

BASELINES = {"DeepBindNet": "deepbind", "PwmNet": "pwm", "KmerNet": "kmer"}
"""What Deep Motif is compared with: the network's class to its ``model=``."""


def baseline(target: str) -> str | None:
    """``deepbind``, ``pwm`` or ``kmer`` where the ``_target_`` of a model is one of these, else ``None``."""
    return BASELINES.get(target.rpartition(".")[2])


def fitted_at_once(target: str) -> bool:
    """Whether the ``_target_`` of a model is a ``demo.networks.Baseline``, which knows no steps and no epochs."""
    return baseline(target) in ("pwm", "kmer")


def plain(config: DictConfig) -> dict[str, Any]:
    """A configuration as a dictionary of plain values, its references resolved."""
    content = OmegaConf.to_container(config, resolve=True)
    assert isinstance(content, dict)
    return content  # type: ignore[return-value]


@cache
def default_config(target: str) -> DictConfig:
    """``conf/train.yaml`` without overrides, for the kind of network that ``target`` names; not to be written to.

    Args:
        target: ``model._target_``. DeepBind and the other baselines have defaults of their own.
    """
    kind = baseline(target)
    return compose("train", [f"model={kind}"] if kind else [])


def check_given(config: DictConfig, examples: Mapping[str, str]) -> None:
    """See that the settings are given that have no default.

    Args:
        config: of a script.
        examples: setting to what to type.

    Raises:
        DemoError: one is not given.
    """
    for name, example in examples.items():
        if OmegaConf.is_missing(config, name):
            raise DemoError(f"{name}= is not given.", fix=example)


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` as ``{"a.b": 1}``."""
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return flat


def quoted(value: str) -> str:
    """A text as Hydra's grammar reads it: in quotes where it could be taken for a number, or cannot be read without."""
    if re.fullmatch(r"[A-Za-z_][\w.-]*", value) and value.lower() not in ("null", "true", "false", "nan", "inf"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def make(config: DictConfig) -> Any:
    """The object that a configuration with ``_target_`` describes.

    Raises:
        DemoError: the object does not take these settings; what it says itself, where it is a ``DemoError`` already.
    """
    try:
        return instantiate(config)
    except InstantiationException as error:
        if isinstance(error.__cause__, DemoError):
            raise error.__cause__ from None
        raise DemoError(
            f"{config.get('_target_', 'This setting')} cannot be made: {str(error).splitlines()[0]}",
            exists=[str(name) for name in config if not str(name).startswith("_")],
        ) from error

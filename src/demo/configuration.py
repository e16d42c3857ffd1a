"""Hydra's configurations as plain values and as objects."""

from collections.abc import Mapping
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from demo.errors import DemoError


def plain(config: DictConfig) -> dict[str, Any]:
    """A configuration as a dictionary of plain values, its references resolved."""
    content = OmegaConf.to_container(config, resolve=True)
    assert isinstance(content, dict)
    return content  # type: ignore[return-value]


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` as ``{"a.b": 1}``."""
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return flat


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

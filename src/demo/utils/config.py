"""Hydra's configuration, turned into plain values at the door of each command."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from hydra import compose
from omegaconf import DictConfig, OmegaConf

from demo.utils.errors import DemoError


def plain(config: DictConfig) -> dict[str, Any]:
    """A configuration that the user typed, as plain values, its interpolations resolved."""
    content = OmegaConf.to_container(config, resolve=True)
    assert isinstance(content, dict)
    return content  # type: ignore[return-value]


@cache
def composed(name: str, *overrides: str) -> Mapping[str, Any]:
    """A configuration of this project with these overrides only, as plain values; not to be written to.

    ``???`` stands for what has no default.
    """
    content = OmegaConf.to_container(compose(name, list(overrides)), resolve=False)
    assert isinstance(content, dict)
    return content  # type: ignore[return-value]


def check_given(config: DictConfig, examples: Mapping[str, str]) -> None:
    """See that the settings are given that have no default.

    Args:
        config: of a command.
        examples: setting to what to type.

    Raises:
        DemoError: one is not given.
    """
    for name, example in examples.items():
        if OmegaConf.is_missing(config, name):
            raise DemoError(f"{name}= is not given.", fix=example)


def quoted(value: str) -> str:
    """A text as Hydra's grammar reads it: in quotes where it could be taken for a number, or cannot be read without."""
    if re.fullmatch(r"[A-Za-z_][\w.-]*", value) and value.lower() not in ("null", "true", "false", "nan", "inf"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def instance_of(settings: Mapping[str, Any]) -> Any:
    """The object that a ``_target_`` of the user's own configuration describes, such as a Lightning callback.

    Never of what comes from a run directory, a checkpoint or a report: it imports what it is told.

    Raises:
        DemoError: it cannot be made of these settings.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    try:
        return instantiate(settings)
    except InstantiationException as error:
        if isinstance(error.__cause__, DemoError):
            raise error.__cause__ from None
        raise DemoError(
            f"{settings.get('_target_', 'This setting')} cannot be made: {str(error).splitlines()[0]}",
            exists=[str(name) for name in settings if not str(name).startswith("_")],
        ) from error


def words(value: str | Sequence[str] | None) -> list[str]:
    """A setting that is one word, several with commas between, or a list."""
    if value is None:
        return []
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return [str(word) for word in value]

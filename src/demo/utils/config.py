"""Hydra's configuration, converted to plain values when a command begins."""

import math
import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from hydra import compose
from omegaconf import DictConfig, OmegaConf

from demo.utils.errors import DemoError

_WORDS = ("true", "false", "null", "nan", "inf")
"""Texts that Hydra would take for something else."""


def plain(config: DictConfig) -> dict[str, Any]:
    """A user's configuration as plain values, with interpolations resolved."""
    content = OmegaConf.to_container(config, resolve=True)
    assert isinstance(content, dict)
    return content  # type: ignore[return-value]


@cache
def composed(name: str, *overrides: str) -> Mapping[str, Any]:
    """A configuration of this project with only these overrides, as plain values; must not be modified.

    ``???`` marks settings without a default.
    """
    content = OmegaConf.to_container(compose(name, list(overrides)), resolve=False)
    assert isinstance(content, dict)
    return content  # type: ignore[return-value]


def check_given(config: DictConfig, examples: Mapping[str, str]) -> None:
    """Check that the settings without a default are given.

    Args:
        config: of a command.
        examples: setting to an example of it.

    Raises:
        DemoError: one is missing.
    """
    for name, example in examples.items():
        section, _, key = name.rpartition(".")
        if OmegaConf.is_missing(OmegaConf.select(config, section) if section else config, key):
            raise DemoError(f"{name}= is not given.", fix=example)


def as_key(text: str) -> str:
    """A key of a mapping in Hydra's grammar, where quotes are no way to write one."""
    return re.sub(r"([\\()\[\]{}:=,\s])", r"\\\1", text)


def override_value(setting: str, value: object) -> str:
    """A plain value in Hydra's grammar: a number, a text, a path, ``True``, ``None``, or a list or mapping of these.

    Raises:
        DemoError: it is not a plain value, or is an interpolation.
    """
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(override_value(setting, each) for each in value)}]"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{as_key(str(key))}: {override_value(setting, each)}' for key, each in value.items())}}}"
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str) or not text.isprintable() or "${" in text:
        raise DemoError(f"{setting} is not a plain value: {str(value)[:60]!r}.")
    if re.fullmatch(r"[A-Za-z_][\w.-]*", text, re.ASCII) and text.lower() not in _WORDS:
        return text
    # Backslashes are special only before a quotation mark.
    return '"' + re.sub(r'(\\*)("|\Z)', lambda m: m[1] * 2 + m[2].replace('"', '\\"'), text) + '"'


def instance_of(settings: Mapping[str, Any]) -> Any:
    """The object described by a ``_target_`` of the user's own configuration, such as a Lightning callback.

    Never use it on the content of a run directory, checkpoint or report: it imports whatever is named.

    Raises:
        DemoError: it cannot be created from these settings.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    try:
        return instantiate(settings)
    except InstantiationException as error:
        if isinstance(error.__cause__, DemoError):
            raise error.__cause__ from None
        reason = str(error.__cause__ or error).splitlines()[0]
        raise DemoError(
            f"{settings.get('_target_', 'This setting')} cannot be created: {reason}",
            exists=[str(name) for name in settings if not str(name).startswith("_")],
        ) from error


def words(value: str | Sequence[str] | None) -> list[str]:
    """A setting that is one word, several separated by commas, or a list."""
    if value is None:
        return []
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return [str(word) for word in value]

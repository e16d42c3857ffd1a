"""Checkpoint files: the weights of a network, and a card that describes it."""

import io
import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from demo.metrics import HIGHEST, LOWEST
from demo.networks import make_network
from demo.sequences.task import Task
from demo.utils.environment import typed
from demo.utils.errors import DemoError
from demo.utils.files import atomic_write

CARD = "demo"
"""The key of a checkpoint's card: network, sequence length, alphabet, data, temperature."""

_PREFIX = "network."
_CARD_TYPES = {"network": Mapping, "length": int, "alphabet": str, "tf": str, "dataset": str, "data_source": str}
_LONGEST = 1_000_000
_LONGEST_NAME = 200
_SOURCES = ("encode", "user", "simulated")
_REAL = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_END_OF_ARCHIVE = b"PK\5\6"
_END_LENGTH = 22


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint file; only tensors and plain values are read, and no code is run.

    Checksums of all values are verified first: a flipped bit is an error, not a wrong number.

    Raises:
        DemoError: the file is missing, damaged, or of another program.
    """
    try:
        content = path.read_bytes()
        _check_archive(content)
        checkpoint = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise DemoError(
            "There is no such checkpoint.", where=str(path), fix=f"train first: {typed('train')}"
        ) from error
    except Exception as error:  # For damaged files, zipfile and torch raise almost anything.
        raise DemoError(
            f"This file cannot be read as a checkpoint: {_reason(error)}",
            where=str(path),
            fix="copy it again, or retrain with force=true",
        ) from error
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get(CARD), dict):
        raise DemoError("This checkpoint was not made by this program: it does not name its network.", where=str(path))
    _check_card(checkpoint[CARD], path)
    if not isinstance(checkpoint.get("state_dict"), dict):
        raise DemoError("This checkpoint holds no weights.", where=str(path))
    return checkpoint


def write_checkpoint(path: Path, checkpoint: Mapping[str, Any]) -> None:
    """Write a checkpoint file, completely or not at all. The same content gives the same bytes.

    Raises:
        DemoError: the file cannot be written.
    """
    # Via memory, because torch would write the temporary name into the archive.
    content = io.BytesIO()
    torch.save(checkpoint, content)
    with atomic_write(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def weights_for(network: nn.Module, checkpoint: Mapping[str, Any], path: Path) -> dict[str, torch.Tensor]:
    """The weights of a checkpoint for ``network``, which is not changed; ``path`` is for errors.

    Raises:
        DemoError: they belong to another network, or are not finite real numbers.
    """
    state = {
        name.removeprefix(_PREFIX): value
        for name, value in checkpoint["state_dict"].items()
        if isinstance(name, str) and name.startswith(_PREFIX)
    }
    expected = network.state_dict()
    differing = sorted(expected.keys() ^ state.keys())
    differing += [name for name in expected.keys() & state.keys() if not _is_like(state[name], expected[name])]
    if differing:
        raise DemoError(
            "These weights belong to another network.",
            where=str(path),
            exists=f"it differs in {', '.join(differing[:5])}",
        )
    # As the network will have them: 1e200 in double precision is infinite in single.
    state = {name: value.to(expected[name].dtype) for name, value in state.items()}
    broken = [name for name, value in state.items() if not torch.isfinite(value).all()]
    if broken:
        raise DemoError(
            "This checkpoint has weights that are not finite numbers, so it cannot predict anything.",
            where=str(path),
            exists=f"NaN or infinite in {', '.join(broken[:5])}",
            fix="retrain with a lower optimizer.learning_rate",
        )
    return state


def network_of(checkpoint: Mapping[str, Any], path: Path) -> nn.Module:
    """The network of a checkpoint with its weights, in evaluation mode; ``path`` is for errors.

    Raises:
        DemoError: the network is not registered, or its settings and weights do not belong together.
    """
    settings = checkpoint[CARD]["network"]
    try:
        task = Task.of(checkpoint[CARD].get("task"))
        # First on the meta device, so that nothing larger than the weights in the file is allocated.
        with torch.device("meta"), _WithoutDrawing():
            weights = weights_for(make_network(settings, task), checkpoint, path)
        network = make_network(settings, task)
    except DemoError as error:
        raise DemoError(error.what, where=str(path), exists=error.exists, fix=error.fix) from error
    network.load_state_dict(weights)
    return network.eval()


class _WithoutDrawing(TorchFunctionMode):
    """Draws no initial weights: to draw them without memory, torch would import its compiler, in over a second."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function in (torch.Tensor.normal_, torch.Tensor.uniform_):
            return args[0]
        return function(*args, **(kwargs or {}))


def _is_like(value: Any, expected: torch.Tensor) -> bool:
    """Whether a value can replace a tensor of a network: real numbers in memory, of the same type and shape."""
    return (
        isinstance(value, torch.Tensor)
        and not value.is_nested
        and value.layout == torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
        and value.shape == expected.shape
        # With strides of 0, a few bytes can have a shape of any size.
        and value.untyped_storage().nbytes() >= value.numel() * value.element_size()
        and (value.dtype == expected.dtype or (value.dtype in _REAL and expected.dtype in _REAL))
    )


def _check_archive(content: bytes) -> None:
    """Check that a file is exactly one complete archive as torch writes it.

    Raises:
        zipfile.BadZipFile: it is not: damaged, truncated, or with extra bytes or members.
    """
    if content[-_END_LENGTH:][:4] != _END_OF_ARCHIVE:
        raise zipfile.BadZipFile("it is truncated, or not a torch checkpoint.")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if min((member.header_offset for member in members), default=-1) != 0:
            raise zipfile.BadZipFile("there are bytes before the archive.")
        if len({member.filename for member in members}) != len(members):
            raise zipfile.BadZipFile("it contains a member twice.")
        # Torch does not compress, and compressed members could exceed the memory.
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise zipfile.BadZipFile("it is compressed, which torch never does.")
        damaged = archive.testzip()
    if damaged:
        raise zipfile.BadZipFile(f"{damaged} is damaged (its checksum differs).")


def _reason(error: Exception) -> str:
    """Why torch refuses a file, without torch's advice to run its code."""
    if isinstance(error, pickle.UnpicklingError):
        foreign = re.search(r"GLOBAL (\S+)", str(error))
        return (
            f"it wants to run code ({foreign.group(1)}), which is never done."
            if foreign
            else "it is not a torch checkpoint."
        )
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]


def _check_card(card: Mapping[str, Any], path: Path) -> None:
    """Check that a checkpoint has a complete card, and that this program can use it.

    Raises:
        DemoError: it does not, or it uses another alphabet.
    """
    for name, kind in _CARD_TYPES.items():
        if not isinstance(card.get(name), kind) or isinstance(card[name], bool):
            raise DemoError(
                f"This checkpoint's card has no usable {name!r}: {card.get(name, 'it is missing')!r}.",
                where=str(path),
                fix="retrain with this version",
            )
    for name in ("tf", "dataset"):
        if not 0 < len(card[name]) <= _LONGEST_NAME or not card[name].isprintable():
            raise DemoError(f"The {name!r} on this checkpoint's card is not a name.", where=str(path))
    if card["data_source"] not in _SOURCES:
        raise DemoError("The 'data_source' on this checkpoint's card is unknown.", where=str(path), exists=_SOURCES)
    if not all(isinstance(key, str) for key in card["network"]):
        raise DemoError("The network on this checkpoint's card has settings without a name.", where=str(path))
    try:
        alphabet = Task.of(card.get("task")).alphabet
    except DemoError as error:
        raise DemoError(error.what, where=str(path)) from error
    if card["alphabet"] != alphabet.letters + alphabet.unknown:
        raise DemoError(
            f"This checkpoint uses the alphabet {card['alphabet']!r}, but its network reads "
            f"{alphabet.letters + alphabet.unknown!r}.",
            where=str(path),
        )
    if not 1 <= card["length"] <= _LONGEST:
        raise DemoError(f"This checkpoint's sequence length is {card['length']}.", where=str(path))
    temperature = card.get("temperature", 1.0)
    if not isinstance(temperature, float) or not LOWEST <= temperature <= HIGHEST:
        raise DemoError(
            f"This checkpoint's temperature is {temperature!r}.",
            where=str(path),
            exists=f"it may be a number from {LOWEST} to {HIGHEST}",
        )

"""Pretrained trunks: where they are, what went into them, and what they have seen of another run's sequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.metrics import evaluate
from demo.runs.directory import RunDirectory
from demo.sequences import SequenceSet, read_seq_gz, write_seq_gz
from demo.sequences.overlap import canonical_kmers, distinct, distinct_near, having_any
from demo.utils.environment import typed
from demo.utils.errors import DemoError, counted
from demo.utils.files import checksums, read_json, read_yaml

FOLDER = "pretrained"
"""The folder of trunks in ``paths.runs``, and of those in this package."""

SHIPPED = Path(__file__).parents[1] / FOLDER
"""Trunks that come with this package."""

BASE = "base"
"""The name of one of them, of the default network."""

_MANY = 2000
"""Sequences, of which more are likely to follow, so that the k-mers of a trunk are worth sorting."""

_FREE = ("dropout",)
"""Settings of a network that its weights do not depend on."""


@dataclass(frozen=True)
class Trunk:
    """A finished pretraining.

    Attributes:
        folder: its run directory.
        about: the content of its ``pretraining.json``.
        network: the settings of its network.
        sets: names of the sets it was trained on.
        steps: training batches.
    """

    folder: RunDirectory
    about: Mapping[str, Any]
    network: Mapping[str, Any]
    sets: tuple[str, ...]
    steps: int

    @classmethod
    def open(cls, path: Path) -> Trunk:
        """The trunk in the run directory ``path``.

        Raises:
            DemoError: there is none, or its description is damaged.
        """
        folder = RunDirectory(path)
        if not folder.pretraining.is_file():
            raise DemoError(
                "There is no finished pretraining here.",
                where=str(path),
                fix=f"{typed('pretrain')} makes one; the same command again resumes an interrupted one",
            )
        about = read_json(folder.pretraining)
        try:
            names = tuple(str(each["name"]) for each in about["sets"])
            return cls(folder, about, dict(about["model"]), names, int(about["steps"]))
        except (KeyError, TypeError, ValueError) as error:
            raise DemoError("This is not the description of a pretraining.", where=str(folder.pretraining)) from error

    @classmethod
    def named(cls, name: str, runs: Path) -> Trunk:
        """The trunk that ``pretrained=`` names: one in ``<runs>/pretrained``, one of this package, or a folder.

        Raises:
            DemoError: there is none.
        """
        given, there = Path(name).expanduser(), runs / FOLDER
        finished = {path.parent.name for folder in (there, SHIPPED) for path in folder.glob("*/pretraining.json")}
        for path in (there / name, SHIPPED / name, given):
            if path.is_dir():
                return cls.open(path.resolve())
        raise DemoError(
            f"There is no pretrained trunk {name!r}.",
            where=str(there),
            exists=sorted(finished),
            fix=f"{typed('pretrain')} name={given.name} makes it",
        )

    @classmethod
    def of_run(cls, run: Path) -> Trunk | None:
        """The trunk that a run was fine-tuned from, where it was then or in this package; ``None`` from scratch.

        Args:
            run: the run directory; a folder without ``config.yaml`` is none, and has no trunk.

        Raises:
            DemoError: it is not there any more, or has changed.
        """
        config = RunDirectory(run).config
        stored = read_yaml(config) if config.is_file() else {}
        if not stored.get("pretrained"):
            return None
        path = Path(str(stored["pretrained"]))
        there = [cls.open(each) for each in (path, SHIPPED / path.name) if RunDirectory(each).pretraining.is_file()]
        for trunk in there:
            if trunk.checksum in dict(stored.get("data_sha256") or {}).values():
                return trunk
        what = "has changed since" if there else "is not there any more"
        raise DemoError(f"The trunk {path.name} that this run was fine-tuned from {what}.", where=str(path))

    @property
    def name(self) -> str:
        """Of its run directory."""
        return self.folder.path.name

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of its weights.

        Raises:
            DemoError: they are missing.
        """
        return checksums(self.folder.best_checkpoint)[self.folder.best_checkpoint.name]

    def suits(self, asked: Mapping[str, Any]) -> bool:
        """Whether these settings of a network are those of the trunk's."""
        return not self._differing(asked)

    def network_for(self, asked: Mapping[str, Any], usual: Mapping[str, Any]) -> Mapping[str, Any]:
        """The settings of the network that is fine-tuned: the trunk's.

        Args:
            asked: the settings of a command.
            usual: those of a command that says nothing about them.

        Raises:
            DemoError: another network is asked for.
        """
        if asked == usual:
            return self.network
        if differing := self._differing(asked):
            raise DemoError(
                "The pretrained trunk belongs to another network.",
                where=str(self.folder.path),
                exists="; ".join(differing),
                fix="leave model= and model.* out: the network is the trunk's; or pretrain one of this network",
            )
        return asked

    def _differing(self, asked: Mapping[str, Any]) -> list[str]:
        return [
            f"{name}: {self.network.get(name, 'missing')} there, {asked.get(name, 'missing')} asked for"
            for name in sorted({*self.network, *asked} - {*_FREE})
            if self.network.get(name) != asked.get(name)
        ]

    @cached_property
    def kmers(self) -> NDArray[np.uint64]:
        """20-mers of the bound sequences of the pretraining, in their order.

        Raises:
            DemoError: the file of these sequences is missing or damaged.
        """
        return canonical_kmers(read_seq_gz(self.folder.pretrained_on).codes).ravel()

    @cached_property
    def _sorted_kmers(self) -> NDArray[np.uint64]:
        return distinct(self.kmers)

    def seen(self, codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """(N,) which of (N, L) sequences share a 20-mer with those of the pretraining, on either strand: exactly.

        Raises:
            DemoError: as ``kmers``.
        """
        return having_any(codes, distinct_near(self.kmers, codes) if len(codes) < _MANY else self._sorted_kmers)


def write_sequences(folder: RunDirectory, codes: NDArray[np.uint8]) -> None:
    """Write the (N, L) bound sequences of a pretraining: at a quarter of a byte per base they are a smaller record of
    its 20-mers than a Bloom filter, and an exact one."""
    names = [f"positive{number}" for number in range(len(codes))]
    write_seq_gz(folder.pretrained_on, SequenceSet(names, codes, np.ones(len(codes), np.uint8)))


@dataclass(frozen=True)
class FineTuning:
    """The trunk that a run begins with, and what it has seen of the run's validation and test sequences.

    Attributes:
        trunk: its trunk.
        validation: (N,) whether the trunk was trained on a sequence that overlaps this one.
        test: likewise.
    """

    trunk: Trunk
    validation: NDArray[np.bool_]
    test: NDArray[np.bool_]

    @property
    def message(self) -> str:
        """What the trunk is, and how much it has seen."""
        return f"Pretrained: {self.trunk.name}, {_of(self.trunk.sets, self.trunk.steps)}. {self._overlap}"

    @property
    def _overlap(self) -> str:
        if not self.validation.any() and not self.test.any():
            return "It was trained on no sequence that shares a 20-mer with validation or test sequences."
        return (
            f"It was trained on sequences that share 20-mers with {self.validation.sum():,} of "
            f"{len(self.validation):,} validation and {self.test.sum():,} of {len(self.test):,} test sequences: AUROC "
            "without these is reported, too."
        )

    def facts(
        self,
        validation: tuple[NDArray[np.uint8], NDArray[np.float32]],
        test: tuple[NDArray[np.uint8], NDArray[np.float32]],
    ) -> dict[str, Any]:
        """For ``result.json``.

        Args:
            validation: (N,) labels and logits.
            test: likewise.
        """
        trunk = self.trunk
        return {
            "name": trunk.name,
            "path": str(trunk.folder.path),
            "checkpoint_sha256": trunk.checksum,
            "sets": list(trunk.sets),
            "steps": trunk.steps,
            "ended": trunk.about.get("ended"),
            "overlap_bp": self.trunk.about["held_out"]["overlap_bp"],
            "validation": _without(self.validation, *validation),
            "test": _without(self.test, *test),
        }


def _without(seen: NDArray[np.bool_], labels: NDArray[np.uint8], logits: NDArray[np.float32]) -> dict[str, Any]:
    """How many sequences the trunk has seen, and the measures without them; ``None`` if a class is missing then."""
    rest = labels[~seen]
    both = 0 < rest.sum() < len(rest)
    return {
        "sequences": len(seen),
        "overlapping": int(seen.sum()),
        "without_overlapping": asdict(evaluate(rest, logits[~seen])) if both else None,
    }


def _of(sets: tuple[str, ...], steps: int) -> str:
    return f"{counted(steps, 'step')} on {counted(len(sets), 'data set')}"

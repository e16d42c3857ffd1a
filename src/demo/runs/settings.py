"""The settings of a run: resolved once, typed, frozen, and stored as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from demo.data.labelled.settings import LabelledSettings
from demo.data.sources import DataSettings
from demo.networks.registry import network_name, role_of
from demo.utils.checks import choice, flag, real, whole
from demo.utils.errors import DemoError, SettingError
from demo.utils.settings import build, flatten

FROM_RANDOM_WEIGHTS = 12_000
"""Training batches of a network that is not pretrained, chosen by validation AUROC (docs/research/recipe.md)."""

STRATEGIES = ("auto", "ddp")
"""Values of ``trainer.strategy``."""

_OF_STEPS = ("optimizer", "trainer", "search", "callbacks")
"""The sections that apply only to training in steps."""

_NO_EFFECT = (
    "data.source", "data.dir", "data.path", "data.test", "data.junction", "trainer.accelerator", "trainer.threads",
    "trainer.strategy", "trainer.fast_dev_run", "trainer.cuda_graphs",
)  # fmt: skip
"""Settings that do not change what is trained: where data are found, where and how it is computed."""

_ADDED = {
    "trainer.max_steps": None,
    "trainer.max_epochs": None,
    "trainer.devices": 1,
    "trainer.gradient_clip_val": None,
    "trainer.accumulate_grad_batches": 1,
    "trainer.limit_train_batches": None,
    "trainer.limit_val_batches": None,
}
"""Settings that runs of earlier versions do not have, and the values that change nothing."""

_WATCHING = (
    "ProgressBar", "TQDMProgressBar", "RichProgressBar", "LearningRateMonitor", "ModelSummary", "RichModelSummary",
    "DeviceStatsMonitor", "ThroughputMonitor", "Timer", "ModelCheckpoint", "Pruning",
)  # fmt: skip
"""Callbacks that only watch a training. Any other decides what is trained, as early stopping does."""


@dataclass(frozen=True)
class TrainerSettings:
    """How long, where and in what precision a network is trained.

    Except for ``steps``, ``epochs``, ``threads`` and ``cuda_graphs`` they are those of Lightning's ``Trainer``.

    Args:
        steps: training batches, rounded up to whole epochs; ``None`` for ``FROM_RANDOM_WEIGHTS``.
        epochs: replaces steps, if given.
        max_steps: steps of the optimiser, exactly; replaces steps, if given. With ``epochs`` too, the first one ends.
        max_epochs: Lightning's word for ``epochs``, which it becomes.
        precision: see ``demo.utils.hardware.choose_precision``.
        accelerator: see ``demo.utils.hardware.choose_device``.
        devices: that share every batch, 1 to 64.
        strategy: ``auto`` or ``ddp``, by which several devices train together.
        gradient_clip_val: largest norm of the gradient, if given.
        accumulate_grad_batches: batches per step of the optimiser.
        limit_train_batches: of each epoch, a number or (a float) a fraction.
        limit_val_batches: likewise, for the validations that select the best epoch. The result is of all batches.
        fast_dev_run: tries out a batch of training and validation, or so many, and writes nothing.
        threads: CPU threads of torch, 1 to 1,024, for each device.
        cuda_graphs: whether a GPU replays CUDA graphs where the network allows it (``demo.training.cuda_graph``).

    Raises:
        SettingError: a setting is out of range.
        DemoError: two settings exclude each other.
    """

    steps: int | None = None
    epochs: int | None = None
    max_steps: int | None = None
    max_epochs: int | None = None
    precision: str = "auto"
    accelerator: str = "auto"
    devices: int = 1
    strategy: str = "auto"
    gradient_clip_val: float | None = None
    accumulate_grad_batches: int = 1
    limit_train_batches: float | None = None
    limit_val_batches: float | None = None
    fast_dev_run: bool | int = False
    threads: int = 1
    cuda_graphs: bool = True

    def __post_init__(self) -> None:
        if self.max_epochs is not None:
            whole("max_epochs", self.max_epochs, 1)
            if self.epochs not in (None, self.max_epochs):
                raise DemoError(
                    f"trainer.epochs={self.epochs} and trainer.max_epochs={self.max_epochs} are the same setting.",
                    fix="one of them",
                )
            object.__setattr__(self, "epochs", self.max_epochs)
            object.__setattr__(self, "max_epochs", None)
        if self.epochs is not None:
            whole("epochs", self.epochs, 1)
        if self.max_steps is not None:
            whole("max_steps", self.max_steps, 1)
        if self.steps is None:
            object.__setattr__(self, "steps", FROM_RANDOM_WEIGHTS)
        whole("steps", self.steps, 1)
        whole("devices", self.devices, 1, 64)
        choice("strategy", self.strategy, STRATEGIES)
        if self.gradient_clip_val is not None:
            real("gradient_clip_val", self.gradient_clip_val, 0, 1e6, open_low=True)
            if self.precision == "16-mixed":
                raise DemoError(
                    "trainer.gradient_clip_val does not work with trainer.precision=16-mixed: it scales gradients.",
                    fix="trainer.precision=bf16-mixed",
                )
        whole("accumulate_grad_batches", self.accumulate_grad_batches, 1, 10_000)
        for name in ("limit_train_batches", "limit_val_batches"):
            limit = getattr(self, name)
            if isinstance(limit, float):
                real(name, limit, 0, 1, open_low=True)
            elif limit is not None:
                whole(name, limit, 1)
        if not isinstance(self.fast_dev_run, bool):
            whole("fast_dev_run", self.fast_dev_run, 1)
        whole("threads", self.threads, 1, 1024)
        flag("cuda_graphs", self.cuda_graphs)

    def batches_of(self, epoch: int) -> int:
        """Training batches of an epoch that has ``epoch`` of them without ``limit_train_batches``."""
        if isinstance(self.limit_train_batches, float):
            return max(1, int(epoch * self.limit_train_batches))
        return epoch if self.limit_train_batches is None else min(epoch, int(self.limit_train_batches))

    def epochs_of(self, batches: int) -> int:
        """Epochs of training, the last of which ``max_steps`` may end early.

        Args:
            batches: of an epoch, ``batches_of``.
        """
        if self.max_steps is not None:
            needed = -(-self.max_steps // -(-batches // self.accumulate_grad_batches))
            return needed if self.epochs is None else min(needed, self.epochs)
        if self.epochs is not None:
            return self.epochs
        assert self.steps is not None
        return -(-self.steps // batches)


@dataclass(frozen=True)
class MotifSettings:
    """Extraction of a run's motifs and their comparison with JASPAR.

    Args:
        release: of JASPAR, for the TF's own matrices.
        compare_with: releases of JASPAR that motifs are compared with.
        taxon: JASPAR's taxonomic group.
        known: what counts as the TF's own matrix instead of JASPAR's of its symbol: the id of a JASPAR matrix, another
            symbol, or a file with motifs; see ``demo.compare.known``.
        peers: motifs of other programs to be compared like ours, ``"streme=streme.txt"``; see ``demo.compare.peers``.
        extraction: settings of ``demo.interpret.extraction.extract.Extraction``; ``None`` if off.
        database: a file with known motifs of the network's alphabet, whatever they are of, to be compared with, too.
        classes: of labelled sequences of several classes, those whose motifs are extracted; ``None`` for all of up to
            eight.

    Raises:
        SettingError: ``compare_with``, ``peers``, ``classes`` or ``extraction`` has the wrong type.
    """

    release: str = "newest"
    compare_with: tuple[str, ...] = ("2016", "newest")
    taxon: str = "vertebrates"
    known: str | None = None
    peers: tuple[str, ...] = ()
    extraction: Mapping[str, Any] | None = None
    database: str | None = None
    classes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.classes is not None:
            named = [self.classes] if isinstance(self.classes, str | int) else self.classes
            if not isinstance(named, list | tuple) or not named:
                raise SettingError("classes", f"is {self.classes!r}.", "names of classes", "[EI,IE]")
            object.__setattr__(self, "classes", tuple(map(str, named)))
        if not isinstance(self.compare_with, list | tuple):
            raise SettingError("compare_with", f"is {self.compare_with!r}.", "it may be a list", "[2016,newest]")
        peers = [self.peers] if isinstance(self.peers, str) else self.peers or ()
        if not isinstance(peers, list | tuple) or not all(isinstance(peer, str) for peer in peers):
            raise SettingError("peers", f"is {self.peers!r}.", "a program and its file", "streme=streme.txt")
        object.__setattr__(self, "peers", tuple(peers))
        if self.extraction is not None and not isinstance(self.extraction, Mapping):
            raise SettingError("extraction", f"is {self.extraction!r}.", "it holds settings")
        if self.extraction is not None:
            object.__setattr__(self, "extraction", _without_targets(self.extraction))
        object.__setattr__(self, "release", str(self.release))
        object.__setattr__(self, "known", None if self.known is None else str(self.known))
        object.__setattr__(self, "compare_with", tuple(str(release) for release in self.compare_with))

    def plain(self) -> dict[str, Any]:
        """As in ``config.yaml`` and ``result.json``."""
        classes = None if self.classes is None else list(self.classes)
        lists = {"compare_with": list(self.compare_with), "peers": list(self.peers), "classes": classes}
        return {**asdict(self), **lists}


@dataclass(frozen=True)
class LoggerSettings:
    """Where a run is logged, besides its own files.

    Args:
        wandb: Weights & Biases.
        tensorboard: TensorBoard, in the folder ``tensorboard`` of the run.
        project: W&B project.
        group: W&B group; ``None`` for the data set, or for the search of a sweep.
        artifacts: whether W&B keeps model, predictions and motifs; ``None`` for only if the run is online.

    Raises:
        SettingError: ``wandb``, ``tensorboard`` or ``artifacts`` is neither true nor false.
    """

    wandb: bool = True
    tensorboard: bool = False
    project: str = "deep-motif"
    group: str | None = None
    artifacts: bool | None = None

    def __post_init__(self) -> None:
        flag("wandb", self.wandb)
        flag("tensorboard", self.tensorboard)
        if self.artifacts is not None:
            flag("artifacts", self.artifacts)


@dataclass(frozen=True)
class RunSettings:
    """All settings of a run, except its data set and where it is written.

    Attributes:
        network: ``name`` of a registered network, and its arguments.
        optimizer: ``name`` of a registered optimiser, and its arguments.
        data: how the data set is used.
        trainer: how long, where and in what precision it trains.
        motif: of motif extraction.
        logger: where the run is logged.
        search: settings of ``demo.training.search.HyperparameterSearch``; ``None`` if off.
        callbacks: the user's Lightning callbacks, each with a ``_target_``; created by ``train.py`` only.
        pretrained: absolute path of the run directory of the pretrained trunk; ``None`` to train from scratch.
        seed: of everything random.
    """

    network: Mapping[str, Any]
    optimizer: Mapping[str, Any]
    data: DataSettings | LabelledSettings = field(default_factory=DataSettings)
    trainer: TrainerSettings = field(default_factory=TrainerSettings)
    motif: MotifSettings = field(default_factory=MotifSettings)
    logger: LoggerSettings = field(default_factory=LoggerSettings)
    search: Mapping[str, Any] | None = None
    callbacks: Mapping[str, Any] = field(default_factory=dict)
    pretrained: str | None = None
    seed: int = 0

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> RunSettings:
        """From plain values: a command's configuration or a ``config.yaml``. Nothing is imported or called.

        Sections that are no settings of a run (``tf``, ``paths``) are ignored.

        Raises:
            DemoError: a section is missing or malformed, or a setting is unknown or out of range.
        """
        for name in ("model", "data"):
            if not isinstance(values.get(name), Mapping):
                raise DemoError(f"The section {name!r} of the configuration is missing.", exists=map(str, values))
        seed = values.get("seed", 0)
        whole("seed", seed, 0)
        network = _named(values["model"])
        if not isinstance(network.get("name"), str):
            raise DemoError("The section 'model' of the configuration names no network.", exists=map(str, network))
        data = {name: value for name, value in values["data"].items() if name not in ("source", "dir", "path", "test")}
        # Peaks are always DNA.
        kind: type[DataSettings | LabelledSettings] = LabelledSettings if "alphabet" in data else DataSettings
        return cls(
            network=network,
            optimizer=_named(_section(values, "optimizer")),
            data=build(kind, data, "data"),
            trainer=build(TrainerSettings, _section(values, "trainer"), "trainer"),
            motif=build(MotifSettings, _section(values, "motif"), "motif"),
            logger=build(LoggerSettings, _section(values, "logger"), "logger"),
            search=_search(values),
            callbacks=_section(values, "callbacks"),
            pretrained=None if values.get("pretrained") is None else str(values["pretrained"]),
            seed=seed,
        )

    def plain(self) -> dict[str, Any]:
        """As in ``config.yaml``; ``RunSettings.of`` reads it back."""
        plain = {**asdict(self), "motif": self.motif.plain()}
        return {"model": plain.pop("network"), **plain}

    @property
    def deciding(self) -> dict[str, Any]:
        """The settings that determine what is trained, flat: ``{"model.pool": 2, ...}``."""
        return deciding_settings(self.plain())

    @property
    def network_name(self) -> str:
        """Name of the network."""
        return str(self.network["name"])

    @property
    def is_fitted_at_once(self) -> bool:
        """Whether the network is a baseline that is fitted without steps."""
        return role_of(self.network_name).at_once


def deciding_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that determine what is trained, flat: ``{"model.pool": 2, ...}``.

    Args:
        values: plain values as in ``config.yaml``, also of earlier versions.
    """
    sections: dict[str, Any] = {}
    for name in ("model", "data", "optimizer", "trainer", "search", "pretraining", "seed"):
        section = _search(values) if name == "search" else values.get(name)
        if isinstance(section, Mapping) and ("_target_" in section or "name" in section):
            section = _named(section)
        # A run with DeepBind's search switched off is another run.
        if section is not None or name == "search":
            sections[name] = section
    sections["callbacks"] = _deciding_callbacks(_section(values, "callbacks"))
    if values.get("pretrained") is not None:
        # Wherever it is now: its checksum is compared, too.
        sections["pretrained"] = Path(str(values["pretrained"])).name
    model = sections.get("model")
    if isinstance(model, Mapping) and role_of(network_name(model)).at_once:
        sections = {name: section for name, section in sections.items() if name not in _OF_STEPS}
    return {
        name: value
        for name, value in flatten(sections).items()
        if name not in _NO_EFFECT and not (name in _ADDED and value == _ADDED[name])
    }


def _deciding_callbacks(callbacks: Mapping[str, Any]) -> dict[str, str]:
    """The callbacks that may change what is trained, each with its settings in one text."""
    deciding = {}
    for name, settings in callbacks.items():
        if isinstance(settings, Mapping) and str(settings.get("_target_")).rpartition(".")[2] not in _WATCHING:
            own = [f"{key}:{value}" for key, value in flatten(settings).items() if not key.startswith("_")]
            deciding[name] = "+".join(own) or str(settings.get("_target_")).rpartition(".")[2]
    return deciding


def _without_targets(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without the ``_target_`` of this package's classes, which earlier versions wrote."""
    return {
        name: _without_targets(value) if isinstance(value, Mapping) else value
        for name, value in settings.items()
        if not (name == "_target_" and str(value).startswith("demo."))
    }


def _named(section: Mapping[str, Any]) -> dict[str, Any]:
    """A section with its ``name`` first, even if an earlier version wrote a ``_target_``."""
    settings = {key: value for key, value in section.items() if key not in ("_target_", "_convert_", "name")}
    target = str(section.get("_target_", ""))
    if target.startswith("demo.networks."):
        return {"name": network_name(section), **settings}
    former = target.rpartition(".")[2] if target.startswith("demo.") else ""
    name = section.get("name", {"AdamW": "adamw", "Nesterov": "nesterov"}.get(former, former))
    return {"name": name, **settings} if name else settings


def _search(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Settings of the hyperparameter search, which earlier versions called calibration; ``None`` if off."""
    section = _section(values, "search" if values.get("search") is not None else "calibration")
    return {name: value for name, value in section.items() if name not in ("_target_", "_convert_")} or None


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = values.get(name)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise DemoError(f"{name} is {section!r}, but it should be a section of settings.")
    return section

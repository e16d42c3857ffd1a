"""What a sweep runs: data sets, models, and the command line of each job."""

import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

from demo.data.catalogue import DataSet, on_disk, to_hydra
from demo.data.catalogue.sets import key
from demo.data.sources import DEFAULT_FOLDER, data_folder, find_data
from demo.runs.directory import run_name, training_settings
from demo.utils.checks import whole
from demo.utils.config import default_config, quoted
from demo.utils.errors import DemoError

ALL = "all"
"""``tf=all``: every complete set on disk."""

_ONE_FOR_ALL = (
    "cell", "lab", "data.source", "data.dir", "paths", "logger", "force", "ensemble", "study", "motif", "search_steps",
)  # fmt: skip
"""Settings that all runs of a sweep share."""

_OF_SWEEP = ("tf", "ensemble", "study", "search_steps")
"""Settings that make no model."""

_STEPS = "trainer.steps"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Model:
    """What is trained on each data set.

    Attributes:
        overrides: that make it, without ``tf=``.
        settings: from ``training_settings``.
        name: its run directory within that of a data set, ``conv4_hw5,pool=1/seed0``.
    """

    overrides: tuple[str, ...]
    settings: Mapping[str, Any]
    name: str

    @property
    def seed(self) -> int:
        """Of everything random."""
        return int(self.settings["seed"])

    def changed(self, name: str, value: int) -> "Model":
        """The same with another value of a setting, ``seed`` or ``trainer.steps``."""
        settings = {**self.settings, name: value}
        overrides = (*(o for o in self.overrides if not o.startswith(f"{name}=")), f"{name}={value}")
        return Model(overrides, settings, _name(settings))


@dataclass(frozen=True)
class Search:
    """Every model on every data set.

    Attributes:
        datasets: name on the command line (``tf=``) to the set.
        models: the candidates; with ``search_steps``, of so many steps.
        motif: overrides of the motif settings, for the selected models.
        title: what is searched, in a few words.
    """

    datasets: Mapping[str, DataSet]
    models: Sequence[Model]
    motif: tuple[str, ...]
    title: str

    @property
    def seed(self) -> int:
        """That models are compared by."""
        return min(model.seed for model in self.models)


def search_of(
    config: DictConfig,
    arguments: Sequence[str],
    table: Mapping[str, str],
    compose: Callable[[Sequence[str]], DictConfig],
) -> Search:
    """What a command line asks for.

    Args:
        config: the configuration without what is swept.
        arguments: the command line, overrides in Hydra's grammar.
        table: searched where the command sweeps nothing but ``tf=`` and names no ``model=``: setting to values,
            ``{"model.pool": "2,1"}``. Settings to which the command gives a value keep it.
        compose: overrides to the configuration of a job.

    Raises:
        DemoError: a TF is unknown, there is no data set, or something is swept that all runs share.
    """
    overrides = OverridesParser.create().parse_overrides(list(arguments))
    rest = [o for o in overrides if o.key_or_group not in _OF_SWEEP and not _is_motif(o)]
    for override in overrides:
        if override.is_sweep_override() and _is_shared(override.key_or_group):
            raise DemoError(
                f"{override.key_or_group} has several values, and all runs of a sweep share it.",
                fix="one value, and a sweep for each",
            )
    datasets = _datasets(config, [text for o in overrides if o.key_or_group == "tf" for text in _texts(o)])
    given = {o.key_or_group for o in rest}
    swept = [o.key_or_group for o in rest if o.is_sweep_override()]
    if not swept and "model" not in given:
        added = [f"{name}={values}" for name, values in table.items() if name not in given]
        rest += OverridesParser.create().parse_overrides(added)
    choices = {o.get_key_element(): [f"{o.get_key_element()}={value}" for value in _values(o)] for o in rest}
    if config.search_steps is not None:
        choices[_STEPS] = [f"{_STEPS}={_search_steps(config, swept)}"]
    models = _models(list(itertools.product(*choices.values())), next(iter(datasets)), compose)
    searched = ", ".join(o.input_line for o in rest if o.is_sweep_override() and o.input_line)
    return Search(
        datasets=datasets,
        models=models,
        motif=tuple(str(o.input_line) for o in overrides if _is_motif(o)),
        title=searched or models[0].name.rpartition("/")[0],
    )


def _search_steps(config: DictConfig, swept: Sequence[str]) -> int:
    """``search_steps``, where there are more steps for the selected models."""
    if config.trainer.epochs is not None or _STEPS in swept:
        raise DemoError(
            "With search_steps, what is selected is trained for one number of steps: neither trainer.epochs nor "
            "several values of trainer.steps go with it.",
            fix=f"search_steps={config.search_steps} trainer.steps=12000, or leave search_steps out",
        )
    return whole("search_steps", config.search_steps, 1, whole("trainer.steps", config.trainer.steps, 2) - 1)


def _datasets(config: DictConfig, names: list[str]) -> dict[str, DataSet]:
    """The sets that ``tf=`` names, by what is to be typed for each."""
    if not names or ALL in map(key, names):
        return _all_on_disk(config)
    folder, simulated = data_folder(config.data.dir), Path(config.paths.runs) / "simulated"
    found: dict[str, DataSet] = {}
    for name in names:
        dataset, source = find_data(
            name,
            cell=config.cell,
            lab=config.lab,
            source=config.data.source,
            folder=folder,
            simulated_folder=simulated,
        )
        found[dataset.tf if source == "simulated" else to_hydra(dataset.name)] = dataset
    return found


def _all_on_disk(config: DictConfig) -> dict[str, DataSet]:
    folder = data_folder(config.data.dir)
    if config.data.source == "simulated" or folder is None:
        raise DemoError(
            "tf=all is every data set on disk"
            + (
                f", and there is no folder {DEFAULT_FOLDER}/."
                if folder is None
                else "; simulated ones are made by name."
            ),
            fix="data.dir=<folder with .seq.gz files>, DEMO_DATA=<folder>, or names: tf=CTCF,MAX",
        )
    local = on_disk(folder)
    complete = {
        to_hydra(s.name): s
        for s in local
        if s.complete
        and (config.cell is None or key(s.cell_line or "") == key(config.cell))
        and (config.lab is None or key(s.lab or "") == key(config.lab))
    }
    if not complete:
        raise DemoError(
            "There is no complete data set (two files, _AC and _B) that fits.",
            where=str(folder),
            exists=[to_hydra(s.name) for s in local] or None,
            fix="data.dir=<folder with .seq.gz files>; leave out cell= and lab=",
        )
    lacking = [to_hydra(s.name) for s in local if not s.complete]
    _log.info("tf=all is the %d data sets in %s.", len(complete), folder)
    if lacking:
        _log.warning("Left out, since one of their two files is missing: %s.", ", ".join(lacking))
    return complete


def _models(choices: list[tuple[str, ...]], tf: str, compose: Callable[[Sequence[str]], DictConfig]) -> list[Model]:
    """One for each choice of overrides; choices that come to the same are one."""
    models: dict[str, Model] = {}
    for overrides in choices:
        settings = training_settings(compose([f"tf={quoted(tf)}", *overrides]))
        name = _name(settings)
        models.setdefault(name, Model(overrides, settings, name))
    return list(models.values())


def _name(settings: Mapping[str, Any]) -> str:
    return run_name(settings, training_settings(default_config(settings["model._target_"])))


def _values(override: Override) -> list[str]:
    """What an override says, each value of a sweep on its own."""
    if override.is_sweep_override():
        if not override.is_discrete_sweep():
            raise DemoError(
                f"{override.input_line} is an interval, of which there is no end.", fix="a list of values: 1,2,3"
            )
        return list(override.sweep_string_iterator())
    return [override.get_value_element_as_str()]


def _texts(override: Override) -> list[str]:
    """``_values`` without their quotes."""
    values = _values(override)
    return [str(OverridesParser.create().parse_override(f"{override.key_or_group}={v}").value()) for v in values]


def _is_motif(override: Override) -> bool:
    return override.key_or_group.split(".")[0] == "motif"


def _is_shared(name: str) -> bool:
    return any(name == shared or name.startswith(shared + ".") for shared in _ONE_FOR_ALL)

"""What a sweep runs: data sets and models, from its command line."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from demo.data.catalogue import DataSet, on_disk, to_hydra
from demo.data.catalogue.sets import key
from demo.data.sources import DEFAULT_FOLDER, FoundSet, data_folder, find_data, source_of
from demo.runs.settings import RunSettings
from demo.sweeps.settings import TrialSettings
from demo.training.resolve import AUTO, labelled_set, name_of, settings_of
from demo.utils.config import override_value
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    from demo.sweeps.trials import Trials

ALL = "all"
"""``tf=all``: every complete set on disk."""

_ONE_FOR_ALL = (
    "cell", "lab", "data.source", "data.dir", "data.path", "data.test", "paths", "logger", "force", "ensemble", "study",
    "motif", "search_steps",
)  # fmt: skip
"""Settings that all runs of a sweep share."""

_OF_SWEEP = ("tf", "ensemble", "study", "search_steps")
"""Settings that are not part of a model."""

_STEPS = "trainer.steps"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Model:
    """A model to train on each data set.

    Attributes:
        settings: of each run.
        own: the user's modules; see ``TrainingRun``.
    """

    settings: RunSettings
    own: tuple[str, ...] = ()

    @cached_property
    def name(self) -> str:
        """Its run directory within that of a data set, ``conv4_hw5,pool=1/seed0``."""
        return name_of(self.settings)

    @property
    def seed(self) -> int:
        """Seed of everything random."""
        return self.settings.seed

    @property
    def is_trained(self) -> bool:
        """Whether it is trained in steps and has gradients, unlike baselines that are fitted at once."""
        return not self.settings.is_fitted_at_once

    def with_seed(self, seed: int) -> Model:
        """The same model with another seed."""
        return Model(replace(self.settings, seed=seed), self.own)

    def pruned_by(self, pruning: Mapping[str, Any] | None) -> Model:
        """The same model, whose training a search may end; ``pruning`` is that of a ``Trial``."""
        if pruning is None:
            return self
        return Model(replace(self.settings, callbacks={**self.settings.callbacks, "pruning": pruning}), self.own)

    def with_steps(self, steps: int) -> Model:
        """The same model with another number of steps."""
        return Model(replace(self.settings, trainer=replace(self.settings.trainer, steps=steps)), self.own)


@dataclass(frozen=True)
class Search:
    """All models and data sets of a sweep.

    Attributes:
        datasets: name on the command line (``tf=``) to data set.
        models: the candidates; with ``search_steps``, each with that many steps.
        title: a short description.
        trials: opens the Optuna trials of a data set, which add models; ``None`` if there are only ``models``.
        model_of: the model of a trial, from its overrides.
        n_trials: for each data set; ``None`` without trials.
    """

    datasets: Mapping[str, FoundSet]
    models: Sequence[Model]
    title: str
    trials: Callable[[DataSet], Trials] | None = None
    model_of: Callable[[Sequence[str]], Model] | None = None
    n_trials: int | None = None

    @property
    def candidates(self) -> int:
        """Number of trainings from which a model of each data set is selected."""
        return len(self.models) if self.n_trials is None else self.n_trials

    @property
    def seed(self) -> int:
        """The seed with which models are compared."""
        return min(model.seed for model in self.models)


def search_of(
    values: Mapping[str, Any],
    arguments: Sequence[str],
    table: Mapping[str, str],
    compose: Callable[[Sequence[str]], Mapping[str, Any]],
) -> Search:
    """The search that a command line asks for.

    Args:
        values: the configuration without swept settings, as plain values.
        arguments: the command line, overrides in Hydra's grammar.
        table: the default search, used if the command sweeps only ``tf=`` and gives no ``model=``: setting to values,
            ``{"model.pool": "2,1"}``. Settings that the command gives are fixed.
        compose: returns the plain values of a job's configuration for overrides.

    Raises:
        DemoError: a TF is unknown, there is no data set, or a setting is swept that all runs share.
    """
    overrides = OverridesParser.create().parse_overrides(list(arguments))
    rest = [o for o in overrides if o.key_or_group not in _OF_SWEEP and not _is_motif(o)]
    for override in overrides:
        if override.is_sweep_override() and is_shared(override.key_or_group):
            raise DemoError(
                f"{override.key_or_group} has several values, but all runs of a sweep share it.",
                fix="one value, and a sweep for each",
            )
    if any(o.key_or_group == "pretrained" and AUTO in _texts(o) for o in overrides):
        raise DemoError(
            f"pretrained={AUTO} is for train.py, which chooses by the data set: a sweep says how its models begin.",
            fix="pretrained=base, or pretrained=null for random weights; pretrained=base,null compares them",
        )
    datasets = _datasets(values, [text for o in overrides if o.key_or_group == "tf" for text in _texts(o)])
    given = {o.key_or_group for o in rest}
    swept = [o.key_or_group for o in rest if o.is_sweep_override()]
    # A trunk brings its network.
    if not swept and not given & {"model", "pretrained"}:
        added = [f"{name}={value}" for name, value in table.items() if name not in given]
        rest += OverridesParser.create().parse_overrides(added)
    if values["search_steps"] is not None and _STEPS in swept:
        raise DemoError(
            "search_steps needs a single value of trainer.steps, but it has several.",
            fix=f"search_steps={values['search_steps']} trainer.steps=12000, or leave search_steps out",
        )
    choices = {o.get_key_element(): [f"{o.get_key_element()}={value}" for value in _values(o)] for o in rest}
    models = _models(list(itertools.product(*choices.values())), next(iter(datasets)), compose)
    if values["search_steps"] is not None:
        models = [model.with_steps(values["search_steps"]) for model in models]
    for model in models:
        for name, usual in (("devices", 1), ("fast_dev_run", False)):
            if (value := getattr(model.settings.trainer, name)) != usual:
                raise DemoError(
                    f"trainer.{name} is {value}, which is for train.py: a sweep trains models, side by side.",
                    fix="leave it out; several at once: hydra/launcher=local",
                )
    searched = ", ".join(o.input_line for o in rest if o.is_sweep_override() and o.input_line)
    return Search(datasets=datasets, models=models, title=searched or models[0].name.rpartition("/")[0])


def trials_of(
    values: Mapping[str, Any],
    arguments: Sequence[str],
    settings: TrialSettings,
    compose: Callable[[Sequence[str]], Mapping[str, Any]],
) -> Search:
    """The search by Optuna that a command line asks for: of its own for each data set.

    Args:
        values: the configuration without searched settings, as plain values.
        arguments: the command line, overrides in Hydra's grammar.
        settings: of the search.
        compose: returns the plain values of a job's configuration for overrides.

    Raises:
        DemoError: as ``search_of``, or nothing is to be searched.
    """
    from demo.sweeps.trials import Space, Trials

    space = Space.of(settings.params, arguments)
    for name in space.distributions:
        if is_shared(name) or name == "seed":
            raise DemoError(f"{name} cannot be searched: all trials share it.", fix=f"one value of {name}")
    base = search_of(values, space.fixed, {}, compose)
    fixed = [o for o in space.fixed if o.partition("=")[0] not in _OF_SWEEP and not o.startswith("motif")]
    first = f"tf={override_value('tf', next(iter(base.datasets)))}"

    def model_of(overrides: Sequence[str]) -> Model:
        model = Model(*settings_of(compose([first, *fixed, *overrides])))
        return model if values["search_steps"] is None else model.with_steps(values["search_steps"])

    def trials(dataset: DataSet) -> Trials:
        folder = Path(values["paths"]["runs"]) / "search"
        return Trials(folder, dataset.name, base.models[0].name, space, settings, values["seed"])

    return replace(base, title=space.title, trials=trials, model_of=model_of, n_trials=settings.n_trials)


def _datasets(values: Mapping[str, Any], names: list[str]) -> dict[str, FoundSet]:
    """The sets that ``tf=`` names, by what to type for each; with absolute paths, for workers elsewhere."""
    if values["data"]["source"] == "labelled":
        named = [name for name in names if key(name) != ALL]
        if len(named) > 1:
            raise DemoError(
                "data.path= is one data set, but tf= has several names.", exists=named, fix=f"tf={named[0]}"
            )
        dataset = labelled_set({**values, "tf": named[0] if named else None})
        return {to_hydra(dataset.name): FoundSet(_absolute(dataset), "user")}
    if not names or ALL in map(key, names):
        return _all_on_disk(values)
    found: dict[str, FoundSet] = {}
    for name in names:
        each = find_data(
            name,
            cell=values["cell"],
            lab=values["lab"],
            source=values["data"]["source"],
            folder=data_folder(values["data"]["dir"]),
            simulated_folder=Path(values["paths"]["runs"]) / "simulated",
        )
        each.say_how()
        typed = each.dataset.tf if each.source == "simulated" else to_hydra(each.dataset.name)
        found[typed] = each._replace(dataset=_absolute(each.dataset))
    return found


def _absolute(dataset: DataSet) -> DataSet:
    assert dataset.train_path and dataset.test_path
    return replace(dataset, train_path=dataset.train_path.resolve(), test_path=dataset.test_path.resolve())


def _all_on_disk(values: Mapping[str, Any]) -> dict[str, FoundSet]:
    folder = data_folder(values["data"]["dir"])
    if values["data"]["source"] == "simulated" or folder is None:
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
        to_hydra(s.name): FoundSet(_absolute(s), source_of(s))
        for s in local
        if s.complete
        and (values["cell"] is None or key(s.cell_line or "") == key(values["cell"]))
        and (values["lab"] is None or key(s.lab or "") == key(values["lab"]))
    }
    if not complete:
        raise DemoError(
            "There is no complete data set (two files, _AC and _B) that matches.",
            where=str(folder),
            exists=[to_hydra(s.name) for s in local] or None,
            fix="data.dir=<folder with .seq.gz files>; leave out cell= and lab=",
        )
    lacking = [to_hydra(s.name) for s in local if not s.complete]
    _log.info("tf=all is every data set in %s: %d.", folder, len(complete))
    if lacking:
        _log.warning("Skipped, because one of their two files is missing: %s.", ", ".join(lacking))
    return complete


def _models(
    choices: list[tuple[str, ...]], tf: str, compose: Callable[[Sequence[str]], Mapping[str, Any]]
) -> list[Model]:
    """One for each combination of overrides, without duplicates."""
    models: dict[str, Model] = {}
    for overrides in choices:
        model = Model(*settings_of(compose([f"tf={override_value('tf', tf)}", *overrides])))
        models.setdefault(model.name, model)
    return list(models.values())


def _values(override: Override) -> list[str]:
    """The values of an override, as separate overrides if it is a sweep."""
    if override.is_sweep_override():
        if not override.is_discrete_sweep():
            raise DemoError(
                f"{override.input_line} is an interval, which has no finite list of values.",
                fix="a list of values: 1,2,3",
            )
        return list(override.sweep_string_iterator())
    return [override.get_value_element_as_str()]


def _texts(override: Override) -> list[str]:
    """``_values`` without their quotes."""
    values = _values(override)
    return [str(OverridesParser.create().parse_override(f"{override.key_or_group}={v}").value()) for v in values]


def _is_motif(override: Override) -> bool:
    return override.key_or_group.split(".")[0] == "motif"


def is_shared(name: str) -> bool:
    """Whether all runs of a sweep share this setting."""
    return any(name == shared or name.startswith(shared + ".") for shared in _ONE_FOR_ALL)
